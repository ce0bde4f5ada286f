import Model
import Statements

/// The indexes of a database by the partitioned index above them: what a partitioned index weighs and serves is what
/// its parts do.
package struct IndexTree {
    private let names: CatalogNames
    private let children: [QualifiedName: [Index]]

    package init(_ names: CatalogNames) {
        self.names = names
        children = Dictionary(grouping: names.catalog.indexes.filter { $0.parent != nil }, by: { $0.parent! })
    }

    package func relation(of index: Index) -> Relation? { names.relation(index.relation) }

    /// Itself, or the parts that hold its rows.
    package func leaves(_ index: Index) -> [Index] {
        let below = children[index.name] ?? []
        return below.isEmpty ? [index] : below.flatMap(leaves)
    }

    package func size(_ index: Index) -> Int64 { leaves(index).reduce(0) { $0 + $1.sizeOrEstimate } }

    /// Since the statistics were reset.
    package func scans(_ index: Index) -> Int64 { leaves(index).reduce(0) { $0 + $1.counters.scans } }

    /// Rows put into the index since the statistics were reset: inserts and updates that were not HOT.
    package func entriesWritten(_ index: Index) -> Int64 {
        leaves(index).reduce(0) { sum, leaf in
            guard let counters = names.relation(leaf.relation)?.counters else { return sum }
            return sum + counters.inserted + max(0, counters.updated - counters.hotUpdated)
        }
    }

    /// Indexes of users' tables that match, roots of partitioned ones, nothing of the system or of TOAST.
    package func roots(where matches: (Index) -> Bool) -> [Index] {
        names.catalog.indexes.filter { index in
            guard index.parent == nil, index.relation.schema != "pg_toast", matches(index) else { return false }
            guard let relation = names.relation(index.relation) else { return true }
            return !relation.isSystem && relation.kind != .toast
        }
    }
}

extension Index {
    /// `(customer_id, created_at DESC)`, as a person reads it.
    package var keyList: String {
        let keys = self.keys.map { key in
            var text = key.name.map(SQL.identifier) ?? key.expression ?? "…"
            if let operatorClass = key.operatorClassName { text += " " + operatorClass }
            if key.isDescending { text += " DESC" }
            if key.isNullsFirst != key.isDescending { text += key.isNullsFirst ? " NULLS FIRST" : " NULLS LAST" }
            return text
        }
        var list = "(" + keys.joined(separator: ", ") + ")"
        if !included.isEmpty {
            list += " INCLUDE (" + included.compactMap { $0.name.map(SQL.identifier) }.joined(separator: ", ") + ")"
        }
        if let predicate { list += " WHERE " + predicate }
        return list
    }

    /// Deletes and updates of the parent find the rows through it: its first keys are the foreign key's columns, in any
    /// order.
    package func serves(_ foreignKey: Constraint) -> Bool {
        !foreignKey.columns.isEmpty
            && Set(leadingColumns.prefix(foreignKey.columns.count)) == Set(foreignKey.columns)
    }
}
