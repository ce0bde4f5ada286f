import Foundation
import History

extension ChangePoint {
    /// A lesser change of level than this is not told, however sure it is. Source: our choice; it is what an operator notices,
    /// and what a cache's warmth or a vacuum does from one week to the next.
    package static let leastFactor = 1.25

    /// Of 2 σ² log n, the penalty of a change by BIC, which Fearnhead and Rigaill 2019 take: for Gaussian noise whose deviation
    /// is known. Ours is estimated, lingers, and has tails. Calibrated on stationary histories of 8,640 intervals (Gaussian,
    /// Student's t with 3 degrees, log-normal, with outliers, AR(1) up to φ = 0.5, each also with a daily rhythm), so that
    /// none of them has a change.
    static let penaltyFactor = 1.5

    /// Moments at which the level of a series changed, ascending; medians are told without the rhythm of day and week.
    ///
    /// On the measure's own scale (logarithmic unless it has negative values), the usual hours of the day (from three days on)
    /// and of the week (from two weeks on) are taken off, by medians; the rest is split by `Segmentation`; what is left is
    /// told when it is material, lasts, and is a step rather than a slope. Hours are those of GMT: a change of the clock
    /// within the window moves a sharp rhythm by an hour.
    ///
    /// A level that lasts for less than some 2 × penalty ÷ 9 intervals (at 30 days of 5 minutes: 6; more if the noise lingers)
    /// between two others is an outlier; at the end of the series half of it is enough.
    ///
    /// - Parameters:
    ///   - minimumSegment: intervals that a level must have lasted.
    ///   - penalty: of a change, in variances of the noise; nil: as calibrated.
    package static func find(
        in series: TimeSeries, minimumSegment: Int = 4, penalty: Double? = nil
    ) -> [ChangePoint] {
        let shortest = max(1, minimumSegment)
        let known = KnownValues(series)
        guard known.values.count >= 2 * shortest, known.values.count < Int(Int32.max) else { return [] }
        let scale = MeasureScale(known.values)
        let scaled = known.values.map { scale.scaled($0) }
        let hours = HourlyMedians(scaled, starts: known.starts, ends: known.ends)
        var levels = Levels(shortest: shortest, penalty: penalty, isLogarithmic: scale.isLogarithmic)

        guard let profile = WeeklyProfile(hours) else {
            levels.split(scaled)
            if hours.dayCount < WeeklyProfile.leastDays { levels.keepSharp(known) }
            return levels.changes(known, scale)
        }
        levels.split(hours.without(profile, scaled))
        guard !levels.starts.isEmpty else { return [] }
        // Once more, with the rhythm around the levels that were found instead of the medians around each hour.
        let segmentLevels = hours.levels(of: levels)
        levels.split(hours.without(WeeklyProfile(hours, around: segmentLevels), scaled))
        return levels.changes(known, scale)
    }
}

/// The intervals of a series whose value is known.
struct KnownValues {
    var values: [Double] = []
    var starts: [Double] = []
    var ends: [Double] = []

    init(_ series: TimeSeries) {
        let count = min(series.values.count, series.starts.count, series.ends.count)
        for place in 0..<count where series.values[place].isFinite {
            values.append(series.values[place])
            starts.append(series.starts[place])
            ends.append(series.ends[place])
        }
    }
}

extension WeeklyProfile {
    /// Around medians of a day for the day's rhythm, of a week for the week's; nil: too short, or nothing stands out.
    init?(_ hours: HourlyMedians) {
        let days = hours.dayCount
        guard days >= WeeklyProfile.leastDays else { return nil }
        let slots = hours.values.indices.map { hours.hourOfWeek($0) }
        let level = hours.level(over: 24)
        let daily = WeeklyProfile(zip(hours.values, level).map { $0 - $1 }, hourOfWeek: slots, weekly: false)
        guard days >= 7 * WeeklyProfile.leastWeeks else {
            guard !daily.isFlat else { return nil }
            self = daily
            return
        }
        self.init(hours, around: hours.less(daily).level(over: 168))
        guard !isFlat else { return nil }
    }

    init(_ hours: HourlyMedians, around level: [Double]) {
        let slots = hours.values.indices.map { hours.hourOfWeek($0) }
        let days = hours.dayCount
        self.init(
            zip(hours.values, level).map { $0 - $1 }, hourOfWeek: slots,
            weekly: days >= 7 * WeeklyProfile.leastWeeks)
    }
}

extension HourlyMedians {
    func less(_ profile: WeeklyProfile) -> HourlyMedians { mapping { $1 - profile.values[hourOfWeek($0)] } }

    /// The values that came in, without the profile.
    func without(_ profile: WeeklyProfile, _ values: [Double]) -> [Double] {
        values.indices.map { place in
            places[place].map { values[place] - profile.values[hourOfWeek($0)] } ?? values[place]
        }
    }

    /// Of the segment in which each hour's last value lies; NaN where nothing is known.
    fileprivate func levels(of levels: Levels) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        for segment in levels.segments {
            let level = levels.median(segment)
            for place in segment { if let hour = places[place] { result[hour] = level } }
        }
        return result
    }
}

/// The levels of values on their measure's scale.
private struct Levels {
    let shortest: Int
    let penalty: Double?
    let isLogarithmic: Bool
    private var values: [Double] = []
    private var noise = Noise([], floor: 1)
    private(set) var starts: [Int] = []

