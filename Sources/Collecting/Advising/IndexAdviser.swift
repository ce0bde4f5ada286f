import IndexAdvising
import Model
import PostgresClient
import Statements

/// What is asked of the index adviser.
package struct AdviceOptions: Sendable {
    package var budget = IndexBudget()
    /// `budget.storage` as a share of the heaps of the database's tables.
    package var storageShare: Double?
    /// Indexes on these only, `QualifiedName.quoted`; empty: on all.
    package var tables: [String] = []
    /// Statements of pg_stat_statements; empty: all.
    package var queryIDs: [Int64] = []
    package var workload: [WorkloadFile] = []
    package var advisesDrops = true
    package var searchTime = Duration.seconds(30)

    package init() {}
}

/// Where the adviser is; for a progress line.
package enum AdviceStep: Sendable, Equatable {
    case readingWorkload(statements: Int)
    case asking(done: Int, of: Int)
    case choosing(indexes: Int)
}

extension Collector {
    /// The set of indexes that the workload of the first database wants.
    package static func adviseIndexes(
        on target: ConnectionTarget, _ snapshot: Snapshot, _ advice: AdviceOptions, options: CollectionOptions,
        progress: (@Sendable (AdviceStep) -> Void)?
    ) async -> IndexAdvice {
        guard let catalog = snapshot.catalogs.first else { return .make { $0.refusal = "no catalog was read" } }
        let removals = IndexRemovals(CatalogNames(catalog), RemovalFacts(snapshot, database: catalog.database))
        func isWanted(_ relation: QualifiedName) -> Bool {
            advice.tables.isEmpty || advice.tables.contains(relation.quoted)
        }
        return .make {
            $0.database = catalog.database
            $0.budget = advice.budget
            $0.sources = advice.workload.map(\.name)
            $0.statements = advice.workload.flatMap(\.statements).map { statement in
                .make {
                    $0.text = statement.text
                    $0.calls = statement.weight
                }
            }
            if advice.advisesDrops {
                $0.recommendations = removals.recommendations.filter { isWanted($0.relation) }
            }
            $0.rejected = removals.rejected.filter { isWanted($0.relation) }
            $0.notes = ["New indexes are not searched for yet."]
        }
    }
}
