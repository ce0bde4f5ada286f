import Diagnosing
import Foundation
import Recommending

/// A sweep for machines; `Schema/sweep-1.schema.json` describes it.
struct FleetJSON {
    let report: FleetReport

    init(_ report: FleetReport) { self.report = report }

    var value: JSONValue {
        [
            "$schema": "urn:pgmedic:schema:sweep-1", "schemaVersion": .integer(1),
            "generator": .string(report.options.generator ?? "pgmedic"), "sweptAt": .moment(report.sweptAt),
            "durationSeconds": .rounded(report.seconds), "headline": .string(report.headline),
            "isChanged": .bool(!report.news.isEmpty),
            "targets": .array(report.entries.map(target)),
        ]
    }

    private func target(_ entry: FleetEntry) -> JSONValue {
        let isJudged = entry.state == .judged
        let about: [(String, JSONValue)] = [
            ("target", .string(entry.target)), ("tags", .strings(entry.tags)), ("tell", .string(entry.tell.rawValue)),
            ("state", .string(entry.state.rawValue)),
            ("wasVisited", .bool(entry.wasVisited)), ("isNews", .bool(entry.isNews)),
            ("isBack", .bool(entry.isBack)), ("judgedAt", .moment(entry.judgedAt)),
            ("attemptedAt", .moment(entry.attemptedAt)), ("lastSuccess", .moment(entry.lastSuccess)),
            ("error", .optional(entry.error)), ("failures", .integer(Int64(entry.failures))),
            ("nextAttempt", .moment(entry.nextAttempt)), ("durationSeconds", .rounded(entry.seconds)),
        ]
        // Of a target that is unknown now, nothing is said that might be taken for its state.
        let found: [(String, JSONValue)] = [
            ("place", .optional(entry.place)), ("headline", isJudged ? .optional(entry.headline) : .null),
            ("isInPart", .bool(entry.isInPart)),
            ("findings", isJudged ? counts(entry) : .null),
            ("worst", isJudged ? entry.worst.map(Self.finding) ?? .null : .null),
            ("worstSessions", isJudged ? .rounded(entry.score) : .null), ("changes", changes(entry)),
            ("events", .strings(entry.events)), ("report", .optional(entry.report)),
        ]
        return .object((about + found).map { JSONMember($0.0, $0.1) })
    }

    private func counts(_ entry: FleetEntry) -> JSONValue {
        let counts = [
            ("critical", entry.critical), ("warning", entry.warnings), ("notice", entry.notices),
            ("suppressed", entry.suppressed),
        ]
        let silenced = entry.silenced.map { [("silenced", $0)] } ?? []
        return .object((counts + silenced).map { JSONMember($0.0, .integer(Int64($0.1))) })
    }

    private func changes(_ entry: FleetEntry) -> JSONValue {
        [
            "new": .array(entry.opened.map(Self.finding)), "worse": .array(entry.worse.map(Self.finding)),
            "recurred": .array(entry.recurred.map(Self.finding)), "resolved": .array(entry.resolved.map(Self.finding)),
            "verified": .array(entry.verified.map(Self.finding)), "reopened": .array(entry.reopened.map(Self.finding)),
        ]
    }

    private static func finding(_ finding: FindingSummary) -> JSONValue {
        [
            "fingerprint": .string(finding.fingerprint), "rule": .string(finding.rule),
            "severity": .string(finding.severity.rawValue), "tier": .string(finding.tier.rawValue),
            "title": .string(finding.title), "impact": .string(finding.impact),
            "firstSeen": .moment(finding.firstSeen), "recurrences": .integer(Int64(finding.recurrences)),
            "fix": .optional(finding.fix),
        ]
    }
}
