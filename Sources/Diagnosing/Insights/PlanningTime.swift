import Model
import Plans

/// A statement that is planned for longer than it runs.
struct PlanningTime: PlanInsight {
    private static let least = Threshold(
        "planning time", 5, "ms", source: "our choice: less is a cold catalog cache, and is not felt")

    static let metadata = RuleMetadata(
        id: "plan.planning-time", title: "Planned for longer than it runs", area: .plan, needs: [],
        looksAt: "Planning Time against Execution Time",
        why: "Many joins, partitions or indexes make planning dear; a prepared statement plans a few times only.",
        limits: "The first statement of a session reads the catalogs: plan it twice and look at the second.",
        thresholds: [least],
        references: ["https://www.postgresql.org/docs/current/sql-prepare.html"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        guard let planning = plan.plan.planningTime, let execution = plan.plan.executionTime,
            planning >= Self.least.value,
            planning > execution
        else { return [] }
        return [
            plan.finding(
                Self.metadata, at: nil, lost: min(planning, plan.elapsed), confidence: .low, tier: .cure,
                title:
                    "planning takes \(Quantity.milliseconds(planning)), execution \(Quantity.milliseconds(execution))",
                summary: "More time goes into finding the plan than into running it.",
                evidence: [
                    Evidence("planning", "planning", .milliseconds(planning)),
                    Evidence("execution", "execution", .milliseconds(execution)),
                ],
                notIf: "it was the first statement of its session: plan it again",
                actions: [
                    Action(
                        .cure, "plan it less often",
                        steps: ["Prepare the statement, prune partitions by the key, drop indexes that nobody uses."],
                        lock: LockNote.none, gain: Gain("up to \(Quantity.milliseconds(planning)) a call", .estimated))
                ])
        ]
    }
}
