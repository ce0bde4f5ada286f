import Model

/// An index that could serve statements of the workload, before anything proves it.
package struct IndexCandidate: Sendable, Hashable {
    package var relation: QualifiedName
    package var keys: [Key]

    package struct Key: Sendable, Hashable {
        package var key: ScanCondition.Key
        package var isDescending = false

        package init(key: ScanCondition.Key, isDescending: Bool = false) {
            self.key = key
            self.isDescending = isDescending
        }

        package var sql: String { key.sql + (isDescending ? " DESC" : "") }
    }

    package init(relation: QualifiedName, keys: [Key]) {
        self.relation = relation
        self.keys = keys
    }

    /// For `hypopg_create_index`.
    package var hypopgStatement: String { "CREATE INDEX ON \(relation.quoted) (\(list))" }

    /// `order_items_order_id_idx`, within the 63 bytes of a name, and none that stands in the schema already.
    package func name(besides taken: Set<String>) -> String {
        SQL.freeName([relation.name] + keys.map(\.key.column), besides: taken)
    }

    package func definition(besides taken: Set<String>) -> String {
        "CREATE INDEX CONCURRENTLY \(SQL.identifier(name(besides: taken))) ON \(relation.quoted) (\(list));"
    }

    /// `order_id, created_at DESC`
    package var list: String { keys.map(\.sql).joined(separator: ", ") }

    /// As a value of the model, with HypoPG's estimate of its size in bytes.
    package func hypothetical(estimatedSize: Int64, besides taken: Set<String>) -> HypotheticalIndex {
        .make {
            $0.relation = relation
            $0.keys = keys.map(\.sql)
            $0.estimatedSize = estimatedSize
            $0.definition = definition(besides: taken)
        }
    }

    /// Every statement that the other serves is served by this one: its keys are the first of ours.
    func covers(_ other: IndexCandidate) -> Bool {
        relation == other.relation && keys.count > other.keys.count && keys.starts(with: other.keys)
    }

    /// A whole index of the catalog begins with these keys: in any order where all are compared for equality.
    func isServed(by index: Index, equalities: Int) -> Bool {
        guard index.relation == relation, index.isValid, index.isReady, index.predicate == nil,
            index.accessMethod == "btree", index.keyCount >= keys.count
        else { return false }
        let present = index.keys.prefix(keys.count)
        let names = present.map { $0.name.map(ScanCondition.Key.column) }
        let wanted = keys.map { Optional($0.key) }
        let head = Set(names.prefix(equalities)) == Set(wanted.prefix(equalities))
        return head && Array(names.dropFirst(equalities)) == Array(wanted.dropFirst(equalities))
    }
}
