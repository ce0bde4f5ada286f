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
        let users = catalog.relations.filter { !$0.isSystem && $0.kind != .view && $0.kind != .toast }
        let wanted = Set(named)
        let first = users.filter { wanted.contains($0.name) }
        let rest = users.filter { !wanted.contains($0.name) }.sorted { ($0.pages, $1.oid) > ($1.pages, $0.oid) }
        var oids: [Int64] = []
        var columns = 0
        for relation in first + rest.prefix(limit) where columns < columnLimit {
            oids.append(relation.oid)
            columns += catalog.columnCount(of: relation.oid)
        }
        return oids
    }

    static func forSizes(_ catalog: CatalogDraft) -> [Int64] {
        let tables = catalog.relations.filter { $0.pages > 0 && !$0.isLocked }
            .sorted { ($0.pages, $1.oid) > ($1.pages, $0.oid) }.prefix(sizeLimit).map(\.oid)
        let locked = Set(catalog.relations.filter(\.isLocked).map(\.name))
        let indexes = catalog.indexes.filter { $0.pages > 1 && !locked.contains($0.relation) }
            .sorted { ($0.pages, $1.oid) > ($1.pages, $0.oid) }.prefix(sizeLimit).map(\.oid)
        return tables + indexes
    }
}
