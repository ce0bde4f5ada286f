/// A line of the input without its decorations.
struct PastedLine: Sendable {
    /// In the input, from 1.
    var number: Int
    var text: Substring
}

/// What people paste, cut into the pieces that hold a plan each: psql's frame and auto_explain's prefix are taken off.
struct PastedText {
    struct Piece {
        var lines: [PastedLine] = []
        /// ms; of auto_explain.
        var duration: Double?
    }

    private(set) var pieces: [Piece] = []
    private var current = Piece()
    private var frame = Frame.none

    private enum Frame {
        case none
        /// psql's column; `width` is that of the rule below its heading.
        case table(width: Int)
        case log
        /// A quoted field of csvlog, in which quotes are doubled and lines have no prefix.
        case csv
    }

    init(_ text: String) {
        var number = 0
        // By bytes: by characters it takes a third of all the reading.
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            take(Substring(bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes), number)
        }
        finish()
    }

    private mutating func finish() {
        while current.lines.last?.text.allSatisfy(\.isWhitespace) ?? false { current.lines.removeLast() }
        if current.lines.contains(where: { !$0.text.allSatisfy(\.isWhitespace) }) { pieces.append(current) }
        current = Piece()
    }

    private mutating func take(_ line: Substring, _ number: Int) {
        if let duration = Self.logged(line) {
            finish()
            current.duration = duration
            frame = line.contains("\"duration: ") ? .csv : .log
        } else if case .csv = frame {
            let field = Self.field(line)
            add(Substring(field.text), number)
            guard field.isClosed else { return }
            finish()
            frame = .none
        } else if case .log = frame {
            if line.first == "\t" { return add(line.dropFirst(), number) }
            // A message's empty line keeps no tab in some pagers.
            if line.isEmpty { return add(line, number) }
            finish()
            frame = .none
            take(line, number)
        } else if Self.isHeading(line) {
            finish()
            frame = .table(width: line.count)
        } else if Self.isRule(line) {
            if line.contains("RECORD") { frame = .none }
        } else if Self.isFooter(line) {
            finish()
            frame = .none
        } else if let record = Self.record(line) {
            add(record, number)
        } else if case .table(let width) = frame {
            add(Self.unframed(line, width), number)
        } else {
            add(Self.unquoted(line), number)
        }
    }

    private mutating func add(_ line: Substring, _ number: Int) {
        // A byte order mark is no part of the first line.
        let text =
            number == 1 && line.unicodeScalars.first == "\u{FEFF}" ? Substring(line.unicodeScalars.dropFirst()) : line
        current.lines.append(PastedLine(number: number, text: text))
    }

    /// `… LOG:  duration: 12.3 ms  plan:`, also as a NOTICE.
    static func logged(_ line: Substring) -> Double? {
        guard line.hasSuffix(" plan:"), let start = line.firstRange(of: "duration: ")?.upperBound,
            line[start...].hasSuffix(" ms  plan:")
        else { return nil }
        return PlanDraft.number(line[start...].prefix { $0 != " " })
    }

    /// Up to the quote that closes a field of CSV.
    private static func field(_ line: Substring) -> (text: String, isClosed: Bool) {
        var text = ""
        var rest = line
        while let character = rest.popFirst() {
            if character == "\"" {
                guard rest.first == "\"" else { return (text, true) }
                rest.removeFirst()
            }
            text.append(character)
        }
        return (text, false)
    }

    private static let borders: Set<Character> = ["|", "│", "║"]

    private static func isHeading(_ line: Substring) -> Bool {
        var rest = line.withoutBlanks
        if let first = rest.first, borders.contains(first) { rest = rest.dropFirst().withoutBlanks }
        guard rest.hasPrefix("QUERY PLAN") else { return false }
        return rest.dropFirst("QUERY PLAN".count).allSatisfy { borders.contains($0) || $0.isWhitespace }
    }

    /// `-----`, `+----+`, `-[ RECORD 1 ]---`
    private static func isRule(_ line: Substring) -> Bool {
        let content = line.withoutBlanks
        // Most lines of a plan are nodes and properties.
        guard let first = content.first, !content.hasPrefix("->"), "-+|┌├└─│".contains(first) else { return false }
        if line.hasPrefix("-[ RECORD ") { return true }
        guard line.contains("---") || line.contains("───") else { return false }
        return line.allSatisfy { "-+| ─┌┐└┘├┤┬┴┼│".contains($0) }
    }

    private static func isFooter(_ line: Substring) -> Bool {
        guard line.first == "(", line.hasSuffix(" rows)") || line.hasSuffix(" row)") else { return false }
        return line.dropFirst().prefix { $0 != " " }.allSatisfy(\.isNumber)
    }

    private static func record(_ line: Substring) -> Substring? {
        line.hasPrefix("QUERY PLAN | ") ? line.dropFirst(13) : nil
    }

    /// Without borders, and without the mark of a line that goes on in the next one.
    private static func unframed(_ line: Substring, _ width: Int) -> Substring {
        var text = line
        let isBordered = text.first.map(borders.contains) ?? false
        if isBordered {
            text = text.dropFirst()
            if let last = text.last, borders.contains(last) { text = text.dropLast() }
        }
        // psql sets one blank before what it aligns.
        let isAligned = isBordered || width > 10
        if isAligned, text.first == " " { text = text.dropFirst() }
        if isAligned, let last = text.last, last == "+" || last == "↵", isBordered || line.count >= width {
            text = text.dropLast()
        }
        while text.last == " " { text = text.dropLast() }
        return text
    }

    /// pgAdmin copies each line in quotes.
    private static func unquoted(_ line: Substring) -> Substring {
        guard line.utf8.count > 1, line.first == "\"", line.last == "\"" else { return line }
        let inner = line.dropFirst().dropLast()
        guard inner.contains("(cost=") || inner.contains("(actual ") || inner.first == " " || inner.contains(": ")
        else {
            return line
        }
        return Substring(inner.replacing("\"\"", with: "\""))
    }
}

extension Substring {
    /// By bytes: the library's search takes three times as long for so short a word.
    func firstRange(ofBytes word: StaticString) -> Range<Index>? {
        word.withUTF8Buffer { wanted in
            var start = utf8.startIndex
            while let place = utf8[start...].firstIndex(of: wanted[0]) {
                var (next, matched) = (utf8.index(after: place), 1)
                while matched < wanted.count, next < utf8.endIndex, utf8[next] == wanted[matched] {
                    utf8.formIndex(after: &next)
                    matched += 1
                }
                if matched == wanted.count { return place..<next }
                start = utf8.index(after: place)
            }
            return nil
        }
    }

    /// By bytes: Foundation's search backwards takes ten times as long.
    func lastRange(of word: String) -> Range<Index>? {
        let (bytes, wanted) = (utf8, Array(word.utf8))
        guard let last = wanted.last else { return nil }
        var end = bytes.endIndex
        while let place = bytes[..<end].lastIndex(of: last) {
            let after = bytes.index(after: place)
            if bytes[..<after].count >= wanted.count, bytes[..<after].suffix(wanted.count).elementsEqual(wanted) {
                return bytes.index(after, offsetBy: -wanted.count)..<after
            }
            end = place
        }
        return nil
    }

    /// Blanks at its begin; by bytes, since a deep plan has many.
    var leadingBlanks: Int { utf8.prefix { $0 == UInt8(ascii: " ") }.count }
    var withoutBlanks: Substring { Substring(utf8.dropFirst(leadingBlanks)) }
}
