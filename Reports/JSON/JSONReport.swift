import Diagnosing
import Foundation
import Model
import Recommending

/// The report for machines; `Schema/diagnosis-1.schema.json` describes it.
struct JSONReport {
    /// Raised when a key changes its meaning or goes.
    static let schemaVersion = 1
    /// The release publishes the schema beside the code.
    static let schema = "urn:pgmedic:schema:diagnosis-1"
    /// Statements listed: their cost falls fast, and the rest is in the snapshot.
    static let listedStatements = 100

    let content: ReportContent
    let diagnosis: Diagnosis
    let options: ReportOptions

    init(_ content: ReportContent, _ diagnosis: Diagnosis, _ options: ReportOptions) {
        self.content = content
        self.diagnosis = diagnosis
        self.options = options
    }

    var text: String { value.text }

    var value: JSONValue {
        let snapshot = diagnosis.snapshot
        let origin: [(String, JSONValue)] = [
            ("$schema", .string(Self.schema)), ("schemaVersion", .integer(Int64(Self.schemaVersion))),
            ("generator", .string(content.generator)), ("takenAt", .moment(content.takenAt)),
            ("generatedAt", .moment(options.generatedAt)), ("command", .optional(options.command)),
            ("redaction", .string(snapshot.redaction.rawValue)),
        ]
        let found: [(String, JSONValue)] = [
            ("target", target(snapshot.server)), ("window", window(diagnosis.observation)),
            ("headline", .string(content.headline)), ("plan", .array(content.steps.map(step))),
            ("load", content.load.map(load) ?? .null), ("waits", content.waits.map(waits) ?? .null),
            ("coverage", coverage(diagnosis.judgement)),
            ("cost", cost(snapshot.cost)), ("lockHistory", lockHistory), ("statements", statements),
            ("findings", findings), ("suppressions", suppressions), ("links", .array(diagnosis.links.map(link))),
        ]
        // Only where somebody adjusted one.
        let adjusted = diagnosis.judgement.adjusted.isEmpty ? [] : [("thresholds", thresholds)]
        return .object((origin + found + adjusted).map { JSONMember($0.0, $0.1) })
    }

    /// An arrow of the causal graph.
    private func link(_ link: CausalLink) -> JSONValue {
        [
            "cause": .string(link.cause), "effect": .string(link.effect),
            "mechanism": .string(link.mechanism.rawValue), "name": .string(link.mechanism.name),
            "shared": .strings(link.shared.map(\.words)), "evidence": JSONValue.evidence(link.evidence),
            "confidence": .string(link.confidence.rawValue), "test": .string(link.mechanism.test),
        ]
    }

    private var statements: JSONValue {
        .array(diagnosis.observation.workload.statements.prefix(Self.listedStatements).map(statement))
    }

    private var findings: JSONValue {
        .array(
            diagnosis.findings.map { finding in
                .finding(
                    finding, causes: diagnosis.causes(of: finding).map(\.fingerprint),
                    symptoms: diagnosis.symptoms(of: finding).map(\.fingerprint))
            })
    }

    func target(_ server: Server) -> JSONValue {
        [
            "host": .string(server.host), "port": .integer(Int64(server.port)),
            "address": .optional(server.address), "database": .string(server.database), "role": .string(server.role),
            "systemIdentifier": .optional(server.systemIdentifier),
            "serverVersion": .string(server.version.description),
            "serverVersionNumber": .integer(Int64(server.version.number)),
            "inRecovery": .bool(server.isInRecovery), "throughPooler": .bool(server.isThroughPooler),
            "startedAt": .moment(server.startedAt), "cores": .optional(server.cores.map(Int64.init)),
            "memoryBytes": .optional(server.memory), "disk": .optional(server.disk?.rawValue),
            "name": .optional(server.target),
            "databases": .strings(diagnosis.snapshot.catalogs.map(\.database)),
        ]
    }

    func window(_ observation: Observation) -> JSONValue {
        let hasStatements = observation.snapshot.statementStatistics != nil
        return [
            "basis": .string(observation.window.basis.rawValue), "start": .moment(observation.window.start),
            "end": .moment(observation.window.end), "seconds": .rounded(observation.window.seconds),
            "coveredTimeShare": hasStatements ? .rounded(observation.workload.coverage, places: 6) : .null,
        ]
    }

    private func step(_ step: ReportContent.Step) -> JSONValue {
        [
            "when": .string(step.label), "tier": .string(step.tier.rawValue), "title": .string(step.title),
            "gain": step.gain.map { ["text": .string($0.text), "basis": .string($0.basis.rawValue)] } ?? .null,
            "finding": .optional(step.fingerprint),
        ]
    }

    private func coverage(_ judgement: Judgement) -> JSONValue {
        [
            "evaluated": .strings(judgement.evaluated),
            "inconclusive": .array(
                judgement.inconclusive.map {
                    ["rule": .string($0.rule), "title": .string($0.title), "reason": .string($0.reason)]
                }),
            "skipped": .array(
                judgement.skipped.map {
                    [
                        "rule": .string($0.rule), "title": .string($0.title), "reason": .string($0.reason),
                        "remedy": .optional($0.remedy),
                    ]
                }),
            "missing": .array(diagnosis.snapshot.notes.map(note)),
            "cleared": .strings(diagnosis.cleared),
            "ruledOut": .array(
                diagnosis.ruledOut.map { ["suspect": .string($0.name), "figure": .optional($0.figure)] }),
        ]
    }

    private func note(_ note: CollectionNote) -> JSONValue {
        [
            "evidence": .string(note.evidence.rawValue), "reason": .string(note.reason.rawValue),
            "database": .optional(note.database), "whole": .bool(note.isTotal), "text": .string(note.text),
            "remedy": .optional(note.remedy),
        ]
    }

    private func cost(_ cost: CollectionCost) -> JSONValue {
        [
            "serverTimeMs": .rounded(cost.serverTime), "wallTimeMs": .rounded(cost.wallTime),
            "roundTrips": .integer(Int64(cost.roundTrips)), "probeRoundTrips": .integer(Int64(cost.probeRoundTrips)),
            "statements": .integer(Int64(cost.statements)), "sessions": .integer(Int64(cost.sessions)),
            "queries": .array((cost.queries ?? []).map(query)),
        ]
    }

    private func query(_ cost: QueryCost) -> JSONValue {
        [
            "query": .string(cost.query), "evidence": .string(cost.evidence.rawValue), "timeMs": .rounded(cost.time),
            "rows": .integer(Int64(cost.rows)), "times": .integer(Int64(cost.times)),
        ]
    }

    private func load(_ load: ReportContent.Load) -> JSONValue {
        func parts(_ parts: [ReportContent.Load.Part], _ key: String) -> JSONValue {
            .array(
                parts.map { [JSONMember(key, .string($0.label)), JSONMember("activeSessions", .rounded($0.sessions))] }
                    .map(JSONValue.object))
        }
        return [
            "text": .string(load.text), "activeSessions": .rounded(load.activeSessions),
            "samples": .integer(Int64(load.samples)), "waits": parts(load.parts, "class"),
            "events": parts(load.events, "event"),
        ]
    }
}
