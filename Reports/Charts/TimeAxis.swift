import Foundation

/// Where the axis of time is marked: at hours, midnights, Mondays and firsts, as far apart as their names need. UTC.
struct TimeAxis {
    struct Tick: Equatable {
        /// Seconds since 1970.
        var at: Double
        var text: String
        /// A day among hours, a year among months.
        var isStrong = false
    }

    private static let minute = 60.0
    private static let hour = 3600.0
    private static let day = 86_400.0
    /// Years 1 to 9999: what lies outside is not drawn.
    private static let sane = -62_135_596_800.0...253_402_300_799.0

    let ticks: [Tick]

    /// - Parameter most: names that have room beside each other.
    init(_ range: Range<Double>, most: Int) {
        guard Self.sane.contains(range.lowerBound), Self.sane.contains(range.upperBound), !range.isEmpty, most > 0
        else {
            ticks = []
            return
        }
        let least = (range.upperBound - range.lowerBound) / Double(most)
        if let step = Self.withinDay.first(where: { $0 >= least }) {
            ticks = Self.multiples(of: step, in: range).map(Self.clock)
        } else if let days = [1, 2, 7, 14].first(where: { Double($0) * Self.day >= least }) {
            ticks = Self.multiples(of: Double(days) * Self.day, from: days >= 7 ? Self.monday : 0, in: range).map {
                Tick(at: $0, text: days >= 7 ? Self.date($0) : Self.weekday($0))
            }
        } else {
            ticks = Self.months(in: range, least: least)
        }
    }

    private static let withinDay = [1, 2, 5, 10, 15, 30].map { $0 * minute } + [1, 2, 3, 6, 12].map { $0 * hour }
    /// 1970-01-05 was one.
    private static let monday = 4 * day

    private static func multiples(of step: Double, from origin: Double = 0, in range: Range<Double>) -> [Double] {
        let first = ((range.lowerBound - origin) / step).rounded(.up)
        let last = ((range.upperBound - origin) / step).rounded(.down)
        guard last >= first, last - first < 500 else { return [] }
        return (0...Int(last - first)).map { origin + (first + Double($0)) * step }
    }

    private static func months(in range: Range<Double>, least: Double) -> [Tick] {
        let step = [1, 3, 6, 12, 24, 60, 120, 1200].first { Double($0) * 30 * day >= least } ?? 12_000
        let start = civil(range.lowerBound)
        var month = (start.year * 12 + start.month - 1) / step * step
        var ticks: [Tick] = []
        while ticks.count < 500 {
            let (year, place) = (month / 12, month % 12)
            let at = seconds(year: year, month: place + 1)
            if at > range.upperBound { break }
            if at >= range.lowerBound {
                ticks.append(
                    Tick(at: at, text: place == 0 ? String(year) : monthNames[place], isStrong: place == 0))
            }
            month += step
        }
        return ticks
    }

    // MARK: Names

    private static func clock(_ at: Double) -> Tick {
        let second = Int((at - floor(at / day) * day).rounded())
        guard second > 0 else { return Tick(at: at, text: date(at), isStrong: true) }
        return Tick(at: at, text: "\(two(second / 3600)):\(two(second / 60 % 60))")
    }

    /// `4 Mar`
    static func date(_ at: Double) -> String {
        let civil = civil(at)
        return "\(civil.day) \(monthNames[civil.month - 1])"
    }

    /// `Wed 4`; the first of a month by its date.
    private static func weekday(_ at: Double) -> String {
        let day = civil(at).day
        return day == 1 ? date(at) : "\(dayNames[weekdayPlace(at)]) \(day)"
    }

    /// Monday 0 … Sunday 6.
    static func weekdayPlace(_ at: Double) -> Int {
        let days = Int(floor(at / day))
        return ((days + 3) % 7 + 7) % 7
    }

    /// `Tue 3 Mar 14:05`
    static func moment(_ at: Double) -> String {
        guard sane.contains(at) else { return "–" }
        let second = Int((at - floor(at / day) * day).rounded(.down))
        return "\(dayNames[weekdayPlace(at)]) \(date(at)) \(two(second / 3600)):\(two(second / 60 % 60))"
    }

    /// `2026-03-04`
    static func day(_ at: Double) -> String {
        guard sane.contains(at) else { return "–" }
        let civil = civil(at)
        return "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
    }

    /// `2026-03-04 14:05`
    static func full(_ at: Double) -> String {
        sane.contains(at) ? "\(day(at)) \(moment(at).suffix(5))" : "–"
    }

    /// `2026-03-04 14:05 – 2026-03-05 14:05`, `2026-03-04 14:05 – 15:05`
    static func span(_ range: Range<Double>) -> String {
        let (from, to) = (full(range.lowerBound), full(range.upperBound))
        return from.dropLast(5) == to.dropLast(5) && to.count > 5 ? "\(from) – \(to.suffix(5))" : "\(from) – \(to)"
    }

    static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    // MARK: The calendar

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    private static func civil(_ at: Double) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(floor(at / day)) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, ofYear - (153 * month + 2) / 5 + 1)
    }

    /// The same paper, days_from_civil: of the first of a month.
    private static func seconds(year: Int, month: Int) -> Double {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return Double(era * 146_097 + ofEra - 719_468) * day
    }
}
