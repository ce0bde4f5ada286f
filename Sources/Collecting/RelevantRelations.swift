import Model

/// Which relations get a closer look: columns with statistics, and sizes from the file system.
enum RelevantRelations {
    /// Relations by size. Beyond, a diagnosis rarely names a table that no statement names.
    static let limit = 300
    /// Columns of all of them together: 30 µs each on the server.
    static let columnLimit = 6_000
    /// Tables, and as many indexes, whose files are asked for: 10 µs each.
    static let sizeLimit = 200

    /// OIDs for the columns, those named by statements first.
    static func forColumns(_ catalog: CatalogDraft, named: [QualifiedName]) -> [Int64] {
        let wanted = Set(named)
        var first: [Int64] = []
        var rest: [(pages: Int64, oid: Int64)] = []
        for relation in catalog.relations where !relation.isSystem && relation.kind != .view && relation.kind != .toast
        {
            if wanted.contains(relation.name) {
                first.append(relation.oid)
            } else {
                rest.append((relation.pages, relation.oid))
            }
        }
        var oids: [Int64] = []
        var columns = 0
        for oid in first + largest(limit, of: rest) where columns < columnLimit {
            oids.append(oid)
            columns += catalog.columnCount(of: oid)
        }
        return oids
    }

    /// OIDs, largest first; of equal size the older first.
    private static func largest(_ count: Int, of relations: [(pages: Int64, oid: Int64)]) -> [Int64] {
        relations.sorted { ($0.pages, $1.oid) > ($1.pages, $0.oid) }.prefix(count).map(\.oid)
    }

    static func forSizes(_ catalog: CatalogDraft) -> [Int64] {
        // Never vacuumed nor analysed (after a restore or pg_upgrade): only the file tells how large it is. Until it does it is
        // taken for at most as many pages as it has rows.
        let tables = catalog.relations.lazy
            .filter { ($0.pages > 0 || $0.kind == .table && $0.estimatedRows < 0) && !$0.isLocked }
            .map { ($0.pages > 0 ? $0.pages : $0.liveTuples + $0.deadTuples, $0.oid) }
        let locked = Set(catalog.relations.lazy.filter(\.isLocked).map(\.name))
        let indexes = catalog.indexes.lazy.filter { $0.pages > 1 && !locked.contains($0.relation) }
            .map { ($0.pages, $0.oid) }
        return largest(sizeLimit, of: Array(tables)) + largest(sizeLimit, of: Array(indexes))
    }
}
