import Model

/// One row for each group, the first by an order: `row_number() OVER (PARTITION BY k ORDER BY t) … = 1` or
/// `DISTINCT ON (k) … ORDER BY k, t`, over one relation.
package struct LatestPerGroup: Sendable {
    /// The level that reads the relation.
    package var level: Int
    package var relation: RelationUse
    package var key: ColumnUse
    /// By what the rows of a group are sorted.
    package var order: [SortKey]
    package var isDistinctOn: Bool
    /// The relation's rows are filtered before.
    package var isFiltered: Bool
    /// What the row number equals, as the text has it: `1` or `$1`; nil where it is another test of it, or DISTINCT ON.
    var number: String?
}

extension StatementShape {
    package var latestPerGroup: LatestPerGroup? {
        guard let top, top.kind == .select, top.ctes.isEmpty, top.locking == nil, top.setOperation == nil,
            top.relations.count == 1
        else { return nil }
        return distinctOn(top) ?? windowed(top)
    }

    // MARK: DISTINCT ON

    private func distinctOn(_ top: QueryLevel) -> LatestPerGroup? {
        let keys = top.node.list("distinctClause")
        guard keys.count == 1, keys[0].kind == "ColumnRef", top.relations[0].source == .relation, top.groupBy.isEmpty,
            !top.hasAggregates, !top.hasWindow, top.node["havingClause"] == nil, top.orderBy.count > 1,
            let key = top.orderBy[0].column, key.relation == 0, key.level == top.number,
            keys[0].strings("fields").last == key.name
        else { return nil }
        return latest(in: top, by: key, Array(top.orderBy.dropFirst()), isDistinctOn: true)
    }

    // MARK: row_number

    private func windowed(_ top: QueryLevel) -> LatestPerGroup? {
        guard let place = top.relations[0].inner, top.relations[0].source == .subquery,
            top.node.list("fromClause").first?.node("alias")?["colnames"] == nil
        else { return nil }
        let inner = levels[place]
        let calls = inner.node.all("FuncCall").filter { $0["over"] != nil }
        guard inner.kind == .select, inner.relations.count == 1, inner.relations[0].source == .relation,
            inner.groupBy.isEmpty, !inner.isDistinct, !inner.hasAggregates, !inner.hasLimit, !inner.hasOffset,
            inner.setOperation == nil, inner.ctes.isEmpty, inner.orderBy.isEmpty, inner.locking == nil,
            inner.node["windowClause"] == nil, calls.count == 1,
            let target = inner.node.list("targetList").first(where: { $0.node("val")?["over"] != nil }),
            let name = target.string("name"), let call = target.node("val"),
            ["row_number", "rank"].contains(call.strings("funcname").last), let window = call.node("over"),
            window["name"] == nil, window["refname"] == nil, window.list("partitionClause").count == 1,
            let key = column(window.list("partitionClause")[0], of: inner)
        else { return nil }
        let order = window.list("orderClause").compactMap { sortKey($0, of: inner) }
        guard !order.isEmpty, order.count == window.list("orderClause").count,
            let (test, isFirst) = numberTest(name, top)
        else { return nil }
        var found = latest(in: inner, by: key, order, isDistinctOn: false)
        // Of rows of one rank there may be several.
        if call.strings("funcname").last == "row_number", isFirst { found?.number = test }
        return found
    }

    /// The value that the outer query compares the row number with, and whether exactly one row of a group passes.
    private func numberTest(_ name: String, _ top: QueryLevel) -> (value: String, isFirst: Bool)? {
        guard let condition = top.node.node("whereClause") else { return nil }
        for test in condition.conjuncts where test.kind == "A_Expr" && test.string("kind") == "AEXPR_OP" {
            guard let left = test.node("lexpr"), left.kind == "ColumnRef", left.strings("fields").last == name,
                let right = test.node("rexpr"), let operation = test.strings("name").last
            else { continue }
            let value: String
            if right.kind == "ParamRef" {
                value = "$\(right.integer("number"))"
            } else if let number = right.node("ival") {
                value = String(number.integer("ival"))
            } else {
                continue
            }
            switch operation {
            case "=": return (value, right.kind == "ParamRef" || value == "1")
            case "<=": return (value, value == "1")
            case "<": return (value == "2" ? "1" : value, value == "2")
            default: continue
            }
        }
        return nil
    }

