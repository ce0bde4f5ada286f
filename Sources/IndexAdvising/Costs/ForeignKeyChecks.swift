import Model
import Plans
import Statements

/// What deleting rows of a parent, or changing their keys, costs in the children that refer to it.
///
/// EXPLAIN does not price triggers: without an index on the referencing columns each such row reads its children whole
/// (https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK), and the plan shows nothing of it.
package struct ForeignKeyChecks: Sendable {
    private struct Check: Sendable {
        var child: QualifiedName
        var columns: Set<String>
        /// The planner's units, a row of the parent: by reading the child whole, and by an index.
        var scan: Double
        var lookUp: Double
    }

    /// By statement; those without checks are not in it.
    private var checks: [Int: [Check]] = [:]

    package init(_ statements: [WorkloadStatement], _ names: CatalogNames, _ settings: CostSettings) {
        let keys = Dictionary(
            grouping: names.catalog.constraints.filter { $0.kind == .foreignKey && !$0.isInherited },
            by: { $0.referencedRelation })
        for (place, statement) in statements.enumerated() {
            guard let level = statement.shape.top, let parent = level.relations.first?.target,
                level.kind == .delete || level.kind == .update, let rows = Self.rows(of: statement), rows > 0
            else { continue }
            let found = (keys[parent] ?? [])
                .filter { level.kind == .delete || !Set($0.referencedColumns).isDisjoint(with: level.setColumns) }
                .filter { !Self.hasIndex($0, names) }
                .compactMap { Self.check($0, rows, names, settings) }
            if !found.isEmpty { checks[place] = found }
        }
    }

    /// What a call costs beyond its plan, and which of the candidates it looks its children up by.
    package func cost(of statement: Int, with candidates: [IndexCandidate]) -> (cost: Double, used: [Int]) {
        var cost = 0.0
        var used: Set<Int> = []
        for check in checks[statement] ?? [] {
            if let place = candidates.firstIndex(where: { Self.serves($0, check) }) {
                cost += check.lookUp
                used.insert(place)
            } else {
                cost += check.scan
            }
        }
        return (cost, used.sorted())
    }

    private static func serves(_ candidate: IndexCandidate, _ check: Check) -> Bool {
        candidate.relation == check.child && candidate.method == .btree && candidate.predicate == nil
            && Set(candidate.keys.prefix(check.columns.count).map(\.key))
                == Set(check.columns.map(ScanCondition.Key.column))
    }

    /// Rows that a call deletes or updates: counted, or as the planner expects.
    private static func rows(of statement: WorkloadStatement) -> Double? {
        if let counted = statement.rowsPerCall { return counted }
        guard let root = statement.plan?.root else { return nil }
        return root.type == "ModifyTable" ? root.children.first?.rows : root.rows
    }

    private static func hasIndex(_ constraint: Constraint, _ names: CatalogNames) -> Bool {
        names.indexes(of: constraint.relation).contains { index in
            index.accessMethod == "btree" && index.predicate == nil
                && Set(index.leadingColumns.prefix(constraint.columns.count)) == Set(constraint.columns)
        }
    }

    /// A sequential scan with one comparison a row (`cost_seqscan` in costsize.c) against one page of the index and one of the
    /// heap; rows found are the statement's business whichever way.
    private static func check(
        _ constraint: Constraint, _ rows: Double, _ names: CatalogNames, _ settings: CostSettings
    ) -> Check? {
        guard let child = names.relation(constraint.relation) else { return nil }
        let size = TableSize(child, names)
        let scan =
            size.pages * settings.sequentialPage + size.rows * (settings.tuple + settings.operator)
        return Check(
            child: child.name, columns: Set(constraint.columns), scan: scan * rows,
            lookUp: min(scan, 2 * settings.randomPage + settings.tuple) * rows)
    }
}
