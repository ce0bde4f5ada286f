import Model

/// An index that could serve statements of the workload, before anything proves it.
package struct IndexCandidate: Sendable, Hashable {
    package enum Method: String, Sendable, Codable, CaseIterable {
        case btree, gin, gist, brin
    }

    package var relation: QualifiedName
    package var method = Method.btree
    package var keys: [Key]
    /// Columns that only an index-only scan reads.
    package var included: [String] = []
    /// As SQL over bare columns, without brackets around it; nil: all rows.
    package var predicate: String?
    /// Of the rows, 0…1: those for which the predicate holds; nil where that was not asked.
    package var predicateShare: Double?
    /// The relation is partitioned: the index is made partition by partition.
    package var isPartitioned = false
    /// Keeps duplicates out; only what is advised in the end may be so.
    package var isUnique = false

    package struct Key: Sendable, Hashable {
        package var key: ScanCondition.Key
        package var isDescending = false
        /// nil: as the direction has it (last when ascending, first when descending).
        package var nullsFirst: Bool?
        /// Not the default of the type, as SQL takes it: `text_pattern_ops`, `public.gin_trgm_ops`.
        package var operatorClass: String?

        package init(key: ScanCondition.Key, isDescending: Bool = false) {
            self.key = key
            self.isDescending = isDescending
        }

        package var sql: String {
            var text = key.sql
            if let operatorClass { text += " " + operatorClass }
            if isDescending { text += " DESC" }
            if let nullsFirst, nullsFirst != isDescending { text += nullsFirst ? " NULLS FIRST" : " NULLS LAST" }
            return text
        }
    }

    package init(relation: QualifiedName, method: Method = .btree, keys: [Key]) {
        self.relation = relation
        self.method = method
        self.keys = keys
    }

    /// Columns named by the keys, each once, in their order.
    package var keyColumns: [String] {
        var seen: Set<String> = []
        return keys.map(\.key.column).filter { seen.insert($0).inserted }
    }

    /// `order_id, created_at DESC`
    package var list: String { keys.map(\.sql).joined(separator: ", ") }

    /// What follows the relation's name: `USING gin (tags) WHERE deleted_at IS NULL`; B-tree is not named.
    package var specification: String {
        var text = method == .btree ? "" : "USING \(method.rawValue) "
        text += "(\(list))"
        if !included.isEmpty { text += " INCLUDE (\(included.map(SQL.identifier).joined(separator: ", ")))" }
        if let predicate { text += " WHERE " + predicate }
        return text
    }

    /// `orders (customer_id) WHERE …`, as a person reads it.
    package var description: String { "\(relation) \(specification)" }

    /// For `hypopg_create_index`.
    package var hypopgStatement: String { "CREATE INDEX ON \(relation.quoted) \(specification)" }

    /// HypoPG 1.3.1 takes B-tree, hash and BRIN; GIN and GiST it refuses.
    package var isKnownToHypoPG: Bool { method == .btree || method == .brin }

    /// `order_items_order_id_idx`, within the 63 bytes of a name, and none that stands in the schema already.
    package func name(besides taken: Set<String>) -> String {
        SQL.freeName([relation.name] + keyColumns, besides: taken)
    }

    package func definition(besides taken: Set<String>) -> String {
        // A partitioned table takes no CONCURRENTLY.
        "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(isPartitioned ? "" : "CONCURRENTLY ")\(SQL.identifier(name(besides: taken))) "
            + "ON \(relation.quoted) \(specification);"
    }

    /// As a value of the model, with an estimate of its size in bytes.
    package func hypothetical(estimatedSize: Int64, besides taken: Set<String>) -> HypotheticalIndex {
        .make {
            $0.relation = relation
            $0.keys = keys.map(\.sql)
            $0.included = included
            $0.accessMethod = method.rawValue
            $0.predicate = predicate
            $0.estimatedSize = estimatedSize
            $0.definition = definition(besides: taken)
        }
    }

    /// Every statement that the other serves is served by this one: its keys are the first of ours.
    func covers(_ other: IndexCandidate) -> Bool {
        relation == other.relation && keys.count > other.keys.count && keys.starts(with: other.keys)
            && method == .btree && other.method == .btree && predicate == other.predicate
            && Set(other.included).isSubset(of: included + keyColumns)
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
