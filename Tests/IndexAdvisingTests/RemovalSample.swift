import Foundation
import IndexAdvising
import Model
import Statements

/// A table with indexes, made by hand.
struct RemovalSample {
    static let now = Date(timeIntervalSince1970: 1_772_615_647)

    var catalog = DatabaseCatalog.make { $0.database = "shop" }
    var facts = RemovalFacts()
    var used: Set<QualifiedName> = []

    init() {
        facts.takenAt = Self.now
        facts.statisticsAge = 40
        facts.statisticsSince = Self.now.addingTimeInterval(-40 * 86_400)
        addTable("orders")
    }

    mutating func addTable(_ name: String, _ configure: (inout Relation) -> Void = { _ in }) {
        catalog.relations.append(
            .make {
                $0.oid = Int64(10_000 + catalog.relations.count)
                $0.name = QualifiedName("public", name)
                $0.estimatedRows = 1_000_000
                $0.counters.inserted = 500
                configure(&$0)
            })
    }

    /// `columns`: `-x` is descending.
    mutating func addIndex(
        _ name: String, _ columns: String..., table: String = "orders", megabytes: Int64 = 100, scans: Int64 = 5000,
        _ configure: (inout Index) -> Void = { _ in }
    ) {
        catalog.indexes.append(
            .make {
                $0.oid = Int64(20_000 + catalog.indexes.count)
                $0.name = QualifiedName("public", name)
                $0.relation = QualifiedName("public", table)
                $0.columns = columns.map { column in
                    .make {
                        let isDescending = column.hasPrefix("-")
                        $0.name = isDescending ? String(column.dropFirst()) : column
                        $0.isDescending = isDescending
                        $0.isNullsFirst = isDescending
                        $0.operatorClass = 1978
                    }
                }
                $0.keyCount = columns.count
                $0.size = megabytes << 20
                $0.counters.scans = scans
                let keys = columns.map { $0.hasPrefix("-") ? $0.dropFirst() + " DESC" : $0 }.joined(separator: ", ")
                $0.definition = "CREATE INDEX \(name) ON public.\(table) USING btree (\(keys))"
                configure(&$0)
            })
    }

    mutating func addForeignKey(on column: String) {
        catalog.constraints.append(
            .make {
                $0.name = "orders_\(column)_fkey"
                $0.kind = .foreignKey
                $0.relation = QualifiedName("public", "orders")
                $0.columns = [column]
                $0.referencedRelation = QualifiedName("public", "parents")
            })
    }

    func removals(replaced: Set<QualifiedName> = []) -> IndexRemovals {
        IndexRemovals(CatalogNames(catalog), facts, used: used, replaced: replaced)
    }

    /// Names of the indexes that are to be dropped.
    var dropped: Set<String> { Set(removals().recommendations.flatMap(\.drops).map(\.name)) }

    /// Why an index stays.
    func reason(_ name: String) -> String? {
        removals().rejected.first { $0.index.hasPrefix(name + " ") }?.reason
    }

    static func made(_ configure: (inout RemovalSample) -> Void) -> RemovalSample {
        var sample = RemovalSample()
        configure(&sample)
        return sample
    }
}
