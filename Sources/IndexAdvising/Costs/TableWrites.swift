import Model
import Plans
import Statements

/// Rows of a relation that the workload writes in its window.
package struct TableWrites: Sendable, Equatable {
    package var relation: QualifiedName
    package var inserted = 0.0
    package var deleted = 0.0
    /// Rows by the set of columns that an UPDATE sets.
    package var updated: [Set<String>: Double] = [:]
    /// The table's own counters show more than the statements do.
    package var isCounted = false

    package init(relation: QualifiedName) { self.relation = relation }
}

extension WriteModel {
    /// What the statements write, by relation, in the order of names. An INSERT without measured rows has those of its VALUES, an
    /// UPDATE or DELETE those that the planner expects.
    ///
    /// Not among them: what COPY, functions, triggers and foreign keys write (`writes(of:counted:in:)`).
    package static func writes(of statements: [WorkloadStatement]) -> [TableWrites] {
        var found: [QualifiedName: TableWrites] = [:]
        for statement in statements {
            for level in statement.shape.levels where statement.shape.isWritten(level.number) {
                guard [.insert, .update, .delete].contains(level.kind), let name = level.relations.first?.target else {
                    continue
                }
                let rows = statement.calls * rows(of: statement, level)
                var writes = found[name] ?? TableWrites(relation: name)
                switch level.kind {
                case .insert: writes.inserted += rows
                case .delete: writes.deleted += rows
                default: writes.updated[Set(level.setColumns), default: 0] += rows
                }
                found[name] = writes
            }
        }
        return found.values.sorted { $0.relation < $1.relation }
    }

    private static func rows(of statement: WorkloadStatement, _ level: QueryLevel) -> Double {
        if level.number == 0, let measured = statement.rowsPerCall { return measured }
        if level.valueRows > 0 { return Double(level.valueRows) }
        let node = statement.plan?.root.all {
            $0.type == "ModifyTable" && $0.operation?.lowercased() == level.kind.rawValue
        }
        .first
        return node?.children.first.map(\.rows) ?? 1
    }
}
