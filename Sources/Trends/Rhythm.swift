import Foundation
import History

extension Rhythm {
    /// When, within the week or the day, a series is high; nil: too short, or no rhythm.
    ///
    /// A robust decomposition of hourly medians, in the logarithm: level (running median), then hour of day, day of week and hour
    /// of week by medians (`WeeklyProfile`), and the rest. From three days on a daily rhythm is told, from two whole weeks on
    /// a weekly one; where only that of the day is proven, each day of the profile is the same. Its height over the level
    /// must be that of a material change, and it must be unlikely by chance (`RhythmChance`).
    ///
    /// - Parameter timeZone: whose hours are told.
    package static func find(in series: TimeSeries, timeZone: TimeZone = .gmt) -> Rhythm? {
        let known = KnownValues(series)
        let scale = MeasureScale(known.values)
        guard scale.isLogarithmic else { return nil }
        let hours = HourlyMedians(
            known.values.map { scale.scaled($0) }, starts: known.starts, ends: known.ends, timeZone: timeZone)
        // Half of the hours at least: of rarer ones it is not known what lies between them.
        let seenCount = hours.values.count { !$0.isNaN }
        guard hours.dayCount >= WeeklyProfile.leastDays, 2 * seenCount >= hours.values.count,
            let profile = provenProfile(hours)
        else { return nil }
        let peaks = RhythmPeaks(profile.values, isWeekly: profile.isWeekly)
        guard !peaks.texts.isEmpty else { return nil }
        let middle = Robust.median(hours.values.filter { !$0.isNaN })
        return Rhythm(
            profile: factors(profile, hours, scale, middle: middle), strength: profile.strength, peaks: peaks.texts)
    }

    /// Of the parts that are not chance.
    private static func provenProfile(_ hours: HourlyMedians) -> WeeklyProfile? {
        let slots = hours.values.indices.map { hours.hourOfWeek($0) }
        let dailyRest = zip(hours.values, hours.level(over: 24)).map { $0 - $1 }
        let isDaily = RhythmChance.isDaily(dailyRest, hourOfWeek: slots)
        guard hours.dayCount >= 7 * WeeklyProfile.leastWeeks else {
            return isDaily ? WeeklyProfile(dailyRest, hourOfWeek: slots, weekly: false) : nil
        }
        let daily = WeeklyProfile(dailyRest, hourOfWeek: slots, weekly: false)
        let level = hours.less(daily).level(over: 168)
        let rest = zip(hours.values, level).map { $0 - $1 }
        let withoutDay = rest.indices.map { rest[$0] - daily.values[slots[$0]] }
        let isWeekly = RhythmChance.isWeekly(withoutDay, hourOfWeek: slots)
        guard isDaily || isWeekly else { return nil }
        return WeeklyProfile(rest, hourOfWeek: slots, daily: isDaily, weekly: isWeekly)
    }

    private static func factors(
        _ profile: WeeklyProfile, _ hours: HourlyMedians, _ scale: MeasureScale, middle: Double
    ) -> [Double] {
        var isSeen = [Bool](repeating: false, count: 168)
        for place in hours.values.indices where !hours.values[place].isNaN {
            let hour = hours.hourOfWeek(place)
            isSeen[hour] = true
            // A daily rhythm is known of each day once it is known of one.
            if !profile.isWeekly { for day in 0..<7 { isSeen[day * 24 + hour % 24] = true } }
        }
        let level = scale.unscaled(middle)
        return profile.values.indices.map { hour in
            guard isSeen[hour], level > 0 else { return .nan }
            return scale.unscaled(middle + profile.values[hour]) / level
        }
    }
}

extension WeeklyProfile {
    /// Some days differ from others.
    var isWeekly: Bool { values.indices.contains { values[$0] != values[$0 % 24] } }

    /// 1 − var(rest) / var(profile + rest) (Wang, Smith and Hyndman 2006, "Characteristic-based clustering for time series
    /// data"), where the rest's variance is that of its median absolute deviation, and the profile is of medians already. The
    /// two are taken as independent: no variance that bears outliers would see a profile of one hour in 168.
    var strength: Double {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let whole = variance + deviation * deviation
        return whole > 0 ? variance / whole : 0
    }
}
