/// `o.at = (SELECT max(x.at) FROM orders x WHERE x.customer_id = o.customer_id)`: a value of the row's group, in a
/// condition that AND joins with the others.
package struct GroupComparison: Sendable {
    /// The outer column that is compared.
    package var column: ColumnUse
    /// As if that column stood on the left.
    package var operation: String
    package var function: String
    /// The level of the condition, and that of the subquery.
    package var level: Int
    package var inner: Int
    /// The columns that tie the subquery to the row: inner and outer.
    package var keys: [(inner: ColumnUse, outer: ColumnUse)]
    /// The subquery is FROM and WHERE only, and its value is NULL for a group without rows.
    package var isPlain: Bool
    /// Places among the subquery's conditions at which the keys stand.
    var keyPlaces: [Int]
    var conditionCount: Int
    /// Bytes of the text at which the column and the subquery's parenthesis stand.
    var columnLocation: Int
    var subqueryLocation: Int
}

extension StatementShape {
    /// Those in the statement's own text that stand under no NOT and no OR, and whose subquery depends on the row.
    package var groupComparisons: [GroupComparison] {
        conjuncts.filter { $0.clause == .where }.compactMap(groupComparison)
    }

    private func groupComparison(_ conjunct: Conjunct) -> GroupComparison? {
        let node = conjunct.node
        guard node.kind == "A_Expr", node.string("kind") == "AEXPR_OP", let left = node.node("lexpr"),
            let right = node.node("rexpr"), let name = node.strings("name").last,
            let commuted = ["=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="][name]
        else { return nil }
        let isOrdinary = right.kind == "SubLink"
        let (reference, link) = isOrdinary ? (left, right) : (right, left)
        guard link.kind == "SubLink", let column = column(reference, at: conjunct.level),
            let start = reference.location, let open = link.location,
            let sublink = levels[conjunct.level].sublinks.first(where: { $0.location == open && $0.kind == .scalar }),
            sublink.isCorrelated, let function = Self.aggregate(levels[sublink.level])
        else { return nil }
        let inner = levels[sublink.level]
        let conditions = Self.parts(inner.node.node("whereClause"))
        var comparison = GroupComparison(
            column: column, operation: isOrdinary ? name : commuted, function: function.name, level: conjunct.level,
            inner: inner.number, keys: [], isPlain: function.isNullOfNothing && isPlain(inner), keyPlaces: [],
            conditionCount: conditions.count, columnLocation: start, subqueryLocation: open)
        for (place, condition) in conditions.enumerated() {
            if let key = key(condition, inner, conjunct.level) {
                comparison.keys.append(key)
                comparison.keyPlaces.append(place)
            } else if dependsOnOuter(condition, inner) {
                comparison.isPlain = false
            }
        }
        // What is summed up must not depend on the outer row either.
        if inner.node.list("targetList").contains(where: { dependsOnOuter($0, inner) }) { comparison.isPlain = false }
        return comparison.keys.isEmpty ? nil : comparison
    }

    private func key(
        _ condition: Node, _ inner: QueryLevel, _ outer: Int
    ) -> (inner: ColumnUse, outer: ColumnUse)? {
        guard condition.string("kind") == "AEXPR_OP", condition.strings("name").last == "=",
            let left = column(condition.node("lexpr"), at: inner.number),
            let right = column(condition.node("rexpr"), at: inner.number), left.relation != nil, right.relation != nil
        else { return nil }
        if left.level == inner.number, right.level == outer { return (left, right) }
        if right.level == inner.number, left.level == outer { return (right, left) }
        return nil
    }

    private func dependsOnOuter(_ node: Node, _ inner: QueryLevel) -> Bool {
        // A subquery in it has names of its own, which are not looked into.
        guard node.all("SubLink").isEmpty else { return true }
        return node.all("ColumnRef").contains { column($0, at: inner.number).map { $0.level < inner.number } ?? true }
    }

    private func isPlain(_ level: QueryLevel) -> Bool {
        level.kind == .select && level.setOperation == nil && !level.isDistinct && level.groupBy.isEmpty
            && !level.hasLimit && !level.hasOffset && level.ctes.isEmpty && !level.hasWindow && level.locking == nil
            && level.node["havingClause"] == nil && level.orderBy.isEmpty
            && level.relations.allSatisfy { $0.source == .relation }
    }

