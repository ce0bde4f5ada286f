import Diagnosing
import Foundation
import Model
import Recommending

extension ReportContent {
    init(_ diagnosis: Diagnosis, _ options: ReportOptions) {
        let snapshot = diagnosis.snapshot
        let observation = diagnosis.observation
        target = Self.target(snapshot.server)
        server = Self.server(snapshot.server)
        takenAt = snapshot.takenAt
        window = Self.window(observation.window)
        coveredTime = snapshot.statementStatistics.map { _ in
            Quantity.percent(observation.workload.coverage) + " of statement time covered"
        }
        headline = diagnosis.headline
        steps = []
        load = nil
        entries = diagnosis.ranked.enumerated().map { offset, ranked in
            Entry(number: offset + 1, finding: ranked.finding, symptoms: ranked.symptoms)
        }
        cleared = []
        evaluated = diagnosis.judgement.evaluated.count
        inconclusive = diagnosis.judgement.inconclusive.map { Gap(text: "\($0.title): \($0.reason)") }
        skipped = Self.grouped(diagnosis.judgement.skipped)
        gaps = skipped + inconclusive
        cost = Self.cost(snapshot.cost)
        generator = options.generator ?? snapshot.generator
        redaction = snapshot.redaction.rawValue
    }

    private static func target(_ server: Server) -> String {
        let isSocket = server.host.hasPrefix("/") || server.host.isEmpty
        let place = isSocket ? "local socket" : server.host
        return "\(server.database) @ \(place):\(server.port)"
    }

    private static func server(_ server: Server) -> String {
        let version = server.versionText.split(separator: " ").first.map(String.init) ?? server.version.description
        return "PostgreSQL \(version) (\(server.isInRecovery ? "standby" : "primary"))"
    }

    private static func window(_ window: Window) -> String {
        guard let seconds = window.seconds else { return "since the statistics began, nobody knows when" }
        let span = Quantity.seconds(seconds)
        return switch window.basis {
        case .sample: "\(span), sampled"
        case .earlierSnapshot: "\(span) since the last snapshot"
        case .sinceReset: "\(span) since the statistics were reset"
        }
    }

    /// Rules that were skipped for one reason, together.
    private static func grouped(_ skipped: [Judgement.Skipped]) -> [Gap] {
        var order: [String] = []
        var groups: [String: [Judgement.Skipped]] = [:]
        for item in skipped {
            if groups[item.reason] == nil { order.append(item.reason) }
            groups[item.reason, default: []].append(item)
        }
        return order.map { reason in
            let group = groups[reason]!
            let what = group.count <= 3 ? group.map(\.title).joined(separator: ", ") : "\(group.count) rules"
            return Gap(text: "\(what): \(reason)", remedy: group.lazy.compactMap(\.remedy).first)
        }
    }

    private static func cost(_ cost: CollectionCost) -> [String] {
        var parts: [String] = []
        if let time = cost.serverTime { parts.append(Quantity.milliseconds(time) + " of server time") }
        parts.append(Quantity.plural(cost.roundTrips, "round trip"))
        if cost.probeRoundTrips > 0 { parts.append("\(cost.probeRoundTrips) for plans and samples") }
        return parts
    }
}
