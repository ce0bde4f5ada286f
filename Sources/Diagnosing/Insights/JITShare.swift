import Model
import Plans

/// Compiling that takes a good part of the time.
struct JITShare: PlanInsight {
    private static let share = Threshold(
        "share of the execution time", 0.1, "share",
        source: "pev2's lowest band (10, 40, 90 %): https://github.com/dalibo/pev2")

    static let metadata = RuleMetadata(
        id: "plan.jit-share", title: "JIT compilation takes long", area: .plan, needs: [],
        looksAt: "Total of JIT Timing against the execution time",
        why:
            "Compiling pays for queries of many seconds; it is switched on by cost, which often misjudges shorter ones.",
        limits: "The time is summed over the leader and its workers: with workers the share is too large.",
        thresholds: [share],
        references: ["https://www.postgresql.org/docs/current/jit-decision.html"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        guard let jit = plan.plan.jit, jit.time >= Self.share.value * plan.elapsed, jit.time > 0 else { return [] }
        return [
            plan.finding(
                Self.metadata, at: nil, lost: jit.time, confidence: .medium, tier: .fix,
                title: "JIT takes \(Quantity.milliseconds(jit.time)) of \(Quantity.milliseconds(plan.elapsed))",
                summary:
                    "\(Quantity.about(jit.functions)) functions were compiled, to run for less than compiling took or not much more.",
                evidence: [
                    Evidence("jit", "JIT", .milliseconds(jit.time)),
                    Evidence("functions", "functions", .number(jit.functions)),
                ],
                notIf: "it usually runs for many seconds",
                actions: [
                    Action(
                        .containment, "run it without JIT", sql: ["SET LOCAL jit = off;"],
                        steps: [
                            "Within its transaction. For good: ALTER ROLE … SET jit = off, or a larger jit_above_cost."
                        ],
                        lock: LockNote.none, gain: Gain(Quantity.milliseconds(jit.time), .measured),
                        undo: "it ends with the transaction")
                ])
        ]
    }
}
