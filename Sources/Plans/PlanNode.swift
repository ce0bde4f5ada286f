/// A node of an execution plan. Costs are in the planner's units, times in ms.
package struct PlanNode: Sendable {
    /// `Seq Scan`, `Nested Loop`, `ModifyTable`, …
    package var type = ""
    /// Without a schema: EXPLAIN prints it with VERBOSE only.
    package var relation: String?
    package var schema: String?
    package var alias: String?
    package var index: String?
    package var joinType: String?
    /// `Outer`, `Inner`, `SubPlan`, `InitPlan`, `Member`, …
    package var relationship: String?
    /// `SubPlan 1`, `InitPlan 1 (returns $0)`, `CTE x`
    package var subplan: String?
    /// Of ModifyTable: `Insert`, `Update`, `Delete`, `Merge`.
    package var operation: String?
    package var strategy: String?
    package var startupCost = 0.0
    package var totalCost = 0.0
    /// Rows that the planner expects of one execution.
    package var rows = 0.0
    /// Bytes of a row.
    package var width = 0
    package var filter: String?
    package var indexCondition: String?
    package var joinFilter: String?
    package var hashCondition: String?
    package var mergeCondition: String?
    package var recheckCondition: String?
    package var sortKeys: [String] = []
    package var groupKeys: [String] = []
    package var workersPlanned = 0
    package var isParallelAware = false
    package var actual: Actual?
    package var children: [PlanNode] = []

    package init() {}

    /// What EXPLAIN ANALYZE measured; times and rows are means of one loop.
    package struct Actual: Sendable {
        package var rows = 0.0
        package var loops = 0.0
        package var totalTime = 0.0
        package var removedByFilter = 0.0
        package var sortMethod: String?
        /// Of a hash: more than 1 means that it spilled.
        package var hashBatches: Int?
        package var heapFetches: Int?
        package var workersLaunched: Int?
    }

    /// Cost of the node without its children's; an InitPlan or CTE is counted where it stands, once.
    package var exclusiveCost: Double { max(0, totalCost - children.reduce(0) { $0 + $1.totalCost }) }

    /// ms of the node in all its loops without its children's; nil without ANALYZE. Below a Gather loops count each
    /// worker, so that a sum may exceed the wall clock: the times are CPU-like.
    package var exclusiveTime: Double? {
        guard let actual else { return nil }
        let whole = actual.totalTime * actual.loops
        return max(0, whole - children.reduce(0) { $0 + ($1.actual.map { $0.totalTime * $0.loops } ?? 0) })
    }

    package var isSequentialScan: Bool { type == "Seq Scan" }
    package var isSubPlan: Bool { relationship == "SubPlan" }

    /// Each node with those above it, nearest last; parents first.
    package func walk(_ above: [PlanNode] = [], _ visit: (PlanNode, [PlanNode]) -> Void) {
        visit(self, above)
        for child in children { child.walk(above + [self], visit) }
    }

    package func all(where matches: (PlanNode) -> Bool) -> [PlanNode] {
        var found: [PlanNode] = []
        walk { node, _ in if matches(node) { found.append(node) } }
        return found
    }
}

/// An execution plan.
package struct Plan: Sendable {
    package var root = PlanNode()
    /// ms; nil when EXPLAIN did not say.
    package var planningTime: Double?
    package var executionTime: Double?
    /// JIT would compile, or did.
    package var usesJIT = false

    package init() {}
}
