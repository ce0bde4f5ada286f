extension QueryLevel {
    /// `SELECT count(*) FROM table [WHERE …]`, and nothing else.
    package var isCountOfTable: Bool {
        guard kind == .select, setOperation == nil, groupBy.isEmpty, !isDistinct, !hasLimit, !hasOffset, !hasWindow,
            ctes.isEmpty, locking == nil, node["havingClause"] == nil, relations.count == 1,
            relations[0].source == .relation, sublinks.isEmpty, node.list("targetList").count == 1,
            let value = node.list("targetList")[0].node("val"), value.kind == "FuncCall",
            value.builtInFunction == "count", value["over"] == nil, value["agg_filter"] == nil,
            !value.flag("agg_distinct"), node.list("fromClause").first?.kind == "RangeVar"
        else { return false }
        return value.flag("agg_star") || value.list("args").allSatisfy { ["A_Const", "ColumnRef"].contains($0.kind) }
    }
}
