import Model

/// A catalog arranged for finding names: built once, used for every statement of its database.
package struct CatalogNames: Sendable {
    package let catalog: DatabaseCatalog
    package var database: String { catalog.database }
    // Places in the catalog: its values are large, and there may be tens of thousands.
    private let relations: [QualifiedName: Int]
    private let columns: [QualifiedName: [String: Column]]
    private let indexes: [QualifiedName: [Int]]

    package init(_ catalog: DatabaseCatalog) {
        self.catalog = catalog
        var relations: [QualifiedName: Int] = [:]
        relations.reserveCapacity(catalog.relations.count)
        for place in catalog.relations.indices.reversed() { relations[catalog.relations[place].name] = place }
        self.relations = relations
        columns = Dictionary(grouping: catalog.columns, by: { $0.relation }).mapValues {
            Dictionary($0.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
        indexes = Dictionary(grouping: catalog.indexes.indices) { catalog.indexes[$0].relation }
    }

    /// The relation that a name means: under its schema, or the first of the search_path that has one. `pg_catalog` is
    /// searched first where the path does not name it, as the server does.
    package func relation(_ name: String, schema: String?, searchPath: [String]) -> Relation? {
        if let schema { return relation(QualifiedName(schema, name)) }
        let path = searchPath.isEmpty ? ["public"] : searchPath
        let whole = path.contains("pg_catalog") ? path : ["pg_catalog"] + path
        return whole.lazy.compactMap { relation(QualifiedName($0, name)) }.first
    }

    package func relation(_ name: QualifiedName) -> Relation? { relations[name].map { catalog.relations[$0] } }

    /// nil also where the columns of the relation were not read: ask `knowsColumns`.
    package func column(_ name: String, of relation: QualifiedName) -> Column? { columns[relation]?[name] }

    package func knowsColumns(of relation: QualifiedName) -> Bool { columns[relation] != nil }

    /// Tables and indexes share their names; those of every schema, so that an index may be moved.
    package var takenNames: Set<String> {
        Set(catalog.indexes.map(\.name.name)).union(catalog.relations.map(\.name.name))
    }

    /// Valid and ready ones.
    package func indexes(of relation: QualifiedName) -> [Index] {
        allIndexes(of: relation).filter { $0.isValid && $0.isReady && $0.isLive }
    }

    /// Those that no statement can use among them.
    package func allIndexes(of relation: QualifiedName) -> [Index] {
        (indexes[relation] ?? []).map { catalog.indexes[$0] }
    }
}
