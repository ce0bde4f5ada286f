/// The distinct values of one column of one table, all of them.
package struct DistinctColumn: Sendable {
    package var column: ColumnUse
    /// What the result calls it.
    package var output: String
    /// ` ORDER BY 1 DESC`; empty where there is none.
    package var order: String
}

extension QueryLevel {
    /// What a query asks for that is nothing but `SELECT DISTINCT column FROM table`, or the same by GROUP BY.
    package var distinctColumn: DistinctColumn? {
        guard kind == .select, setOperation == nil, !isDistinctOn, aggregates.isEmpty, !hasLimit, !hasOffset,
            !hasWindow,
            locking == nil, ctes.isEmpty, node["whereClause"] == nil, node["havingClause"] == nil,
            node.list("fromClause").count == 1, isWholeTable(node.list("fromClause")[0]), relations.count == 1,
            relations[0].source == .relation, node.list("targetList").count == 1, targets.count == 1,
            let column = targets[0], column.relation == 0, column.level == number, groups(only: column),
            let order = order(by: column)
        else { return nil }
        let output = node.list("targetList")[0].string("name") ?? column.name
        return DistinctColumn(column: column, output: output, order: order)
    }

    /// Not ONLY, TABLESAMPLE or with columns renamed.
    private func isWholeTable(_ source: Node) -> Bool {
        source.kind == "RangeVar" && source.flag("inh") && source.node("alias")?["colnames"] == nil
    }

    private func groups(only column: ColumnUse) -> Bool {
        if groupBy.isEmpty { return isDistinct }
        return groupBy.count == 1 && groupBy[0].column?.name == column.name && groupBy[0].column?.relation == 0
    }

    private func order(by column: ColumnUse) -> String? {
        guard let key = orderBy.first else { return "" }
        guard orderBy.count == 1, key.column?.name == column.name, key.column?.relation == 0,
            !sortsByOperator
        else { return nil }
        let nulls = key.nullsFirst.map { $0 ? " NULLS FIRST" : " NULLS LAST" } ?? ""
        return " ORDER BY 1" + (key.isDescending ? " DESC" : "") + nulls
    }
}
