import Foundation
import History
import Model

// The panels about time: load, statements, waits.

extension TrendAnalysis {
    /// Lines of a chart that a reader still tells apart.
    static let shownLines = 8

    func panels(regressions: [Regression]) -> [TrendPanel] {
        [
            loadPanel(regressions), statementsPanel, waitsPanel, growthPanel, bloatPanel, cachePanel, checkpointsPanel,
            walPanel, connectionsPanel, replicationPanel, findingsPanel,
        ]
    }

    private func loadPanel(_ regressions: [Regression]) -> TrendPanel {
        var panel = TrendPanel(.load, "Load", .sessions)
        let series = load ?? statementTime
        guard series.knownCount > 0 else { return panel.empty(because: emptyReason("the load")) }
        panel.lines = [TrendLine(load == nil ? "statements" : "active sessions", series.thinned())]
        panel.marks = marks(of: TrendAnalysis.serverMarks.union([.indexCreated, .indexDropped]))
        let source = load == nil ? " (of statements: the server does not tell active time)" : ""
        panel.sentence = Phrase.sentence(
            loadSentence(series, regressions.first { $0.measure == .load }) + source + gapClause)
        return panel
    }

    private func loadSentence(_ series: TimeSeries, _ regression: Regression?) -> String {
        if let change = regression?.change {
            return "\(TrendUnit.sessions.change(change.before, change.now)) since \(clock.moment(change.at))"
        }
        return average(series, .sessions)
    }

    /// `1.2 sessions on average, at most 4.5 sessions (Tue 14:05)`
    func average(_ series: TimeSeries, _ unit: TrendUnit) -> String {
        guard let mean = series.mean, let highest = series.highest else { return "nothing is known" }
        return "\(unit.text(mean)) on average, at most \(unit.text(highest.value)) (\(clock.moment(highest.at)))"
    }

    private var statementsPanel: TrendPanel {
        var panel = TrendPanel(.statements, "Top statements", .sessions)
        panel.isStacked = true
        let shown = statements.prefix(Self.shownLines).filter { $0.totalTime > 0 }
        let whole = statements.reduce(0) { $0 + $1.totalTime }
        guard !shown.isEmpty, whole > 0 else {
            return panel.empty(
                because: statements.isEmpty
                    ? "No statement is in this history: pg_stat_statements was not read" : "No statement ran")
        }
        panel.lines = shown.map { TrendLine($0.name.shown, $0.sessions.thinned()) }
        let others = statements.dropFirst(shown.count)
        if !others.isEmpty {
            let sum = TimeSeries.sum(others.lazy.map(\.sessions)).thinned()
            panel.lines.append(TrendLine(Quantity.plural(others.count, "other"), sum))
        }
        let names = Set(shown.map(\.name.identity))
        panel.marks = marks(of: Self.serverMarks.union([.plan])) { $0.kind != .plan || names.contains($0.object) }
        panel.sentence = Phrase.sentence(statementsSentence(shown, whole) + unknownClause(statementTime))
        return panel
    }

    private func statementsSentence(_ shown: [StatementTrend], _ whole: Double) -> String {
        var text =
            "\(shown[0].name.shownWithRole) took \(Quantity.percent(shown[0].totalTime / whole)) of the execution time"
        if shown.count > 3 && statements.count > 3 {
            let three = shown.prefix(3).reduce(0) { $0 + $1.totalTime }
            text += ", the first three \(Quantity.percent(three / whole))"
        }
        return text + " of \(Quantity.plural(statements.count, "statement"))"
    }

    private var waitsPanel: TrendPanel {
        var panel = TrendPanel(.waits, "Waits", .sessions)
        panel.isStacked = true
        let known = waits.filter { $0.series.total > 0 }
        guard let first = known.first else {
            return panel.empty(
                because: waits.isEmpty ? "No waits were sampled in this range" : "No session was seen busy")
        }
        panel.lines = known.prefix(Self.shownLines).map { TrendLine(Shown.name($0.name), $0.series.thinned()) }
        let others = known.dropFirst(Self.shownLines)
        if !others.isEmpty {
            let sum = TimeSeries.sum(others.lazy.map(\.series)).thinned()
            panel.lines.append(TrendLine(Quantity.plural(others.count, "other"), sum))
        }
        panel.marks = marks(of: Self.serverMarks)
        let all = TimeSeries.sum(known.lazy.map(\.series))
        let share = Quantity.percent(first.series.total / max(all.total, .leastNonzeroMagnitude))
        panel.sentence = Phrase.sentence(
            "\(share) of the busy time was \(Shown.name(first.name)); \(average(first.series, .sessions))"
                + unknownClause(all))
        return panel
    }
}

extension TrendAnalysis {
    /// What stands behind the load's sentence: the spans without a reading, at most two by name.
    var gapClause: String {
        guard !gaps.isEmpty else { return "" }
        let named = gaps.sorted { $0.upperBound - $0.lowerBound > $1.upperBound - $1.lowerBound }.prefix(2)
            .sorted { $0.lowerBound < $1.lowerBound }
            .map { "between \(clock.between($0.lowerBound, $0.upperBound))" }
        let more = gaps.count > 2 ? " and in \(Quantity.plural(gaps.count - 2, "shorter gap"))" : ""
        return "; no reading \(Phrase.list(named))\(more)"
    }

    /// `; not known 12 % of the time`, where resets or evictions took more than a twentieth of the readings.
    func unknownClause(_ series: TimeSeries) -> String {
        guard series.count > 0 else { return "" }
        let share = 1 - Double(series.knownCount) / Double(series.count)
        return share > 0.05 ? "; not known in \(Quantity.percent(share)) of the readings" : ""
    }

    func emptyReason(_ what: String) -> String {
        switch timeline.moments.count {
        case 0: "No snapshot in this range"
        case 1: "One snapshot only: \(what) needs two"
        default: "No snapshot of this range tells \(what)"
        }
    }
}

extension TrendPanel {
    /// This panel with its reason to have no lines.
    func empty(because reason: String) -> TrendPanel {
        var panel = self
        panel.lines = []
        panel.sentence = Phrase.sentence(reason)
        return panel
    }
}
