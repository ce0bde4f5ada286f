extension StatementShape {
    /// The statement with the outer join that brings in a relation of a level written as JOIN; nil where the relation
    /// is not the right side of a LEFT JOIN by itself.
    package func innerJoin(of relation: Int, at level: Int, in statement: ParsedStatement) -> String? {
        guard isWritten(level), let words = statement.words,
            let name = words.token(at: levels[level].relations[relation].location), name > 1,
            words.isWord("join", name - 1)
        else { return nil }
        let left = words.isWord("outer", name - 2) ? name - 3 : name - 2
        guard words.isWord("left", left) else { return nil }
        return statement.applying([TextEdit(words.bytes(of: left..<name), "JOIN")], to: words)
    }
}
