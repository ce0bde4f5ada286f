import Foundation

/// Names and texts of others, as they may stand in a sentence: nothing that hides, colours or moves the cursor, and not for ever.
package enum Shown {
    /// A qualified name has two parts of 63 bytes at most (NAMEDATALEN); longer ones come from damaged files.
    package static func name(_ text: String, limit: Int = 130) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        var isAfterSpace = false
        for scalar in text.unicodeScalars {
            let isSpace = scalar == "\n" || scalar == "\t" || scalar == "\r" || scalar == " "
            if isSpace && isAfterSpace { continue }
            isAfterSpace = isSpace
            if count == limit {
                result.append("…")
                break
            }
            result.append(isSpace ? " " : scalar.isInvisible ? "\u{FFFD}" : scalar)
            count += 1
        }
        return String(result)
    }

    /// `SELECT … FROM orders WHERE status = $1`: what a reader knows a statement by; a long list of columns tells little.
    package static func excerpt(_ text: String, limit: Int = 60) -> String {
        // The beginning tells it: more of a long text is not looked at.
        var line = name(String(text.prefix(2000)), limit: 2000).trimmingCharacters(in: .whitespaces)
        if line.prefix(7).lowercased() == "select ",
            let from = line.range(of: " from ", options: .caseInsensitive),
            line.distance(from: line.startIndex, to: from.lowerBound) > 24
        {
            line = line.prefix(7) + "…" + line[from.lowerBound...]
        }
        return line.count > limit ? line.prefix(limit - 1).trimmingCharacters(in: .whitespaces) + "…" : line
    }
}
