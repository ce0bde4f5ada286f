/// One of the conditions that AND joins in WHERE or in an ON: a row for which it is false or NULL does not pass.
struct Conjunct {
    var level: Int
    var clause: Predicate.Clause
    var node: Node
}

extension StatementShape {
    static func conjuncts(of levels: [QueryLevel]) -> [Conjunct] {
        levels.filter { isWritten($0.number, in: levels) }.flatMap { level -> [Conjunct] in
            let sources = level.node.list("fromClause") + level.node.list("usingClause")
            let joined = sources.flatMap(Self.joinConditions) + Self.parts(level.node.node("joinCondition"))
            let filtered = Self.parts(level.node.node("whereClause"))
            return joined.map { Conjunct(level: level.number, clause: .joinOn, node: $0) }
                + filtered.map { Conjunct(level: level.number, clause: .where, node: $0) }
        }
    }

    private static func joinConditions(_ source: Node) -> [Node] {
        guard source.kind == "JoinExpr" else { return [] }
        let sides = [source.node("larg"), source.node("rarg")].compactMap(\.self).flatMap(joinConditions)
        return sides + parts(source.node("quals"))
    }

    static func parts(_ condition: Node?) -> [Node] {
        guard let condition else { return [] }
        let isList = condition.kind == "BoolExpr" && condition.string("boolop") == "AND_EXPR"
        return isList ? condition.list("args") : [condition]
    }
}

/// A bare column compared with what names no column: `at > now() - $1`, `$1 = id` (read as `id = $1`).
struct ValueComparison {
    var column: ColumnUse
    /// As if the column stood on the left.
    var operation: String
    var reference: Node
    var value: Node
    /// Byte of the text at which the operator stands.
    var location: Int?
}

extension StatementShape {
    private static let commuted = ["=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="]

    /// nil for other operators, and where the other side names a column or asks a subquery that does.
    func valueComparison(_ node: Node, at level: Int) -> ValueComparison? {
        guard node.kind == "A_Expr", node.string("kind") == "AEXPR_OP", let left = node.node("lexpr"),
            let right = node.node("rexpr"), let name = node.strings("name").last,
            let commuted = Self.commuted[name]
        else { return nil }
        if let column = column(left, at: level), right.all("ColumnRef").isEmpty {
            return ValueComparison(
                column: column, operation: name, reference: left, value: right, location: node.location)
        }
        if let column = column(right, at: level), left.all("ColumnRef").isEmpty {
            return ValueComparison(
                column: column, operation: commuted, reference: right, value: left, location: node.location)
        }
        return nil
    }
}
