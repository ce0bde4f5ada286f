/// A day of the Gregorian calendar. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
package struct CivilDate: Equatable, Sendable {
    package let year: Int
    /// 1 … 12
    package let month: Int
    package let day: Int

    /// Of days since 1970-01-01 (civil_from_days).
    package init(days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let place = (5 * ofYear + 2) / 153
        month = place < 10 ? place + 3 : place - 9
        day = ofYear - (153 * place + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Of seconds since 1970-01-01 00:00.
    package init(_ seconds: Double) { self.init(days: Int((seconds / 86_400).rounded(.down))) }

    /// Days since 1970-01-01 of the first of a month (days_from_civil).
    package static func days(year: Int, month: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}
