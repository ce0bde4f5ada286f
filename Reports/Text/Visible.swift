/// Text from users made safe to show: characters that move the cursor, colour a terminal, reorder a line or hide are
/// written as PostgreSQL's `E''` strings write them (`\n`, `\x1B`, `\u202E`).
package enum Visible {
    /// One line: line breaks and tabs become visible too.
    package static func line(_ text: String) -> String { escape(text, keeping: []) }

    /// SQL and other text with lines of its own: line feeds stay, tabs become blanks.
    package static func block(_ text: String) -> String {
        escape(text.replacing("\r\n", with: "\n").replacing("\t", with: "    "), keeping: ["\n"])
    }

    /// One line of SQL or prose in which white space means nothing: folded into single blanks.
    package static func folded(_ text: String) -> String {
        line(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }

    private static func escape(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
        guard text.unicodeScalars.contains(where: { isHidden($0) && !kept.contains($0) }) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHidden(scalar) && !kept.contains(scalar) {
                shown.append(contentsOf: name(scalar).unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// Control, format (bidirectional marks, zero-width and tag characters), line and paragraph separators. The joiners
    /// U+200C and U+200D and the visible prefixes of Arabic and Syriac numbers belong to ordinary writing.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0x200C, 0x200D, 0x0600...0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD: false
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default:
            switch scalar.value {
            case ..<0x100: "\\x" + hexadecimal(scalar.value, digits: 2)
            case ..<0x10000: "\\u" + hexadecimal(scalar.value, digits: 4)
            default: "\\U" + hexadecimal(scalar.value, digits: 8)
            }
        }
    }

    static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
