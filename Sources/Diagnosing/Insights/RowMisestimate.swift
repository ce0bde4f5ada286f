import Model
import Plans

/// The planner expected far more or fewer rows than came; told where it begins, not where it is felt.
struct RowMisestimate: PlanInsight {
    private static let ratio = Threshold(
        "times more or fewer rows than planned", 10, "times",
        source: "pev2 marks 10, 100 and 1,000: https://github.com/dalibo/pev2")
    private static let rows = Threshold(
        "rows of difference in all loops", 100, "rows",
        source: "our choice, after the min_rows guards of pgAssistant: few rows change no plan")
    private static let avoidable = Threshold(
        "share of the join's time that is taken for avoidable", 0.5, "share",
        source: "our choice: what another plan takes is only known when it runs")

    static let metadata = RuleMetadata(
        id: "plan.row-misestimate", title: "Rows misjudged by the planner", area: .plan, needs: [],
        looksAt: "rows planned and rows returned, a loop, of every node that ran to its end",
        why:
            "The planner picks joins, their order and memory by the rows it expects. Where the first guess is wrong by a factor of ten or "
            + "more, everything above is chosen for another query.",
        limits:
            "Left out are nodes that a LIMIT or a join may have stopped, and those never executed. Fewer than one row counts as one.",
        thresholds: [ratio, rows, avoidable],
        references: ["https://www.postgresql.org/docs/current/planner-stats.html"])

    /// How far off, ≥ 1; nil: right enough, or not to be judged.
    static func factor(_ node: ExplainedNode, in plan: MeasuredPlan) -> Double? {
        guard let actual = node.actual, actual.loops > 0,
            !["ModifyTable", "BitmapAnd", "BitmapOr", "Hash", "LockRows"].contains(node.type)
        else { return nil }
        let planned = max(node.plannedRows, 1)
        let returned = max(actual.rows, 1)
        let factor = max(planned / returned, returned / planned)
        guard factor >= ratio.value, abs(planned - returned) * actual.loops >= rows.value else { return nil }
        if returned < planned { return plan.mayStopEarly(node) ? nil : factor }
        // A merge join reads its inner side again where keys repeat: those rows were not misjudged.
        let isReread = node.parent.map { plan.plan.nodes[$0].type == "Merge Join" } ?? false
        return isReread && node.type != "Seq Scan" ? nil : factor
    }

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        let factors = plan.plan.nodes.map { Self.factor($0, in: plan) }
        let isOff = Self.isOff(factors, plan.plan)
        let beginnings = plan.plan.nodes.compactMap { node -> (node: ExplainedNode, lost: Double)? in
            guard factors[node.id] != nil, !Self.sources(of: node, plan.plan).contains(where: { isOff[$0] }),
                let chosen = Self.chosen(above: node, plan.plan)
            else { return nil }
            return (node, plan.measures.wholeTimes[chosen.id] * Self.avoidable.value)
        }
        return plan.worst(beginnings).compactMap { node, lost in
            guard let factor = factors[node.id], let chosen = Self.chosen(above: node, plan.plan) else { return nil }
            return finding(node, factor, chosen, lost: lost, plan)
        }
    }

    /// What was chosen by the rows, above the node where they are misjudged.
    private static func chosen(above node: ExplainedNode, _ plan: ExplainedPlan) -> ExplainedNode? {
        plan.ancestors(of: node.id).first { choosers.contains($0.type) && $0.strategy != "Plain" }
    }

    private static let choosers: Set<String> = [
        "Nested Loop", "Hash Join", "Merge Join", "Sort", "Aggregate", "Memoize", "Gather", "Gather Merge",
    ]

    /// Whether a node, or one that its rows come from, is off.
    private static func isOff(_ factors: [Double?], _ plan: ExplainedPlan) -> [Bool] {
        var isOff = factors.map { $0 != nil }
        // A CTE stands before those that read it, so that a chain of them takes some rounds.
        var isSettled = false
        while !isSettled {
            isSettled = true
            for node in plan.nodes.reversed() where !isOff[node.id] {
                guard sources(of: node, plan).contains(where: { isOff[$0] }) else { continue }
                isOff[node.id] = true
                isSettled = false
            }
        }
        return isOff
    }

    /// Where its rows come from: its inputs; of a CTE Scan the CTE.
    private static func sources(of node: ExplainedNode, _ plan: ExplainedPlan) -> [Int] {
        let inputs = node.children.filter { plan.nodes[$0].place == .child }
        guard node.type == "CTE Scan", let cte = node.cte else { return inputs }
        return inputs + plan.nodes.filter { $0.place == .cte && $0.subplan == "CTE \(cte)" }.map(\.id)
    }

    private func finding(
        _ node: ExplainedNode, _ factor: Double, _ chosen: ExplainedNode, lost: Double, _ plan: MeasuredPlan
    ) -> Finding {
        let actual = node.actual!
        let isMore = actual.rows > node.plannedRows
        let times = Quantity.about(factor)
        let scan =
            node.relation == nil && node.type == "Bitmap Index Scan"
            ? plan.plan.ancestors(of: node.id).first { $0.relation != nil } : node
        return plan.finding(
            Self.metadata, at: node, lost: lost, confidence: .medium, tier: .containment,
            title: "\(node.name) returns \(times) times \(isMore ? "more" : "fewer") rows than planned",
            summary:
                "\(Quantity.about(node.plannedRows)) rows a loop were planned, \(Quantity.about(actual.rows)) came. No node below it is that far "
                + "off: here the misjudgement begins, and \(chosen.kind) above was chosen by it.",
            evidence: [
                Evidence("cause", "likely cause", .text(MisestimateCause(of: scan ?? node, in: plan).words)),
                Evidence("plannedRows", "rows planned", .number(node.plannedRows)),
                Evidence("rows", "rows returned", .number(actual.rows)),
                Evidence("loops", "loops", .number(actual.loops)),
                Evidence("factor", "times off", .number(factor)),
            ] + condition(node),
            notIf: "the values in this run are rare ones: statistics hold for the usual",
            actions: actions(scan ?? node, plan))
    }

    private func condition(_ node: ExplainedNode) -> [Evidence] {
        let labels = ["Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter"]
        return labels.compactMap { label in node.condition(label).map { (label, $0) } }.prefix(1).map {
            Evidence("condition", $0.0, .text($0.1))
        }
    }

    private func actions(_ node: ExplainedNode, _ plan: MeasuredPlan) -> [Action] {
        let cause = MisestimateCause(of: node, in: plan)
        var actions: [Action] = []
        if let relation = plan.quotedRelation(node), cause.mayBeStale {
            actions.append(
                Action(
                    .containment, "have the statistics made anew", sql: ["ANALYZE \(relation);"], lock: .analyze,
                    gain: Gain("rows as they are now", .ruleOfThumb),
                    verify: "EXPLAIN of the statement: rows planned come near to those returned"))
        }
        actions.append(cause.action)
        return actions
    }
}
