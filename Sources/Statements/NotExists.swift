extension ParsedStatement {
    /// The statement with `tested NOT IN (SELECT …)`, which the grammar places at byte `location`, written as
    /// `NOT EXISTS (SELECT 1 … WHERE (…) AND inner = tested)`. `tested` and `inner` are qualified columns as SQL.
    ///
    /// nil where the subquery is more than FROM and WHERE, or the form is another (`NOT (x IN …)`).
    package func notExists(at location: Int, tested: String?, inner: String) -> String? {
        guard let tested, let tokens = try? Scanner.tokens(of: text), !tokens.contains(where: { $0.kind == .comment })
        else { return nil }
        let words = TokenText(text, tokens)
        guard let not = words.tokens.firstIndex(where: { $0.start == location }), words.isWord("not", not),
            words.isWord("in", not + 1), words.isWord("select", not + 3),
            let start = columnStart(words, before: not),
            let close = words.tokens.indices.first(where: { $0 > not + 2 && words.depths[$0] == words.depths[not] })
        else { return nil }
        let body = not + 3..<close
        let depth = words.depths[not + 3]
        func first(_ word: String) -> Int? { body.first { words.depths[$0] == depth && words.isWord(word, $0) } }
        let others = [
            "group", "order", "limit", "offset", "fetch", "having", "union", "intersect", "except", "distinct",
            "window", "for",
        ]
        guard let from = first("from"), others.allSatisfy({ first($0) == nil }) else { return nil }
        let condition = first("where")
        let sources = words.text(from..<(condition ?? close))
        let filter = condition.map { "(" + words.text($0 + 1..<close) + ") AND " } ?? ""
        let before = words.text(0..<start)
        let after = words.text(close + 1..<words.count)
        let subquery = "NOT EXISTS (SELECT 1 \(sources) WHERE \(filter)\(inner) = \(tested))"
        let rewritten = [before, subquery, after].filter { !$0.isEmpty }.joined(separator: " ")
        guard (try? ParsedStatement(parsing: rewritten)) != nil else { return nil }
        return rewritten + ";"
    }

    /// Where the column name that ends before `index` begins: `a.b.c`.
    private func columnStart(_ words: TokenText, before index: Int) -> Int? {
        var start = index - 1
        guard start > 0, words.isName(start) else { return nil }
        while start >= 2, words.string(start - 1) == ".", words.isName(start - 2) { start -= 2 }
        return start
    }
}

extension TokenText {
    fileprivate func isName(_ index: Int) -> Bool {
        guard tokens.indices.contains(index) else { return false }
        switch tokens[index].kind {
        case .identifier, .keyword(isReserved: false): return true
        default: return false
        }
    }
}
