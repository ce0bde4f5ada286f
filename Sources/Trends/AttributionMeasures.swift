import Foundation
import History
import Model

// Suspects that are measured on both sides of the change: growth, bloat, traffic, neighbours, locks.

extension AttributionSearch {
    var suspectsAmongMeasures: [Attribution] {
        let own = statement.relations.flatMap { name -> [Attribution] in
            guard let relation = analysis.relations[TrendAnalysis.relationKey(name, statement.name.database)] else {
                return []
            }
            return [growth(of: relation), bloat(of: relation)].compactMap { $0 }
        }
        return own + [traffic, neighbour, locks].compactMap { $0 }
    }

    /// The part of the change that this ratio explains, as `work` has it.
    private func part(of ratio: Double) -> Double {
        slowdown == 0 ? 0 : max(0, min(1, 2 * ratio / slowdown))
    }

    /// By less than a sixth nothing grows that a call would feel. Ours.
    private static let leastGrowth = Foundation.log(1.15)

    private func growth(of relation: Timeline.Series) -> Attribution? {
        let name = Shown.name(relation.key.name)
        // Rows tell growth from bloat; reltuples is renewed by ANALYZE only, so that live tuples come first.
        guard let rows = occasion.levels(of: relation["liveTuples"]) ?? occasion.levels(of: relation["rows"]) else {
            return nil
        }
        let ratio = Self.log(from: rows.before, to: rows.now)
        guard abs(ratio) >= Self.leastGrowth, (ratio > 0) == isSlower else { return nil }
        let verb = ratio > 0 ? "grew" : "shrank"
        var text = "\(name) \(verb) from \(TrendUnit.count.text(rows.before)) to \(TrendUnit.count.text(rows.now)) rows"
        if let size = occasion.levels(of: relation["size"]), size.before > 0, abs(size.now / size.before - 1) > 0.1 {
            text += " (\(TrendUnit.bytes.change(size.before, size.now)))"
        }
        return Attribution(
            .growth, text, object: relation.key.name, confidence: (0.3 + 0.52 * work) * part(of: ratio))
    }

    private func bloat(of relation: Timeline.Series) -> Attribution? {
        guard let dead = occasion.levels(of: relation["deadTuples"]),
            let live = occasion.levels(of: relation["liveTuples"]), live.before > 0, live.now > 0
        else { return nil }
        // Blocks that hold a row on average: dead tuples take room that a scan must read.
        let ratio =
            Self.log(from: live.before, to: live.before + dead.before) * -1
            + Self.log(from: live.now, to: live.now + dead.now)
        guard abs(ratio) >= Self.leastGrowth, (ratio > 0) == isSlower else { return nil }
        let text =
            "dead tuples of \(Shown.name(relation.key.name)) went from \(TrendUnit.count.text(dead.before)) to "
            + "\(TrendUnit.count.text(dead.now)), at \(TrendUnit.count.text(live.now)) live ones"
        return Attribution(
            .bloat, text, object: relation.key.name, confidence: (0.3 + 0.55 * work) * part(of: ratio))
    }

    /// It runs so often that its calls are in each other's way.
    private var traffic: Attribution? {
        let calls = occasion.rates(of: statement.calls)
        guard calls.before > 0, calls.now > 0 else { return nil }
        let ratio = Self.log(from: calls.before, to: calls.now)
        guard abs(ratio) >= Foundation.log(1.5), (ratio > 0) == isSlower else { return nil }
        let text =
            "it is called \(Phrase.times(calls.now / calls.before)) as often (\(TrendUnit.perSecond.change(calls.before, calls.now)))"
        // Twice as many calls are taken as enough to be felt.
        let size = min(1, abs(ratio) / Foundation.log(2))
        return Attribution(.traffic, text, confidence: (0.15 + 0.5 * (1 - work)) * size)
    }

    /// Another statement that took more of the server from that moment on: by more calls or more blocks, not by waiting itself.
    private var neighbour: Attribution? {
        guard isSlower else { return nil }
        let candidates = analysis.statements.prefix(Self.searchedNeighbours)
            .filter { $0.name != statement.name }
            .compactMap { other -> (StatementTrend, Double, Double)? in
                let time = occasion.rates(of: other.sessions)
                guard time.now >= 1.5 * time.before, isTakingMore(other, by: time.now / max(time.before, 1e-9)) else {
                    return nil
                }
                return (other, time.before, time.now)
            }
        guard let first = candidates.max(by: { $0.2 - $0.1 < $1.2 - $1.1 }) else { return nil }
        let all = occasion.rates(of: analysis.statementTime)
        // Felt when it takes as much as a quarter of what all took before, or a fifth of a session. Ours.
        let size = min(1, (first.2 - first.1) / max(0.2, 0.25 * all.before))
        let text = "\(first.0.name.shownWithRole) took \(TrendUnit.sessions.change(first.1, first.2)) from then on"
        return Attribution(
            .neighbour, text + (inputWaits ?? ""), object: first.0.name.identity,
            confidence: (0.1 + 0.65 * (1 - work)) * size)
    }

    private func isTakingMore(_ other: StatementTrend, by factor: Double) -> Bool {
        let calls = occasion.rates(of: other.calls)
        let hit = occasion.rates(of: other.series["sharedBlocksHit"])
        let read = occasion.rates(of: other.series["sharedBlocksRead"])
        let blocks = (before: hit.before + read.before, now: hit.now + read.now)
        // Half of its rise, in logarithms, must be its own doing.
        let least = factor.squareRoot()
        return calls.now >= least * calls.before && calls.now > 0
            || blocks.now >= least * blocks.before && blocks.now > 0
    }

    /// `, and sessions waited for IO (0.1 → 1.2)`
    private var inputWaits: String? {
        let waits = analysis.waits.filter { $0.name.hasPrefix("IO:") }.map { occasion.rates(of: $0.series) }
        let (before, now) = waits.reduce((0.0, 0.0)) { ($0.0 + $1.before, $0.1 + $1.now) }
        return now >= 2 * before && now - before >= 0.1
            ? ", and \(TrendUnit.sessions.change(before, now)) waited for IO" : nil
    }

    private var locks: Attribution? {
        guard isSlower else { return nil }
        let held = analysis.waits.filter { $0.name.hasPrefix("Lock:") || $0.name.hasPrefix("LWLock:") }
            .map { (name: $0.name, levels: occasion.rates(of: $0.series)) }
            .filter { $0.levels.now >= 2 * $0.levels.before }
        guard let first = held.max(by: { $0.levels.now - $0.levels.before < $1.levels.now - $1.levels.before }) else {
            return nil
        }
        let own = occasion.rates(of: statement.sessions)
        // Enough when they are as many sessions as half of what this statement takes more. Ours.
        let size = min(1, (first.levels.now - first.levels.before) / max(0.05, 0.5 * (own.now - own.before)))
        let kind = first.name.hasPrefix("Lock:") ? 0.7 : 0.45
        let text =
            "sessions waited for \(Shown.name(first.name)) (\(TrendUnit.sessions.change(first.levels.before, first.levels.now)))"
        return Attribution(.locks, text, object: first.name, confidence: (0.2 + kind * (1 - work)) * size)
    }
}
