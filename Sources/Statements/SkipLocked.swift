extension ParsedStatement {
    /// The statement with SKIP LOCKED after each FOR UPDATE or FOR NO KEY UPDATE; nil where it has none to add it to.
    package var skippingLocked: String? {
        guard let tokens = try? Scanner.tokens(of: text) else { return nil }
        let words = TokenText(text, tokens)
        var result = ""
        var begin = 0
        for index in words.tokens.indices.dropFirst() where words.isWord("update", index) {
            let isLocking =
                words.isWord("for", index - 1)
                || words.isWord("key", index - 1) && index > 2 && words.isWord("for", index - 3)
            guard isLocking else { continue }
            var end = index + 1
            // FOR UPDATE OF a, b: the option comes after the names.
            if words.isWord("of", end) {
                end += 1
                while end < words.count, words.depths[end] == words.depths[index], !words.endsNames(end) { end += 1 }
            }
            result += words.text(begin..<end) + " SKIP LOCKED "
            begin = end
        }
        guard begin > 0 else { return nil }
        let whole = (begin < words.count ? result + words.text(begin..<words.count) : String(result.dropLast())) + ";"
        return (try? ParsedStatement(parsing: whole)) == nil ? nil : whole
    }
}

extension TokenText {
    fileprivate func endsNames(_ index: Int) -> Bool {
        string(index) == ")" || ["limit", "offset", "fetch", "for"].contains { isWord($0, index) }
    }
}
