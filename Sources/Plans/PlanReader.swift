import Foundation

/// Why a text is no plan; holds nothing of it.
package enum PlanError: Error, CustomStringConvertible {
    case notJSON
    case noPlan

    package var description: String {
        switch self {
        case .notJSON: "the plan is not JSON: EXPLAIN (FORMAT JSON) prints one"
        case .noPlan: "the JSON holds no plan"
        }
    }
}

extension Plan {
    /// Reads what `EXPLAIN (FORMAT JSON)` of PostgreSQL 14 to 18 prints: a list of one object. Keys that are not known are
    /// passed over.
    package init(json: String) throws(PlanError) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { throw .notJSON }
        let first = (value as? [Any])?.first ?? value
        guard let top = first as? [String: Any], let plan = top["Plan"] as? [String: Any] else { throw .noPlan }
        self.init()
        root = PlanNode(plan)
        planningTime = top["Planning Time"] as? Double
        executionTime = top["Execution Time"] as? Double
        usesJIT = top["JIT"] != nil
    }
}

extension PlanNode {
    fileprivate init(_ object: [String: Any]) {
        func text(_ key: String) -> String? { object[key] as? String }
        func number(_ key: String) -> Double? { (object[key] as? NSNumber)?.doubleValue }
        func texts(_ key: String) -> [String] { object[key] as? [String] ?? [] }
        self.init()
        type = text("Node Type") ?? ""
        relation = text("Relation Name")
        schema = text("Schema")
        alias = text("Alias")
        index = text("Index Name")
        joinType = text("Join Type")
        relationship = text("Parent Relationship")
        subplan = text("Subplan Name")
        operation = text("Operation")
        strategy = text("Strategy")
        startupCost = number("Startup Cost") ?? 0
        totalCost = number("Total Cost") ?? 0
        rows = number("Plan Rows") ?? 0
        width = Int(number("Plan Width") ?? 0)
        filter = text("Filter")
        indexCondition = text("Index Cond")
        joinFilter = text("Join Filter")
        hashCondition = text("Hash Cond")
        mergeCondition = text("Merge Cond")
        recheckCondition = text("Recheck Cond")
        sortKeys = texts("Sort Key")
        groupKeys = texts("Group Key")
        workersPlanned = Int(number("Workers Planned") ?? 0)
        isParallelAware = object["Parallel Aware"] as? Bool ?? false
        if let loops = number("Actual Loops") {
            var measured = Actual()
            measured.loops = loops
            measured.rows = number("Actual Rows") ?? 0
            measured.totalTime = number("Actual Total Time") ?? 0
            measured.removedByFilter = number("Rows Removed by Filter") ?? 0
            measured.sortMethod = text("Sort Method")
            measured.hashBatches = number("Hash Batches").map { Int($0) }
            measured.heapFetches = number("Heap Fetches").map { Int($0) }
            measured.workersLaunched = number("Workers Launched").map { Int($0) }
            actual = measured
        }
        children = (object["Plans"] as? [[String: Any]] ?? []).map(PlanNode.init)
    }
}
