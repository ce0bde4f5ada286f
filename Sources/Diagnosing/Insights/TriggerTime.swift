import Model
import Plans

/// Triggers that take a good part of the time; those of foreign keys mostly lack an index.
struct TriggerTime: PlanInsight {
    private static let share = Threshold(
        "share of the execution time", 0.1, "share",
        source: "pev2's lowest band (10, 40, 90 %): https://github.com/dalibo/pev2")

    static let metadata = RuleMetadata(
        id: "plan.trigger-time", title: "Triggers take long", area: .plan, needs: [],
        looksAt: "time and calls of each trigger against the execution time",
        why:
            "Triggers run for each row, most of them after the plan's nodes have finished. The check of a foreign key from the referenced side "
            + "searches the referencing table, whole when it has no index on the column.",
        limits: "The time of BEFORE triggers is in the node's time too.", thresholds: [share],
        references: ["https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.plan.triggers.filter { $0.time > 0 && $0.time >= Self.share.value * plan.elapsed }.map { trigger in
            finding(trigger, plan)
        }
    }

    private func finding(_ trigger: ExplainedPlan.Trigger, _ plan: MeasuredPlan) -> Finding {
        let name = trigger.constraint ?? trigger.name
        // On the side that references, a look-up by the key that is referenced: it has its index.
        let isReferenced = plan.plan.nodes.contains { ["Delete", "Update", "Merge"].contains($0.operation) }
        let remedy: (tier: Tier, title: String, step: String)
        if trigger.constraint == nil {
            remedy = (
                .cure, "do its work once for all rows",
                "FOR EACH STATEMENT with transition tables (REFERENCING NEW TABLE) does it in one statement."
            )
        } else if isReferenced {
            remedy = (
                .fix, "see that the foreign key has an index",
                "An index whose first columns are those of the foreign key, on the table that references; `pgmedic diagnose` finds those "
                    + "that lack it."
            )
        } else {
            remedy = (
                .cure, "check the rows of a bulk load at once",
                "For a load into an empty or new table add the constraint afterwards: ALTER TABLE … ADD CONSTRAINT … NOT VALID, then VALIDATE "
                    + "CONSTRAINT checks all rows by one join."
            )
        }
        return plan.finding(
            Self.metadata, at: nil, lost: trigger.time, confidence: .medium, tier: remedy.tier,
            title: "trigger \(name) takes \(Quantity.milliseconds(trigger.time))",
            summary: "It was called \(Quantity.about(trigger.calls)) times, once for each row.",
            evidence: [
                Evidence("trigger", "trigger", .text(name)), Evidence("time", "time", .milliseconds(trigger.time)),
                Evidence("calls", "calls", .number(trigger.calls)),
            ],
            notIf: "what it writes or checks must be, and cannot be done for all rows at once",
            actions: [
                Action(
                    remedy.tier, remedy.title, steps: [remedy.step], lock: LockNote.none,
                    gain: Gain("up to \(Quantity.milliseconds(trigger.time))", .estimated))
            ])
    }
}
