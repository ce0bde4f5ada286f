/// An aggregate that a query calls, wherever it stands in it.
package struct AggregateUse: Sendable {
    package var name: String
    package var isDistinct: Bool
    /// `count(*)`
    package var isOfRows: Bool
    /// Columns that it names, in its arguments and in FILTER.
    package var columns: [ColumnUse]
    /// Its only argument, where that is a plain column.
    package var argument: ColumnUse?
}

extension QueryLevel {
    /// DISTINCT ON; SELECT DISTINCT has a list of one empty node.
    package var isDistinctOn: Bool { node.list("distinctClause").contains { !$0.kind.isEmpty } }

    /// The query calls nothing but aggregates that give the same in any order of their rows, and functions that return
    /// one value for a row and the same for the same arguments.
    var callsAreKnown: Bool {
        node.callsHere.allSatisfy { call in
            guard call["over"] == nil, call["agg_within_group"] == nil, let name = call.builtInFunction else {
                return false
            }
            return KnownFunctions.orderlessAggregates.contains(name) || KnownFunctions.scalars.contains(name)
        }
    }
}

/// Functions of pg_catalog whose nature a parse tree does not show. https://www.postgresql.org/docs/current/functions.html
enum KnownFunctions {
    /// Aggregates whose result does not depend on the order of their rows; of floating-point numbers, but for rounding.
    static let orderlessAggregates: Set<String> = [
        "count", "min", "max", "sum", "avg", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor",
    ]
    /// Those in frequent use that make one value of many rows.
    static let aggregates = orderlessAggregates.union([
        "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg", "stddev",
        "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "corr", "percentile_cont", "percentile_disc",
        "mode",
    ])
    /// Not volatile, and one row in, one value out.
    static let scalars: Set<String> = [
        "abs", "age", "btrim", "ceil", "ceiling", "char_length", "concat", "concat_ws", "date", "date_part",
        "date_trunc", "extract", "floor", "initcap", "left", "length", "lower", "lpad", "ltrim", "md5", "mod", "now",
        "position", "power", "replace", "reverse", "right", "round", "rpad", "rtrim", "sign", "split_part", "sqrt",
        "strpos", "substr", "substring", "timezone", "to_char", "to_date", "to_number", "to_timestamp", "trunc",
        "upper",
    ]
    /// IMMUTABLE with one argument of any type that they have (`pg_proc.provolatile` on 15 and 18).
    static let immutable: Set<String> = [
        "abs", "btrim", "char_length", "initcap", "length", "lower", "ltrim", "md5", "reverse", "rtrim", "upper",
    ]
}

extension Node {
    /// Calls of functions in a query, those within its subqueries left out.
    var callsHere: [Node] {
        var found: [Node] = []
        for child in children {
            child.walk { inner in
                if inner.kind == "SelectStmt" { return false }
                if inner.kind == "FuncCall" { found.append(inner) }
                return true
            }
        }
        return found
    }

    /// The name of the function that is called; nil where it has a schema of the user's.
    package var builtInFunction: String? {
        let name = strings("funcname")
        return name.count == 1 || name.first == "pg_catalog" ? name.last : nil
    }

    /// Kinds whose `location` the grammar keeps: at the first byte, or at an operator within.
    private static let located: Set<String> = [
        "ColumnRef", "FuncCall", "A_Expr", "A_Const", "ParamRef", "TypeCast", "CoalesceExpr", "SubLink", "CaseExpr",
        "BoolExpr", "NullTest", "MinMaxExpr", "CollateClause", "A_ArrayExpr", "RowExpr", "SQLValueFunction",
    ]

    /// The first byte of the text that an expression surely covers; but for parentheses it begins there.
    var firstByte: Int? {
        var first: Int?
        walk { inner in
            if Self.located.contains(inner.kind), let place = inner.location { first = min(first ?? place, place) }
            return true
        }
        return first
    }
}

extension ShapeBuilder {
    /// The aggregates of a SELECT.
    func aggregates(_ node: Node, at level: Int) -> [AggregateUse] {
        node.callsHere.compactMap { call in
            guard call["over"] == nil, let name = call.builtInFunction, KnownFunctions.aggregates.contains(name) else {
                return nil
            }
            let arguments = call.list("args")
            let isPlain = arguments.count == 1 && arguments[0].kind == "ColumnRef"
            return AggregateUse(
                name: name, isDistinct: call.flag("agg_distinct"), isOfRows: call.flag("agg_star"),
                columns: columnsHere(call, at: level), argument: isPlain ? column(arguments[0], at: level) : nil)
        }
    }

    /// A key of ORDER BY. A bare name is an output's before it is a column's:
    /// https://www.postgresql.org/docs/current/queries-order.html
    func orderKey(_ node: Node, of query: Node, at level: Int) -> SortKey {
        let targets = query.list("targetList")
        if node.kind == "ColumnRef", node.list("fields").count == 1, let name = node.strings("fields").last,
            let target = targets.first(where: { $0.string("name") == name }), let value = target.node("val")
        {
            return key(value, at: level)
        }
        if node.kind == "A_Const", let position = node.node("ival")?.integer("ival"), position >= 1,
            position <= targets.count, !levels[level].selectsStar, let value = targets[position - 1].node("val")
        {
            return key(value, at: level)
        }
        return key(node, at: level)
    }

    private func key(_ value: Node, at level: Int) -> SortKey {
        switch value.kind {
        case "ColumnRef": SortKey(column: column(value, at: level))
        case "FuncCall": SortKey(function: value.strings("funcname").last, expression: value)
        default: SortKey(expression: value)
        }
    }
}
