import Foundation
import Model

/// Moments as a person says them: `Tue 14:05` of the last days, `Tue 3 Mar 14:05` of earlier ones. English and independent of
/// the locale.
package struct TrendClock: Sendable {
    private let clock: WallClock
    /// Seconds since 1970: what "the last days" is told from.
    private let now: Double

    package init(timeZone: TimeZone = .gmt, now: Double) {
        clock = WallClock(timeZone)
        self.now = now
    }

    /// `Tue 14:05`, `Tue 3 Mar 14:05`, `3 Mar 2025 14:05`
    package func moment(_ seconds: Double) -> String {
        guard let reading = reading(of: seconds) else { return "an unknown moment" }
        let age = abs(now - seconds)
        let weekday = WallClock.dayNames[WallClock.weekdayPlace(reading)]
        if age < 6 * 86_400 { return "\(weekday) \(WallClock.time(reading))" }
        return age < 300 * 86_400
            ? "\(weekday) \(WallClock.date(reading)) \(WallClock.time(reading))"
            : "\(day(reading: reading)) \(WallClock.time(reading))"
    }

    /// `3 Mar 2026`
    package func day(_ seconds: Double) -> String { reading(of: seconds).map(day(reading:)) ?? "an unknown day" }

    private func day(reading: Double) -> String { "\(WallClock.date(reading)) \(CivilDate(reading).year)" }

    /// `Tue 14:00 and 14:05`: the second without its day where that is the same.
    package func between(_ first: Double, _ last: Double) -> String {
        pair(first, last, " and ")
    }

    /// `Tue 14:00–15:05`
    package func span(_ range: Range<Double>) -> String {
        pair(range.lowerBound, range.upperBound, "–", wide: " – ")
    }

    private func pair(_ first: Double, _ last: Double, _ joint: String, wide: String? = nil) -> String {
        guard let from = reading(of: first), let to = reading(of: last) else { return "an unknown time" }
        return CivilDate(from) == CivilDate(to)
            ? moment(first) + joint + WallClock.time(to) : moment(first) + (wide ?? joint) + moment(last)
    }

    /// nil: of no year that is written, as from a damaged file.
    private func reading(of seconds: Double) -> Double? {
        guard WallClock.sane.contains(seconds) else { return nil }
        // Rounded to the minute that is read, so that 14:04:59.9 is 14:05.
        return clock.reading((seconds / 60 + 0.01).rounded(.down) * 60)
    }
}
