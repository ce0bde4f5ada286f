import Foundation
import History
import Model

// Levels of databases and relations, which are put down to statements and to what changed on them.

extension TrendAnalysis {
    /// Relations by what they have most of that are looked at. Ours: as many as a report's reader follows.
    private static let searchedRelations = 10

    /// Of the first relations by what is scanned and by what is dead.
    var relationRegressions: [Regression] {
        func first(_ measure: String) -> [Timeline.Series] {
            let measured = series(of: .relation).filter { $0[measure].total > 0 }
            return Array(
                measured.ranked(by: { $0[measure].mean ?? 0 }, then: \.key.name).prefix(Self.searchedRelations))
        }
        let scanned = first("sequentialTuplesRead").concurrentMap { relation in
            levelChanges(in: relation["sequentialTuplesRead"]).filter(isDouble).map {
                regression(of: relation, .sequentialRows, .perSecond, relation["sequentialTuplesRead"], $0)
            }
        }
        let dead = first("deadTuples").concurrentMap { relation in
            levelChanges(in: relation["deadTuples"]).filter { isMuch($0, of: relation) && isDouble($0) }.map {
                regression(of: relation, .deadTuples, .count, relation["deadTuples"], $0)
            }
        }
        return (scanned + dead).flatMap { $0 }
    }

    /// Tables are read and emptied by spells: less than twice as much of it is usual. Ours.
    @Sendable private func isDouble(_ found: LevelChange) -> Bool {
        let (before, now) = (found.change.before, found.change.now)
        return max(before, now) >= 2 * min(before, now)
    }

    /// autovacuum lets a fifth of a table die before it comes (autovacuum_vacuum_scale_factor's default): less is usual.
    private func isMuch(_ found: LevelChange, of relation: Timeline.Series) -> Bool {
        max(found.change.before, found.change.now) > 0.2 * (relation["liveTuples"].last ?? 0)
    }

    private func regression(
        of relation: Timeline.Series, _ measure: Regression.Measure, _ unit: TrendUnit, _ series: TimeSeries,
        _ found: LevelChange
    ) -> Regression {
        let occasion = found.occasion(in: series, interval: interval)
        var result = Regression(
            subject: .relation(relation.key.name, database: relation.key.database), measure: measure, unit: unit,
            found: found, attributions: [], line: series)
        result.attributions = relationAttributions(relation, occasion, isMore: result.isWorse)
        result.sentence = sentence(of: result, evidence: nil)
        return result
    }

    private func relationAttributions(
        _ relation: Timeline.Series, _ occasion: Occasion, isMore: Bool
    ) -> [Attribution] {
        let causes: [HistoryChange.Kind: Attribution.Cause] = [
            .indexDropped: .indexDropped, .indexInvalid: .indexDropped, .indexCreated: .indexCreated, .plan: .plan,
            .analyzed: .statistics, .rewritten: .bloat,
        ]
        let found = timeline.changes.compactMap { change -> Attribution? in
            guard let cause = causes[change.kind], change.database == nil || change.database == relation.key.database,
                change.object == relation.key.name || change.relations.contains(relation.key.name),
                isMore != (change.kind == .indexCreated || change.kind == .rewritten)
            else { return nil }
            let kind = change.kind == .analyzed ? 0.3 : 0.8
            let fit = kind * occasion.closeness(of: change)
            let subject =
                change.kind == .plan
                ? "the plan of statement \(Shown.name(change.object, limit: 16)) changed" : change.clause(clock)
            return fit >= 0.25 ? Attribution(cause, subject, object: change.object, confidence: fit) : nil
        }
        let sorted = found.sorted { $0.confidence > $1.confidence }
        let unknown = Attribution(.unknown, "nothing that is recorded changed at that time", confidence: 0)
        return sorted.first.map { $0.confidence >= AttributionSearch.leastConfidence } == true
            ? Array(sorted.prefix(3)) : [unknown] + sorted.prefix(3)
    }

    /// Of active sessions; put down to the statement that takes most of the difference.
    func loadRegressions(_ told: [Regression]) -> [Regression] {
        guard let load else { return [] }
        return levelChanges(in: load).map { found in
            let occasion = found.occasion(in: load, interval: interval)
            var result = Regression(
                subject: .database(timeline.target.database), measure: .load, unit: .sessions, found: found,
                attributions: [], line: load)
            result.cost = found.change.now - found.change.before
            result.attributions = loadAttributions(found.change, occasion, told)
            result.sentence = sentence(of: result, evidence: nil)
            return result
        }
    }

    /// `, most of it SELECT … (0.2 sessions)`
    private func most(_ parts: [(trend: StatementTrend, part: Double)], _ difference: Double) -> String {
        let first = parts.filter { $0.part / difference >= 0.05 }
            .ranked(by: { $0.part / difference }, then: \.trend.name.identity).prefix(3)
        let named = first.map { "\($0.trend.name.shown) (\(TrendUnit.sessions.text(abs($0.part))))" }
        return named.isEmpty ? "" : "; most take \(Phrase.list(Array(named)))"
    }

    private func loadAttributions(_ change: ChangePoint, _ occasion: Occasion, _ told: [Regression]) -> [Attribution] {
        let difference = change.now - change.before
        let parts = statements.prefix(options.topStatements).map { one -> (trend: StatementTrend, part: Double) in
            let time = occasion.rates(of: one.sessions)
            return (one, time.now - time.before)
        }
        // A third of the difference makes a statement its cause. Ours.
        guard let first = parts.max(by: { $0.part / difference < $1.part / difference }),
            first.part / difference >= 1.0 / 3
        else {
            return [
                Attribution(
                    .unknown, "no single statement takes a third of the difference" + most(parts, difference),
                    confidence: 0)
            ]
        }
        let name = first.trend.name
        let text =
            "\(name.shownWithRole) takes \(TrendUnit.sessions.text(abs(first.part))) \(difference > 0 ? "more" : "less")"
        let own = told.first { one in
            guard case .statement(let other) = one.subject else { return false }
            return other == name && abs(one.change.at - change.at) <= 3 * occasion.tolerance && one.cost != nil
        }
        let cause = own?.attributions.first
        let calls = occasion.rates(of: first.trend.calls)
        let isTraffic = calls.now >= 1.5 * calls.before
        return [
            Attribution(
                cause?.cause ?? (isTraffic ? .traffic : .unknown),
                cause.map { $0.cause == .unknown ? text : "\(text): \($0.text)" } ?? text, object: name.identity,
                confidence: min(1, first.part / difference) * 0.9)
        ]
    }
}