    init(shortest: Int, penalty: Double?, isLogarithmic: Bool) {
        self.shortest = shortest
        self.penalty = penalty
        self.isLogarithmic = isLogarithmic
    }

    var segments: [Range<Int>] {
        let bounds = [0] + starts + [values.count]
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }

    func median(_ segment: Range<Int>) -> Double { Robust.median(Array(values[segment])) }

    private var effectivePenalty: Double {
        penalty ?? ChangePoint.penaltyFactor * 2 * log(Double(max(2, values.count))) * noise.inflation
    }

    mutating func split(_ values: [Double]) {
        self.values = values
        noise = Noise(values, floor: leastDeviation(values))
        let standard = values.map { $0 / noise.deviation }
        starts = Segmentation.starts(standard, penalty: effectivePenalty, shortest: shortest)
        mergeShort()
        starts = starts.indices.filter { isStep(segments[$0], segments[$0 + 1]) }.map { starts[$0] }
        mergeWeak()
    }

    /// An eighth of the least change that is told: noise below that is of no interest, and zero noise would make every
    /// last digit a change.
    private func leastDeviation(_ values: [Double]) -> Double {
        if isLogarithmic { return log(ChangePoint.leastFactor) / 8 }
        let size = Robust.median(values.map { abs($0) })
        let greatest = values.reduce(0) { max($0, abs($1)) }
        return max((ChangePoint.leastFactor - 1) * size / 8, greatest * 1e-9)
    }

    /// Into the neighbour whose level is nearer.
    private mutating func mergeShort() {
        while !starts.isEmpty {
            let segments = segments
            guard let short = segments.indices.first(where: { segments[$0].count < shortest }) else { return }
            let level = median(segments[short])
            let before = short > 0 ? abs(median(segments[short - 1]) - level) : .infinity
            let after = short < starts.count ? abs(median(segments[short + 1]) - level) : .infinity
            starts.remove(at: before <= after ? short - 1 : short)
        }
    }

    /// Whether two levels tell the values better than one line through both segments: of a slow growth any number of
    /// levels could be made, and none of them began at a moment.
    private func isStep(_ before: Range<Int>, _ after: Range<Int>, by margin: Double = 0) -> Bool {
        let both = before.lowerBound..<after.upperBound
        let line = TheilSenLine(binned: values, in: both)
        return loss(before, around: median(before)) + loss(after, around: median(after))
            + margin <= loss(both, around: line)
    }

    /// Leaves those that are steps rather than slopes within four hours before and after.
    ///
    /// A history that is too short to know its days' rhythm has levels that are parts of a day; slopes of hours lie between. The place
    /// was chosen for looking like a step: half a penalty is asked for that.
    mutating func keepSharp(_ known: KnownValues) {
        let segments = segments
        starts = starts.indices.filter { place in
            let start = starts[place]
            let low = segments[place].first { known.starts[$0] >= known.starts[start] - 14_400 } ?? start - 1
            let high = segments[place + 1].last { known.ends[$0] <= known.starts[start] + 14_400 } ?? start
            let (first, end) = (max(segments[place].lowerBound, start - shortest), segments[place + 1].upperBound)
            return isStep(
                min(low, first)..<start, start..<min(end, max(high + 1, start + shortest)),
                by: effectivePenalty / 2)
        }.map { starts[$0] }
        mergeWeak()
    }

    /// The weakest first, until each that is left is material and worth its penalty.
    private mutating func mergeWeak() {
        while !starts.isEmpty {
            let segments = segments
            let medians = segments.map { median($0) }
            let weak = starts.indices.filter { place in
                if !isMaterial(medians[place], medians[place + 1]) { return true }
                let (before, after) = (segments[place], segments[place + 1])
                let both = before.lowerBound..<after.upperBound
                let gain =
                    loss(both, around: median(both)) - loss(before, around: medians[place])
                    - loss(after, around: medians[place + 1])
                return gain < effectivePenalty
            }
            guard
                let weakest = weak.min(by: { abs(medians[$0 + 1] - medians[$0]) < abs(medians[$1 + 1] - medians[$1]) })
            else { return }
            starts.remove(at: weakest)
        }
    }

    private func isMaterial(_ before: Double, _ now: Double) -> Bool {
        if isLogarithmic { return abs(now - before) >= log(ChangePoint.leastFactor) }
        return abs(now - before) >= (ChangePoint.leastFactor - 1) * min(abs(before), abs(now))
    }

    private func loss(_ segment: Range<Int>, around level: Double) -> Double {
        loss(segment, around: TheilSenLine(level: level))
    }

    private func loss(_ segment: Range<Int>, around line: TheilSenLine) -> Double {
        segment.reduce(0) {
            let distance = (values[$1] - line.value(at: Double($1))) / noise.deviation
            return $0 + min(distance * distance, Segmentation.clip)
        }
    }

    func changes(_ known: KnownValues, _ scale: MeasureScale) -> [ChangePoint] {
        let segments = segments
        let medians = segments.map { median($0) }
        return starts.indices.map { place in
            let start = starts[place]
            return ChangePoint(
                at: known.starts[start], after: known.ends[start - 1], before: scale.unscaled(medians[place]),
                now: scale.unscaled(medians[place + 1]), countBefore: segments[place].count,
                countAfter: segments[place + 1].count,
                strength: abs(medians[place + 1] - medians[place]) / noise.deviation)
        }
    }
}
