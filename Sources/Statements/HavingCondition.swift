extension StatementShape {
    /// A condition of HAVING that names grouping columns only and calls for a subquery: it holds, or does not, for all
    /// rows of a group alike.
    package struct HavingCondition: Sendable {
        package var level: Int
        /// The grouping columns that it names.
        package var columns: [ColumnUse]
        /// Its place among the conditions that AND joins.
        var place: Int
        var count: Int
    }

    /// Those in the statement's own text that the planner does not move to WHERE by itself. It moves all others, measured
    /// on 15.18: it keeps conditions with aggregates, volatile functions, subqueries, or above grouping sets.
    package var havingConditions: [HavingCondition] {
        levels.filter { isWritten($0.number) && $0.isGroupedByColumns }.flatMap { level -> [HavingCondition] in
            guard let having = level.node.node("havingClause") else { return [] }
            let isList = having.kind == "BoolExpr" && having.string("boolop") == "AND_EXPR"
            let conditions = isList ? having.list("args") : [having]
            return conditions.indices.compactMap { place in
                columns(of: conditions[place], level).map {
                    HavingCondition(level: level.number, columns: $0, place: place, count: conditions.count)
                }
            }
        }
    }

    /// The columns of a condition that tests grouping columns with a subquery of its own; nil where it does not.
    private func columns(of condition: Node, _ level: QueryLevel) -> [ColumnUse]? {
        // Functions may be volatile, or aggregates.
        guard condition.all("FuncCall").isEmpty else { return nil }
        let sublinks = level.sublinks.filter { sublink in
            condition.all("SubLink").contains { $0.location == sublink.location }
        }
        guard !sublinks.isEmpty, sublinks.count == condition.all("SubLink").count else { return nil }
        var columns = sublinks.flatMap(\.outerColumns)
        for sublink in sublinks {
            if let tested = sublink.tested { columns.append(tested) }
        }
        let grouped = level.groupBy.compactMap(\.column)
        guard !columns.isEmpty, columns.allSatisfy({ grouped.contains($0) || isSame($0, grouped) }) else { return nil }
        // Every column outside the subqueries is a tested one.
        let outside = condition.columnsOutsideSubqueries
        let tested = sublinks.compactMap(\.tested)
        guard outside.count == tested.count else { return nil }
        return columns
    }

    private func isSame(_ column: ColumnUse, _ others: [ColumnUse]) -> Bool {
        others.contains {
            $0.level == column.level && $0.relation == column.relation && $0.name == column.name && $0.relation != nil
        }
    }

    /// The statement with the condition in WHERE.
    package func movingToWhere(_ condition: HavingCondition, in statement: ParsedStatement) -> String? {
        guard levels[condition.level].role == .top, let words = statement.words,
            let having = words.first("having"), let group = words.first("group")
        else { return nil }
        let end = words.clauseEnd(having, in: having..<words.count)
        guard let parts = words.conjuncts(having + 1..<end, count: condition.count) else { return nil }
        let moved = "(" + words.text(parts[condition.place]) + ")"
        let left = parts.indices.filter { $0 != condition.place }.map { words.text(parts[$0]) }
        var edits: [TextEdit] = []
        if let place = words.first("where") {
            let whole = words.text(place + 1..<group)
            edits.append(TextEdit(words.bytes(of: place..<group), "WHERE (\(whole)) AND \(moved)"))
        } else {
            let start = words.tokens[group].start
            edits.append(TextEdit(start..<start, "WHERE \(moved) "))
        }
        let kept = left.isEmpty ? "" : " HAVING " + left.joined(separator: " AND ")
        edits.append(TextEdit(words.tokens[having - 1].end..<words.tokens[end - 1].end, kept))
        return statement.applying(edits, to: words)
    }
}

extension QueryLevel {
    /// GROUP BY of plain columns, of others beside them too, without grouping sets.
    fileprivate var isGroupedByColumns: Bool {
        groupBy.contains { $0.column?.relation != nil } && node.list("groupClause").count == groupBy.count
            && !node.list("groupClause").contains { $0.kind == "GroupingSet" }
    }
}

extension Node {
    /// References to columns, those within subqueries left out but for what they are tested with.
    fileprivate var columnsOutsideSubqueries: [Node] {
        var found: [Node] = []
        walk { node in
            if node.kind == "SubLink" {
                found += node.node("testexpr")?.columnsOutsideSubqueries ?? []
                return false
            }
            if node.kind == "ColumnRef" { found.append(node) }
            return true
        }
        return found
    }
}

extension TokenText {
    /// The conditions that AND joins, by their tokens; nil where they are not `count`: an AND of BETWEEN or CASE among them.
    func conjuncts(_ range: Range<Int>, count: Int) -> [Range<Int>]? {
        guard !range.isEmpty else { return nil }
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        guard count > 1 else { return [range] }
        for index in range where depths[index] == depths[range.lowerBound] && isWord("and", index) {
            parts.append(start..<index)
            start = index + 1
        }
        parts.append(start..<range.upperBound)
        return parts.count == count && !parts.contains(where: \.isEmpty) ? parts : nil
    }
}