    private func latest(
        in level: QueryLevel, by key: ColumnUse, _ order: [SortKey], isDistinctOn: Bool
    ) -> LatestPerGroup? {
        guard order.allSatisfy({ $0.column.map { $0.level == level.number && $0.relation == 0 } ?? false }) else {
            return nil
        }
        return LatestPerGroup(
            level: level.number, relation: level.relations[0], key: key, order: order, isDistinctOn: isDistinctOn,
            isFiltered: level.node["whereClause"] != nil)
    }

    /// A column of the only relation of a level.
    private func column(_ node: Node, of level: QueryLevel) -> ColumnUse? {
        guard node.kind == "ColumnRef", let name = node.strings("fields").last,
            node.list("fields").last?.kind == "String"
        else { return nil }
        return ColumnUse(level: level.number, relation: 0, name: name, written: name)
    }

    private func sortKey(_ sort: Node, of level: QueryLevel) -> SortKey? {
        guard let column = sort.node("node").flatMap({ column($0, of: level) }), sort["useOp"] == nil else {
            return nil
        }
        var key = SortKey(column: column)
        key.isDescending = sort.string("sortby_dir") == "SORTBY_DESC"
        switch sort.string("sortby_nulls") {
        case "SORTBY_NULLS_FIRST": key.nullsFirst = true
        case "SORTBY_NULLS_LAST": key.nullsFirst = false
        default: break
        }
        return key
    }

    // MARK: The rewrite

    private static let group = "each_group"
    private static let groupKey = "group_key"

    /// The statement with a look-up of the first row for each row of `parent`, whose `column` the key refers to.
    package func lateral(
        _ latest: LatestPerGroup, over parent: QualifiedName, by column: String, in statement: ParsedStatement
    ) -> String? {
        guard let words = statement.words, let from = words.first("from"),
            !words.tokens.indices.contains(where: { [Self.group, Self.groupKey].contains(words.string($0)) })
        else { return nil }
        let groups =
            "(SELECT \(SQL.identifier(column)) FROM \(parent.quoted)) AS \(Self.group) (\(Self.groupKey)) CROSS JOIN LATERAL "
        let edits =
            latest.isDistinctOn
            ? distinctEdits(latest, groups, from, words) : windowEdits(latest, groups, from, words)
        return edits.flatMap { statement.applying($0, to: words) }
    }

    private func match(_ latest: LatestPerGroup) -> String {
        "\(SQL.identifier(latest.relation.alias)).\(SQL.identifier(latest.key.name)) = \(Self.group).\(Self.groupKey)"
    }

    private func distinctEdits(
        _ latest: LatestPerGroup, _ groups: String, _ from: Int, _ words: TokenText
    ) -> [TextEdit]? {
        let body = from..<words.count
        guard let select = words.first("select"), words.isWord("on", select + 2), select + 3 < words.count,
            let targets = words.closing(select + 3), let order = words.first("order", in: body)
        else { return nil }
        let orderEnd = words.clauseEnd(order, in: body)
        // After ORDER BY: the key, a comma, the order within the group.
        guard
            let comma = (order..<orderEnd).first(where: {
                words.depths[$0] == words.depths[order] && words.string($0) == ","
            })
        else { return nil }
        let condition = words.first("where", in: body)
        let sources = words.text(from..<(condition ?? order))
        let filter = condition.map { "(\(words.text($0 + 1..<order))) AND " } ?? ""
        let direction = levels[latest.level].orderBy[0].isDescending ? " DESC" : ""
        let tail = orderEnd < words.count ? " " + words.text(orderEnd..<words.count) : ""
        let whole =
            "SELECT latest.* FROM \(groups)(SELECT \(words.text(targets + 1..<from)) \(sources) WHERE \(filter)\(match(latest)) "
            + "ORDER BY \(words.text(comma + 1..<orderEnd)) LIMIT 1) AS latest ORDER BY \(Self.group).\(Self.groupKey)\(direction)\(tail)"
        return [TextEdit(words.bytes(of: select..<words.count), whole)]
    }

