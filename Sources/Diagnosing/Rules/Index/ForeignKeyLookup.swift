import Model
import Plans
import Statements

/// A foreign key that no index serves, with the deletes that pay for it.
struct ForeignKeyLookup {
    var constraint: Constraint
    var parent: QualifiedName
    var child: Relation
    /// Statements that delete from the parent.
    var deletes: [StatementLoad]
    /// Rows of the parent, within the window.
    var deletedRows: Int64

    static func withoutIndex(in catalog: DatabaseCatalog, _ observation: Observation) -> [ForeignKeyLookup] {
        guard let names = observation.surveys[catalog.database]?.names else { return [] }
        return catalog.constraints.compactMap { constraint in
            guard constraint.kind == .foreignKey, !constraint.isInherited, let parent = constraint.referencedRelation,
                let child = names.relation(constraint.relation), child.kind == .table, !child.isPartition,
                let owner = names.relation(parent),
                !names.allIndexes(of: constraint.relation).contains(where: { serves($0, constraint) })
            else { return nil }
            let deletes = observation.workload.statements.filter {
                $0.database == catalog.database && $0.isDelete(from: parent)
            }
            return ForeignKeyLookup(
                constraint: constraint, parent: parent, child: child, deletes: deletes,
                deletedRows: observation.counters(of: owner, in: catalog).deleted)
        }
    }

    /// Its columns are the first keys of the index, in any order.
    func isServed(by index: HypotheticalIndex) -> Bool {
        let keys = index.keys.prefix(constraint.columns.count)
        return index.relation == child.name && Set(keys) == Set(constraint.columns.map(SQL.identifier))
    }

    private static func serves(_ index: Index, _ constraint: Constraint) -> Bool {
        guard index.isValid, index.isReady, index.accessMethod == "btree", isWhole(index, constraint),
            index.keyCount >= constraint.columns.count
        else { return false }
        return Set(index.leadingColumns.prefix(constraint.columns.count)) == Set(constraint.columns)
    }

    /// A predicate that leaves out NULL keys only does no harm: they refer to nothing.
    private static func isWhole(_ index: Index, _ constraint: Constraint) -> Bool {
        guard let predicate = index.predicate else { return true }
        return constraint.columns.count == 1 && predicate == "(\(SQL.identifier(constraint.columns[0])) IS NOT NULL)"
    }
}

extension StatementLoad {
    fileprivate func isDelete(from relation: QualifiedName) -> Bool {
        guard text?.uppercased().hasPrefix("DELETE") ?? false, let plan = readPlan() else { return false }
        // Without the right to delete, the SELECT that finds the rows was explained in its place.
        return plan.root.type == "ModifyTable" || self.plan?.basis == .equivalentSelect
            ? plan.root.relation == relation.name || plan.root.children.contains { $0.relation == relation.name }
            : false
    }
}
