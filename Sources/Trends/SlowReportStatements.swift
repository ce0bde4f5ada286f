import Foundation
import History

extension SlowStatement {
    /// Twice as long is slower, half as long faster: between the two, windows of the same load differ by themselves. Ours.
    static let feltFactor = 1.5

    /// - Parameter before: nil when there is no window before.
    init(_ trend: StatementTrend, in window: Range<Double>, before: Range<Double>?) {
        func counted(_ measures: String...) -> Double {
            measures.reduce(0) { $0 + trend.series[$1].counted(in: window).total }
        }
        statement = trend.name
        calls = trend.calls.counted(in: window).total
        time = trend.sessions.counted(in: window).total
        rows = counted("rows")
        blocksHit = counted("sharedBlocksHit")
        blocksRead = counted("sharedBlocksRead")
        blocksWritten = counted("sharedBlocksWritten")
        temporaryBlocks = counted("temporaryBlocksRead", "temporaryBlocksWritten")
        wal = counted("walBytes")
        mean = calls > 0 ? time / calls * 1000 : nil
        deviation = Self.deviation(trend, window, calls: calls, mean: mean)
        let maximum = trend.series["maximumTime"]
        // Stored in µs.
        self.maximum = maximum.values[maximum.places(in: window)].filter { !$0.isNaN }.max().map { $0 / 1000 }
        let whole = min(before?.lowerBound ?? window.lowerBound, window.lowerBound)..<window.upperBound
        if let line = trend.latencyLine(in: whole) { self.trend = line }
        compare(trend, before)
    }

    /// From the sums of squares, stored as 0.001 ms²: σ² = Σt²/n − (Σt/n)².
    private static func deviation(
        _ trend: StatementTrend, _ window: Range<Double>, calls: Double, mean: Double?
    ) -> Double? {
        let squares = trend.series["squaredTime"].counted(in: window)
        guard let mean, squares.seconds > 0, calls >= 2 else { return nil }
        // Rounding may leave less than nothing of equal times.
        return max(0, squares.total * 1e-3 / calls - mean * mean).squareRoot()
    }

    private mutating func compare(_ trend: StatementTrend, _ before: Range<Double>?) {
        guard let before else { return }
        let calls = trend.calls.counted(in: before)
        let time = trend.sessions.counted(in: before).total
        callsBefore = calls.total > 0 ? calls.total : nil
        meanBefore = calls.total > 0 ? time / calls.total * 1000 : nil
        news = judged
        sentence = told
    }

    private var judged: News {
        guard let mean else { return meanBefore == nil ? .same : .gone }
        guard let meanBefore else { return .new }
        if mean >= Self.feltFactor * meanBefore && mean > 0 { return .slower }
        return mean * Self.feltFactor <= meanBefore && meanBefore > 0 ? .faster : .same
    }

    private var told: String {
        let change = TrendUnit.milliseconds.change(meanBefore ?? 0, mean ?? 0)
        switch news {
        case .new: return "new"
        case .gone: return "gone: not called in this window"
        case .slower:
            return "\(Phrase.times((mean ?? 0) / (meanBefore ?? 0))) as slow as in the window before (\(change))"
        case .faster:
            return "\(Phrase.times((meanBefore ?? 0) / (mean ?? 0))) as fast as in the window before (\(change))"
        case .same, .unknown: return ""
        }
    }
}

extension StatementTrend {
    /// Milliseconds a call within a range, thinned for display; nil: nothing is known.
    fileprivate func latencyLine(in range: Range<Double>) -> TimeSeries? {
        let line = sessions.within(range).ratio(to: calls.within(range), times: 1000)
        return line.knownCount > 0 ? line.thinned() : nil
    }
}

extension SlowReport.Order {
    /// What a statement is ranked by.
    func value(_ statement: SlowStatement) -> Double? {
        switch self {
        case .elapsed: statement.time
        case .mean: statement.mean
        case .calls: statement.calls
        case .io: statement.blocksRead + statement.blocksWritten
        case .temporary: statement.temporaryBlocks
        case .wal: statement.wal
        case .deviation: statement.deviation
        }
    }

    /// Whether values of several statements add up to something.
    package var isSum: Bool { self != .mean && self != .deviation }

    package var unit: TrendUnit {
        switch self {
        case .elapsed: .seconds
        case .mean, .deviation: .milliseconds
        case .calls, .io, .temporary: .count
        case .wal: .bytes
        }
    }

    package var title: String {
        switch self {
        case .elapsed: "by time"
        case .mean: "by time of a call"
        case .calls: "by calls"
        case .io: "by blocks read and written"
        case .temporary: "by temporary blocks"
        case .wal: "by WAL"
        case .deviation: "by variation of a call's time"
        }
    }
}
