import Model
import Statements

/// A key of a sort that may belong to any relation.
private struct WantedKey {
    var found: [(use: UsePlace, key: KeyExpression)]
    var isDescending = false
    var nullsFirst: Bool?
}

extension StatementReading {
    mutating func addOrders(of level: QueryLevel) {
        guard level.kind == .select, level.setOperation == nil else { return }
        let group = level.node.list("groupClause")
        if level.hasAggregates || !group.isEmpty {
            for use in readings.keys { change(use) { $0.isAggregated = true } }
        }
        if !level.sortsByOperator, !level.hasAggregates || !group.isEmpty {
            let order = level.orderBy.map { key in
                WantedKey(
                    found: keys(of: key, at: level.number), isDescending: key.isDescending, nullsFirst: key.nullsFirst)
            }
            add(order, level.hasLimit && group.isEmpty ? .limit : .order)
            if level.hasLimit, let nearest = level.orderBy.first?.expression { addNearest(nearest, at: level.number) }
        }
        add(group.map { WantedKey(found: groupKeys($0, of: level)) }, .group)
        addDistinct(of: level)
        addExtremes(of: level)
        for window in level.node.list("targetList").flatMap({ $0.all("FuncCall") }).compactMap({ $0.node("over") }) {
            addWindow(window, at: level.number)
        }
        for window in level.node.list("windowClause") { addWindow(window, at: level.number) }
    }

    private func keys(of sort: SortKey, at level: Int) -> [(use: UsePlace, key: KeyExpression)] {
        if let column = sort.column { return keys(of: column) }
        return sort.expression.map { keys(of: $0, at: level) } ?? []
    }

    private func keys(of column: ColumnUse) -> [(use: UsePlace, key: KeyExpression)] {
        // The arms of a UNION are sorted as a whole.
        let origins = shape.origins(of: column)
        guard origins.count == 1, let place = origins[0].relation, let key = columnKey(origins[0]) else { return [] }
        return [(UsePlace(level: origins[0].level, place: place), key)]
    }

    /// A key of GROUP BY may be the name or the place of an entry of the target list.
    private func groupKeys(_ node: Node, of level: QueryLevel) -> [(use: UsePlace, key: KeyExpression)] {
        let targets = level.node.list("targetList")
        if let number = node.node("ival")?.integer("ival"), number >= 1, number <= targets.count, !level.selectsStar {
            return targets[number - 1].node("val").map { keys(of: $0, at: level.number) } ?? []
        }
        if node.kind == "ColumnRef", node.strings("fields").count == 1,
            shape.column(node, at: level.number)?.relation == nil,
            let target = targets.first(where: { $0.string("name") == node.strings("fields").last })
        {
            return target.node("val").map { keys(of: $0, at: level.number) } ?? []
        }
        return keys(of: node, at: level.number)
    }

    /// The keys up to the first that belongs to another relation: the rest is sorted within them (incremental sort).
    private mutating func add(_ wanted: [WantedKey], _ reason: SortOrder.Reason) {
        // Rows of the missing side of an outer join come in the order of the other side.
        guard let use = wanted.first?.found.first?.use, !isNullable(use) else { return }
        let run = wanted.prefix { $0.found.count == 1 && $0.found[0].use == use }
        let keys = run.map {
            SortOrder.Key(key: $0.found[0].key, isDescending: $0.isDescending, nullsFirst: $0.nullsFirst)
        }
        let order = SortOrder(keys: keys, reason: reason)
        guard !keys.isEmpty else { return }
        change(use) { if !$0.orders.contains(order) { $0.orders.append(order) } }
    }

    private mutating func addDistinct(of level: QueryLevel) {
        guard level.isDistinct else { return }
        if level.isDistinctOn {
            guard level.orderBy.isEmpty else { return }
            let keys = level.node.list("distinctClause")
            return add(keys.map { WantedKey(found: groupKeys($0, of: level)) }, .group)
        }
        let columns = level.targets.compactMap(\.self)
        guard columns.count == level.targets.count, columns.count <= Self.mostDistinct else { return }
        add(columns.map { WantedKey(found: keys(of: $0)) }, .group)
    }

    /// More columns than that are hashed in any case (our choice).
    private static let mostDistinct = 3

    /// `max(at)` over one relation is the last entry of an index: `build_minmax_path` in PostgreSQL's planagg.c.
    private mutating func addExtremes(of level: QueryLevel) {
        guard level.groupBy.isEmpty, level.hasAggregates, level.relations.count == 1,
            level.aggregates.allSatisfy({ ["min", "max"].contains($0.name) })
        else { return }
        for aggregate in level.aggregates {
            if let argument = aggregate.argument { add([WantedKey(found: keys(of: argument))], .extreme) }
        }
    }

    private mutating func addWindow(_ window: Node, at level: Int) {
        guard window["refname"] == nil else { return }
        let partition = window.list("partitionClause").map { WantedKey(found: keys(of: $0, at: level)) }
        let order = window.list("orderClause").filter { $0["useOp"] == nil }.map { sort in
            WantedKey(
                found: sort.node("node").map { keys(of: $0, at: level) } ?? [],
                isDescending: sort.string("sortby_dir") == "SORTBY_DESC", nullsFirst: sort.nullsFirst)
        }
        add(partition + order, .order)
    }

    /// `ORDER BY place <-> $1 LIMIT 10`: https://www.postgresql.org/docs/current/gist-builtin-opclasses.html
    private mutating func addNearest(_ node: Node, at level: Int) {
        guard node.string("kind") == "AEXPR_OP", node.strings("name").last == "<->", let left = node.node("lexpr"),
            let right = node.node("rexpr")
        else { return }
        for (tested, value) in [(left, right), (right, left)] {
            for (use, key) in keys(of: tested, at: level) {
                let isText = key.isText && trigrams != nil
                guard OperatorSupport.geometric.contains(key.type) || isText else { continue }
                let operatorClass = isText ? trigrams.map { SQL.identifier($0) + ".gist_trgm_ops" } : nil
                let kind = Term.Kind.other(.gist, operatorClass: operatorClass)
                add(terms(tested, kind, value, node, at: level).filter { $0.use == use })
            }
        }
    }
}

extension Node {
    /// As written in a sort; nil where the direction's default holds.
    fileprivate var nullsFirst: Bool? {
        switch string("sortby_nulls") {
        case "SORTBY_NULLS_FIRST": true
        case "SORTBY_NULLS_LAST": false
        default: nil
        }
    }
}
