/// Finds known names within texts, at the bounds of words, whatever their case; the longest first.
struct NameMatcher: Sendable {
    private struct Entry {
        var name: [UInt8]
        var pseudonym: [UInt8]
        /// A word that texts and SQL have for themselves: only taken for the name where it is quoted, or a word before tells it.
        var isCommon: Bool
    }

    /// By the first word of the name, in lower case.
    private var entries: [[UInt8]: [Entry]] = [:]

    init(_ names: [String: String], common: (String) -> Bool) {
        for (name, pseudonym) in names where !name.isEmpty {
            let lower = Self.lowered(Array(name.utf8))
            entries[Self.word(lower, 0), default: []].append(
                Entry(name: lower, pseudonym: Array(pseudonym.utf8), isCommon: common(name)))
        }
        for word in entries.keys {
            entries[word]?.sort { ($0.name.count, $1.pseudonym.count) > ($1.name.count, $0.pseudonym.count) }
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    func replacing(in text: String) -> String {
        guard !entries.isEmpty else { return text }
        let bytes = Array(text.utf8)
        let lower = Self.lowered(bytes)
        var result: [UInt8] = []
        var copied = 0
        var place = 0
        while place < bytes.count {
            let word = Self.word(lower, place)
            if let entry = entries[word]?.first(where: { matches($0, lower, place) }) {
                result += bytes[copied..<place]
                result += entry.pseudonym
                place += entry.name.count
                copied = place
            } else {
                place += word.count
            }
        }
        guard copied > 0 else { return text }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    private func matches(_ entry: Entry, _ text: [UInt8], _ place: Int) -> Bool {
        let end = place + entry.name.count
        guard end <= text.count, text[place..<end].elementsEqual(entry.name) else { return false }
        if let last = entry.name.last, Self.isWord(last), end < text.count, Self.isWord(text[end]) { return false }
        return !entry.isCommon || isTold(text, place, end)
    }

    private func isTold(_ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
        let (before, after) = (start > 0 ? text[start - 1] : 0, end < text.count ? text[end] : 0)
        // The text is the name; it is quoted; `app@shop` of log_line_prefix.
        if start == 0 && end == text.count || before == after && "\"'`".utf8.contains(before) { return true }
        if before == UInt8(ascii: "@") || after == UInt8(ascii: "@") { return true }
        var place = start
        while place > 0, " =:\"'".utf8.contains(text[place - 1]) { place -= 1 }
        var first = place
        while first > 0, Self.isWord(text[first - 1]) { first -= 1 }
        return Self.tellingWords.contains(String(decoding: text[first..<place], as: UTF8.self))
    }

    private static let tellingWords: Set<String> = [
        "role", "user", "username", "usename", "database", "dbname", "datname", "db", "host", "application",
        "application_name", "app", "owner", "authorization",
    ]

    private static func word(_ bytes: [UInt8], _ place: Int) -> [UInt8] {
        var end = place
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        return Array(bytes[place..<max(end, place + 1)])
    }

    private static func lowered(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 } }

    private static func isWord(_ byte: UInt8) -> Bool { SensitiveScan.isWord(byte) || byte == UInt8(ascii: "$") }
}
