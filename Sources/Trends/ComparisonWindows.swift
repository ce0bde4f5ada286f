import Foundation
import History

/// Two windows of a timeline, with the time that was read in each.
struct ComparedWindows: Sendable {
    let good: Range<Double>
    let bad: Range<Double>
    let goodSeconds: Double
    let badSeconds: Double

    var isBadLater: Bool { bad.lowerBound >= good.lowerBound }
    var earlier: Range<Double> { isBadLater ? good : bad }
    var later: Range<Double> { isBadLater ? bad : good }

    func occasion(_ interval: Double) -> Occasion { Occasion(from: earlier, to: later, tolerance: interval) }

    /// From the end of the earlier window to the end of the later one; what lies within the earlier one is of both.
    func isBetween(_ change: HistoryChange) -> Bool {
        let at = change.at.timeIntervalSince1970
        return at > earlier.lowerBound && at <= later.upperBound
    }
}

extension TrendAnalysis {
    /// The load profile, as readers of AWR reports expect it: a second, in each window.
    func profile(_ windows: ComparedWindows) -> [ProfileLine] {
        func sum(_ measures: String..., of kind: SeriesKind = .database) -> TimeSeries {
            TimeSeries.sum(series(of: kind).flatMap { one in measures.map { one[$0] }.filter { !$0.isEmpty } })
        }
        func line(_ title: String, _ unit: TrendUnit, _ series: TimeSeries) -> ProfileLine {
            func mean(_ range: Range<Double>) -> Double? {
                let counted = series.counted(in: range)
                return counted.seconds > 0 ? counted.total / counted.seconds : nil
            }
            return ProfileLine(title: title, unit: unit, good: mean(windows.good), bad: mean(windows.bad))
        }
        let lines = [
            line("active sessions", .sessions, load ?? TimeSeries()),
            line("execution time of statements", .sessions, statementTime),
            line("transactions", .perSecond, sum("commits", "rollbacks")),
            line("rollbacks", .perSecond, sum("rollbacks")),
            line("calls of statements", .perSecond, TimeSeries.sum(statements.lazy.map(\.calls))),
            line("blocks hit", .perSecond, sum("blocksHit")), line("blocks read", .perSecond, sum("blocksRead")),
            line("temporary files", .bytesPerSecond, sum("temporaryBytes")),
            line("WAL", .bytesPerSecond, sum("walBytes", of: .server)),
            line("tuples returned", .perSecond, sum("tuplesReturned")),
            line("tuples fetched", .perSecond, sum("tuplesFetched")),
            line("tuples inserted", .perSecond, sum("tuplesInserted")),
            line("tuples updated", .perSecond, sum("tuplesUpdated")),
            line("tuples deleted", .perSecond, sum("tuplesDeleted")),
            line("deadlocks", .perHour, sum("deadlocks").scaled(by: 3600)),
            line("connections", .count, sum("backends", of: .server)),
        ]
        return lines.filter { $0.good != nil || $0.bad != nil }
    }

    func waitDifferences(_ windows: ComparedWindows) -> [WaitDifference] {
        func mean(_ series: TimeSeries, _ range: Range<Double>) -> Double? {
            let counted = series.counted(in: range)
            return counted.seconds > 0 ? counted.total / counted.seconds : nil
        }
        return waits.map {
            WaitDifference(wait: $0.name, good: mean($0.series, windows.good), bad: mean($0.series, windows.bad))
        }
        .filter { ($0.good ?? 0) > 0 || ($0.bad ?? 0) > 0 }
        .ranked(by: { abs(($0.bad ?? 0) - ($0.good ?? 0)) }, then: \.wait)
    }

    /// A size that differs by less than a hundredth is the same. Ours.
    private static let leastSizeDifference = 0.01

    func sizeDifferences(_ windows: ComparedWindows) -> [SizeDifference] {
        let databases = series(of: .database).map { ($0, $0["size"]) }
        return (databases + sized.map { ($0.series, $0.size) }).compactMap { one, size -> SizeDifference? in
            let places = [windows.good, windows.bad].map { size.places(in: $0) }
            let ends = places.map { size.values[$0].last { !$0.isNaN } }
            guard ends[0] != nil || ends[1] != nil else { return nil }
            let (good, bad) = (ends[0] ?? 0, ends[1] ?? 0)
            guard abs(bad - good) > Self.leastSizeDifference * max(good, bad) else { return nil }
            let name = one.key.name.isEmpty ? one.key.database ?? "" : one.key.name
            return SizeDifference(
                kind: one.key.kind, database: one.key.database, object: name, good: ends[0], bad: ends[1])
        }
        .ranked(by: { abs(($0.bad ?? 0) - ($0.good ?? 0)) }, then: \.object)
    }
}
