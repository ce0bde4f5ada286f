import Foundation
import Model

/// All autovacuum workers are at work for long, while other tables wait for one.
struct WorkersBusy: Rule {
    private static let age = Threshold(
        "seconds for which each is at its table", 600, "s",
        source: "our choice: ten times autovacuum_naptime; shorter ones make room by themselves")
    private static let waiting = Threshold(
        "tables that wait", 1, "tables", source: "our choice: where none waits, busy workers are as it should be")
    private static let need = Threshold(
        "over the threshold", 2, "times", source: "as vacuum.dead-rows-pile-up: at once it is merely due")

    static let metadata = RuleMetadata(
        id: "vacuum.workers-busy",
        title: "All autovacuum workers busy while tables wait",
        area: .vacuum,
        needs: [.relations, .settings, .backends, .backendDetails, .progress],
        looksAt:
            "autovacuum workers in pg_stat_activity with the beginning of their table, autovacuum_max_workers, pg_stat_progress_vacuum, tables over "
            + "twice their own threshold",
        why:
            "A few large tables occupy all workers for hours, and the small busy ones, which would be done in a second, are not visited meanwhile: "
            + "a queue of 1,000 rows grows to a million dead ones.",
        limits:
            "A moment's view: that the workers were busy all the time is told by when each began its table. Databases that were not looked at in depth "
            + "may have tables that wait, too.",
        thresholds: [age, waiting, need],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-MAX-WORKERS",
            "https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING",
        ],
        explains: [.keepsVacuumAway, Edge(.keepsVacuumAway, "vacuum.backlog")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum else { return .findings([]) }
        guard let most = observation.setting("autovacuum_max_workers")?.number else {
            return .inconclusive("autovacuum_max_workers could not be read")
        }
        let workers = observation.snapshot.backends.filter(\.isAutovacuumWorker)
        guard Double(workers.count) >= most, most > 0 else { return .findings([]) }
        let ages = workers.compactMap { observation.age(of: $0.transactionStart ?? $0.queryStart) }
        guard ages.count == workers.count, let youngest = ages.min() else {
            return .inconclusive("when the workers began their tables is hidden")
        }
        guard youngest >= Self.age.value else { return .findings([]) }
        let waiting = observation.dueForVacuum().filter {
            $0.need >= Self.need.value && ($0.relation.lastVisit != nil || $0.relation.deadTuples > 0)
        }
        guard Double(waiting.count) >= Self.waiting.value else { return .findings([]) }
        return .findings([finding(workers, youngest, waiting, observation)])
    }

