extension StatementShape {
    /// The statement without the DISTINCT of one of its queries.
    package func removingDistinct(of level: Int, in statement: ParsedStatement) -> String? {
        guard isWritten(level), levels[level].isDistinct, !levels[level].isDistinctOn, let words = statement.words,
            let target = words.token(at: levels[level].node.list("targetList").first?.location), target > 1,
            words.isWord("distinct", target - 1), words.isWord("select", target - 2)
        else { return nil }
        let bytes = words.tokens[target - 1].start..<words.tokens[target].start
        return statement.applying([TextEdit(bytes, "")], to: words)
    }
}
