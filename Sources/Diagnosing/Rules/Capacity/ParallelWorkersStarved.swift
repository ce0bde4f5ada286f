import Foundation
import Model
import Plans

/// Parallel plans get fewer workers than they were made for.
struct ParallelWorkersStarved: Rule {
    private static let share = Threshold(
        "share of the workers that did not start", 0.2, "share",
        source: "our choice: with one of five missing a plan takes about a fifth longer")
    private static let asked = Threshold(
        "workers asked for in the window", 1000, "workers", source: "our choice: fewer are a burst, not a habit")
    private static let calls = Threshold(
        "logged calls with a parallel plan", 10, "calls", source: "our choice: one call may have met a rare moment")

    static let metadata = RuleMetadata(
        id: "capacity.parallel-workers-starved",
        title: "Parallel plans do not get their workers",
        area: .capacity,
        needs: [.databases, .settings], uses: [.statements],
        looksAt:
            "parallel_workers_to_launch and parallel_workers_launched of pg_stat_database (18 and up) within the window; before, Workers "
            + "Planned and Launched in plans that auto_explain logged; max_parallel_workers and max_worker_processes",
        why:
            "The planner chose the plan for its workers. All sessions share max_parallel_workers, so that under load a plan made for "
            + "four runs with none: the same statement takes several times as long as on a quiet server, and nothing in the plan's costs "
            + "says so.",
        limits: "Before 18 only logged plans show it. More workers help only where cores are idle.",
        thresholds: [share, asked, calls],
        references: [
            "https://www.postgresql.org/docs/current/how-parallel-query-works.html",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAX-PARALLEL-WORKERS",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let launches = Launches(observation) else {
            let parallel = observation.workload.statements.filter { load in
                load.share >= CostlyShape.share.value
                    && load.readPlan().map { $0.root.all { $0.workersPlanned > 0 }.isEmpty == false } ?? false
            }
            guard !parallel.isEmpty else { return .findings([]) }
            return .inconclusive(
                "\(Quantity.plural(parallel.count, "statement")) that cost much run in parallel; whether their workers start, before PostgreSQL "
                    + "18 only plans in the log tell (auto_explain)")
        }
        guard launches.isEnough, launches.missing >= Self.share.value else { return .findings([]) }
        return .findings([finding(launches, observation)])
    }

    /// Workers that were asked for and that started.
    private struct Launches {
        var asked = 0.0
        var launched = 0.0
        /// Logged calls; 0 where the server counted.
        var calls: Int64 = 0
        var missing: Double { asked > 0 ? 1 - launched / asked : 0 }
        var isEnough: Bool {
            calls > 0
                ? Double(calls) >= ParallelWorkersStarved.calls.value : asked >= ParallelWorkersStarved.asked.value
        }

        /// nil: nothing tells.
        init?(_ observation: Observation) {
            let counted = observation.snapshot.databases.map { observation.counters(of: $0) }
            if counted.contains(where: { $0.parallelWorkersToLaunch != nil }) {
                asked = Double(counted.reduce(0) { $0 + ($1.parallelWorkersToLaunch ?? 0) })
                launched = Double(counted.reduce(0) { $0 + ($1.parallelWorkersLaunched ?? 0) })
                return
            }
            for call in observation.workload.statements.flatMap(\.loggedPlans) {
                let nodes = call.plan.nodes.filter { ($0.workersPlanned ?? 0) > 0 && $0.workersLaunched != nil }
                guard !nodes.isEmpty else { continue }
                calls += call.logged.calls
                for node in nodes {
                    asked += (node.workersPlanned ?? 0) * Double(call.logged.calls)
                    launched += (node.workersLaunched ?? 0) * Double(call.logged.calls)
                }
            }
            guard calls > 0 else { return nil }
        }
    }

