import Foundation
import History

extension TrendAnalysis {
    /// Statements that a comparison names. Ours: what is further down explains nothing any more.
    static let comparedStatements = 30

    /// The statements' differences, the greatest first, and the rest in one.
    func statementDifferences(_ windows: ComparedWindows) -> (
        named: [StatementDifference], others: StatementDifference?
    ) {
        let all = statements.map { Compared(trend: $0, difference: difference(of: $0, windows)) }
            .filter { $0.difference.isAnything }
            .ranked(by: { abs($0.difference.difference) }, then: { $0.difference.statement.identity })
        let whole = all.reduce(0.0) { $0 + $1.difference.difference }
        let named = all.prefix(Self.comparedStatements).map { compared -> StatementDifference in
            var one = compared.difference
            one.share = whole == 0 ? 0 : one.difference / whole
            one.attributions = one.verdict == .slower ? attributions(of: compared.trend, one, windows) : []
            return one
        }
        let rest = all.dropFirst(Self.comparedStatements).map(\.difference)
        return (named, rest.isEmpty ? nil : others(rest, whole))
    }

    private struct Compared {
        var trend: StatementTrend
        var difference: StatementDifference
    }

    private func difference(of trend: StatementTrend, _ windows: ComparedWindows) -> StatementDifference {
        var one = StatementDifference()
        one.statement = trend.name
        let good = Window(trend, windows.good, seconds: windows.goodSeconds)
        let bad = Window(trend, windows.bad, seconds: windows.badSeconds)
        (one.goodTime, one.badTime) = (good.time, bad.time)
        (one.goodCalls, one.badCalls) = (good.calls, bad.calls)
        (one.goodMean, one.badMean) = (good.mean, bad.mean)
        (one.goodBlocks, one.badBlocks) = (good.blocks, bad.blocks)
        one.split()
        return one
    }

    private func others(_ rest: [StatementDifference], _ whole: Double) -> StatementDifference {
        var sum = StatementDifference()
        for one in rest {
            sum.goodTime += one.goodTime
            sum.badTime += one.badTime
            sum.goodCalls += one.goodCalls
            sum.badCalls += one.badCalls
            sum.fromCalls += one.fromCalls
            sum.fromMean += one.fromMean
        }
        sum.goodMean = sum.goodCalls > 0 ? sum.goodTime / sum.goodCalls * 1000 : nil
        sum.badMean = sum.badCalls > 0 ? sum.badTime / sum.badCalls * 1000 : nil
        sum.share = whole == 0 ? 0 : sum.difference / whole
        sum.verdict = sum.judged
        return sum
    }

    private func attributions(
        of trend: StatementTrend, _ one: StatementDifference, _ windows: ComparedWindows
    ) -> [Attribution] {
        guard let good = one.goodMean, let bad = one.badMean else { return [] }
        // Causes come before effects: when the bad window is the earlier one, what mended it is looked for.
        let levels = windows.isBadLater ? (good, bad) : (bad, good)
        return AttributionSearch(self, trend, windows.occasion(interval), latency: levels).attributions
    }

    /// What a statement took in a window.
    private struct Window {
        /// Seconds of execution a second; calls a second.
        var time = 0.0
        var calls = 0.0
        /// Milliseconds and blocks for each call.
        var mean: Double?
        var blocks: Double?

        init(_ trend: StatementTrend, _ range: Range<Double>, seconds: Double) {
            guard seconds > 0 else { return }
            let (time, count) = (trend.sessions.counted(in: range).total, trend.calls.counted(in: range).total)
            self.time = time / seconds
            calls = count / seconds
            guard count > 0 else { return }
            mean = time / count * 1000
            let hit = trend.series["sharedBlocksHit"].counted(in: range)
            let read = trend.series["sharedBlocksRead"].counted(in: range)
            blocks = hit.seconds > 0 || read.seconds > 0 ? (hit.total + read.total) / count : nil
        }
    }
}

extension StatementDifference {
    /// By less than a twentieth of the greater one the windows are the same. Ours.
    private static let leastDifference = 0.05

    fileprivate var isAnything: Bool { goodTime > 0 || badTime > 0 || goodCalls > 0 || badCalls > 0 }

    /// Tells what comes of more calls from what comes of longer ones.
    fileprivate mutating func split() {
        // Where there were no calls their mean is that of the other window: the difference is one of calls.
        let good = (goodMean ?? badMean ?? 0) / 1000
        let bad = (badMean ?? goodMean ?? 0) / 1000
        fromCalls = (badCalls - goodCalls) * (good + bad) / 2
        // What is left, so that both sum up to the difference exactly.
        fromMean = difference - fromCalls
        verdict = judged
    }

    fileprivate var judged: Verdict {
        if goodCalls <= 0 && badCalls > 0 { return .new }
        if badCalls <= 0 && goodCalls > 0 { return .gone }
        guard abs(difference) > Self.leastDifference * max(goodTime, badTime) else { return .same }
        let isByMean = abs(fromMean) >= abs(fromCalls)
        return isByMean ? fromMean > 0 ? .slower : .faster : fromCalls > 0 ? .busier : .calmer
    }
}
