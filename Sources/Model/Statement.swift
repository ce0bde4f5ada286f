import Foundation

/// What pg_stat_statements told: the numbers of all entries, the texts of those that matter.
package struct StatementStatistics: Noun {
    package var extensionVersion = ""
    /// The schema that the extension lives in.
    package var schema = ""
    /// The database in which it was read; differs from the DSN's when it was created only there.
    package var database = ""
    /// `pg_stat_statements.max`
    package var capacity: Int64?
    /// `pg_stat_statements_info.dealloc`: evictions since the reset; nil before 1.9.
    package var evictions: Int64?
    package var reset: Date?
    /// `pg_stat_statements.track_planning`
    package var tracksPlanning = false
    /// Entries in all; `statements` may be fewer.
    package var entryCount = 0
    package var statements: [Statement] = []
    /// Sums over *all* entries, so that shares are true though `statements` holds only the larger ones.
    package var totals = StatementCounters()

    package init() {}
}

/// One entry of pg_stat_statements: a statement of one role in one database.
package struct Statement: Noun {
    /// 64 bits, signed, as PostgreSQL prints it.
    package var queryID: Int64 = 0
    package var role = ""
    package var database = ""
    package var isTopLevel = true
    /// Normalised and redacted; nil when it was not fetched (too small to matter) or could not be shown.
    package var text: String?
    /// libpg_query's fingerprint of the text, hexadecimal; nil when there is no text or it does not parse.
    package var fingerprint: String?
    /// The search_path under which the role runs (`pg_db_role_setting`), resolved to schemas.
    package var searchPath: [String] = []
    package var counters = StatementCounters()
    /// Least, greatest, mean and standard deviation of execution time since the entry exists, ms.
    package var minimumTime = 0.0
    package var maximumTime = 0.0
    package var meanTime = 0.0
    package var deviationOfTime = 0.0
    /// `stats_since`, extension 1.11 and up.
    package var since: Date?
    /// The planner's generic plan of the text; nil when it was not explained (`planNote` says why).
    package var plan: StatementPlan?
    package var planNote: String?
    /// Plans with a common value and with a rare one in place of its parameters.
    package var variants: [PlanVariant] = []
    /// Plans that really ran, out of the server's log: of calls that auto_explain found slow.
    package var loggedPlans: [LoggedPlan] = []
    /// What hypothetical indexes would do to it.
    package var whatIf: [WhatIf] = []
    /// What the planner makes of statements that are advised in place of it.
    package var rewrites: [RewrittenPlan] = []

    package init() {}

    /// Is one of pgmedic's own.
    package var isOurs = false

    /// What makes an entry of pg_stat_statements, by names.
    package struct Entry: Hashable, Sendable {
        package let queryID: Int64
        package let role: String
        package let database: String
        package let isTopLevel: Bool
    }

    package var entry: Entry { Entry(queryID: queryID, role: role, database: database, isTopLevel: isTopLevel) }
}

/// Counters of a statement; times in ms, blocks of `block_size` bytes.
package struct StatementCounters: Noun, Counters {
    package var calls: Int64 = 0
    package var rows: Int64 = 0
    package var plans: Int64 = 0
    package var planTime = 0.0
    package var executionTime = 0.0
    package var sharedBlocksHit: Int64 = 0
    package var sharedBlocksRead: Int64 = 0
    package var sharedBlocksDirtied: Int64 = 0
    package var sharedBlocksWritten: Int64 = 0
    package var localBlocksRead: Int64 = 0
    package var localBlocksWritten: Int64 = 0
    package var temporaryBlocksRead: Int64 = 0
    package var temporaryBlocksWritten: Int64 = 0
    package var readTime = 0.0
    package var writeTime = 0.0
    package var walRecords: Int64 = 0
    package var walFullPageImages: Int64 = 0
    package var walBytes: Int64 = 0
    package var jitFunctions: Int64 = 0
    /// All of JIT's phases together.
    package var jitTime = 0.0

    package init() {}

    package mutating func subtract(_ earlier: Self) { combine(earlier, sign: -1) }

    package mutating func add(_ other: Self) { combine(other, sign: 1) }

    private mutating func combine(_ other: Self, sign: Int64) {
        let factor = Double(sign)
        calls += sign * other.calls
        rows += sign * other.rows
        plans += sign * other.plans
        planTime += factor * other.planTime
        executionTime += factor * other.executionTime
        sharedBlocksHit += sign * other.sharedBlocksHit
        sharedBlocksRead += sign * other.sharedBlocksRead
        sharedBlocksDirtied += sign * other.sharedBlocksDirtied
        sharedBlocksWritten += sign * other.sharedBlocksWritten
        localBlocksRead += sign * other.localBlocksRead
        localBlocksWritten += sign * other.localBlocksWritten
        temporaryBlocksRead += sign * other.temporaryBlocksRead
        temporaryBlocksWritten += sign * other.temporaryBlocksWritten
        readTime += factor * other.readTime
        writeTime += factor * other.writeTime
        walRecords += sign * other.walRecords
        walFullPageImages += sign * other.walFullPageImages
        walBytes += sign * other.walBytes
        jitFunctions += sign * other.jitFunctions
        jitTime += factor * other.jitTime
    }

    package var witnesses: [Int64] { [calls, rows, sharedBlocksHit, Int64(executionTime)] }

    /// ms a call; 0 without calls.
    package var meanTime: Double { calls > 0 ? executionTime / Double(calls) : 0 }
    package var rowsPerCall: Double { calls > 0 ? Double(rows) / Double(calls) : 0 }
    /// Shared blocks touched a call, from cache or not.
    package var blocksPerCall: Double {
        calls > 0 ? Double(sharedBlocksHit + sharedBlocksRead) / Double(calls) : 0
    }
}

