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
            let name = trigger.constraint ?? trigger.name
            return plan.finding(
                Self.metadata, at: nil, lost: trigger.time, confidence: .medium,
                tier: trigger.constraint == nil ? .cure : .fix,
                title: "trigger \(name) takes \(Quantity.milliseconds(trigger.time))",
                summary: "It was called \(Quantity.about(trigger.calls)) times, once for each row.",
                evidence: [
                    Evidence("trigger", "trigger", .text(name)), Evidence("time", "time", .milliseconds(trigger.time)),
                    Evidence("calls", "calls", .number(trigger.calls)),
                ],
                notIf: "what it writes must be written, and cannot be written for all rows at once",
                actions: [
                    Action(
                        trigger.constraint == nil ? .cure : .fix,
                        trigger.constraint == nil
                            ? "do its work once for all rows" : "see that the foreign key has an index",
                        steps: [
                            trigger.constraint == nil
                                ? "FOR EACH STATEMENT with transition tables (REFERENCING NEW TABLE) does it in one statement."
                                : "An index whose first columns are those of the foreign key, on the table that references; `pgmedic diagnose` finds those that lack it."
                        ], lock: LockNote.none, gain: Gain("up to \(Quantity.milliseconds(trigger.time))", .measured))
                ])
        }
    }
}