    private func windowEdits(
        _ latest: LatestPerGroup, _ groups: String, _ from: Int, _ words: TokenText
    ) -> [TextEdit]? {
        guard let number = latest.number, let top, words.string(from + 1) == "(", let close = words.closing(from + 1),
            let call = windowCall(of: latest, words), let order = windowOrder(call, words),
            let condition = conditionEdit(after: close, top, latest, words)
        else { return nil }
        let inner = from + 2..<close
        guard words.isWord("select", inner.lowerBound), let source = words.first("from", in: inner) else { return nil }
        var edits = [condition]
        let start = words.tokens[from + 1].start
        edits.append(TextEdit(start..<start, groups))
        edits.append(TextEdit(words.bytes(of: call), "\(number)::bigint"))
        let offset = number == "1" ? "" : " OFFSET \(number) - 1"
        let end = " ORDER BY \(order) LIMIT 1\(offset)"
        if let filter = words.first("where", in: source..<close) {
            guard words.clauseEnd(filter, in: source..<close) == close else { return nil }
            let whole = "(\(words.text(filter + 1..<close))) AND \(match(latest))\(end)"
            edits.append(TextEdit(words.bytes(of: filter + 1..<close), whole))
        } else {
            guard words.clauseEnd(source, in: source..<close) == close else { return nil }
            let place = words.tokens[close - 1].end
            edits.append(TextEdit(place..<place, " WHERE \(match(latest))\(end)"))
        }
        // A bare star would return the groups as well.
        for target in top.node.list("targetList") {
            guard let value = target.node("val"), value.kind == "ColumnRef", value.list("fields").count == 1,
                value.list("fields")[0].kind == "A_Star"
            else { continue }
            guard let star = words.token(at: value.location) else { return nil }
            edits.append(TextEdit(words.bytes(of: star..<star + 1), SQL.identifier(top.relations[0].alias) + ".*"))
        }
        return edits
    }

    /// The tokens of `row_number() OVER (…)`.
    private func windowCall(of latest: LatestPerGroup, _ words: TokenText) -> Range<Int>? {
        let call = levels[latest.level].node.all("FuncCall").first { $0["over"] != nil }
        guard let start = words.token(at: call?.location),
            let over = (start..<words.count).first(where: {
                words.isWord("over", $0) && words.depths[$0] == words.depths[start]
            }), words.string(over + 1) == "(", let end = words.closing(over + 1)
        else { return nil }
        return start..<end + 1
    }

    /// The text after ORDER BY of the window; nil where it has a frame.
    private func windowOrder(_ call: Range<Int>, _ words: TokenText) -> String? {
        guard let order = call.last(where: { words.isWord("order", $0) }), order + 2 < call.upperBound - 1 else {
            return nil
        }
        let range = order + 2..<call.upperBound - 1
        return range.contains { ["rows", "range", "groups"].contains(words.string($0).lowercased()) }
            ? nil : words.text(range)
    }

    /// Takes the test of the row number out of WHERE.
    private func conditionEdit(
        after close: Int, _ top: QueryLevel, _ latest: LatestPerGroup, _ words: TokenText
    ) -> TextEdit? {
        let body = close..<words.count
        guard let condition = top.node.node("whereClause"),
            let filter = body.first(where: { words.depths[$0] == 0 && words.isWord("where", $0) })
        else { return nil }
        let end =
            body.first { index in
                index > filter && words.depths[index] == 0
                    && ["group", "having", "window", "order", "limit", "offset", "fetch", "for"].contains {
                        words.isWord($0, index)
                    }
            } ?? words.count
        let conditions = condition.conjuncts
        guard let parts = words.conjuncts(filter + 1..<end, count: conditions.count) else { return nil }
        let name = levels[latest.level].node.list("targetList").first { $0.node("val")?["over"] != nil }?.string("name")
        guard
            let tested = conditions.firstIndex(where: {
                $0.kind == "A_Expr" && $0.node("lexpr")?.kind == "ColumnRef"
                    && $0.node("lexpr")?.strings("fields").last == name
            })
        else { return nil }
        let kept = parts.indices.filter { $0 != tested }.map { words.text(parts[$0]) }
        let text = kept.isEmpty ? "" : "WHERE " + kept.joined(separator: " AND ")
        return TextEdit(words.bytes(of: filter..<end), text)
    }
}

extension Node {
    /// The conditions that AND joins.
    fileprivate var conjuncts: [Node] {
        kind == "BoolExpr" && string("boolop") == "AND_EXPR" ? list("args") : [self]
    }
}
