import Foundation
import History
import Model

extension TrendAnalysis {
    /// Two windows side by side. The timeline must hold both; seconds since 1970.
    package func comparison(good: Range<Double>, bad: Range<Double>) -> Comparison {
        let windows = ComparedWindows(
            good: good, bad: bad, goodSeconds: statementTime.counted(in: good).seconds,
            badSeconds: statementTime.counted(in: bad).seconds)
        var result = Comparison()
        result.target = timeline.target
        result.timeZone = options.timeZone
        (result.good, result.bad) = (good, bad)
        (result.goodSeconds, result.badSeconds) = (windows.goodSeconds, windows.badSeconds)
        (result.statements, result.others) = statementDifferences(windows)
        let all = result.statements + [result.others].compactMap { $0 }
        result.goodTime = all.reduce(0) { $0 + $1.goodTime }
        result.badTime = all.reduce(0) { $0 + $1.badTime }
        result.profile = profile(windows)
        result.waits = waitDifferences(windows)
        result.sizes = sizeDifferences(windows)
        result.changes = comparedChanges(windows, result.statements)
        result.notes = timeline.notes + notes(windows)
        result.headline = headline(of: result)
        return result
    }

    private func comparedChanges(_ windows: ComparedWindows, _ statements: [StatementDifference]) -> [ComparedChange] {
        let blamed = statements.compactMap(\.attributions.first).filter { $0.cause != .unknown }
        let all = timeline.changes.filter(windows.isBetween).map { change in
            ComparedChange(
                change: change, text: change.shown,
                isBlamed: blamed.contains { one in
                    one.object == change.object && !change.object.isEmpty
                        && Self.kinds[one.cause]?.contains(change.kind) == true
                })
        }
        // Autovacuum analyzes all day.
        return all.filter { $0.isBlamed || $0.change.kind != .analyzed }
    }

    /// What kinds of change a cause speaks of.
    private static let kinds: [Attribution.Cause: Set<HistoryChange.Kind>] = [
        .plan: [.plan], .statistics: [.analyzed], .indexCreated: [.indexCreated],
        .indexDropped: [.indexDropped, .indexInvalid], .setting: [.setting], .version: [.version],
        .restart: [.restart, .failover], .bloat: [.rewritten],
    ]

    private func notes(_ windows: ComparedWindows) -> [String] {
        var notes: [String] = []
        let parts = [("good", windows.good, windows.goodSeconds), ("bad", windows.bad, windows.badSeconds)]
        for (name, range, seconds) in parts {
            let length = range.upperBound - range.lowerBound
            if seconds == 0 {
                notes.append("No statement was read in the \(name) window (\(clock.span(range)))")
            } else if seconds < 0.9 * length {
                // Intervals that reach over a window's edge do not count either.
                notes.append(
                    "Only \(Quantity.percent(seconds / length)) of the \(name) window is known (\(clock.span(range)))")
            }
        }
        if windows.good.overlaps(windows.bad) {
            notes.append("The windows overlap: what they share hides the difference")
        }
        return notes
    }

    private func headline(of result: Comparison) -> String {
        guard result.goodSeconds > 0, result.badSeconds > 0 else {
            return "The windows cannot be compared: statements were not read in both."
        }
        let change = TrendUnit.sessions.change(result.goodTime, result.badTime)
        let most = max(result.goodTime, result.badTime)
        // As a statement's verdict: less than a twentieth is the same.
        guard abs(result.difference) > 0.05 * most, let first = result.statements.first(where: { $0.share > 0 }) else {
            return "Both windows spend about the same time in statements (\(change))."
        }
        let verb = result.difference > 0 ? "more" : "less"
        let size =
            result.goodTime > 0 && result.badTime > 0
            ? "\(Phrase.times(max(result.badTime / result.goodTime, result.goodTime / result.badTime))) as much time in statements"
            : "time in statements"
        let which = result.difference > 0 ? "The bad window spends \(size)" : "The good window spends \(size)"
        return Phrase.sentence(
            "\(which) (\(change)); \(Quantity.percent(first.share)) of what is \(verb) is \(first.statement.shownWithRole), \(reason(first))"
        )
    }

    /// `9.1 → 412 ms a call: index … was dropped …`
    private func reason(_ one: StatementDifference) -> String {
        let mean = TrendUnit.milliseconds.change(one.goodMean ?? 0, one.badMean ?? 0) + " a call"
        switch one.verdict {
        case .new: return "which did not run before"
        case .gone: return "which does not run any more"
        case .busier, .calmer:
            return "called \(TrendUnit.perSecond.change(one.goodCalls, one.badCalls)), each call about as long"
        case .slower, .faster, .same: return mean + (one.attributions.first.map { ": \($0.text)" } ?? "")
        }
    }
}
