import Foundation

/// Moments as a clock on a wall shows them: as the reports of a history write them, in UTC unless another zone was asked for. In
/// English and independent of the locale.
package struct WallClock: Sendable, Equatable {
    private let zone: TimeZone
    private let isUTC: Bool

    package init(_ zone: TimeZone = .gmt) {
        self.zone = zone
        isUTC = ["GMT", "UTC", "Etc/UTC", "Etc/GMT"].contains(zone.identifier)
    }

    package static let minute = 60.0
    package static let hour = 3600.0
    package static let day = 86_400.0
    /// Years 1 to 9999: what lies outside is not written.
    package static let sane = -62_135_596_800.0...253_402_300_799.0

    /// `UTC`, `Europe/Amsterdam`
    package var name: String { isUTC ? "UTC" : zone.identifier }

    /// What it shows, as seconds since it showed 1970-01-01 00:00.
    package func reading(_ at: Double) -> Double { at + offset(at) }

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
    package func moment(_ at: Double) -> String {
        guard Self.sane.contains(at) else { return "–" }
        let shown = reading(at)
        return "\(Self.dayNames[Self.weekdayPlace(shown)]) \(Self.date(shown)) \(Self.time(shown))"
    }

    /// `2026-03-04`
    package func day(_ at: Double) -> String {
        guard Self.sane.contains(at) else { return "–" }
        let civil = CivilDate(reading(at))
        return "\(civil.year)-\(Self.two(civil.month))-\(Self.two(civil.day))"
    }

    /// `2026-03-04 14:05`
    package func full(_ at: Double) -> String {
        Self.sane.contains(at) ? "\(day(at)) \(Self.time(reading(at)))" : "–"
    }

    /// `2026-03-04 14:05 – 2026-03-05 14:05`, `2026-03-04 14:05 – 15:05`
    package func span(_ range: Range<Double>) -> String {
        let (from, to) = (full(range.lowerBound), full(range.upperBound))
        return from.dropLast(5) == to.dropLast(5) && to.count > 5 ? "\(from) – \(to.suffix(5))" : "\(from) – \(to)"
    }

    // MARK: Readings

    /// `4 Mar`
    package static func date(_ reading: Double) -> String {
        let civil = CivilDate(reading)
        return "\(civil.day) \(monthNames[civil.month - 1])"
    }

    /// `14:05`
    package static func time(_ reading: Double) -> String {
        let second = Int((reading - floor(reading / day) * day).rounded(.down))
        return "\(two(second / 3600)):\(two(second / 60 % 60))"
    }

    /// Monday 0 … Sunday 6.
    package static func weekdayPlace(_ reading: Double) -> Int {
        let days = Int(floor(reading / day))
        return ((days + 3) % 7 + 7) % 7
    }

    package static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    package static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    package static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
