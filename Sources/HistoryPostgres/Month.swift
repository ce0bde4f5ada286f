/// A month of the Gregorian calendar, UTC.
struct Month: Equatable, Comparable {
    /// Months since year 0.
    var number: Int

    init(number: Int) { self.number = number }

    init(ofMilliseconds time: Int64) {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: Self.day)
        // Days to a civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = quotient - (remainder < 0 ? 1 : 0) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        number = Int((yearOfEra + era * 400 + (month <= 2 ? 1 : 0)) * 12 + month - 1)
    }

    var year: Int { number / 12 }
    var month: Int { number % 12 + 1 }
    var next: Month { Month(number: number + 1) }

    /// The first moment, milliseconds since 1970: the same source, days_from_civil.
    var start: Int64 {
        let year = Int64(month <= 2 ? self.year - 1 : self.year)
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return days * Self.day
    }

    /// A time outside of these years is a clock gone wrong, and no reason for a table.
    var isPartitioned: Bool { (1990..<2200).contains(year) }

    /// `y2026m03`
    var suffix: String { "y\(year)m\(month < 10 ? "0" : "")\(month)" }

    /// From a partition's name; nil: it is none of a month.
    init?(suffixOf name: String) {
        guard let found = name.wholeMatch(of: /\w+_y(\d{4})m(\d{2})/), let year = Int(found.1),
            let month = Int(found.2), (1...12).contains(month)
        else { return nil }
        number = year * 12 + month - 1
    }

    static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    private static let day: Int64 = 86_400_000
}
