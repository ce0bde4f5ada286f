/// The set of indexes that a workload of one database wants: what to create, to replace and to drop, in the order of gain.
package struct IndexAdvice: Noun {
    package var database = ""
    /// Where the statements came from: `pg_stat_statements since 2026-11-01 00:00`, `workload.sql`.
    package var sources: [String] = []
    package var statements: [AdvisedStatement] = []
    package var recommendations: [IndexRecommendation] = []
    package var rejected: [RejectedCandidate] = []
    /// Σ calls × cost over the statements, the planner's units: as it is, and with the whole set.
    package var costBefore = 0.0
    package var costAfter = 0.0
    /// Mean over the statements of 1 − after ÷ before, 0…1.
    package var meanCut = 0.0
    /// What upkeep of the new indexes costs, minus that of the dropped ones, in the same units as `costBefore`.
    package var writeCost = 0.0
    package var budget = IndexBudget()
    /// Candidates looked at, questions put to the planner, and questions answered by our own estimate.
    package var candidateCount = 0
    package var plannerCalls = 0
    package var estimateCalls = 0
    /// The search ended by itself; false: it was cancelled or its time was over, and this is the best set found until then.
    package var isComplete = true
    /// Statements and tables that were left out, and why; one sentence each, safe to show.
    package var notes: [String] = []
    package init() {}

    /// The reason why there is no advice at all; nil where there may be.
    package var refusal: String?

    /// New indexes that plans get cheaper by.
    package var made: [IndexRecommendation] {
        recommendations.filter { ($0.kind == .create || $0.kind == .replace) && $0.freed == nil }
    }

    /// There are statements, and none of them could be priced.
    package var isUnjudged: Bool { !statements.isEmpty && statements.allSatisfy { $0.costBefore == nil } }
}

/// What the set may cost. nil: no bound.
package struct IndexBudget: Noun {
    /// Bytes of the new indexes less those of the dropped ones.
    package var storage: Int64?
    /// Upkeep as a share of the workload's cost, 0…1.
    package var writes: Double?
    package var mostIndexes: Int?
    /// An index must bring at least this, 0…2: what it saves of the workload's cost, and what it adds to the mean cut of the
    /// statements.
    package var leastGain = 0.01
    package init() {}
}

package struct AdvisedStatement: Noun {
    /// Redacted like every text of a snapshot.
    package var text = ""
    package var fingerprint: String?
    package var queryIDs: [Int64] = []
    /// Calls in the window, or the weight that a file gives it.
    package var calls = 0.0
    /// ms a call; nil where nothing was measured.
    package var meanTime: Double?
    /// Share of the workload, 0…1: by time where it was measured, else by calls × cost.
    package var share = 0.0
    /// The planner's units, one call; nil where it could not be priced (`note` says why).
    package var costBefore: Double?
    package var costAfter: Double?
    package var note: String?
    package init() {}
}

package struct IndexRecommendation: Noun {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case create
        /// A new index in place of old ones, which are dropped after it is there.
        case replace
        case drop
        /// An index that a failed CONCURRENTLY left behind.
        case repair
    }

    package enum Basis: String, Codable, Sendable, CaseIterable {
        /// The planner's plans with hypothetical indexes.
        case whatIf = "what-if"
        /// Our own estimate by its formulas.
        case estimated
        /// Catalog and counters alone: copies, prefixes, indexes without scans.
        case catalog
    }

    package var kind = Kind.create
    /// What is made; nil for `drop`.
    package var index: HypotheticalIndex?
    package var relation = QualifiedName("", "")
    /// Existing indexes that go.
    package var drops: [QualifiedName] = []
    /// An existing index that is built again; nil but for `repair`.
    package var repairs: QualifiedName?
    /// To run in this order, each outside a transaction block.
    package var sql: [String] = []
    package var undo: [String] = []
    /// How to see that it worked.
    package var verify = ""
    /// The strongest table lock of the statements, and what it keeps out, in words.
    /// https://www.postgresql.org/docs/current/explicit-locking.html
    package var lockMode = "SHARE UPDATE EXCLUSIVE"
    package var lockBlocks = "reads and writes go on; waits for transactions that are open now"
    /// One sentence: why.
    package var reason = ""
    package var served: [ServedStatement] = []
    /// Share of the workload's cost that the plans which use it save, 0…1; what a plan with several saves is shared out equally, so
    /// that the gains of a set add up to what it saves.
    package var gain = 0.0
    package var basis = Basis.whatIf
    /// Bytes: of the new index, with the bounds of the estimate; of a dropped one, what comes free.
    package var size: Int64 = 0
    package var leastSize: Int64 = 0
    package var greatestSize: Int64 = 0
    package var writes = IndexWriteCost()
    /// Existing indexes merge into one: bytes that come free once they are gone, those of the new one taken off; nil for all else.
    /// No plan gets cheaper by it (`gain` is 0), and `writes` has what is spared, as a drop has it.
    package var freed: Int64?
    /// The index could be unique, by the statistics; nil where they speak against it, or nobody looks up single values.
    package var uniqueness: UniqueChoice?
    /// Seconds that making it may take.
    package var leastDuration: Double?
    package var greatestDuration: Double?
    /// Existing indexes that it makes needless.
    package var makesNeedless: [QualifiedName] = []
    /// What to look at before: unused on this node only, seldom used, a name that code may refer to.
    package var cautions: [String] = []
    package init() {}
}

/// A unique index in place of a plain one: the statistics have no value twice, which the sample that they are of does not prove.
package struct UniqueChoice: Noun {
    /// Its key.
    package var column = ""
    /// The user asked for it: `sql` makes the unique index, after `check`.
    package var isChosen = false
    /// A statement that returns a row where a value comes twice.
    package var check = ""
    /// Of `check`, the planner's units; nil where the planner was not asked.
    package var checkCost: Double?
    /// Bytes of the table, which `check` reads whole.
    package var reads: Int64 = 0
    package init() {}
}

/// A statement that an index serves; costs of one call, in the planner's units, without and with the whole set.
package struct ServedStatement: Noun {
    /// Place in `IndexAdvice.statements`.
    package var statement = 0
    package var costBefore = 0.0
    package var costAfter = 0.0
    package init() {}
}

/// What keeping an index up to date costs, in the workload's window.
package struct IndexWriteCost: Noun {
    /// Rows inserted, and updated not HOT, in the window.
    package var rowsWritten = 0.0
    /// Updates that were HOT and are no more, since they set one of its columns.
    package var hotUpdatesLost = 0.0
    /// The planner's units, all of the window; below 0 where indexes merge.
    package var cost = 0.0
    /// nil: the statements of the workload, which show as much as the counters do, or more.
    package var basis: Basis?

    package enum Basis: String, Codable, Sendable {
        /// The table's own counters, scaled to the window: more is written than the statements show (COPY, functions, foreign
        /// keys, statements that were evicted).
        case counters
    }

    package init() {}
}

package struct RejectedCandidate: Noun {
    /// `orders (status)`
    package var index = ""
    package var relation = QualifiedName("", "")
    /// One sentence.
    package var reason = ""
    /// Share of the workload's cost that it would save by itself, where that was asked.
    package var gain: Double?
    package init() {}
}
