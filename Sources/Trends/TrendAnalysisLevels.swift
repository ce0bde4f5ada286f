import Foundation
import History

/// A level that changed for good, for a while, or slowly.
struct LevelChange: Sendable {
    var change: ChangePoint
    /// The end of the new level, where the old one came back.
    var until: Double?
    /// Of a slow change: its first and last part.
    var parts: (first: Range<Double>, last: Range<Double>)?

    /// More spells than this are a rhythm, which is told as one.
    private static let mostSpells = 2

    /// What a reader is told of the change points of a series: a level that came and went is one spell.
    static func found(among points: [ChangePoint]) -> [LevelChange] {
        var result: [LevelChange] = []
        var place = 0
        while place < points.count {
            let first = points[place]
            let isSpell = place + 1 < points.count && !isFelt(first.before, points[place + 1].now)
            result.append(LevelChange(change: first, until: isSpell ? points[place + 1].after : nil))
            place += isSpell ? 2 : 1
        }
        return result.count { $0.until != nil } > mostSpells ? result.filter { $0.until == nil } : result
    }

    private static func isFelt(_ before: Double, _ now: Double) -> Bool {
        let (low, high) = (min(before, now), max(before, now))
        return high > low && (low <= 0 || high / low >= ChangePoint.leastFactor)
    }

    /// Where its cause is looked for.
    func occasion(in series: TimeSeries, interval: Double) -> Occasion {
        guard let parts else { return Occasion(change, in: series, interval: interval) }
        return Occasion(from: parts.first, to: parts.last, tolerance: interval)
    }
}

extension LevelChange {
    /// A slope is told from half as much again on, through quarters that each go on in its direction. Ours: the growth of a
    /// table by half is felt, and four medians in order are seldom chance.
    private static let leastDrift = 1.5
    /// A day has a rhythm of its own, which must not pass for a slope.
    private static let leastSpan = 3 * 86_400.0
    /// Of a quarter.
    private static let leastReadings = 12

    /// nil: it does not go one way.
    static func drift(of series: TimeSeries) -> LevelChange? {
        guard let first = series.starts.first, let last = series.ends.last, last - first >= leastSpan else {
            return nil
        }
        let quarter = (last - first) / 4
        let ranges = (0..<4).map { first + Double($0) * quarter..<first + Double($0 + 1) * quarter }
        let known = ranges.map { series.values[series.places(in: $0)].filter { !$0.isNaN } }
        let levels = known.compactMap(\.median)
        guard levels.count == 4, known.allSatisfy({ $0.count >= leastReadings }), levels[0] > 0, levels[3] > 0 else {
            return nil
        }
        let steps = zip(levels, levels.dropFirst())
        let isUp = levels[3] >= leastDrift * levels[0] && steps.allSatisfy { $0 < $1 }
        let isDown = levels[3] * leastDrift <= levels[0] && steps.allSatisfy { $0 > $1 }
        guard isUp || isDown else { return nil }
        let change = ChangePoint(
            at: first, after: first, before: levels[0], now: levels[3], countBefore: known[0].count,
            countAfter: known[3].count, strength: 0)
        return LevelChange(change: change, parts: (ranges[0], ranges[3]))
    }
}

extension TrendAnalysis {
    /// Steps of a series; the rhythm of day and week is none.
    func levelChanges(in series: TimeSeries) -> [LevelChange] {
        LevelChange.found(among: ChangePoint.find(in: series, timeZone: options.timeZone))
    }

    /// The part of a slope that its steps, or its greatest one, must make to be told instead of it. Ours: what is noisy and slopes
    /// looks like stairs.
    private static let leastOfSlope = 0.6
    /// As many steps one way are stairs.
    private static let stairs = 3

    /// Steps; or a slope, where they are but parts of one.
    func levelsOrDrift(in series: TimeSeries) -> [LevelChange] {
        let steps = levelChanges(in: series)
        guard let drift = LevelChange.drift(of: series) else { return steps }
        let whole = AttributionSearch.log(from: drift.change.before, to: drift.change.now)
        let parts = steps.map { AttributionSearch.log(from: $0.change.before, to: $0.change.now) / whole }
        let isPart = parts.reduce(0, +) < Self.leastOfSlope
        let isStairs = parts.count >= Self.stairs && (parts.max() ?? 0) < Self.leastOfSlope
        return isPart || isStairs ? [drift] : steps
    }
}
