/// `name ^@ $1` or `starts_with(name, $1)`: a search for how a text begins, whatever the value is.
package struct PrefixSearch: Sendable {
    package var column: ColumnUse
    /// As SQL: `^@` or `starts_with`.
    package var operation: String
    package var level: Int
}

extension StatementShape {
    /// Those in the statement's own text that stand under no NOT and no OR.
    package var prefixSearches: [PrefixSearch] {
        conjuncts.compactMap { conjunct in
            let node = conjunct.node
            let isOperator = node.string("kind") == "AEXPR_OP" && node.strings("name").last == "^@"
            let isCall = node.kind == "FuncCall" && node.strings("funcname").last == "starts_with"
            let sides = isOperator ? ["lexpr", "rexpr"].compactMap(node.node) : node.list("args")
            guard isOperator || isCall, sides.count == 2, let column = column(sides[0], at: conjunct.level),
                sides[1].all("ColumnRef").isEmpty
            else { return nil }
            return PrefixSearch(
                column: column, operation: isOperator ? "^@" : "starts_with", level: conjunct.level)
        }
    }
}