    private func finding(_ launches: Launches, _ observation: Observation) -> Finding {
        let workers = observation.setting("max_parallel_workers")
        let basis =
            launches.calls > 0 ? "in \(Quantity.plural(Int(launches.calls), "logged call"))" : "within the window"
        let running = observation.snapshot.backends.filter { $0.leader != nil }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(Quantity.percent(launches.missing)) of parallel workers did not start",
            objects: [.setting("max_parallel_workers")],
            impact: Impact(0, .none, "\(Quantity.percent(launches.missing)) missing"),
            confidence: launches.calls > 0 ? .medium : .high,
            summary: "Of \(Quantity.about(launches.asked)) workers that plans asked for \(basis), "
                + "\(Quantity.about(launches.launched)) started: max_parallel_workers (\(workers?.value ?? "8")) are shared by all sessions.",
            evidence: [
                Evidence("workersPlanned", "workers asked for", .number(launches.asked)),
                Evidence("workersLaunched", "workers started", .number(launches.launched)),
                Evidence("missingShare", "did not start", .share(launches.missing)),
                Evidence("runningWorkers", "workers now", .count(Int64(running.count))),
                Evidence("maxParallelWorkers", "max_parallel_workers", .text(workers?.value ?? "unknown")),
            ],
            notIf: "all cores are busy anyway: more workers would only wait for them",
            actions: [now(observation)] + [raise(workers, observation)].compactMap(\.self) + [fewer])
    }

    private func now(_ observation: Observation) -> Action {
        Action(
            .containment, "see who has the workers",
            sql: [
                "SELECT l.pid, l.usename, l.application_name, pg_catalog.count(*) AS workers, pg_catalog.left(l.query, 80) AS query "
                    + "FROM pg_catalog.pg_stat_activity w JOIN pg_catalog.pg_stat_activity l ON l.pid = w.leader_pid "
                    + "WHERE w.backend_type = 'parallel worker' GROUP BY 1, 2, 3, 5 ORDER BY workers DESC;"
            ], lock: LockNote.none, gain: Gain("a report among them may run later", .byDefinition))
    }

    private func raise(_ workers: Setting?, _ observation: Observation) -> Action? {
        guard let workers, let now = workers.number, let all = observation.setting("max_worker_processes")?.number,
            let cores = observation.snapshot.server.cores, Double(cores) > now, all > now
        else { return nil }
        let proposal = Int(min(all, Double(cores)))
        return SettingChange(workers, to: "\(proposal)").action(
            "let \(proposal) parallel workers run at once",
            gain: Gain("up to \(proposal - Int(now)) workers more", .estimated),
            caution: "each takes a core and its own work_mem: \(cores) cores are there")
    }

    private var fewer: Action {
        Action(
            .fix, "let plans ask for fewer",
            steps: [
                "ALTER ROLE … SET max_parallel_workers_per_gather = 1 (or 0) for the role whose short statements go parallel: those that need "
                    + "workers find them. Undo: RESET.",
                "min_parallel_table_scan_size (8 MB) and parallel_setup_cost decide how small a table goes parallel.",
                "More at once (max_parallel_workers, and max_worker_processes above it) only where cores are idle: --host-facts cores=….",
            ],
            lock: LockNote.none, gain: Gain("plans that run as they were planned", .ruleOfThumb),
            verify: "parallel_workers_launched comes near to parallel_workers_to_launch in pg_stat_database (18)",
            undo: "ALTER ROLE … RESET max_parallel_workers_per_gather;")
    }

    static let examples: [RuleExample] = [
        .fires("18 counts them", on: "max_parallel_workers") { $0.addLaunches(asked: 90_000, launched: 30_000) },
        .fires("15, in the log", on: "max_parallel_workers") { $0.addParallelPlan(logged: 30) },
        .silent("nearly all started") { $0.addLaunches(asked: 90_000, launched: 88_000) },
        .silent("a few") { $0.addLaunches(asked: 90, launched: 3) },
        .silent("one logged call") { $0.addParallelPlan(logged: 1) },
        .inconclusive("15, and nothing was logged") { $0.addParallelPlan(logged: 0) },
    ]
}

extension Snapshot {
    fileprivate mutating func addLaunches(asked: Int64, launched: Int64) {
        server.version = ServerVersion(180_001)
        databases[0].counters.parallelWorkersToLaunch = asked
        databases[0].counters.parallelWorkersLaunched = launched
    }

    fileprivate mutating func addParallelPlan(logged: Int64) {
        addColumns("orders", "id")
        addCostly("SELECT count(*) FROM orders")
        explainLast(
            #"{"Node Type": "Gather", "Workers Planned": 4, "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders"}]}"#
        )
        guard logged > 0 else { return }
        statementStatistics!.statements[0].loggedPlans = [
            .make {
                $0.calls = logged
                $0.totalTime = 4000
                $0.json = ExamplePlan.explained(
                    #"[{"Plan": {"Node Type": "Gather", "Workers Planned": 4, "Workers Launched": 0, "Total Cost": 90, "Plan Rows": 1, "Actual Total Time": 4000, "Actual Rows": 1, "Actual Loops": 1, "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Total Cost": 80, "Plan Rows": 1, "Actual Total Time": 3990, "Actual Rows": 1, "Actual Loops": 1}]}}]"#
                )
            }
        ]
    }
}