    private func finding(
        _ workers: [Backend], _ youngest: Double,
        _ waiting: [(relation: Relation, need: Double, database: String)], _ observation: Observation
    ) -> Finding {
        let atWork = workers.map { worker in table(of: worker, observation) }
        let worst = waiting.prefix(3).map(\.relation.name.description).joined(separator: ", ")
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "all \(Quantity.plural(workers.count, "autovacuum worker")) are busy, and "
                + Quantity.plural(waiting.count, "table waits", "tables wait"),
            objects: [.setting("autovacuum_max_workers")],
            impact: Impact(Double(waiting.count), .risk, Quantity.plural(waiting.count, "table waits", "tables wait")),
            confidence: .medium,
            summary:
                "For \(Quantity.seconds(youngest)) at least no autovacuum worker has been free: they are at "
                + "\(atWork.joined(separator: ", ")). Meanwhile \(worst) \(waiting.count == 1 ? "waits" : "wait").",
            evidence: [
                Evidence("busyFor", "all busy for at least", .seconds(youngest)),
                Evidence("workers", "workers", .count(Int64(workers.count))),
                Evidence("atWork", "at", .list(atWork)),
                Evidence(
                    "deadTuples", "dead rows of those that wait",
                    .count(waiting.reduce(0) { $0 + $1.relation.deadTuples })),
                Evidence("waiting", "waiting", .list(waiting.prefix(10).map(\.relation.name.description))),
            ], notIf: "the large tables are done within the hour",
            actions: actions(waiting, observation),
            explains: Set(waiting.map { .deadTuples($0.relation.name, database: $0.database) }))
    }

    /// `public.events (37 %)`
    private func table(of worker: Backend, _ observation: Observation) -> String {
        guard let progress = observation.snapshot.progress.first(where: { $0.pid == worker.pid }) else {
            return worker.database.map { "a table of \($0)" } ?? "a table"
        }
        let name = progress.relation?.description ?? "a table of \(progress.database ?? "another database")"
        guard let done = progress.done, let total = progress.total, total > 0 else { return name }
        return "\(name) (\(progress.phase), \(Quantity.percent(Double(done) / Double(total))) of the heap)"
    }

    private func actions(
        _ waiting: [(relation: Relation, need: Double, database: String)], _ observation: Observation
    ) -> [Action] {
        let first = waiting.filter { $0.database == waiting[0].database && $0.relation.kind != .toast }.prefix(5)
        var actions = [
            Action(
                .containment, "vacuum by hand those that wait",
                sql: first.map { "VACUUM (ANALYZE) \($0.relation.name.quoted);" },
                steps: [
                    "In database \(waiting[0].database). A session's VACUUM needs no worker; it can be cancelled at any time."
                ],
                lock: LockNote.vacuum, gain: Gain("those tables are done now", .estimated),
                verify: "SELECT pid, relid::regclass, phase FROM pg_catalog.pg_stat_progress_vacuum;")
        ]
        if let budget = Action.largerVacuumBudget(to: nil, observation) { actions.append(budget) }
        if let workers = observation.serverSetting("autovacuum_max_workers"), let number = workers.number,
            let budget = VacuumBudget(observation)
        {
            let more = Int(number) + 2
            actions.append(
                SettingChange(workers, to: String(more)).action(
                    "then, with the larger budget, two more workers",
                    steps: [
                        "Only after autovacuum_vacuum_cost_limit (\(Int(budget.limit)) now) was raised by the same share: all workers share it.",
                        "Each takes maintenance_work_mem (or autovacuum_work_mem) while it goes through indexes.",
                    ], gain: Gain("small tables are visited while large ones are worked at", .ruleOfThumb)))
        }
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("three large tables for an hour, a queue waits", on: "autovacuum_max_workers") {
            $0.addNeglected(4)
            $0.addWorkers(3, for: 3600)
        },
        .silent("one is free") {
            $0.addNeglected(4)
            $0.addWorkers(2, for: 3600)
        },
        .silent("all busy, but one began a minute ago") {
            $0.addNeglected(4)
            $0.addWorkers(2, for: 3600)
            $0.addWorkers(1, for: 60)
        },
        .silent("all busy, and no table waits") {
            $0.addNeglected(4, dead: 10)
            $0.addWorkers(3, for: 3600)
        },
        .inconclusive("their beginnings are hidden") {
            $0.addNeglected(4)
            $0.addWorkers(3, for: 3600)
            for place in $0.backends.indices {
                ($0.backends[place].transactionStart, $0.backends[place].queryStart) = (nil, nil)
            }
        },
    ]
}

extension Snapshot {
    /// Autovacuum workers, each at its table for so many s.
    mutating func addWorkers(_ count: Int, for seconds: Double) {
        for _ in 0..<count {
            let pid = 9000 + backends.count
            addSession(pid, "", for: seconds) {
                $0.type = "autovacuum worker"
                $0.role = nil
                $0.query = "autovacuum: VACUUM public.events_\(pid)"
            }
            progress.append(
                .make {
                    $0.command = "vacuum"
                    $0.pid = pid
                    $0.database = "shop"
                    $0.relation = QualifiedName("public", "events_\(pid)")
                    $0.relationOID = Int64(70_000 + pid)
                    $0.phase = "scanning heap"
                    ($0.done, $0.total) = (370_000, 1_000_000)
                })
        }
    }
}
