import Foundation

/// `log_line_prefix`: what stands before a message of the stderr format.
/// https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
package struct LinePrefix: Sendable {
    private enum Part: Sendable, Equatable {
        case literal(String)
        case field(Character)
    }

    private let parts: [Part]
    private let zone: TimeZone?

    /// - Parameters:
    ///   - pattern: PostgreSQL's own default where the server was not asked.
    ///   - zone: the server's `log_timezone`; nil: only times in UTC are understood.
    package init(_ pattern: String = "%m [%p] ", zone: TimeZone? = nil) {
        self.zone = zone
        var parts: [Part] = []
        var literal = ""
        var rest = pattern[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                literal.append(character)
                continue
            }
            // `%-10u` pads.
            rest = rest.drop { $0 == "-" || $0.isNumber }
            guard let field = rest.popFirst() else { break }
            if field == "%" {
                literal.append("%")
                continue
            }
            // Where a process of the server's own stops: those say nothing that we look for.
            if field == "q" { continue }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(.field(field))
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// The message of a line and of those that continue it; nil where no severity is found.
    func entry(_ text: String) -> LogEntry? {
        let firstLine = text.prefix { $0 != "\n" }
        guard let mark = firstLine.firstRange(of: ":  ") else { return nil }
        let severity = firstLine[..<mark.lowerBound].suffix(while: \.isLetter)
        guard !severity.isEmpty else { return nil }
        var entry = LogEntry()
        entry.severity = String(severity)
        var message = text[mark.upperBound...]
        // `log_error_verbosity = verbose` puts the SQLSTATE before the message.
        if let state = Self.sqlState(before: message) {
            entry.sqlState = state
            message = message.dropFirst(state.count + 2)
        }
        entry.message = String(message)
        read(firstLine[..<severity.startIndex], into: &entry)
        return entry
    }

    private static func sqlState(before message: Substring) -> String? {
        let head = message.utf8.prefix(7)
        guard head.count == 7, head.suffix(2).elementsEqual(": ".utf8) else { return nil }
        let code = head.prefix(5)
        let isCode = code.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        return isCode ? String(decoding: code, as: UTF8.self) : nil
    }

    /// A prefix of another pattern leaves the fields as they are, but for the time that most begin with, and a process in
    /// brackets.
    private func read(_ prefix: Substring, into entry: inout LogEntry) {
        var rest = prefix
        for (place, part) in parts.enumerated() {
            switch part {
            case .literal(let text):
                guard rest.hasPrefix(text) else { return readTime(prefix, into: &entry) }
                rest = rest.dropFirst(text.count)
            case .field(let field):
                let next = place + 1 < parts.count ? parts[place + 1] : nil
                guard let value = Self.value(of: field, in: rest, before: next) else {
                    return readTime(prefix, into: &entry)
                }
                rest = rest[value.endIndex...]
                note(field, value, in: &entry)
            }
        }
        if !rest.isEmpty { readTime(prefix, into: &entry) }
    }

    private func readTime(_ prefix: Substring, into entry: inout LogEntry) {
        if entry.at == nil, let time = Self.value(of: "m", in: prefix, before: nil) { entry.at = date(time) }
        guard entry.pid == nil, let bracket = prefix.firstIndex(of: "[") else { return }
        let digits = prefix[prefix.index(after: bracket)...].prefix(while: \.isNumber)
        if prefix[digits.endIndex...].first == "]" { entry.pid = Int(digits) }
    }

    private static func value(of field: Character, in text: Substring, before next: Part?) -> Substring? {
        switch field {
        case "m", "t", "s":
            guard isTimestamp(Array(text.utf8.prefix(19))[...]) else { return nil }
            var end = text.index(text.startIndex, offsetBy: 19)
            while end < text.endIndex, text[end] == "." || text[end].isNumber { end = text.index(after: end) }
            guard end < text.endIndex, text[end] == " " else { return nil }
            let zone = text[text.index(after: end)...].prefix { $0.isLetter || $0.isNumber || "+-/_:".contains($0) }
            return text[..<zone.endIndex]
        case "p", "P", "l": return text.prefix(while: \.isNumber)
        case "Q": return text.prefix { $0.isNumber || $0 == "-" }
        case "n": return text.prefix { $0.isNumber || $0 == "." }
        case "c": return text.prefix { $0.isHexDigit || $0 == "." }
        case "e": return text.prefix(5)
        default:
            guard case .literal(let end)? = next else { return text }
            return text.firstRange(of: end).map { text[..<$0.lowerBound] }
        }
    }

    private func note(_ field: Character, _ value: Substring, in entry: inout LogEntry) {
        let known = value == "[unknown]" || value.isEmpty ? nil : String(value).trimmingCharacters(in: .whitespaces)
        switch field {
        case "m", "t": entry.at = date(value)
        case "n": entry.at = Double(value).map(Date.init(timeIntervalSince1970:))
        case "u": entry.role = known
        case "d": entry.database = known
        case "a": entry.application = known
        case "h": entry.client = known
        // `10.0.0.7(54321)`
        case "r": entry.client = known.map { String($0.prefix { $0 != "(" }) }
        case "p": entry.pid = Int(value)
        // Hexadecimal: the start of the session, a point, the process.
        case "c": entry.pid = entry.pid ?? value.split(separator: ".").last.flatMap { Int($0, radix: 16) }
        case "e": entry.sqlState = known
        default: break
        }
    }

    /// `2026-11-25 19:00:00`
    static func isTimestamp(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == 19 else { return false }
        return zip(bytes, "0000-00-00 00:00:00".utf8).allSatisfy { byte, mark in
            mark == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == mark
        }
    }

    /// `2026-11-25 19:00:00.123 UTC`: a zone's abbreviation means many things, the server's setting one.
    func date(_ text: some StringProtocol) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 3 else { return nil }
        let zone: TimeZone? = ["UTC", "GMT", "Etc/UTC"].contains(words[2]) ? .gmt : zone
        let numbers = (words[0].split(separator: "-") + words[1].split { $0 == ":" || $0 == "." }).compactMap {
            Int($0)
        }
        guard let zone, numbers.count >= 6 else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar.date(
            from: DateComponents(
                year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
                second: numbers[5], nanosecond: numbers.count > 6 ? numbers[6] * 1_000_000 : 0))
    }
}

extension Substring {
    fileprivate func suffix(while holds: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, holds(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
