import Model
import Plans

/// A parallel plan that had to do with fewer workers.
struct WorkersNotLaunched: PlanInsight {
    static let metadata = RuleMetadata(
        id: "plan.workers-not-launched", title: "Workers planned, not launched", area: .plan, needs: [],
        looksAt: "Workers Launched against Workers Planned",
        why:
            "The plan was chosen for so many workers. When all of max_parallel_workers are busy, fewer start, and the leader does their part.",
        limits: "It may have been the pressure of a moment: since PostgreSQL 18 pg_stat_database counts it.",
        references: ["https://www.postgresql.org/docs/current/how-parallel-query-works.html"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.compactMap { node in
            guard let planned = node.workersPlanned, let launched = node.workersLaunched, launched < planned else {
                return nil
            }
            let lost = plan.measures.wholeTimes[node.id] * (1 - (launched + 1) / (planned + 1))
            return plan.finding(
                Self.metadata, at: node, lost: lost, confidence: .medium, tier: .fix,
                title: "\(Quantity.about(launched)) of \(Quantity.about(planned)) workers were launched",
                summary:
                    "Below \(node.name) the work of \(Quantity.about(planned + 1)) processes was done by \(Quantity.about(launched + 1)).",
                evidence: [
                    Evidence("workersPlanned", "workers planned", .number(planned)),
                    Evidence("workersLaunched", "workers launched", .number(launched)),
                ],
                notIf: "it happened once: run it again",
                actions: [
                    Action(
                        .containment, "see what the workers are busy with",
                        sql: [
                            "SELECT leader_pid, count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'parallel worker' GROUP BY 1;",
                            "SHOW max_parallel_workers;",
                        ], lock: LockNote.none, gain: Gain("tells who takes them", .byDefinition))
                ])
        }
    }
}
