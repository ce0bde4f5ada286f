/// A plan while it is read: the one place that knows what the keys of the JSON format mean. The text format's words are
/// translated into them.
struct PlanDraft {
    var plan = ExplainedPlan()

    init(line: Int) { plan.line = line }

    mutating func addNode(below parent: Int?, line: Int) throws(ExplainError) -> Int {
        var node = ExplainedNode()
        node.id = plan.nodes.count
        node.parent = parent
        node.depth = parent.map { plan.nodes[$0].depth + 1 } ?? 0
        guard node.depth < ExplainLimits.depth else {
            throw ExplainError(line: line, "the plan is deeper than \(ExplainLimits.depth) levels")
        }
        guard node.id < ExplainLimits.nodes else {
            throw ExplainError(line: line, "the plan has more than \(ExplainLimits.nodes) nodes")
        }
        if let parent { plan.nodes[parent].children.append(node.id) }
        plan.nodes.append(node)
        return node.id
    }

    /// A property of a node; one that is not known is passed over.
    mutating func note(_ key: String, _ value: String, of id: Int) {
        if noteName(key, value, of: id) || noteMeasure(key, value, of: id) { return }
        if let number = Self.number(value) { noteCount(key, number, of: id) }
        if Self.expressions.contains(key) {
            // Of what a node puts out only the references to other plans matter.
            if key == "Output" && !value.contains("Plan ") && !value.contains("$") { return }
            plan.nodes[id].conditions.append(.init(label: key, text: value))
        }
    }

    /// Several texts under one key, as the text format joins them.
    mutating func note(_ key: String, list: [String], of id: Int) {
        if !list.isEmpty { note(key, list.joined(separator: ", "), of: id) }
    }

    /// What a worker measured.
    mutating func noteWorker(_ key: String, _ value: String, of id: Int) {
        switch key {
        case "Worker Number":
            if let number = Int(value) { plan.nodes[id].workers.append(.init(number: number)) }
        case "Actual Startup Time": noteWorker(value, of: id) { $0.startupTime = $1 }
        case "Actual Total Time": noteWorker(value, of: id) { $0.totalTime = $1 }
        case "Actual Rows": noteWorker(value, of: id) { $0.rows = $1 }
        case "Actual Loops": noteWorker(value, of: id) { $0.loops = $1 }
        case "Sort Method": plan.nodes[id].sorts.append(.init(method: value))
        case "Sort Space Used", "Sort Space Type": noteMeasureOfSort(key, value, of: id)
        case "HashAgg Batches":
            plan.nodes[id].batches = max(plan.nodes[id].batches ?? 0, Self.number(value) ?? 0)
        case "Disk Usage":
            plan.nodes[id].disk = (plan.nodes[id].disk ?? 0) + (Self.number(value) ?? 0)
        default: break
        }
    }

    private mutating func noteWorker(
        _ value: String, of id: Int, _ set: (inout ExplainedNode.Actual, Double) -> Void
    ) {
        guard let last = plan.nodes[id].workers.indices.last, let number = Self.number(value) else { return }
        set(&plan.nodes[id].workers[last].actual, number)
    }

    private mutating func noteName(_ key: String, _ value: String, of id: Int) -> Bool {
        switch key {
        case "Node Type": plan.nodes[id].type = value
        case "Strategy": plan.nodes[id].strategy = value
        case "Partial Mode": plan.nodes[id].partialMode = value == "Simple" ? nil : value
        case "Operation": plan.nodes[id].operation = value == "Select" ? nil : value
        case "Command": plan.nodes[id].command = value
        case "Join Type": plan.nodes[id].joinType = value
        case "Parallel Aware": plan.nodes[id].isParallelAware = value == "true"
        case "Scan Direction": plan.nodes[id].isBackward = value == "Backward"
        case "Relation Name": plan.nodes[id].relation = value
        case "Schema": plan.nodes[id].schema = value
        case "Alias": plan.nodes[id].alias = value
        case "Index Name": plan.nodes[id].index = value
        case "CTE Name": plan.nodes[id].cte = value
        case "Function Name", "Table Function Name", "Tuplestore Name": plan.nodes[id].function = value
        case "Disabled": plan.nodes[id].isDisabled = value == "true"
        case "Parent Relationship":
            if value == "InitPlan" { plan.nodes[id].place = .initPlan }
            if value == "SubPlan" { plan.nodes[id].place = .subPlan }
        case "Subplan Name":
            plan.nodes[id].subplan = value
            if value.hasPrefix("CTE ") { plan.nodes[id].place = .cte }
        default: return false
        }
        return true
    }

