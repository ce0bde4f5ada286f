import Foundation
import History

extension Forecast {
    /// Fewer days carry no forecast: a week is the shortest in which each day of it is seen.
    static let leastDays = 7
    /// No further ahead than this many times what was seen. Source: our choice; what grows changes its pace sooner or later.
    static let farthest = 10.0

    /// When a gauge will reach its limit, from below or from above; nil: the data cannot carry it.
    ///
    /// From medians of days: the slope of Theil 1950 and Sen 1968 of what came after the last jump, reset or change of pace
    /// (`DailyGrowth`); the interval is of 95 %, of the slope, of today's level, and, where the gauge wanders, of its wandering
    /// until then.
    ///
    /// Nothing is said when
    /// - there are fewer than seven days with values since the last such change, or in fewer than two thirds of the days;
    /// - the slope does not lead to the limit for certain (99 %), or explains less than half of the variance;
    /// - the limit is reached already, is more than `horizonDays` away, or ten times as far as what was seen;
    /// - the gauge fell back before and has not yet risen above where it fell from, and for twice as long as ever before: a
    ///   table that is emptied each month, an age that each freeze takes back.
    package static func make(_ gauge: TimeSeries, limit: Double, horizonDays: Double = 365) -> Forecast? {
        guard limit.isFinite, horizonDays > 0 else { return nil }
        let days = DailyLevels(gauge)
        guard days.levels.count >= leastDays, let last = days.levels.last else { return nil }
        // Towards a limit below it is the same upside down.
        let sign: Double = limit > last ? 1 : -1
        guard let steady = DailyGrowth(days: days.days, levels: days.levels.map { sign * $0 }),
            let growth = GrowthEstimate(steady)
        else { return nil }
        let target = sign * limit
        guard growth.level < target, growth.isCertain else { return nil }
        let rest = (target - growth.level) / growth.slope
        guard rest <= min(horizonDays, farthest * steady.span) else { return nil }
        let now = (steady.days[steady.days.count - 1] + 0.5) * 86_400
        return Forecast(
            reached: now + rest * 86_400,
            earliest: now + growth.days(to: target, side: 1, near: rest) * 86_400,
            latest: now + growth.days(to: target, side: -1, near: rest) * 86_400,
            slope: sign * growth.slope, limit: limit)
    }
}

/// Medians of the days (GMT) of a gauge.
struct DailyLevels {
    /// Since 1970.
    private(set) var days: [Double] = []
    private(set) var levels: [Double] = []

    init(_ gauge: TimeSeries) {
        let known = KnownValues(gauge)
        var values: [Double] = []
        for place in known.values.indices where abs(known.ends[place]) < 1e11 {
            // A gauge's value is of the end of its interval: midnight is the day before's.
            let day = (known.ends[place] / 86_400).rounded(.up) - 1
            if let last = days.last, last == day {
                values.append(known.values[place])
                levels[levels.count - 1] = Robust.median(values)
            } else {
                days.append(day)
                values = [known.values[place]]
                levels.append(known.values[place])
            }
        }
    }
}

/// Slope, level and their errors.
struct GrowthEstimate {
    /// A day.
    let slope: Double
    /// On the last day.
    let level: Double
    let isCertain: Bool

    /// Of the slope, 95 %.
    private let low: Double
    private let high: Double
    /// Standard errors of 95 %.
    private let likely: Double
    /// Standard error of the level.
    private let levelError: Double
    /// Variance that each further day adds.
    private let wandering: Double

    init?(_ growth: DailyGrowth) {
        let line = TheilSenLine(growth.days, growth.levels)
        slope = line.slope
        guard slope > 0 else { return nil }
        let rest = zip(growth.days, growth.levels).map { $1 - line.value(at: $0) }
        let deviation = Robust.deviation(rest)
        wandering = GrowthEstimate.wandering(growth.steps(less: slope))
        let count = growth.days.count
        // The medians of the last three days, moved along the line to the last.
        let (pace, today) = (line.slope, growth.days[count - 1])
        let recent = (max(0, count - 3)..<count).map { growth.levels[$0] + pace * (today - growth.days[$0]) }
        level = Robust.median(recent)
        levelError = 1.2533 * deviation / Double(recent.count).squareRoot()

        let slopes = TheilSenLine.slopes(growth.days, growth.levels)
        let wanderingError = (wandering / growth.span).squareRoot()
        likely = GrowthEstimate.student(1.96, freedom: count - 2)
        let sen = SenInterval(slopes, count: count, inflation: SenInterval.inflation(rest))
        let (least, most) = sen.bounds(likely)
        low = min(least, slope - likely * wanderingError)
        high = max(most, slope + likely * wanderingError)
        let certain = GrowthEstimate.student(2.576, freedom: count - 2)
        let surely = min(sen.bounds(certain).low, slope - certain * wanderingError)
        // Robust: of the squares of both deviations.
        let whole = Robust.deviation(growth.levels)
        isCertain = surely > 0 && deviation * deviation <= whole * whole / 2
    }

