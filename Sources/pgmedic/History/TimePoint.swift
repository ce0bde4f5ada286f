import ArgumentParser
import Foundation
import Model

/// A moment on the command line: `2026-11-23`, `2026-11-23T08:30`, with Z or an offset; without, of the zone that reports
/// are told in. `-90min`: before now.
struct TimePoint: ExpressibleByArgument {
    private enum Meaning {
        case moment(Date)
        /// Seconds since the clock on the wall showed 1970-01-01 00:00.
        case reading(Double)
        case ago(TimeSpan)
    }

    private var meaning: Meaning

    init?(argument: String) {
        if argument.hasPrefix("-"), let span = TimeSpan(argument: String(argument.dropFirst())) {
            meaning = .ago(span)
        } else if let meaning = Self.meaning(argument) {
            self.meaning = meaning
        } else {
            return nil
        }
    }

    func date(now: Date, in zone: TimeZone = .gmt) -> Date {
        switch meaning {
        case .moment(let date): date
        case .reading(let reading): Date(timeIntervalSince1970: WallClock(zone).moment(near: reading))
        case .ago(let span): now.addingTimeInterval(-span.seconds)
        }
    }

    private static func meaning(_ text: String) -> Meaning? {
        let day = text.prefix(10)
        var time = String(text.dropFirst(10))
        guard day.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil else { return nil }
        if time.hasPrefix("T") || time.hasPrefix(" ") { time.removeFirst() }
        if time.isEmpty { time = "00:00" }
        guard let match = time.wholeMatch(of: /(\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?/) else { return nil }
        let written = "\(day)T\(match.1)\(match.2 ?? ":00")\(match.3 ?? "Z")"
        guard let moment = try? Date(written, strategy: .iso8601) else { return nil }
        // 2026-02-30 would otherwise be a day of March.
        guard moment.addingTimeInterval(offset(of: match.3)).formatted(.iso8601).hasPrefix(day) else { return nil }
        return match.3 == nil ? .reading(moment.timeIntervalSince1970) : .moment(moment)
    }

    /// Seconds of `+02:00`.
    private static func offset(of text: Substring?) -> Double {
        guard let text, text != "Z" else { return 0 }
        let numbers = text.dropFirst().split(separator: ":").compactMap { Double($0) }
        guard numbers.count == 2 else { return 0 }
        return (text.hasPrefix("-") ? -1 : 1) * (numbers[0] * 3600 + numbers[1] * 60)
    }
}

/// Two moments: `FROM/TO`, or `FROM+SPAN`: `2026-11-23T08:00+1h`.
struct TimeWindow: ExpressibleByArgument {
    private var start: TimePoint
    private var end: TimePoint?
    private var length: TimeSpan?

    init?(argument: String) {
        if let slash = argument.firstIndex(of: "/") {
            guard let start = TimePoint(argument: String(argument[..<slash])),
                let end = TimePoint(argument: String(argument[argument.index(after: slash)...]))
            else { return nil }
            (self.start, self.end) = (start, end)
        } else if let plus = argument.lastIndex(of: "+") {
            guard let start = TimePoint(argument: String(argument[..<plus])),
                let length = TimeSpan(argument: String(argument[argument.index(after: plus)...]))
            else { return nil }
            (self.start, self.length) = (start, length)
        } else {
            return nil
        }
    }

    /// Seconds since 1970. - Throws: `ValidationError` where it ends before it begins.
    func range(now: Date, in zone: TimeZone, named name: String) throws -> Range<Double> {
        let from = start.date(now: now, in: zone).timeIntervalSince1970
        let to = end?.date(now: now, in: zone).timeIntervalSince1970 ?? from + (length?.seconds ?? 0)
        guard from < to else { throw ValidationError("\(name) ends before it begins") }
        return from..<to
    }
}
