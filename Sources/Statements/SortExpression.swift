import Model

/// A key of ORDER BY that is computed from columns.
package struct SortExpression: Sendable {
    /// Its columns' names, each once.
    package var columns: [String]
    /// As an index has it, where every function in it is known to be IMMUTABLE and no parameter stands in it.
    package var sql: String?
    /// It calculates: IMMUTABLE only where the columns are numbers.
    package var calculates: Bool
    /// For titles: `lower(name)`, `coalesce(…)`.
    package var label: String
}

extension QueryLevel {
    /// `ORDER BY a USING >`
    package var sortsByOperator: Bool { node.list("sortClause").contains { $0["useOp"] != nil } }

    /// The computed key at a place of ORDER BY; nil for columns, constants, and what calls a function that may be volatile
    /// or an aggregate, or asks a subquery.
    package func sortExpression(at place: Int) -> SortExpression? {
        guard let node = orderBy[place].expression, node.all("SubLink").isEmpty,
            node.all("FuncCall").allSatisfy({ call in
                call["over"] == nil && (call.builtInFunction.map(KnownFunctions.scalars.contains) ?? false)
            })
        else { return nil }
        var seen: Set<String> = []
        let columns = node.all("ColumnRef").compactMap { $0.strings("fields").last }.filter { seen.insert($0).inserted }
        guard !columns.isEmpty else { return nil }
        let calculates = node.all("A_Expr").contains { Self.calculations.contains($0.strings("name").last ?? "") }
        let sql = Self.indexable(node)
        return SortExpression(
            columns: columns, sql: sql, calculates: calculates, label: sql ?? Self.label(node, columns))
    }

    private static let calculations: Set<String> = ["+", "-", "*", "/"]

    private static func label(_ node: Node, _ columns: [String]) -> String {
        let names = columns.map(SQL.identifier).joined(separator: ", ")
        switch node.kind {
        case "FuncCall": return "\(node.strings("funcname").last ?? "a function")(… \(names) …)"
        case "CoalesceExpr": return "coalesce(\(names), …)"
        default: return "an expression of \(names)"
        }
    }

    private static func indexable(_ node: Node) -> String? {
        switch node.kind {
        case "ColumnRef": return node.strings("fields").last.map(SQL.identifier)
        case "A_Const": return node.node("ival").map { String($0.integer("ival")) }
        case "FuncCall":
            guard let name = node.builtInFunction, KnownFunctions.immutable.contains(name),
                node.list("args").count == 1, let argument = indexable(node.list("args")[0])
            else { return nil }
            return "\(name)(\(argument))"
        case "CoalesceExpr":
            let arguments = node.list("args").map(indexable)
            guard arguments.allSatisfy({ $0 != nil }) else { return nil }
            return "coalesce(\(arguments.compactMap(\.self).joined(separator: ", ")))"
        case "A_Expr":
            guard node.string("kind") == "AEXPR_OP", let name = node.strings("name").last, calculations.contains(name),
                let left = node.node("lexpr").flatMap(indexable), let right = node.node("rexpr").flatMap(indexable)
            else { return nil }
            return "(\(left) \(name) \(right))"
        default: return nil
        }
    }
}
