/// Dates, timestamps, times and intervals as PostgreSQL prints them with `DateStyle = ISO` and `IntervalStyle = postgres`, as numbers
/// that stand in the same order. https://www.postgresql.org/docs/current/datatype-datetime.html
enum Moments {
    static let day: Int64 = 86_400_000_000
    static let second: Int64 = 1_000_000

    /// What stays as it is: it is no one's data.
    static let special: Set<String> = [
        "infinity", "-infinity", "now", "today", "tomorrow", "yesterday", "epoch", "allballs",
    ]

    /// Days since 2000-01-01.
    static func days(_ text: String) -> Int64? {
        var text = text[...]
        let isBeforeChrist = text.hasSuffix(" BC")
        if isBeforeChrist { text = text.dropLast(3) }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count >= 4, parts[1].count == 2, parts[2].count == 2,
            let year = natural(parts[0]), let month = natural(parts[1]), let day = natural(parts[2]),
            year >= 1, year < 6_000_000, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        return days(year: isBeforeChrist ? 1 - year : year, month: month, day: day)
    }

    static func date(_ days: Int64) -> String {
        let (year, month, day) = civil(days)
        let shown = year > 0 ? year : 1 - year
        return "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2))" + (year > 0 ? "" : " BC")
    }

    /// µs since 2000-01-01 in UTC, and the zone's offset as written (`+02`); that of a timestamp without zone is empty.
    static func timestamp(_ text: String) -> (time: Int64, zone: Substring)? {
        var text = text[...]
        let isBeforeChrist = text.hasSuffix(" BC")
        if isBeforeChrist { text = text.dropLast(3) }
        guard let blank = text.firstIndex(where: { $0 == " " || $0 == "T" }) else {
            guard let days = days(String(text) + (isBeforeChrist ? " BC" : "")), isTimestamp(days) else { return nil }
            return (days * day, "")
        }
        guard let days = days(String(text[..<blank]) + (isBeforeChrist ? " BC" : "")), isTimestamp(days) else {
            return nil
        }
        let rest = text[text.index(after: blank)...]
        let end = rest.firstIndex { $0 == "+" || $0 == "-" || $0 == "Z" } ?? rest.endIndex
        guard let time = time(rest[..<end]), let offset = offset(rest[end...]) else { return nil }
        return (days * day + time - offset, rest[end...])
    }

    /// Of the days that a timestamp reaches (4714 BC to 294276), those whose µs leave room in 64 bits.
    private static func isTimestamp(_ days: Int64) -> Bool { days > -2_500_000 && days < 106_700_000 }

    /// Days since 2000-01-01 of a date, which may be written as a timestamp.
    static func daysOfDate(_ text: String) -> Int64? {
        days(text) ?? timestamp(text).map { floorDivided($0.time, day) }
    }

    /// - Parameter zone: as `timestamp` has it.
    static func timestamp(_ time: Int64, zone: Substring) -> String {
        let local = time + (offset(zone) ?? 0)
        let days = floorDivided(local, day)
        let date = date(days)
        let isBeforeChrist = date.hasSuffix(" BC")
        return (isBeforeChrist ? String(date.dropLast(3)) : date) + " " + clock(local - days * day) + zone
            + (isBeforeChrist ? " BC" : "")
    }

    /// µs since midnight.
    static func time(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let hours = natural(parts[0]), let minutes = natural(parts[1]),
            minutes < 60, hours < 1_000_000_000
        else { return nil }
        guard let seconds = parts.count == 3 ? seconds(parts[2]) : 0 else { return nil }
        return (hours * 60 + minutes) * 60 * second + seconds
    }

    static func clock(_ time: Int64) -> String {
        let (whole, fraction) = (time / second, time % second)
        let text = "\(padded(whole / 3600, 2)):\(padded(whole / 60 % 60, 2)):\(padded(whole % 60, 2))"
        guard fraction > 0 else { return text }
        var digits = padded(fraction, 6)
        while digits.hasSuffix("0") { digits.removeLast() }
        return text + "." + digits
    }

    /// µs, with 30 days a month as PostgreSQL compares intervals (`interval_cmp_value` in timestamp.c).
    static func interval(_ text: String) -> Int64? {
        var total: Int64 = 0
        var words = text.split(separator: " ")[...]
        guard !words.isEmpty else { return nil }
        while let word = words.popFirst() {
            let isNegative = word.hasPrefix("-")
            let plain = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word
            let part: Int64
            if plain.contains(":") {
                guard let clock = time(plain) else { return nil }
                part = clock
            } else {
                guard let number = natural(plain), number < 200_000_000 else { return nil }
                guard let unit = unit(words.popFirst() ?? "seconds") else { return nil }
                let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit)
                if isTooLarge { return nil }
                part = product
            }
            let (sum, isTooLarge) = total.addingReportingOverflow(isNegative ? -part : part)
            if isTooLarge { return nil }
            total = sum
        }
        return total
    }

    static func interval(_ span: Int64) -> String {
        let sign = span < 0 ? "-" : ""
        let size = span.magnitude
        let (days, rest) = (Int64(size / UInt64(day)), Int64(size % UInt64(day)))
        if days == 0 { return sign + clock(rest) }
        return "\(sign)\(days) days" + (rest == 0 ? "" : " \(sign)\(clock(rest))")
    }

    private static func unit(_ word: Substring) -> Int64? {
        switch word {
        case "year", "years": 360 * day
        case "mon", "mons", "month", "months": 30 * day
        case "week", "weeks": 7 * day
        case "day", "days": day
        case "hour", "hours": 3600 * second
        case "min", "mins", "minute", "minutes": 60 * second
        case "sec", "secs", "second", "seconds": second
        default: nil
        }
    }

    /// µs east of UTC.
    private static func offset(_ text: Substring) -> Int64? {
        if text.isEmpty || text == "Z" { return 0 }
        let parts = text.dropFirst().split(separator: ":").map { natural($0) }
        guard (1...3).contains(parts.count), !parts.contains(nil) else { return nil }
        let seconds = zip(parts, [3600, 60, 1]).reduce(Int64(0)) { $0 + $1.0! * $1.1 }
        return (text.hasPrefix("-") ? -seconds : seconds) * second
    }

    private static func seconds(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = natural(parts[0]), whole <= 60, parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return whole * second }
        guard parts[1].count <= 6, let fraction = natural(parts[1] + String(repeating: "0", count: 6 - parts[1].count))
        else { return nil }
        return whole * second + fraction
    }

    private static func natural(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(text)
    }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    private static func floorDivided(_ number: Int64, _ divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }

    /// Howard Hinnant's days_from_civil (https://howardhinnant.github.io/date_algorithms.html), from 2000-01-01.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivided(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 730_425
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 730_425
        let era = floorDivided(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
