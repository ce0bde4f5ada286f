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
    /// or an aggregate, asks a subquery, or measures a distance to a value of its own in each call (`embedding <-> $1`,
    /// `abs(price - $1)`, `CASE WHEN id = $1 …`).
    package func sortExpression(at place: Int) -> SortExpression? {
        guard let node = orderBy[place].expression, node.all("SubLink").isEmpty,
            node.all("FuncCall").allSatisfy({ call in
                call["over"] == nil && (call.builtInFunction.map(Self.isSortable) ?? false)
            })
        else { return nil }
        let operators = node.all("A_Expr").map { $0.strings("name").last ?? "" }
        guard operators.allSatisfy({ Self.calculations.contains($0) || Self.accesses.contains($0) }) else { return nil }
        let calculates = operators.contains(where: Self.calculations.contains)
        guard !calculates || node.all("ParamRef").isEmpty else { return nil }
        var seen: Set<String> = []
        let columns = node.all("ColumnRef").compactMap { $0.strings("fields").last }.filter { seen.insert($0).inserted }
        guard !columns.isEmpty else { return nil }
        let sql = Self.indexable(node)
        return SortExpression(
            columns: columns, sql: sql, calculates: calculates, label: sql ?? Self.label(node, columns))
    }

    private static func isSortable(_ function: String) -> Bool {
        KnownFunctions.scalars.contains(function) && !["position", "strpos", "now", "age"].contains(function)
    }

    private static let accesses: Set<String> = ["||", "->", "->>", "#>", "#>>"]
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
        case "NullTest":
            let test = node.string("nulltesttype") == "IS_NULL" ? "IS NULL" : "IS NOT NULL"
            return node.node("arg").flatMap(indexable).map { "(\($0) \(test))" }
        case "A_Expr":
            guard node.string("kind") == "AEXPR_OP", let name = node.strings("name").last, calculations.contains(name),
                let left = node.node("lexpr").flatMap(indexable), let right = node.node("rexpr").flatMap(indexable)
            else { return nil }
            return "(\(left) \(name) \(right))"
        default: return nil
        }
    }
}
