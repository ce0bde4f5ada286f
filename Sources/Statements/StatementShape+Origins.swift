extension StatementShape {
    /// The columns of relations that a condition on a column reaches: the planner pushes it into subqueries, views
    /// and CTEs, also
    /// past GROUP BY and DISTINCT where the column is one of their keys, past windows where every window is
    /// partitioned by
    /// it, and into each arm of a UNION (`qual_is_pushdown_safe` in PostgreSQL's allpaths.c).
    package func origins(of column: ColumnUse) -> [ColumnUse] { origins(of: column, depth: 0) }

    private func origins(of column: ColumnUse, depth: Int) -> [ColumnUse] {
        // Each step goes one query further in; a recursive CTE would go round.
        guard depth <= levels.count, let place = column.relation else { return [] }
        let use = levels[column.level].relations[place]
        guard let inner = use.inner else { return use.source == .relation && use.target != nil ? [column] : [] }
        guard !isShared(use, inner) else { return [] }
        return sources(of: column.name, in: levels[inner]).flatMap { origins(of: $0, depth: depth + 1) }
    }

    /// What an output stands for, in each arm of a set operation.
    private func sources(of name: String, in level: QueryLevel) -> [ColumnUse] {
        guard level.kind == .select, !level.hasLimit, !level.hasOffset else { return [] }
        guard level.setOperation != nil else {
            return level.output(name).flatMap { passes($0, level) ? [$0] : nil } ?? []
        }
        let arms = arms(of: level)
        guard let first = arms.first, !arms.contains(where: \.selectsStar) else {
            return arms.flatMap { sources(of: name, in: $0) }
        }
        let position = first.node.list("targetList").firstIndex { $0.outputName == name }
        guard let position else { return [] }
        return arms.compactMap { arm in
            guard position < arm.targets.count, let found = arm.targets[position], passes(found, arm), !arm.hasLimit
            else { return nil }
            return found
        }
    }

    /// The SELECTs of a set operation from left to right; none where EXCEPT is among the operations, which takes no
    /// condition.
    private func arms(of level: QueryLevel) -> [QueryLevel] {
        guard let operation = level.setOperation else { return [level] }
        guard operation != "EXCEPT" else { return [] }
        return levels.filter { $0.parent == level.number && $0.role == .setOperand }.flatMap(arms)
    }

    private func passes(_ column: ColumnUse, _ level: QueryLevel) -> Bool {
        func isAmong(_ nodes: [Node]) -> Bool {
            nodes.contains { node in
                guard let other = self.column(node, at: level.number) else { return false }
                return other.level == column.level && other.relation == column.relation && other.name == column.name
            }
        }
        if level.isDistinctOn, !isAmong(level.node.list("distinctClause")) { return false }
        if !level.groupBy.isEmpty {
            let keys = level.node.list("groupClause")
            let isKey = level.groupBy.contains { key in
                key.column.map {
                    $0.level == column.level && $0.relation == column.relation && $0.name == column.name
                } ?? false
            }
            guard isKey, !keys.contains(where: { $0.kind == "GroupingSet" }) else { return false }
        } else if level.hasAggregates {
            return false
        }
        guard level.hasWindow else { return true }
        let windows = level.node.all("FuncCall").compactMap { $0.node("over") } + level.node.list("windowClause")
        return windows.allSatisfy { $0["name"] != nil && $0["refname"] == nil || isAmong($0.list("partitionClause")) }
            && level.node.list("windowClause").allSatisfy { isAmong($0.list("partitionClause")) }
    }
}

extension Node {
    /// The name that an entry of a target list has outside; nil for what PostgreSQL names by its own rules.
    package var outputName: String? {
        if let name = string("name") { return name }
        return node("val").flatMap { $0.kind == "ColumnRef" ? $0.strings("fields").last : nil }
    }
}