    /// The aggregate that a subquery returns, alone or in arithmetic with constants.
    private static func aggregate(_ level: QueryLevel) -> (name: String, isNullOfNothing: Bool)? {
        guard level.node.list("targetList").count == 1, let value = level.node.list("targetList")[0].node("val"),
            level.groupBy.isEmpty
        else { return nil }
        let calls = value.all("FuncCall").filter(ShapeBuilder.isAggregate)
        guard calls.count == 1, let name = calls[0].strings("funcname").last else { return nil }
        let isStrict = ["min", "max", "avg", "sum"].contains(name) && isArithmetic(value)
        return (name, isStrict)
    }

    /// NULL where the aggregate is.
    private static func isArithmetic(_ node: Node) -> Bool {
        switch node.kind {
        case "FuncCall": ShapeBuilder.isAggregate(node)
        case "A_Const", "ParamRef": true
        case "TypeCast": node.node("arg").map(isArithmetic) ?? false
        case "A_Expr":
            node.string("kind") == "AEXPR_OP" && ["+", "-", "*", "/"].contains(node.strings("name").last)
                && [node.node("lexpr"), node.node("rexpr")].allSatisfy { $0.map(isArithmetic) ?? false }
        default: false
        }
    }

    /// The statement with the groups' values computed once, and compared by EXISTS. nil where the text is another.
    package func groupedOnce(_ comparison: GroupComparison, in statement: ParsedStatement) -> String? {
        guard comparison.isPlain, let words = statement.words,
            !words.tokens.indices.contains(where: { words.string($0).lowercased().contains("per_group") }),
            let open = words.token(at: comparison.subqueryLocation), words.string(open) == "(",
            let close = words.closing(open), words.isWord("select", open + 1),
            let from = words.first("from", in: open + 1..<close),
            let condition = words.first("where", in: open + 1..<close),
            let column = words.token(at: comparison.columnLocation).flatMap(words.simpleOperand)
        else { return nil }
        let parts = words.conjuncts(condition + 1..<close, count: comparison.conditionCount)
        guard let parts, !words.text(open + 2..<from).isEmpty else { return nil }
        let rest = parts.indices.filter { !comparison.keyPlaces.contains($0) }.map { words.text(parts[$0]) }
        let whole = column.lowerBound < open ? column.lowerBound..<close + 1 : open..<column.upperBound
        let edit = TextEdit(
            words.bytes(of: whole), existence(comparison, words, open + 2..<from, from..<condition, rest, column))
        return statement.applying([edit], to: words)
    }

    private func existence(
        _ comparison: GroupComparison, _ words: TokenText, _ target: Range<Int>, _ sources: Range<Int>,
        _ conditions: [String], _ column: Range<Int>
    ) -> String {
        let keys = comparison.keys
        let outputs = keys.enumerated().map { "\($1.inner.written) AS per_group_key\($0 + 1)" }
        // An alias of the value's own would stand where ours does.
        let level = levels[comparison.inner]
        let hasAlias = level.node.list("targetList")[0].string("name") != nil
        let value = words.text(hasAlias ? words.withoutAlias(target) : target)
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        let grouped =
            "SELECT \(outputs.joined(separator: ", ")), \(value) AS per_group_value \(words.text(sources))\(filter) "
            + "GROUP BY \(keys.map(\.inner.written).joined(separator: ", "))"
        let ties = keys.enumerated().map { "per_group.per_group_key\($0 + 1) = \($1.outer.written)" }
        return "EXISTS (SELECT 1 FROM (\(grouped)) per_group WHERE \(ties.joined(separator: " AND ")) "
            + "AND \(words.text(column)) \(comparison.operation) per_group.per_group_value)"
    }
}

extension TokenText {
    /// `max(at) AS latest` or `max(at) latest` without the name.
    fileprivate func withoutAlias(_ range: Range<Int>) -> Range<Int> {
        let end = range.upperBound - 1
        return range.lowerBound..<(isWord("as", end - 1) ? end - 1 : end)
    }
}
