import Foundation
import History

extension ChangePoint {
    /// A lesser change of level than this is not told, however sure it is. Source: our choice; it is what an operator
    /// notices, and what a cache's warmth or a vacuum does from one week to the next.
    package static let leastFactor = 1.25

    /// Of 2 σ² log n, the penalty of a change by BIC, which Fearnhead and Rigaill 2019 take: for Gaussian noise whose
    /// deviation is known. Ours is estimated, lingers, and has tails. Calibrated on 360 stationary histories of 8,640
    /// intervals (Gaussian, Student's t with 3 degrees, log-normal, with outliers, AR(1) with φ = 0.3 and 0.5; 5, 30
    /// and 80 % noise; with and without a daily rhythm): none of them has a change. Of 7,200 such of 1,500 intervals
    /// two have one.
    static let penaltyFactor = 1.5

    /// Moments at which the level of a series changed, ascending; medians are told without the rhythm of day and week.
    ///
    /// On the measure's own scale (logarithmic unless it has negative values), the usual hours of the day (from three
    /// days on) and of the week (from two weeks on) are taken off, by medians; the rest is split by `Segmentation`;
    /// what is left is told when it is material, lasts, and is a step rather than a slope.
    ///
    /// A level that lasts for less than some 2 × penalty ÷ 9 intervals (at 30 days of 5 minutes: 6; more if the noise
    /// lingers) between two others is an outlier; at the end of the series half of it is enough.
    ///
    /// - Parameters:
    ///   - minimumSegment: intervals that a level must have lasted.
    ///   - timeZone: whose hours a rhythm goes by: in another one's, a change of the clock moves it by an hour.
    ///   - penalty: of a change, in variances of the noise; nil: as calibrated.
    package static func find(
        in series: TimeSeries, timeZone: TimeZone = .gmt, minimumSegment: Int = 4, penalty: Double? = nil
    ) -> [ChangePoint] {
        let shortest = max(1, minimumSegment)
        let known = KnownValues(series)
        guard known.values.count >= 2 * shortest, known.values.count < Int(Int32.max) else { return [] }
        let scale = MeasureScale(known.values)
        let scaled = known.values.map { scale.scaled($0) }
        let hours = HourlyMedians(scaled, starts: known.starts, ends: known.ends, timeZone: timeZone)
        var levels = SegmentLevels(shortest: shortest, penalty: penalty, isLogarithmic: scale.isLogarithmic)

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
    fileprivate func levels(of levels: SegmentLevels) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        for segment in levels.segments {
            let level = levels.median(segment)
            for place in segment { if let hour = places[place] { result[hour] = level } }
        }
        return result
    }
}
