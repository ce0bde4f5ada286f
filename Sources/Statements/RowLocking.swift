import Model

/// Statements that lock rows, written so that they lock fewer of them, or in an order.
extension ParsedStatement {
    /// The SELECT with `OF alias` after its one locking clause; nil where there are several, or it names relations already.
    package func locking(only alias: String) -> String? {
        guard kind == .select, let words, let clause = onlyLocking(words) else { return nil }
        let strength = words.isWord("update", clause + 1) || words.isWord("share", clause + 1) ? clause + 1 : clause + 2
        // FOR NO KEY UPDATE, FOR KEY SHARE
        let end = words.isWord("key", strength) ? strength + 1 : strength
        guard !words.isWord("of", end + 1) else { return nil }
        let place = words.tokens[end].end
        return applying([TextEdit(place..<place, " OF \(SQL.identifier(alias))")], to: words)
    }

    /// The SELECT of one relation with ORDER BY these columns before its locking clause; nil where it has an ORDER BY.
    package func lockingInOrder(of key: [String], qualifier: String) -> String? {
        guard kind == .select, let words, let clause = onlyLocking(words), words.first("order") == nil,
            words.first("limit") == nil, words.first("offset") == nil, words.first("fetch") == nil, !key.isEmpty
        else { return nil }
        let place = words.tokens[clause].start
        let columns = key.map { SQL.identifier(qualifier) + "." + SQL.identifier($0) }.joined(separator: ", ")
        return applying([TextEdit(place..<place, "ORDER BY \(columns) ")], to: words)
    }

    /// The UPDATE or DELETE of one relation whose rows a subquery locks before, in the order of their key.
    package func writingInOrder(of key: [String], locking strength: String) -> String? {
        guard let parts = words.flatMap({ writeParts($0) }), !key.isEmpty else { return nil }
        let (words, target, condition) = parts
        let columns = key.map(SQL.identifier).joined(separator: ", ")
        let left = key.count == 1 ? columns : "(\(columns))"
        let inner =
            "\(left) IN (SELECT \(columns) FROM \(words.text(target)) WHERE \(words.text(condition)) "
            + "ORDER BY \(columns) FOR \(strength))"
        return applying([TextEdit(words.bytes(of: condition), inner)], to: words)
    }

    /// The UPDATE or DELETE of one relation for a range of its key; the bounds are the next two parameters.
    package func writingRange(of key: String) -> String? {
        guard let parts = words.flatMap({ writeParts($0) }) else { return nil }
        let (words, target, condition) = parts
        // The alias, or the last part of the name.
        let qualifier = words.string(target.upperBound - 1)
        guard qualifier != "*" else { return nil }
        let column = qualifier + "." + SQL.identifier(key)
        let whole =
            "(\(words.text(condition))) AND \(column) >= $\(parameterCount + 1) AND \(column) < $\(parameterCount + 2)"
        return applying([TextEdit(words.bytes(of: condition), whole)], to: words)
    }

    private func onlyLocking(_ words: TokenText) -> Int? {
        let places = words.tokens.indices.filter { words.depths[$0] == 0 && words.isLocking($0) }
        return places.count == 1 ? places[0] : nil
    }

    /// Tokens of the relation, with its alias, and of the condition.
    private func writeParts(_ words: TokenText) -> (TokenText, Range<Int>, Range<Int>)? {
        let start: Int
        let body: Int
        switch kind {
        case .update:
            guard let verb = words.first("update"), let set = words.first("set", after: verb) else { return nil }
            let from = words.first("from", after: set) { !words.isWord("distinct", $0 - 1) }
            guard from == nil else { return nil }
            (start, body) = (verb + 1, set)
        case .delete:
            guard let verb = words.first("delete"), let filter = words.first("where", after: verb),
                words.first("using", after: verb) == nil
            else { return nil }
            (start, body) = (verb + 2, filter)
        default: return nil
        }
        guard let filter = words.first("where", after: body - 1), start < body, !words.isWord("current", filter + 1)
        else { return nil }
        let end = words.first("returning", after: filter) ?? words.count
        guard filter + 1 < end else { return nil }
        return (words, start..<body, filter + 1..<end)
    }
}

extension QueryLevel {
    /// Relations (by index) whose rows its locking clause locks.
    package var lockedRelations: [Int] {
        guard let locking else { return [] }
        return relations.indices.filter { locking.named.isEmpty || locking.named.contains(relations[$0].alias) }
    }

    /// It, or a query within it, has a locking clause.
    package var locksWithin: Bool { !node.all("LockingClause").isEmpty }
}
