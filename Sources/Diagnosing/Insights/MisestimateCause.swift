import IndexAdvising
import Model
import Plans

/// Why the planner misjudged a node's rows, as far as the plan shows it, and what tells it better.
enum MisestimateCause {
    /// It knows nothing of what a function returns.
    case function
    /// The plan was made for any value of a parameter.
    case generic(parameter: String)
    /// It takes these columns of a relation for independent.
    case together([ScanCondition.Key], relation: QualifiedName, hasRange: Bool)
    /// It has no statistics of an expression.
    case expression(ScanCondition.Key, relation: QualifiedName)
    /// It guesses how many groups columns make together.
    case groups([ScanCondition.Key], relation: QualifiedName)
    /// It guesses the rows of a join by the columns' numbers of distinct values.
    case join
    case unknown

    init(of node: ExplainedNode, in plan: MeasuredPlan) {
        self = Self.cause(of: node, in: plan)
    }

    private static func cause(of node: ExplainedNode, in plan: MeasuredPlan) -> Self {
        switch node.type {
        case "Function Scan", "Table Function Scan": return .function
        case "Hash Join", "Merge Join", "Nested Loop": return .join
        case "Aggregate", "Group", "Unique", "SetOp": return groups(of: node, in: plan)
        default: break
        }
        let texts = node.scanTexts
        if let parameter = texts.lazy.compactMap({ parameter(in: $0, plan) }).first {
            return .generic(parameter: parameter)
        }
        guard let relation = relation(of: node) else { return .unknown }
        let conditions = node.scanConditions
        var keys: [ScanCondition.Key] = []
        for condition in conditions where !keys.contains(condition.key) { keys.append(condition.key) }
        if keys.count > 1 {
            return .together(keys, relation: relation, hasRange: conditions.contains { $0.kind == .range })
        }
        if let key = keys.first, case .expression = key { return .expression(key, relation: relation) }
        return .unknown
    }

    /// `$1` that no InitPlan returns.
    private static func parameter(in text: String, _ plan: MeasuredPlan) -> String? {
        let returned = plan.plan.nodes.compactMap(\.subplan).joined(separator: " ")
        return text.split { !($0 == "$" || $0.isNumber) }.first { word in
            word.first == "$" && word.count > 1 && word != "$0" && !returned.contains(word)
        }.map(String.init)
    }

    private static func groups(of node: ExplainedNode, in plan: MeasuredPlan) -> Self {
        guard let text = node.condition("Group Key") else { return .unknown }
        let below = plan.plan.nodes.filter {
            $0.relation != nil && plan.plan.ancestors(of: $0.id).contains { $0.id == node.id }
        }
        for scan in below {
            // A bare name may be any relation's.
            guard below.count == 1 || text.contains("."), let relation = relation(of: scan),
                let keys = ScanCondition.keys(text, aliases: scan.scanNames), keys.count > 1
            else { continue }
            return .groups(keys, relation: relation)
        }
        return .unknown
    }

    private static func relation(of node: ExplainedNode) -> QualifiedName? {
        node.relation.map { QualifiedName(node.schema ?? "", $0) }
    }

    // MARK: Words

    var words: String {
        switch self {
        case .function: "the rows of a function are not known"
        case .generic(let parameter): "the plan is for any value of \(parameter)"
        case .together(let keys, _, _): "\(Self.list(keys)) are taken for independent"
        case .expression(let key, _): "there are no statistics of \(key.sql)"
        case .groups(let keys, _): "how many groups \(Self.list(keys)) make is guessed"
        case .join: "the rows of a join are guessed"
        case .unknown: "statistics that are old or too coarse"
        }
    }

    private static func list(_ keys: [ScanCondition.Key]) -> String { keys.map(\.sql).joined(separator: ", ") }

    /// Fresh statistics of the table could be all that is needed.
    var mayBeStale: Bool {
        if case .generic = self { return false }
        return true
    }

    // MARK: What helps

    var action: Action {
        switch self {
        case .function:
            return steps(
                "The planner knows nothing of what a function returns: give it ROWS (ALTER FUNCTION … ROWS n) or a support function."
            )
        case .generic(let parameter):
            return Action(
                .fix, "have calls planned for their own values", sql: ["SET plan_cache_mode = force_custom_plan;"],
                steps: [
                    "In the session, or ALTER ROLE … SET for the role that runs it: the plan was made for any value of \(parameter), and is "
                        + "wrong for those that most or no rows have. Each call is then planned anew."
                ],
                lock: LockNote.none, gain: Gain("a plan for the values that come", .ruleOfThumb),
                verify: "auto_explain shows values instead of \(parameter)", undo: "RESET plan_cache_mode;")
        case .together(let keys, let relation, let hasRange):
            // Dependencies serve equality alone. Beside them an mcv list is asked first, and where it is too short for the values it
            // leaves the columns independent (measured on 15.18: 200 pairs of values).
            return statistics(hasRange ? "mcv" : "dependencies", keys, relation)
        case .expression(let key, let relation): return statistics(nil, [key], relation)
        case .groups(let keys, let relation): return statistics("ndistinct", keys, relation)
        case .join:
            return steps(
                "A join's rows are guessed from the columns' numbers of distinct values: compare n_distinct in pg_stats with the truth, and "
                    + "set it by ALTER TABLE … ALTER COLUMN … SET (n_distinct = …), then ANALYZE.")
        case .unknown:
            return steps(
                "Where values are unevenly spread, ALTER TABLE … ALTER COLUMN … SET STATISTICS 1000 keeps more of the common ones; expressions "
                    + "are guessed until CREATE STATISTICS names them. Then ANALYZE.")
        }
    }

    private func steps(_ text: String) -> Action {
        Action(
            .fix, "tell the planner what it cannot see", steps: [text], lock: .analyze,
            gain: Gain("a plan for the rows that come", .ruleOfThumb))
    }

    /// - Parameter kinds: nil for a single expression, which takes none.
    private func statistics(_ kinds: String?, _ keys: [ScanCondition.Key], _ relation: QualifiedName) -> Action {
        // At most eight columns (STATS_MAX_DIMENSIONS).
        let kept = keys.prefix(8)
        let table = relation.schema.isEmpty ? SQL.identifier(relation.name) : relation.quoted
        let name = SQL.freeName([relation.name] + kept.map(\.column), suffix: "_stat", besides: [])
        let statistics =
            (relation.schema.isEmpty ? "" : SQL.identifier(relation.schema) + ".") + SQL.identifier(name)
        return Action(
            .fix, "tell the planner what it cannot see",
            sql: [
                "CREATE STATISTICS \(statistics)\(kinds.map { " (\($0))" } ?? "") ON \(Self.list(Array(kept))) FROM \(table);",
                "ANALYZE \(table);",
            ],
            lock: .analyze, gain: Gain("a plan for the rows that come", .ruleOfThumb),
            verify: "EXPLAIN (ANALYZE): rows planned come near to those returned",
            undo: "DROP STATISTICS \(statistics);",
            caution: "CREATE STATISTICS takes a SHARE UPDATE EXCLUSIVE lock on the table for a moment")
    }
}
