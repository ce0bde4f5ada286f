import Statements

/// A column that a plan's condition casts before it compares it: `((id)::numeric = $1)`.
package struct CastCondition: Sendable, Equatable {
    package var column: String
    /// As the grammar names it: `numeric`, `float8`, `text`.
    package var type: String

    /// Those of a text that EXPLAIN printed, joined by AND.
    ///
    /// - Parameter aliases: names under which the relation stands in the text; a bare column belongs to it too.
    package static func read(_ text: String, aliases: Set<String>) -> [CastCondition] {
        guard let parsed = try? ParsedStatement(parsing: "SELECT " + text),
            let target = parsed.root.list("targetList").first?.node("val")
        else { return [] }
        return read(target, aliases)
    }

    /// The type as SQL has it: the tree has its internal name.
    package static func spelled(_ type: String) -> String {
        ["float8": "double precision", "float4": "real"][type] ?? type
    }

    private static let operators: Set<String> = ["=", "<", "<=", ">", ">="]

    private static func read(_ node: Node, _ aliases: Set<String>) -> [CastCondition] {
        if node.kind == "BoolExpr", node.string("boolop") == "AND_EXPR" {
            return node.list("args").flatMap { read($0, aliases) }
        }
        guard node.kind == "A_Expr", ["AEXPR_OP", "AEXPR_OP_ANY"].contains(node.string("kind")),
            let name = node.strings("name").last, operators.contains(name), let left = node.node("lexpr"),
            let right = node.node("rexpr")
        else { return [] }
        // Both sides are columns: a join, or two columns of a row.
        if let found = cast(left, aliases), right.all("ColumnRef").isEmpty { return [found] }
        if let found = cast(right, aliases), left.all("ColumnRef").isEmpty { return [found] }
        return []
    }

    private static func cast(_ node: Node, _ aliases: Set<String>) -> CastCondition? {
        guard node.kind == "TypeCast", let inner = node.node("arg"), inner.kind == "ColumnRef",
            let type = node.node("typeName")?.strings("names").last
        else { return nil }
        let names = inner.strings("fields")
        guard let column = names.last, names.count == 1 || names.count == 2 && aliases.contains(names[0]) else {
            return nil
        }
        return CastCondition(column: column, type: type)
    }
}
