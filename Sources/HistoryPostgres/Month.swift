import Model

/// A month of the Gregorian calendar, UTC.
struct Month: Equatable, Comparable {
    /// Months since year 0.
    var number: Int

    init(number: Int) { self.number = number }

    init(ofMilliseconds time: Int64) {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: Self.day)
        let date = CivilDate(days: Int(quotient) - (remainder < 0 ? 1 : 0))
        number = date.year * 12 + date.month - 1
    }

    var year: Int { number / 12 }
    var month: Int { number % 12 + 1 }
    var next: Month { Month(number: number + 1) }

    /// The first moment, milliseconds since 1970.
    var start: Int64 { Int64(CivilDate.days(year: year, month: month)) * Self.day }

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
