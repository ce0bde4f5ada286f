import Model
import Plans

/// A nested loop whose inner side is costly and run again and again.
struct RepeatedInnerSide: PlanInsight {
    private static let loops = Threshold(
        "times the inner side is run", 100, "loops",
        source: "our choice below pgReviewer's 1,000: ten times as costly a side is felt with a tenth of the loops")
    private static let share = Threshold(
        "share of the time that the inner side takes", 0.3, "share",
        source: "our choice: below that another join saves little")
    private static let surprise = Threshold(
        "rows of the outer side, in rows planned", 10, "times",
        source: "pev2 marks misestimates from 10 times on: https://github.com/dalibo/pev2")
    private static let avoidable = Threshold(
        "share of it that is taken for avoidable", 0.8, "share", source: "our choice: a hash reads the side once")

    static let metadata = RuleMetadata(
        id: "plan.repeated-inner-side", title: "Nested loop that repeats a costly side", area: .plan, needs: [],
        looksAt: "loops and time of the inner side of nested loops",
        why:
            "A nested loop runs its inner side for each row of the outer one: right for a look-up by an index, ruinous for a scan.",
        limits:
            "Look-ups by an index are left out, except where the outer side has ten times more rows than planned. Hits of Memoize cost nothing.",
        thresholds: [loops, share, surprise, avoidable],
        references: ["https://www.postgresql.org/docs/current/planner-optimizer.html"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.compactMap { join in
            let inputs = join.children.filter { plan.plan.nodes[$0].place == .child }
            guard join.type == "Nested Loop", inputs.count == 2, let loops = plan.plan.nodes[inputs[1]].actual?.loops,
                loops >= Self.loops.value, plan.measures.wholeTimes[inputs[1]] >= Self.share.value * plan.elapsed
            else { return nil }
            let inner = plan.plan.nodes[inputs[1]]
            let outer = plan.plan.nodes[inputs[0]]
            let isLookup = ["Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Memoize"].contains(inner.type)
            let isSurprised = (outer.actual?.rows ?? 0) >= Self.surprise.value * max(outer.plannedRows, 1)
            return isLookup && !isSurprised ? nil : finding(inner, loops, isLookup, plan)
        }
    }

    private func finding(_ inner: ExplainedNode, _ loops: Double, _ isLookup: Bool, _ plan: MeasuredPlan) -> Finding {
        let whole = plan.measures.wholeTimes[inner.id]
        let step =
            isLookup
            ? "The outer side has many more rows than planned: mend that estimate, and the planner takes a hash join by itself."
            : "Let an index serve the join's condition on the inner side, or write the condition so that it can be hashed (col = col, no "
                + "expression across both tables)."
        return plan.finding(
            Self.metadata, at: inner, lost: whole * Self.avoidable.value, confidence: .medium, tier: .fix,
            title: "\(inner.name) is run \(Quantity.about(loops)) times",
            summary: "A nested loop runs it for each row of its outer side: \(Quantity.milliseconds(whole)) in all.",
            evidence: [
                Evidence("loops", "loops", .number(loops)),
                Evidence("inner", "time of the inner side", .milliseconds(whole)),
            ],
            notIf: "the outer side is usually much smaller than in this run",
            actions: [
                Action(
                    .fix, "make the inner side cheap or run it once", steps: [step], lock: LockNote.none,
                    gain: Gain(
                        "up to \(Quantity.milliseconds(whole * Self.avoidable.value))", .estimated))
            ])
    }
}
