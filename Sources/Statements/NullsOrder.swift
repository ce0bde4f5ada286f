extension StatementShape {
    /// The statement without NULLS FIRST and NULLS LAST in its own ORDER BY: the same order where the columns are NOT NULL.
    package func removingNullsOrder(in statement: ParsedStatement) -> String? {
        guard let top, top.orderBy.contains(where: { $0.nullsFirst != nil }), let words = statement.words,
            let first = words.token(at: top.node.list("sortClause").first?.node("node")?.firstByte),
            let order = words.last("order", before: first), order > 0
        else { return nil }
        let clause = order..<words.clauseEnd(order, in: order..<words.queryEnd(order))
        let edits = clause.filter { place in
            words.depths[place] == words.depths[order] && words.isWord("nulls", place)
                && (words.isWord("first", place + 1) || words.isWord("last", place + 1))
        }.map { TextEdit(words.tokens[$0 - 1].end..<words.tokens[$0 + 1].end, "") }
        guard edits.count == top.orderBy.count(where: { $0.nullsFirst != nil }) else { return nil }
        return statement.applying(edits, to: words)
    }
}
