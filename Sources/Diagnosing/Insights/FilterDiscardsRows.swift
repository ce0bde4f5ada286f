import IndexAdvising
import Model
import Plans

/// A scan that reads rows only to throw them away.
struct FilterDiscardsRows: PlanInsight {
    static let share = Threshold(
        "share of the rows read that the filter removes", 0.9, "share",
        source: "pev2's highest band: https://github.com/dalibo/pev2")
    static let rows = Threshold(
        "rows removed in all loops", 1000, "rows", source: "our choice: fewer are read in well under a millisecond")

    static let metadata = RuleMetadata(
        id: "plan.filter-discards-rows", title: "Scan whose filter discards most rows", area: .plan, needs: [],
        looksAt: "Rows Removed by Filter against rows returned, in all loops, of scans of a table",
        why:
            "Every row that the filter removes was read and looked at first. An index on the filter's columns finds the others directly.",
        limits:
            "Rows removed are means of a loop and are multiplied. A scan that a LIMIT walks is a finding of its own.",
        thresholds: [share, rows], references: ["https://www.postgresql.org/docs/current/indexes-intro.html"])

    static let scans: Set<String> = ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"]

    /// Rows removed in all loops; nil: too few to matter.
    static func removed(_ node: ExplainedNode, _ plan: MeasuredPlan) -> Double? {
        let removed = node.removedByFilter * (node.actual?.loops ?? 0)
        guard scans.contains(node.type), removed >= rows.value, removed >= share.value * (removed + plan.rows(node))
        else {
            return nil
        }
        return removed
    }

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        let discarding = plan.executed.compactMap { node -> (node: ExplainedNode, lost: Double)? in
            guard let removed = Self.removed(node, plan), !WalkUnderLimit.isWalk(node, plan) else { return nil }
            return (node, plan.own(node.id) * removed / (removed + plan.rows(node)))
        }
        return plan.worst(discarding).compactMap { node, lost in
            Self.removed(node, plan).map { finding(node, removed: $0, lost: lost, plan) }
        }
    }

    private func finding(_ node: ExplainedNode, removed: Double, lost: Double, _ plan: MeasuredPlan) -> Finding {
        let kept = plan.rows(node)
        let filter = node.condition("Filter") ?? ""
        return plan.finding(
            Self.metadata, at: node, lost: lost, confidence: .high, tier: .fix,
            title: "\(node.name) reads \(Quantity.about(removed + kept)) rows and keeps \(Quantity.about(kept))",
            summary: "The filter throws away \(Quantity.about(removed)) rows that were read for nothing.",
            evidence: [
                Evidence("removed", "rows removed", .number(removed)),
                Evidence("kept", "rows kept", .number(kept)),
                Evidence("filter", "filter", .text(filter)),
            ],
            notIf: "the table is small and always in memory, or the statement runs once a night",
            actions: [index(node, filter, plan)])
    }

    private func index(_ node: ExplainedNode, _ filter: String, _ plan: MeasuredPlan) -> Action {
        let aliases = Set([node.alias, node.relation].compactMap(\.self))
        let columns = ScanCondition.read(filter, aliases: aliases).filter { $0.kind == .equality }.compactMap {
            condition in
            if case .column(let name) = condition.key { SQL.identifier(name) } else { nil }
        }
        let sql = plan.quotedRelation(node).map { relation in
            columns.isEmpty ? [] : ["CREATE INDEX CONCURRENTLY ON \(relation) (\(columns.joined(separator: ", ")));"]
        }
        return Action(
            .fix, "create an index for the filter", sql: sql ?? [],
            steps: [
                "Columns compared with = come first, then one range. Where always the same rows are wanted, a partial index is smaller."
            ],
            lock: .concurrentIndex, gain: Gain("the rows removed are not read", .estimated),
            verify: "EXPLAIN (ANALYZE) shows the condition as Index Cond", undo: "DROP INDEX CONCURRENTLY of it",
            caution: "each index makes writes dearer; when it fails, it leaves an INVALID index: drop it and run again")
    }
}
