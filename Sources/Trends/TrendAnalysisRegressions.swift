import Foundation
import History
import Model

extension TrendAnalysis {
    /// Sessions that a change must cost or save to be told: a hundredth of the load, and a thousandth of a session. Ours: below
    /// that a reader's time is better spent elsewhere.
    private static let leastShare = 0.01
    private static let leastSessions = 0.001
    /// Statements by time whose blocks and rows a call are looked at by themselves. Ours, for time.
    private static let statementsByWork = 20

    /// Levels of statements, relations and databases that changed: worse ones first, each by what it costs.
    func regressions(of searched: [StatementTrend]) -> [Regression] {
        let least = max(Self.leastSessions, Self.leastShare * (statementTime.mean ?? 0))
        let statements = searched.concurrentMap { regressions(of: $0) }.joined()
            .filter { $0.cost.map { abs($0) >= least } ?? true }
        let relations = relationRegressions.filter { one in
            !statements.contains { one.isTold(by: $0, within: 2 * interval) }
        }
        let all = statements + relations + loadRegressions(statements)
        let ranked = all.ranked(by: { abs($0.cost ?? 0) }, then: \.sentence)
        return ranked.filter(\.isWorse) + ranked.filter { !$0.isWorse }
    }

    private func regressions(of trend: StatementTrend) -> [Regression] {
        let latency = trend.latency
        let slower = levelsOrDrift(in: latency).map { latencyRegression(trend, latency, $0) }
        let calls = levelChanges(in: trend.calls).map { callsRegression(trend, $0) }
        guard statements.prefix(Self.statementsByWork).contains(where: { $0.name == trend.name }) else {
            return slower + calls
        }
        return slower + calls + workRegressions(trend, .blocks, .blocksPerCall, trend.blocks, besides: slower)
            + workRegressions(trend, .rows, .rowsPerCall, trend.rows, besides: slower)
    }

    private func workRegressions(
        _ trend: StatementTrend, _ measure: Regression.Measure, _ unit: TrendUnit, _ series: TimeSeries,
        besides slower: [Regression]
    ) -> [Regression] {
        // What comes with a change of latency is its evidence, not another one.
        let own = levelChanges(in: series).filter { found in
            !slower.contains { abs($0.change.at - found.change.at) <= 3 * interval }
        }
        return own.map { workRegression(trend, measure, unit, series, $0) }
    }

    private func latencyRegression(_ trend: StatementTrend, _ series: TimeSeries, _ found: LevelChange) -> Regression {
        let occasion = found.occasion(in: series, interval: interval)
        let search = AttributionSearch(self, trend, occasion, latency: (found.change.before, found.change.now))
        let calls = trend.calls.level(in: occasion.now) ?? 0
        var result = Regression(
            subject: .statement(trend.name), measure: .latency, unit: .milliseconds, found: found,
            attributions: search.attributions, line: series)
        result.cost = (found.change.now - found.change.before) / 1000 * calls
        result.sentence = sentence(of: result, evidence: search.evidence)
        return result
    }

    private func callsRegression(_ trend: StatementTrend, _ found: LevelChange) -> Regression {
        let occasion = found.occasion(in: trend.calls, interval: interval)
        var result = Regression(
            subject: .statement(trend.name), measure: .calls, unit: .perSecond, found: found, attributions: [],
            line: trend.calls)
        // What it costs besides being called more often is told by its latency.
        let mean = trend.latency.level(in: occasion.before) ?? trend.latency.level(in: occasion.now) ?? 0
        result.cost = (found.change.now - found.change.before) * mean / 1000
        result.attributions = [trafficAttribution(trend, found, occasion)]
        result.sentence = sentence(of: result, evidence: nil)
        return result
    }

    private func trafficAttribution(_ trend: StatementTrend, _ found: LevelChange, _ occasion: Occasion) -> Attribution
    {
        let factor = found.change.factor
        let others = statements.prefix(options.topStatements).filter { other in
            guard other.name != trend.name, other.name.role == trend.name.role else { return false }
            let calls = occasion.rates(of: other.calls)
            // Half the factor, in logarithms, counts as going with it.
            return calls.before > 0 && calls.now > 0 && factor > 0
                && AttributionSearch.log(from: calls.before, to: calls.now) / log(factor) >= 0.5
        }
        let who = trend.name.role.map { "role \(Shown.name($0, limit: 63)) calls it" } ?? "it is called"
        let how = factor.isFinite ? "\(Phrase.times(factor)) as often" : "since then"
        let also = others.isEmpty ? "" : ", and \(others.count) more of its statements with it"
        return Attribution(.traffic, "\(who) \(how)\(also)", object: trend.name.role, confidence: 0.9)
    }

    private func workRegression(
        _ trend: StatementTrend, _ measure: Regression.Measure, _ unit: TrendUnit, _ series: TimeSeries,
        _ found: LevelChange
    ) -> Regression {
        let occasion = found.occasion(in: series, interval: interval)
        // Its blocks are the effect here: what explains them is what would explain a slowdown by as much.
        let search = AttributionSearch(self, trend, occasion, latency: (found.change.before, found.change.now))
        var result = Regression(
            subject: .statement(trend.name), measure: measure, unit: unit, found: found,
            attributions: search.attributions,
            line: series)
        result.sentence = sentence(of: result, evidence: nil)
        return result
    }
}

extension Regression {
    init(
        subject: Subject, measure: Measure, unit: TrendUnit, found: LevelChange, attributions: [Attribution],
        line: TimeSeries
    ) {
        self.subject = subject
        self.measure = measure
        self.unit = unit
        change = found.change
        until = found.until
        isGradual = found.parts != nil
        isWorse = found.change.now > found.change.before
        self.attributions = attributions
        self.line = line.thinned()
        sentence = ""
    }

    /// Whether a statement's change at the same moment says more than this one of a relation.
    func isTold(by other: Regression, within seconds: Double) -> Bool {
        guard case .relation(let name, _) = subject, abs(other.change.at - change.at) <= seconds else { return false }
        return other.attributions.contains { attribution in
            attribution.object == name || attribution.text.contains(name) || attribution.cause == .indexDropped
        }
    }
}