/// A plan as `EXPLAIN (FORMAT JSON)` printed it, with literals redacted.
package struct StatementPlan: Noun {
    /// How far it can be trusted, least first.
    package enum Basis: String, Codable, Sendable {
        /// Generic plan of normalised text: no parameter value was known.
        case generic
        /// Planned with the values that stood in the text.
        case custom
        /// The SELECT that finds the rows of an UPDATE or DELETE, planned in place of it.
        case equivalentSelect
    }

    package var basis = Basis.generic
    package var json = ""
    package init() {}
}

/// A statement planned with values of its columns' statistics. The values themselves are not kept.
package struct PlanVariant: Noun {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// The most common values of each column, wide ranges.
        case common
        /// Values beside the common ones, or the least of them; narrow ranges.
        case rare
    }

    package var kind = Kind.common
    /// The columns that the parameters are compared with, each once, in the parameters' order.
    package var columns: [ColumnReference] = []
    /// Parameters that bound a range: of half of the values in the common variant, of a hundredth in the rare one.
    package var hasRange = false
    /// Share of the rows that match, 0…1, were the columns independent; nil where a value is no common one.
    package var frequency: Double?
    /// As `EXPLAIN (FORMAT JSON)` printed it, with literals redacted.
    package var json = ""
    package init() {}
}

/// A plan that ran, as auto_explain wrote it to the server's log, with the calls that it was logged for.
package struct LoggedPlan: Noun {
    package var calls: Int64 = 0
    /// ms, of these calls.
    package var totalTime = 0.0
    package var shortestTime = 0.0
    package var longestTime = 0.0
    /// Of the first and the last of them; nil where the log does not tell.
    package var first: Date?
    package var last: Date?
    /// The slowest call's plan: an `ExplainedPlan` as JSON, with literals redacted.
    package var json = ""
    package init() {}

    /// ms
    package var meanTime: Double { calls > 0 ? totalTime / Double(calls) : 0 }
}

/// What the planner would do with hypothetical indexes.
package struct WhatIf: Noun {
    package var indexes: [HypotheticalIndex] = []
    package var costBefore = 0.0
    package var costAfter = 0.0
    /// The plan uses one of them.
    package var isUsed = false
    package var json = ""
    package init() {}
}

/// A statement that is advised in place of another, as the planner sees both; costs are in its units.
package struct RewrittenPlan: Noun {
    /// As it is printed, ended with `;`.
    package var text = ""
    package var costBefore = 0.0
    package var costAfter = 0.0
    package init() {}
}

/// A statement that is advised in place of another.
package struct StatementRewrite: Sendable, Hashable {
    package var database: String
    /// The fingerprint of the statement whose place it takes.
    package var fingerprint: String
    /// Ended with `;`.
    package var text: String

    package init(database: String, fingerprint: String, text: String) {
        self.database = database
        self.fingerprint = fingerprint
        self.text = text
    }
}

package struct HypotheticalIndex: Noun {
    package var relation = QualifiedName("", "")
    /// Key columns or expressions as SQL has them, in order.
    package var keys: [String] = []
    package var included: [String] = []
    package var accessMethod = "btree"
    package var predicate: String?
    /// Bytes, estimated by the layout of its pages: mostly within a quarter of the real size.
    package var estimatedSize: Int64 = 0
    /// The statement that would make it, CONCURRENTLY, with a name of its own.
    package var definition = ""
    package init() {}

    /// A key is no bare column: it stands in brackets, as CREATE INDEX wants it.
    package var isOnExpression: Bool { keys.contains { $0.hasPrefix("(") } }
}
