import Diagnosing
import Foundation
import Model
import Recommending

extension ReportContent {
    init(_ diagnosis: Diagnosis, _ options: ReportOptions) {
        let snapshot = diagnosis.snapshot
        let observation = diagnosis.observation
        target = Self.target(snapshot.server)
        server = Self.server(snapshot)
        takenAt = snapshot.takenAt
        window = observation.window.text
        coveredTime = snapshot.statementStatistics.map { _ in
            Quantity.percent(observation.workload.coverage) + " of statement time covered"
        }
        headline = diagnosis.headline
        steps = diagnosis.plan.map { step in
            Step(
                label: step.when, tier: step.tier, title: step.title, gain: Gain(step.gain, step.basis),
                fingerprint: step.finding)
        }
        load = diagnosis.load.map(Self.load)
        waits = Waits(observation)
        entries = Entry.entries(diagnosis)
        cleared = diagnosis.ruledOut.map { one in one.name + (one.figure.map { " (\($0))" } ?? "") }
        evaluated = diagnosis.judgement.evaluated.count
        gaps = diagnosis.notJudged.map { Gap(text: "\($0.what): \($0.reason)", remedy: $0.remedy, rules: $0.rules) }
        gaps += Self.partial(snapshot.notes, but: diagnosis.notJudged.map(\.reason))
        suppressions = Suppressions(diagnosis.suppressions)
        thresholds = Thresholds(diagnosis.judgement)
        cost = Self.cost(snapshot.cost)
        costs = Costs(diagnosis)
        generator = options.generator ?? snapshot.generator
        redaction = snapshot.redaction
    }

    static func target(_ server: Server) -> String {
        let isSocket = server.host.hasPrefix("/") || server.host.isEmpty
        let place = isSocket ? "local socket" : server.host
        return "\(server.database) @ \(place):\(server.port)"
    }

    static func server(_ snapshot: Snapshot) -> String {
        let server = snapshot.server
        let service = ManagedService(snapshot).map { ", \($0.rawValue)" } ?? ""
        let version = server.versionText.split(separator: " ").first.map(String.init) ?? server.version.description
        return "PostgreSQL \(version) (\(server.isInRecovery ? "standby" : "primary")\(service))"
    }

    /// What was collected only in part: no rule was skipped for it, but some objects were not looked at.
    private static func partial(_ notes: [CollectionNote], but told: [String]) -> [Gap] {
        var gaps: [Gap] = []
        for note in notes where !told.contains(note.text) {
            let gap = Gap(text: note.text, remedy: note.remedy)
            if !gaps.contains(gap) { gaps.append(gap) }
        }
        return gaps
    }

    private static func load(_ load: Diagnosing.Load) -> Load {
        var text = Quantity.decimal(load.total, places: 1)
        if load.totalError >= 0.05 { text += " ± " + Quantity.decimal(load.totalError, places: 1) }
        text += " active sessions"
        if let cores = load.cores { text += " on " + Quantity.plural(cores, "core") }
        text += " · " + Quantity.plural(load.samples, "sample")
        return Load(
            text: text, activeSessions: load.total, samples: load.samples,
            parts: load.byClass.map { .init(label: $0.name, sessions: $0.average) },
            events: load.byEvent.map { .init(label: $0.name, sessions: $0.average) }, cores: load.cores)
    }

    private static func cost(_ cost: CollectionCost) -> [String] {
        var parts: [String] = []
        if let time = cost.serverTime { parts.append(Quantity.milliseconds(time) + " of server time") }
        parts.append(Quantity.plural(cost.roundTrips, "round trip"))
        if cost.probeRoundTrips > 0 { parts.append("\(cost.probeRoundTrips) for plans and samples") }
        return parts
    }
}
