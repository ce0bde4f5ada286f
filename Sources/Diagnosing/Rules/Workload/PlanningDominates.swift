import Model

/// A statement that is planned for longer than it runs.
struct PlanningDominates: Rule {
    static let metadata = RuleMetadata(
        id: "workload.planning-dominates",
        title: "Statement that is planned for longer than it runs",
        area: .workload,
        needs: [.statements],
        looksAt: "plans and total_plan_time of pg_stat_statements within the window, where "
            + "pg_stat_statements.track_planning is on",
        why:
            "Every execution of a statement that is not prepared is planned anew. With many joins, partitions or indexes "
            + "planning takes milliseconds, and a quick statement spends most of its time being thought about.",
        limits: "track_planning is off by default, as it costs something on busy servers: then nothing can be said.",
        thresholds: [planShare, share, mean],
        references: [
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
            "https://www.postgresql.org/docs/current/sql-prepare.html",
        ])

    private static let planShare = Threshold(
        "share of planning in planning and execution", 0.5, "share",
        source: "our choice: more than half; pev2 marks planning of 40 % as bad")
    private static let share = Threshold(
        "planning against all execution time", 0.02, "share", source: "our choice: less is not worth a change")
    private static let mean = Threshold(
        "mean planning time", 1, "ms", source: "our choice: below a millisecond a round trip costs more")

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.snapshot.statementStatistics?.tracksPlanning ?? false else {
            return .inconclusive("pg_stat_statements.track_planning is off: planning time is not counted")
        }
        let total = observation.workload.totalTime
        return .findings(
            observation.workload.statements
                .filter { load in
                    let counters = load.counters
                    return counters.plans > 0 && total > 0
                        && counters.planTime >= (counters.planTime + counters.executionTime) * Self.planShare.value
                        && counters.planTime >= total * Self.share.value
                        && counters.planTime / Double(counters.plans) >= Self.mean.value
                }
                .map { finding($0, total: total) })
    }

    private func finding(_ load: StatementLoad, total: Double) -> Finding {
        let counters = load.counters
        let mean = counters.planTime / Double(counters.plans)
        let planShare = counters.planTime / (counters.planTime + counters.executionTime)
        let weight = counters.planTime / (total + counters.planTime)
        return Finding(
            Self.metadata, severity: weight >= 0.1 ? .warning : .notice, tier: .cure,
            title: "planned for \(Quantity.milliseconds(mean)), run for \(Quantity.milliseconds(counters.meanTime)): "
                + load.label(36),
            objects: [load.object], impact: .share(weight), confidence: .high,
            summary: "\(Quantity.percent(planShare)) of the statement's time is planning: "
                + "\(Quantity.about(Double(counters.plans))) plans for \(Quantity.about(Double(counters.calls))) calls.",
            evidence: [
                Evidence("meanPlanTime", "mean planning time", .milliseconds(mean)),
                Evidence("meanTime", "mean execution time", .milliseconds(counters.meanTime)),
                Evidence("plans", "plans", .count(counters.plans)), Evidence("calls", "calls", .count(counters.calls)),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            actions: [
                Action(
                    .cure, "prepare it once and run it often",
                    steps: [
                        "Switch on server-side prepared statements in the driver; through PgBouncer in transaction mode "
                            + "that takes PgBouncer 1.21 and max_prepared_statements.",
                        "Where it names a partitioned table, give a condition on the partition key; where it joins many "
                            + "tables, ask whether all are needed.",
                    ],
                    gain: Gain(
                        "up to \(Quantity.milliseconds(mean)) of \(Quantity.milliseconds(mean + counters.meanTime)) a call",
                        .estimated),
                    verify: "plans grow more slowly than calls in pg_stat_statements",
                    caution: "after five runs the plan may become generic: compare its mean time afterwards")
            ], symptomOf: [load.link])
    }

    static let examples: [RuleExample] = [
        .fires("8 ms of planning for 2 ms of work", on: "f1") { $0.addPlanned(planTime: 80_000, time: 20_000) },
        .silent("planned quickly") { $0.addPlanned(planTime: 8000, time: 92_000) },
        .silent("prepared: few plans") { $0.addPlanned(planTime: 80, time: 20_000, plans: 10) },
        .inconclusive("track_planning is off") {
            $0.addPlanned(planTime: 0, time: 20_000)
            $0.statementStatistics!.tracksPlanning = false
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPlanned(planTime: Double, time: Double, plans: Int64 = 10_000) {
        statementStatistics!.tracksPlanning = true
        addStatement("f1", calls: 10_000, time: time) {
            $0.counters.plans = plans
            $0.counters.planTime = planTime
        }
    }
}
