import IndexAdvising
import Model

/// What index advice is wanted.
package struct AdviceOptions: Sendable {
    package var budget = IndexBudget()
    /// `budget.leastGain` was asked for; else it falls where a workload has many statements.
    package var hasLeastGain = false
    /// The storage budget as a share of the heaps' size, 0…; set beside none in bytes.
    package var storageShare: Double?
    /// Only indexes of these relations; empty: of all.
    package var tables: [QualifiedName] = []
    package var methods = Set(IndexCandidate.Method.allCases)
    /// Indexes with INCLUDE are looked at too.
    package var covers = true
    package var workload: [WorkloadLoad] = []
    /// Where the workload came from, and what was left out of it.
    package var sources: [String] = []
    package var notes: [String] = []
    package var advisesDrops = true
    /// Where the statistics have no value twice, a unique index is made, after a check.
    package var makesUnique = false
    /// What deletes of a parent read in its children counts; a diagnosis has a rule of its own for it.
    package var pricesForeignKeyChecks = true
    /// Of the search; what was found until then is the answer.
    package var searchTime = Duration.seconds(25)
    package init() {}

    func wants(_ candidate: IndexCandidate) -> Bool {
        methods.contains(candidate.method) && (covers || candidate.included.isEmpty)
            && (tables.isEmpty || tables.contains(candidate.relation))
    }
}

/// Where a search for indexes is; for a progress line.
package enum AdviceStep: Sendable, Equatable {
    case readingWorkload(statements: Int)
    /// Statements whose best plan was asked for.
    case asking(done: Int, of: Int)
    /// Indexes in the set as it stands.
    case choosing(indexes: Int)
}