    private mutating func noteMeasure(_ key: String, _ value: String, of id: Int) -> Bool {
        switch key {
        case "Sort Method": plan.nodes[id].sorts.append(.init(method: value))
        case "Sort Space Used", "Sort Space Type": noteMeasureOfSort(key, value, of: id)
        default: return false
        }
        return true
    }

    private mutating func noteMeasureOfSort(_ key: String, _ value: String, of id: Int) {
        guard let last = plan.nodes[id].sorts.indices.last else { return }
        if key == "Sort Space Type" { plan.nodes[id].sorts[last].isOnDisk = value == "Disk" }
        if key == "Sort Space Used" { plan.nodes[id].sorts[last].space = Self.number(value) ?? 0 }
    }

    private mutating func noteCount(_ key: String, _ number: Double, of id: Int) {
        switch key {
        case "Startup Cost": plan.nodes[id].startupCost = number
        case "Total Cost": plan.nodes[id].totalCost = number
        case "Plan Rows": plan.nodes[id].plannedRows = number
        case "Plan Width": plan.nodes[id].width = number
        case "Actual Startup Time": plan.nodes[id].actual = actual(id) { $0.startupTime = number }
        case "Actual Total Time": plan.nodes[id].actual = actual(id) { $0.totalTime = number }
        case "Actual Rows": plan.nodes[id].actual = actual(id) { $0.rows = number }
        case "Actual Loops": plan.nodes[id].actual = actual(id) { $0.loops = number }
        case "Workers Planned": plan.nodes[id].workersPlanned = number
        case "Workers Launched": plan.nodes[id].workersLaunched = number
        case "Rows Removed by Filter": plan.nodes[id].removedByFilter = number
        case "Rows Removed by Join Filter": plan.nodes[id].removedByJoinFilter = number
        case "Rows Removed by Index Recheck": plan.nodes[id].removedByRecheck = number
        case "Heap Fetches": plan.nodes[id].heapFetches = number
        case "Exact Heap Blocks": plan.nodes[id].exactBlocks = number
        case "Lossy Heap Blocks": plan.nodes[id].lossyBlocks = number
        case "Hash Batches", "HashAgg Batches": plan.nodes[id].batches = number
        case "Original Hash Batches": plan.nodes[id].originalBatches = number
        case "Peak Memory Usage": plan.nodes[id].memory = number
        case "Disk Usage": plan.nodes[id].disk = number
        case "Cache Hits": plan.nodes[id].cacheHits = number
        case "Cache Misses": plan.nodes[id].cacheMisses = number
        case "Cache Evictions": plan.nodes[id].cacheEvictions = number
        case "Subplans Removed": plan.nodes[id].subplansRemoved = number
        default:
            guard let kind = Self.blocks[key] else { return }
            if plan.nodes[id].buffers == nil { plan.nodes[id].buffers = BlockCounts() }
            plan.nodes[id].buffers![kind] = number
        }
    }

    private func actual(_ id: Int, _ change: (inout ExplainedNode.Actual) -> Void) -> ExplainedNode.Actual {
        var measured = plan.nodes[id].actual ?? .init()
        change(&measured)
        return measured
    }

    /// A number that a server can have printed: finite, not negative.
    static func number(_ text: some StringProtocol) -> Double? {
        guard let number = Double(text), number.isFinite, number >= 0 else { return nil }
        return number
    }

    static let blocks: [String: BlockCounts.Kind] = [
        "Shared Hit Blocks": .sharedHit, "Shared Read Blocks": .sharedRead, "Shared Dirtied Blocks": .sharedDirtied,
        "Shared Written Blocks": .sharedWritten, "Local Hit Blocks": .localHit, "Local Read Blocks": .localRead,
        "Local Dirtied Blocks": .localDirtied, "Local Written Blocks": .localWritten, "Temp Read Blocks": .tempRead,
        "Temp Written Blocks": .tempWritten,
    ]

    /// Keys whose values are expressions, and so may hold literals.
    static let expressions: Set<String> = [
        "Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "TID Cond", "One-Time Filter",
        "Order By", "Sort Key", "Presorted Key", "Group Key", "Cache Key", "Run Condition", "Conflict Filter",
        "Function Call", "Table Function Call", "Window", "Output",
    ]
}
