import Foundation
import History
import Model
import Reporting

@testable import Trends

extension HistorySample {
    // MARK: Two windows

    static var comparison: Comparison {
        var comparison = Comparison()
        comparison.target = target
        comparison.good = drop - 7 * day..<drop - 7 * day + 3600
        comparison.bad = drop..<drop + 3600
        (comparison.goodSeconds, comparison.badSeconds) = (3600, 3300)
        (comparison.goodTime, comparison.badTime) = (1.2, 3.9)
        comparison.headline =
            "2.7 sessions more in the bad window: 92 % of it is SELECT … FROM orders, slower since orders_status_idx was dropped."
        comparison.profile = [
            ProfileLine(title: "Execution", unit: .sessions, good: 1.2, bad: 3.9),
            ProfileLine(title: "Transactions", unit: .perSecond, good: 412, bad: 430),
            ProfileLine(title: "Blocks read", unit: .bytesPerSecond, good: 3.1e6, bad: 88e6),
            ProfileLine(title: "Cache hits", unit: .share, good: 0.991, bad: 0.934),
            ProfileLine(title: "WAL", unit: .bytesPerSecond, good: nil, bad: 2.1e6),
        ]
        comparison.statements = [
            difference(orders, good: 0.11, bad: 2.6, calls: (12, 6.4), mean: (9.1, 412), share: 0.92, verdict: .slower),
            difference(stock, good: 0.2, bad: 0.5, calls: (40, 100), mean: (5, 5), share: 0.11, verdict: .busier),
            difference(report, good: 0.12, bad: 0, calls: (0.01, 0), mean: (12_000, nil), share: -0.04, verdict: .gone),
        ]
        var others = difference(
            name(nil, role: nil), good: 0.77, bad: 0.8, calls: (300, 310), mean: (2.6, 2.6), share: 0.01, verdict: .same
        )
        others.statement = StatementName()
        comparison.others = others
        comparison.waits = [
            WaitDifference(wait: "IO:DataFileRead", good: 0.1, bad: 1.4),
            WaitDifference(wait: "Lock:transactionid", good: nil, bad: 0.6),
        ]
        comparison.sizes = [
            SizeDifference(kind: .index, database: "shop", object: "public.orders_status_idx", good: 2.1e9, bad: nil),
            SizeDifference(kind: .relation, database: "shop", object: "public.orders", good: 46e9, bad: 48.2e9),
        ]
        var change = HistoryChange()
        change.kind = .indexDropped
        change.at = Date(timeIntervalSince1970: drop)
        change.after = Date(timeIntervalSince1970: drop - 300)
        change.object = "public.orders_status_idx"
        change.relations = ["public.orders"]
        comparison.changes = [
            ComparedChange(change: change, text: "index public.orders_status_idx dropped", isBlamed: true),
            ComparedChange(change: change, text: "public.stock analyzed", isBlamed: false),
        ]
        comparison.notes = ["Waits of the good window were read once only."]
        return comparison
    }

    private static func difference(
        _ name: StatementName, good: Double, bad: Double, calls: (Double, Double), mean: (Double?, Double?),
        share: Double, verdict: StatementDifference.Verdict
    ) -> StatementDifference {
        var line = StatementDifference()
        line.statement = name
        (line.goodTime, line.badTime) = (good, bad)
        (line.goodCalls, line.badCalls) = calls
        (line.goodMean, line.badMean) = mean
        (line.goodBlocks, line.badBlocks) = (4, verdict == .slower ? 41_200 : 4)
        line.share = share
        line.fromCalls = verdict == .slower ? -0.2 : bad - good
        line.fromMean = verdict == .slower ? bad - good + 0.2 : 0
        line.verdict = verdict
        if verdict == .slower {
            line.attributions = [
                Attribution(
                    .indexDropped, "orders_status_idx was dropped", object: "public.orders_status_idx", confidence: 0.94
                )
            ]
        }
        return line
    }

    // MARK: Slow

    static var slow: SlowReport {
        var report = SlowReport()
        report.target = target
        report.window = range.upperBound - 7 * day..<range.upperBound
        report.before = range.upperBound - 14 * day..<range.upperBound - 7 * day
        report.seconds = 7 * day
        report.headline = "3 statements take 96 % of the time; SELECT … FROM orders became 45 times slower."
        report.statements = [
            slow(
                orders, calls: 2.1e6, time: 865_000, mean: 412, before: 9.1, news: .slower,
                "45 times as slow as in the window before (9.1 → 412 ms)"),
            slow(
                Self.report, calls: 168, time: 141_000, mean: 840, before: 830, news: .same, "as in the window before"),
            slow(stock, calls: 24e6, time: 36_000, mean: 1.5, before: nil, news: .new, "new"),
        ]
        report.rankings = SlowReport.Order.allCases.map { ranking($0, report.statements) }
        report.gone = [
            slow(
                name("DELETE FROM carts WHERE updated_at < $1"), calls: 0, time: 0, mean: nil, before: 52, news: .gone,
                "gone; 52 ms a call in the window before")
        ]
        report.roles = [
            .init(
                role: "reporting", statements: [report.statements[1]],
                rankings: [ranking(.elapsed, [report.statements[1]])], slowSometimes: [slowSometimes], share: 0.14,
                sentence: "Role reporting takes 14 % of all time; one of its statements is slow only Mon 08–09.")
        ]
        report.notes = ["Times of blocks are not known: track_io_timing is off."]
        return report
    }

    private static func ranking(_ order: SlowReport.Order, _ statements: [SlowStatement]) -> SlowReport.Ranking {
        guard order != .wal else { return .init(order: order, entries: []) }
        let sum = statements.reduce(0) { $0 + $1.time }
        var up = 0.0
        let isSum = order != .mean && order != .deviation
        return .init(
            order: order,
            entries: statements.enumerated().map { place, statement in
                up += statement.time / sum
                let value = order.sampled(statement)
                return .init(
                    statement: place, value: value, share: isSum ? statement.time / sum : nil,
                    cumulative: isSum ? up : nil)
            })
    }

    private static func slow(
        _ name: StatementName, calls: Double, time: Double, mean: Double?, before: Double?, news: SlowStatement.News,
        _ sentence: String
    ) -> SlowStatement {
        var slow = SlowStatement()
        slow.statement = name
        (slow.calls, slow.time, slow.mean, slow.deviation, slow.maximum) = (
            calls, time, mean, mean.map { $0 * 0.4 }, 9000
        )
        (slow.rows, slow.blocksHit, slow.blocksRead, slow.temporaryBlocks) = (calls * 10, calls * 40, calls * 3, 812)
        (slow.callsBefore, slow.meanBefore) = (before.map { _ in calls }, before)
        slow.news = news
        slow.trend = series { ($0 < drop ? before ?? 1 : mean ?? 1) * (0.8 + 0.4 * noise($0)) }
        slow.sentence = sentence
        return slow
    }
}

extension SlowReport.Order {
    fileprivate func sampled(_ statement: SlowStatement) -> Double {
        switch self {
        case .elapsed: statement.time
        case .mean: statement.mean ?? 0
        case .calls: statement.calls
        case .io: statement.blocksRead
        case .temporary: statement.temporaryBlocks
        case .wal: statement.wal
        case .deviation: statement.deviation ?? 0
        }
    }
}
