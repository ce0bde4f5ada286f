import Model
import Plans

/// An index that brings the order but not the rows, walked until LIMIT is satisfied.
struct WalkUnderLimit: PlanInsight {
    static let metadata = RuleMetadata(
        id: "plan.walk-under-limit", title: "Index walked in search of rows", area: .plan, needs: [],
        looksAt: "index scans below a Limit with a filter and no index condition, and the rows that the filter removed",
        why:
            "For ORDER BY … LIMIT the planner hopes to meet enough matching rows soon. Where they are rare, or lie at the other end, it reads "
            + "the table through the index, row by row.",
        limits: "It depends on the values: the same plan is quick for frequent ones.",
        thresholds: [FilterDiscardsRows.share, FilterDiscardsRows.rows],
        references: ["https://www.postgresql.org/docs/current/indexes-ordering.html"])

    static func isWalk(_ node: ExplainedNode, _ plan: MeasuredPlan) -> Bool {
        guard ["Index Scan", "Index Only Scan"].contains(node.type), node.condition("Filter") != nil,
            node.condition("Index Cond") == nil
        else { return false }
        for above in plan.plan.ancestors(of: node.id) {
            if above.type == "Limit" { return true }
            guard
                ["Gather", "Gather Merge", "LockRows", "Result", "ProjectSet", "Nested Loop", "Append", "Merge Append"]
                    .contains(above.type)
            else { return false }
        }
        return false
    }

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.filter { Self.isWalk($0, plan) }.compactMap { node in
            guard let removed = FilterDiscardsRows.removed(node, plan) else { return nil }
            return plan.finding(
                Self.metadata, at: node, lost: plan.own(node.id) * removed / (removed + plan.rows(node)),
                confidence: .high, tier: .fix,
                title: "\(node.name) throws away \(Quantity.about(removed)) rows on its way to the LIMIT",
                summary:
                    "The index gives the order; the filter removes \(Quantity.about(removed)) rows before \(Quantity.about(plan.rows(node))) are found.",
                evidence: [
                    Evidence("removed", "rows removed", .number(removed)),
                    Evidence("kept", "rows kept", .number(plan.rows(node))),
                    Evidence("filter", "filter", .text(node.condition("Filter") ?? "")),
                ],
                notIf: "the usual values are frequent: compare a slow call with a quick one",
                actions: [
                    Action(
                        .fix, "create an index with the filter's columns before the order's",
                        steps: [
                            "CREATE INDEX CONCURRENTLY on the columns compared with =, then those of ORDER BY: the walk ends after the LIMIT."
                        ],
                        lock: .concurrentIndex, gain: Gain("the rows removed are not read", .estimated),
                        verify: "EXPLAIN (ANALYZE) shows an Index Cond"),
                    Action(
                        .cure, "keep the planner from the walk",
                        steps: [
                            "Sort by an expression (`ORDER BY id + 0`): no index serves it, so that the filter comes first."
                        ],
                        lock: LockNote.none, gain: Gain("depends on the values", .ruleOfThumb)),
                ])
        }
    }
}
