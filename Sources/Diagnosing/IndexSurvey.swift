import IndexAdvising
import Model
import Statements
import Synchronization

/// What several rules need of one database's indexes. Each is worked out once, when a rule first asks for it.
final class IndexSurvey: Sendable {
    let names: CatalogNames
    private let trees = Mutex<IndexTree?>(nil)
    private let comparisons = Mutex<NeedlessIndexes?>(nil)
    private let searches = Mutex<CandidateSearch?>(nil)

    init(_ names: CatalogNames) { self.names = names }

    var catalog: DatabaseCatalog { names.catalog }
    var tree: IndexTree { Self.once(trees) { IndexTree(names) } }
    /// Finds the relations of plans, and indexes for them.
    var search: CandidateSearch { Self.once(searches) { CandidateSearch(catalog) } }
    var needless: NeedlessIndexes { Self.once(comparisons) { NeedlessIndexes(catalog) } }

    private static func once<Value>(_ value: borrowing Mutex<Value?>, _ make: () -> Value) -> Value {
        value.withLock { known in
            if let known { return known }
            let made = make()
            known = made
            return made
        }
    }
}

extension Observation {
    /// Of every database that was looked at in depth, in the snapshot's order.
    var indexSurveys: [IndexSurvey] { snapshot.catalogs.compactMap { surveys[$0.database] } }
}
