import Foundation
import History

extension TrendAnalysis {
    /// What every chart shows: the numbers begin anew, or the server is another.
    static let serverMarks: Set<HistoryChange.Kind> = [
        .setting, .version, .restart, .failover, .statisticsReset, .clockJump, .unreachable, .reachable,
    ]

    /// Marks that a chart carries before they hide its lines.
    static let shownMarks = 30

    /// Of these kinds, ascending; the kinds that say most where there are too many.
    func marks(
        of kinds: Set<HistoryChange.Kind>, where isWanted: (HistoryChange) -> Bool = { _ in true }
    ) -> [TrendPanel.Mark] {
        let weights: [HistoryChange.Kind: Int] = [
            .version: 5, .failover: 5, .restart: 4, .indexDropped: 4, .plan: 3, .indexInvalid: 3, .rewritten: 3,
            .statisticsReset: 2, .setting: 2, .indexCreated: 2,
        ]
        let wanted = timeline.changes.filter {
            kinds.contains($0.kind) && isWanted($0)
                && (timeline.range ~= $0.at.timeIntervalSince1970
                    || $0.at.timeIntervalSince1970 == timeline.range.upperBound)
        }
        let kept =
            wanted.count <= Self.shownMarks
            ? wanted : Array(wanted.sorted { weights[$0.kind] ?? 1 > weights[$1.kind] ?? 1 }.prefix(Self.shownMarks))
        return kept.map { TrendPanel.Mark(kind: $0.kind, at: $0.at.timeIntervalSince1970, text: $0.shown) }
            .sorted { $0.at < $1.at }
    }
}
