/// Breaks a statement into lines by clause, for reports. Only white space between tokens changes, never a token; text
/// that the scanner cannot read (cut off, `…`) comes back as it is.
package enum SQLFormatting {
    /// Words that begin a line outside parentheses, and in a subquery.
    private static let clauses: Set<String> = [
        "from", "where", "group", "having", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except",
        "returning", "set", "values", "window", "using", "on", "when",
    ]
    private static let joinWords: Set<String> = ["join", "left", "right", "full", "inner", "cross", "natural"]

    package static func lines(of text: String) -> String {
        guard let tokens = try? Scanner.tokens(of: text) else { return text }
        let words = TokenText(text, tokens.filter { $0.kind != .comment })
        // A comment's text is kept by leaving the whole statement alone.
        guard words.count > 8, !tokens.contains(where: { $0.kind == .comment }) else { return text }
        var queries: [Bool] = [true]
        var result = ""
        for index in words.tokens.indices {
            let token = words.string(index)
            if index > 0 { result += separator(words, index, queries) }
            result += token
            if token == "(" {
                queries.append(words.isWord("select", index + 1) || words.isWord("with", index + 1))
            } else if token == ")", queries.count > 1 {
                queries.removeLast()
            }
        }
        return text.hasSuffix(";") ? result + ";" : result
    }

    private static func separator(_ words: TokenText, _ index: Int, _ queries: [Bool]) -> String {
        let hasSpace = words.tokens[index - 1].end < words.tokens[index].start
        // Two strings are one constant only on two lines.
        if words.tokens[index].kind == .string, words.tokens[index - 1].kind == .string { return "\n" }
        guard hasSpace, queries.last ?? false, beginsLine(words, index) else { return hasSpace ? " " : "" }
        return "\n" + String(repeating: "    ", count: queries.count - 1)
    }

    private static func beginsLine(_ words: TokenText, _ index: Int) -> Bool {
        guard case .keyword = words.tokens[index].kind else { return false }
        let word = words.string(index).lowercased()
        let previous = words.string(index - 1).lowercased()
        if joinWords.contains(word) {
            return !joinWords.contains(previous) && previous != "outer" && isJoin(words, index)
        }
        guard clauses.contains(word) else { return false }
        switch word {
        // IS DISTINCT FROM, DELETE FROM; GROUP and ORDER stand before BY; ON only of a conflict; SET of ON UPDATE.
        case "from": return !["distinct", "delete"].contains(previous)
        case "group", "order": return words.isWord("by", index + 1)
        case "on": return words.isWord("conflict", index + 1)
        case "using": return !words.string(index + 1 < words.count ? index + 1 : index).hasPrefix("(")
        case "values": return true
        case "for": return ["update", "share", "no", "key"].contains { words.isWord($0, index + 1) }
        case "when": return words.isWord("matched", index + 1) || words.isWord("not", index + 1)
        default: return true
        }
    }

    /// `left(…)` is a function.
    private static func isJoin(_ words: TokenText, _ index: Int) -> Bool {
        index + 1 < words.count && words.string(index + 1) != "("
    }
}
