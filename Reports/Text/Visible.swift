import Model

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
        guard text.unicodeScalars.contains(where: { $0.isInvisible && !kept.contains($0) }) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.isInvisible && !kept.contains(scalar) {
                shown.append(contentsOf: name(scalar).unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default:
            switch scalar.value {
            case ..<0x100: "\\x" + scalar.value.hexadecimal(digits: 2)
            case ..<0x10000: "\\u" + scalar.value.hexadecimal(digits: 4)
            default: "\\U" + scalar.value.hexadecimal(digits: 8)
            }
        }
    }
}
