import Model

/// A common table expression that refers to itself.
package struct Recursion: Sendable {
    package var name: String
    /// UNION ALL; UNION leaves out rows that were there before.
    package var keepsDuplicates: Bool
    /// A CYCLE clause, a LIMIT outside, or a condition on its own rows (a depth, a path) other than the join.
    package var isGuarded: Bool
    /// The column of it by which the next rows are found.
    package var key: String?
    /// The relation that the next rows come from.
    package var relation: RelationUse?
    /// `*` of it is returned somewhere: another column would be seen.
    package var isReturnedWhole: Bool
    /// Byte at which its name stands.
    var location: Int?
}

extension StatementShape {
    /// Those in the statement's own text.
    package var recursions: [Recursion] {
        levels.filter { isWritten($0.number) }.flatMap { level in
            level.ctes.indices.compactMap { recursion(level, $0) }
        }
    }

    private func recursion(_ level: QueryLevel, _ place: Int) -> Recursion? {
        let cte = level.ctes[place]
        guard cte.isRecursive, let body = cte.level, levels[body].setOperation == "UNION" else { return nil }
        let parts = levels.filter { $0.role == .setOperand && $0.parent == body }
        let found = parts.lazy.compactMap { part in
            part.relations.firstIndex { $0.source == .cte && $0.inner == nil && $0.name == cte.name }.map { (part, $0) }
        }.first
        guard let (part, itself) = found else { return nil }
        let joins = part.joins.filter { join in
            join.operation == .equality && !join.isNegated && !join.isUnderOr
                && [join.left, join.right].contains { $0.relation == itself && $0.level == part.number }
        }
        let conditions = part.conditions.filter { $0.relations?.contains(itself) ?? true }
        let users = levels.filter { $0.relations.contains { $0.source == .cte && $0.inner == body } }
        let hasCycle = level.node.node("withClause")?.list("ctes")[place]["cycle_clause"] != nil
        let key = joins.first.map { $0.left.relation == itself ? $0.left : $0.right }
        let other = joins.first.map { $0.left.relation == itself ? $0.right : $0.left }
        return Recursion(
            name: cte.name, keepsDuplicates: levels[body].isUnionAll,
            isGuarded: hasCycle || conditions.count > joins.count || users.contains(where: \.hasLimit)
                || part.hasLimit || levels[body].hasLimit,
            key: key?.name, relation: other?.relation.map { part.relations[$0] },
            isReturnedWhole: users.contains { user in
                user.starRelations.contains { user.relations[$0].inner == body && user.relations[$0].source == .cte }
            }, location: cte.location)
    }

    /// The statement with a CYCLE clause on the recursion's key.
    package func endingCycles(_ recursion: Recursion, in statement: ParsedStatement) -> String? {
        guard let key = recursion.key, !recursion.isReturnedWhole, let words = statement.words,
            let close = words.body(ofCTE: recursion.location)?.upperBound
        else { return nil }
        let end = words.tokens[close].end
        let name = SQL.identifier(key)
        return statement.applying(
            [TextEdit(end..<end, " CYCLE \(name) SET is_cycle USING cycle_path")], to: words)
    }

    /// The statement with a CTE that the planner may merge with what is around it: without MATERIALIZED, or, where it is
    /// used more than once, with NOT MATERIALIZED.
    package func withoutFence(_ cte: QueryLevel.CTE, isShared: Bool, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let open = words.body(ofCTE: cte.location)?.lowerBound else { return nil }
        let isMarked = words.isWord("materialized", open - 1)
        let isNot = isMarked && words.isWord("not", open - 2)
        let keyword = isMarked ? (isNot ? open - 3 : open - 2) : open - 1
        guard words.isWord("as", keyword), !isNot else { return nil }
        return statement.applying(
            [TextEdit(words.bytes(of: keyword..<open), isShared ? "AS NOT MATERIALIZED" : "AS")], to: words)
    }

    /// The statement sorted by these columns before its LIMIT.
    package func ordering(by columns: [String], in statement: ParsedStatement) -> String? {
        guard let words = statement.words,
            let place = ["limit", "offset", "fetch"].compactMap({ words.first($0) }).min()
        else { return nil }
        let start = words.tokens[place].start
        return statement.applying(
            [TextEdit(start..<start, "ORDER BY \(columns.joined(separator: ", ")) ")], to: words)
    }
}

extension TokenText {
    /// The tokens of the parentheses around the query of a CTE whose name stands at a byte.
    fileprivate func body(ofCTE location: Int?) -> ClosedRange<Int>? {
        guard let name = token(at: location) else { return nil }
        let keyword = tokens.indices.first { $0 > name && depths[$0] == depths[name] && isWord("as", $0) }
        guard let keyword, let open = tokens.indices.first(where: { $0 > keyword && string($0) == "(" }),
            open <= keyword + 3, let close = closing(open)
        else { return nil }
        return open...close
    }

}
