import Model
import Plans
import Statements

extension CandidateSearch {
    /// Existing indexes that a plan reads, for `IndexRemovals`. EXPLAIN prints their names without a schema: where the relation is
    /// not known either, all of that name count.
    package func indexesRead(
        by plan: Plan, searchPath: [String], in names: CatalogNames
    ) -> Set<QualifiedName> {
        var read: Set<QualifiedName> = []
        plan.root.walk { node, above in
            guard let name = node.index else { return }
            // A bitmap's index scan names no relation: the heap scan above it does.
            let holder = node.relation == nil ? above.last { $0.type == "Bitmap Heap Scan" } : node
            let found = holder.flatMap { relation(of: $0, searchPath) }
            let indexes = found.map { names.allIndexes(of: $0.name) } ?? names.catalog.indexes
            read.formUnion(indexes.filter { $0.name.name == name }.map(\.name))
        }
        return read
    }
}
