import Foundation

/// Moments as a clock on a wall shows them: what the reports of a history write, in UTC unless another zone was asked for. In
/// English and independent of the locale.
package struct WallClock: Sendable, Equatable {
    private let zone: TimeZone
    private let isUTC: Bool

    package init(_ zone: TimeZone = .gmt) {
        self.zone = zone
        isUTC = ["GMT", "UTC", "Etc/UTC", "Etc/GMT"].contains(zone.identifier)
    }

    static let minute = 60.0
    static let hour = 3600.0
    static let day = 86_400.0
    /// Years 1 to 9999: what lies outside is not written.
    static let sane = -62_135_596_800.0...253_402_300_799.0

    /// `UTC`, `Europe/Amsterdam`
    package var name: String { isUTC ? "UTC" : zone.identifier }

    /// What it shows, as seconds since it showed 1970-01-01 00:00.
    func reading(_ at: Double) -> Double { at + offset(at) }

    /// When it shows this, the first time; nil: never, since it was put forward over it.
    package func moment(ofReading reading: Double) -> Double? {
        // Before a change the offset is that of a day earlier, after it that of a day later.
        [reading - offset(reading - Self.day), reading - offset(reading + Self.day)].sorted()
            .first { self.reading($0) == reading }
    }

    /// The same, and where it never shows this, when it shows as much more as it was put forward by.
    package func moment(near reading: Double) -> Double {
        moment(ofReading: reading) ?? reading - offset(reading - Self.day)
    }

    private func offset(_ at: Double) -> Double {
        guard !isUTC, Self.sane.contains(at) else { return 0 }
        return Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: at)))
    }

    // MARK: Moments

    /// `Tue 3 Mar 14:05`
    func moment(_ at: Double) -> String {
        guard Self.sane.contains(at) else { return "–" }
        let shown = reading(at)
        return "\(Self.dayNames[Self.weekdayPlace(shown)]) \(Self.date(shown)) \(Self.time(shown))"
    }

    /// `2026-03-04`
    func day(_ at: Double) -> String {
        guard Self.sane.contains(at) else { return "–" }
        let civil = CivilDate(reading(at))
        return "\(civil.year)-\(Self.two(civil.month))-\(Self.two(civil.day))"
    }

    /// `2026-03-04 14:05`
    func full(_ at: Double) -> String {
        Self.sane.contains(at) ? "\(day(at)) \(Self.time(reading(at)))" : "–"
    }

    /// `2026-03-04 14:05 – 2026-03-05 14:05`, `2026-03-04 14:05 – 15:05`
    func span(_ range: Range<Double>) -> String {
        let (from, to) = (full(range.lowerBound), full(range.upperBound))
        return from.dropLast(5) == to.dropLast(5) && to.count > 5 ? "\(from) – \(to.suffix(5))" : "\(from) – \(to)"
    }

    // MARK: Readings

    /// `4 Mar`
    static func date(_ reading: Double) -> String {
        let civil = CivilDate(reading)
        return "\(civil.day) \(monthNames[civil.month - 1])"
    }

    /// `14:05`
    static func time(_ reading: Double) -> String {
        let second = Int((reading - floor(reading / day) * day).rounded(.down))
        return "\(two(second / 3600)):\(two(second / 60 % 60))"
    }

    /// Monday 0 … Sunday 6.
    static func weekdayPlace(_ reading: Double) -> Int {
        let days = Int(floor(reading / day))
        return ((days + 3) % 7 + 7) % 7
    }

    static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}

/// A day of the calendar. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    /// Of seconds since 1970-01-01 00:00 (civil_from_days).
    init(_ seconds: Double) {
        let shifted = Int(floor(seconds / WallClock.day)) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let place = (5 * ofYear + 2) / 153
        month = place < 10 ? place + 3 : place - 9
        day = ofYear - (153 * place + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Seconds since 1970-01-01 00:00 of the first of a month (days_from_civil).
    static func seconds(year: Int, month: Int) -> Double {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return Double(era * 146_097 + ofEra - 719_468) * WallClock.day
    }
}
