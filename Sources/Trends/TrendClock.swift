import Foundation

/// Moments as a person says them: `Tue 14:05` of the last days, `Tue 3 Mar 14:05` of earlier ones. English and independent of
/// the locale.
package struct TrendClock: Sendable {
    private let calendar: Calendar
    /// Seconds since 1970: what "the last days" is told from.
    private let now: Double

    package init(timeZone: TimeZone = .gmt, now: Double) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        self.calendar = calendar
        self.now = now
    }

    /// `Tue 14:05`, `Tue 3 Mar 14:05`, `3 Mar 2025 14:05`
    package func moment(_ seconds: Double) -> String {
        guard let parts = parts(of: seconds) else { return "an unknown moment" }
        let age = abs(now - seconds)
        if age < 6 * 86_400 { return "\(weekday(parts)) \(time(parts))" }
        return age < 300 * 86_400
            ? "\(weekday(parts)) \(day(parts)) \(time(parts))" : "\(day(parts)) \(parts.year ?? 0) \(time(parts))"
    }

    /// `3 Mar 2026`
    package func day(_ seconds: Double) -> String {
        parts(of: seconds).map { "\(day($0)) \($0.year ?? 0)" } ?? "an unknown day"
    }

    /// `Tue 14:00 and 14:05`: the second without its day where that is the same.
    package func between(_ first: Double, _ last: Double) -> String {
        pair(first, last, " and ")
    }

    /// `Tue 14:00–15:05`
    package func span(_ range: Range<Double>) -> String {
        pair(range.lowerBound, range.upperBound, "–", wide: " – ")
    }

    private func pair(_ first: Double, _ last: Double, _ joint: String, wide: String? = nil) -> String {
        guard let from = parts(of: first), let to = parts(of: last) else { return "an unknown time" }
        let isSameDay = from.year == to.year && from.month == to.month && from.day == to.day
        return isSameDay
            ? moment(first) + joint + time(to) : moment(first) + (wide ?? joint) + moment(last)
    }

    private func parts(of seconds: Double) -> DateComponents? {
        // Years beyond 9999 come from damaged files only.
        guard seconds.isFinite, abs(seconds) < 2.5e11 else { return nil }
        // Rounded to the minute that is read, so that 14:04:59.9 is 14:05.
        let date = Date(timeIntervalSince1970: (seconds / 60 + 0.01).rounded(.down) * 60)
        return calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute], from: date)
    }

    private func time(_ parts: DateComponents) -> String {
        let minute = parts.minute ?? 0
        let hour = parts.hour ?? 0
        return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }

    private func weekday(_ parts: DateComponents) -> String {
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][((parts.weekday ?? 1) - 1) % 7]
    }

    private func day(_ parts: DateComponents) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(parts.day ?? 0) \(months[((parts.month ?? 1) - 1) % 12])"
    }
}
