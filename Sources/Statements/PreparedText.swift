extension ParsedStatement {
    /// What `PREPARE name AS …` prepares: pg_stat_statements counts its executions under the whole text. nil for all else.
    package var prepared: String? {
        guard root.kind == "PrepareStmt", let words = TokenText(text), let mark = words.first("as") else { return nil }
        return words.text(mark + 1..<words.count)
    }
}
