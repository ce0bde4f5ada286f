/// A node of a plan as EXPLAIN printed it, in any of its formats. Costs are in the planner's units, times in ms, memory and
/// disk in kB; what EXPLAIN did not say is nil.
package struct ExplainedNode: Sendable, Codable {
    /// How a node belongs to its parent.
    package enum Place: String, Sendable, Codable {
        /// Feeds its parent.
        case child
        /// Run once, by the first node that asks for its value.
        case initPlan
        /// Run by its parent, mostly once for each row.
        case subPlan
        /// Run by the CTE Scans that read it; what modifies data runs to its end even when none does.
        case cte
    }

    /// Its place in the plan's list.
    package var id = 0
    package var parent: Int?
    package var children: [Int] = []
    package var depth = 0
    package var place = Place.child
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE big`
    package var subplan: String?
    /// As the JSON format has it: `Aggregate`, not `HashAggregate`; `Hash Join`, not `Hash Left Join`.
    package var type = ""
    package var strategy: String?
    /// `Partial`, `Finalize`
    package var partialMode: String?
    /// Of ModifyTable and of a foreign table that is modified.
    package var operation: String?
    /// Of SetOp: `Except All`.
    package var command: String?
    package var joinType: String?
    package var isParallelAware = false
    package var isBackward = false
    package var relation: String?
    package var schema: String?
    /// Where it differs from the relation's name.
    package var alias: String?
    package var index: String?
    package var cte: String?
    package var function: String?
    package var startupCost = 0.0
    package var totalCost = 0.0
    package var plannedRows = 0.0
    /// Bytes of a row.
    package var width = 0.0
    package var actual: Actual?
    /// Blocks, of the node and all below it, in all loops.
    package var buffers: BlockCounts?
    package var workersPlanned: Double?
    package var workersLaunched: Double?
    /// What each worker did, where EXPLAIN (VERBOSE) told; the leader did the rest.
    package var workers: [Worker] = []
    package var isDisabled = false
    /// In the order in which they were printed.
    package var conditions: [Condition] = []
    /// Per loop, as PostgreSQL prints them.
    package var removedByFilter = 0.0
    package var removedByJoinFilter = 0.0
    package var removedByRecheck = 0.0
    package var heapFetches: Double?
    package var exactBlocks = 0.0
    package var lossyBlocks = 0.0
    /// One for each process that sorted.
    package var sorts: [Sort] = []
    package var batches: Double?
    package var originalBatches: Double?
    /// kB of a hash table or of Memoize, at its peak.
    package var memory: Double?
    /// kB that HashAggregate wrote, of all processes.
    package var disk: Double?
    package var cacheHits: Double?
    package var cacheMisses: Double?
    package var cacheEvictions: Double?
    package var subplansRemoved: Double?

    package init() {}

    /// Means of one loop. Loops count every participant below a Gather.
    package struct Actual: Sendable, Codable, Equatable {
        package var startupTime: Double?
        package var totalTime: Double?
        package var rows = 0.0
        package var loops = 0.0
    }

    package struct Worker: Sendable, Codable, Equatable {
        package var number = 0
        package var actual = Actual()
    }

    package struct Condition: Sendable, Codable, Equatable {
        /// `Filter`, `Index Cond`, `Sort Key`, …
        package var label: String
        package var text: String
    }

    package struct Sort: Sendable, Codable, Equatable {
        package var method = ""
        package var space = 0.0
        package var isOnDisk = false
    }

    package func condition(_ label: String) -> String? { conditions.first { $0.label == label }?.text }

    package var isNeverExecuted: Bool { actual?.loops == 0 }
    package var isGather: Bool { type == "Gather" || type == "Gather Merge" }

    /// As the text format begins the line: `Parallel Seq Scan on orders o`.
    package var name: String {
        var words = kind
        if isBackward { words += " Backward" }
        if let index {
            words += (type == "Bitmap Index Scan" ? " on " : " using ") + index
        }
        if let target {
            words += " on " + target
            if let alias, alias != target { words += " " + alias }
        } else if let alias {
            words += " on " + alias
        }
        return words
    }

    /// What it reads or writes.
    package var target: String? { relation ?? cte ?? function }

    /// The words of the text format for the node's type.
    package var kind: String {
        var words = type
        switch type {
        case "Aggregate":
            switch strategy {
            case "Hashed": words = "HashAggregate"
            case "Sorted": words = "GroupAggregate"
            case "Mixed": words = "MixedAggregate"
            default: break
            }
        case "SetOp": words = (strategy == "Hashed" ? "HashSetOp" : "SetOp") + (command.map { " " + $0 } ?? "")
        case "ModifyTable": words = operation ?? type
        case "Foreign Scan": words = operation.map { "Foreign " + $0 } ?? type
        case "Hash Join", "Merge Join":
            if let joinType, joinType != "Inner" { words = type.replacing("Join", with: joinType + " Join") }
        case "Nested Loop":
            if let joinType, joinType != "Inner" { words = "Nested Loop \(joinType) Join" }
        default: break
        }
        if let partialMode { words = partialMode + " " + words }
        return isParallelAware ? "Parallel " + words : words
    }
}

/// Blocks by kind. https://www.postgresql.org/docs/current/sql-explain.html (BUFFERS)
package struct BlockCounts: Sendable, Codable, Equatable {
    package enum Kind: Int, CaseIterable, Sendable {
        case sharedHit, sharedRead, sharedDirtied, sharedWritten
        case localHit, localRead, localDirtied, localWritten
        case tempRead, tempWritten
    }

    package var values = [Double](repeating: 0, count: Kind.allCases.count)

    package init() {}

    package subscript(_ kind: Kind) -> Double {
        get { values[kind.rawValue] }
        set { values[kind.rawValue] = newValue }
    }
}
