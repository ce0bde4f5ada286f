import Model
import Statements

/// Existing indexes by the names that EXPLAIN prints, which have no schema.
package struct UsedIndexes: Sendable {
    private let byName: [String: [Index]]
    private let names: CatalogNames

    package init(_ names: CatalogNames) {
        self.names = names
        byName = Dictionary(grouping: names.catalog.indexes, by: \.name.name)
    }

    /// Those that a plan of the statement reads: of several that are called so, the ones of a relation that the statement names;
    /// where it names none of theirs (through a view), all.
    package func read(_ printed: Set<String>, by statement: WorkloadStatement) -> Set<QualifiedName> {
        guard !printed.isEmpty else { return [] }
        let relations = Set(statement.shape.levels.flatMap(\.relations).compactMap(\.target))
        return printed.reduce(into: []) { found, name in
            let called = byName[name] ?? []
            let own = called.count < 2 ? called : called.filter { isOf(relations, $0) }
            found.formUnion((own.isEmpty ? called : own).map(\.name))
        }
    }

    private func isOf(_ relations: Set<QualifiedName>, _ index: Index) -> Bool {
        relations.contains(index.relation)
            || names.relation(index.relation)?.partitionRoot.map(relations.contains) ?? false
    }
}