    /// Student's quantile from the normal distribution's (Abramowitz and Stegun 1964, 26.7.5), since errors are estimated from
    /// few days.
    private static func student(_ normal: Double, freedom: Int) -> Double {
        let (square, freedom) = (normal * normal, Double(max(2, freedom)))
        return normal * (1 + (square + 1) / (4 * freedom) + ((5 * square + 16) * square + 3) / (96 * freedom * freedom))
    }

    /// Of what comes on top of the line each day, for as long as days go: its variance and twice its covariance with the
    /// day before. 0 for a gauge that varies around its line; a sum of many writes wanders, and Sen's interval, of independent
    /// errors, would be several times too narrow.
    private static func wandering(_ steps: [Double]) -> Double {
        guard steps.count > 3 else { return 0 }
        let spread = Robust.deviationFromZero(steps)
        guard spread > 0 else { return 0 }
        let clipped = steps.map { max(-3 * spread, min(3 * spread, $0)) }
        let square = clipped.reduce(0) { $0 + $1 * $1 } / Double(clipped.count)
        let next = zip(clipped, clipped.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(clipped.count - 1)
        // Of less than a fortnight the covariance is not known well enough to count on its taking off anything.
        return max(steps.count < 13 ? square : 0, square + 2 * next)
    }

    /// Days until the target on the upper (1) or lower (−1) side of the interval; infinite: perhaps never.
    func days(to target: Double, side: Double, near rest: Double) -> Double {
        func value(_ days: Double) -> Double {
            let error = likely * (levelError * levelError + wandering * days).squareRoot()
            return level + (side > 0 ? high : low) * days + side * error
        }
        if value(0) >= target { return 0 }
        guard side > 0 || low > 0 else { return .infinity }
        var upper = max(rest, 1)
        while value(upper) < target {
            upper *= 2
            // A thousand years.
            if upper > 365_000 { return .infinity }
        }
        var lower = 0.0
        for _ in 0..<60 {
            let middle = (lower + upper) / 2
            if value(middle) < target { lower = middle } else { upper = middle }
        }
        return upper
    }
}

/// Sen's interval of a slope: those pairs' slopes whose ranks lie as far from the middle as Kendall's S varies by chance.
struct SenInterval {
    private let slopes: [Double]
    private let deviation: Double

    init(_ slopes: [Double], count: Int, inflation: Double) {
        self.slopes = slopes.sorted()
        let count = Double(count)
        deviation = (count * (count - 1) * (2 * count + 5) / 18 * inflation).squareRoot()
    }

    func bounds(_ quantile: Double) -> (low: Double, high: Double) {
        guard !slopes.isEmpty else { return (-.infinity, .infinity) }
        let middle = Double(slopes.count) / 2
        let reach = quantile * deviation / 2
        let low = Int((middle - reach).rounded(.down))
        let high = Int((middle + reach).rounded(.up))
        return (low < 0 ? -.infinity : slopes[low], high >= slopes.count ? .infinity : slopes[high])
    }

    /// By which the variance of S is greater for errors that linger (Hamed and Rao 1998, here of first order); the estimate of
    /// φ from few values lies too low by about (1 + 4 φ) / n (Kendall 1954). What lingers for longer than by
    /// φ = 0.7 wanders, and is told from the steps.
    static func inflation(_ rest: [Double]) -> Double {
        let spread = Robust.deviationFromZero(rest)
        guard rest.count > 3, spread > 0 else { return 1 }
        let clipped = rest.map { max(-3 * spread, min(3 * spread, $0)) }
        let square = clipped.reduce(0) { $0 + $1 * $1 }
        let next = zip(clipped, clipped.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        let raw = square > 0 ? next / square : 0
        let persistence = min(max(0, raw + (1 + 4 * raw) / Double(rest.count)), 0.7)
        return (1 + persistence) / (1 - persistence)
    }
}
