import Foundation
import Model

/// More tables are due for VACUUM than autovacuum gets to.
struct VacuumBacklog: Rule {
    private static let perWorker = Threshold(
        "tables due for each worker", 5, "tables", source: "postgresai: a queue longer than five times the workers")
    private static let least = Threshold(
        "tables due", 15, "tables", source: "dasha's second level (6, 15, 30)")
    private static let overdue = Threshold(
        "over the threshold", 2, "times", source: "as vacuum.dead-rows-pile-up: at once it is merely due")
    private static let rows = Threshold(
        "fewest dead or inserted rows", 1000, "rows",
        source: "autovacuum_vacuum_insert_threshold's default; a small table is done in an instant")
    private static let uptime = Threshold(
        "seconds since the server's start", 3600, "s",
        source: "our choice: sixty times autovacuum_naptime; after a start or a restore everything is due at once")

    static let metadata = RuleMetadata(
        id: "vacuum.backlog",
        title: "Autovacuum falls behind on many tables",
        area: .vacuum,
        needs: [.relations, .settings, .progress],
        looksAt:
            "dead and inserted rows of each table against its own thresholds (reloptions, settings, insert thresholds, 18's cap), "
            + "pg_stat_progress_vacuum, autovacuum_max_workers, autovacuum_naptime",
        why:
            "Autovacuum has a few workers and a budget of work that they share. When tables become due faster than they are done, each waits longer than the "
            + "one before: dead rows, stale visibility maps and unfrozen rows pile up in all of them.",
        limits:
            "A table that was never vacuumed may have been loaded a moment ago and counts only for its dead rows. Where autovacuum is off nothing is said "
            + "here. Statistics start at 0 after a crash, which hides a backlog.",
        thresholds: [perWorker, least, overdue, rows, uptime],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
            "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum else { return .findings([]) }
        guard let workers = observation.setting("autovacuum_max_workers")?.number else {
            return .inconclusive("autovacuum_max_workers could not be read")
        }
        let due = observation.dueForVacuum().filter { isOverdue($0.relation, observation) }
        guard Double(due.count) >= max(Self.least.value, Self.perWorker.value * workers) else { return .findings([]) }
        guard observation.age(of: observation.snapshot.server.startedAt) ?? 0 >= Self.uptime.value else {
            return .inconclusive("the server started less than an hour ago: everything may be due at once")
        }
        return .findings([finding(due, Int(workers), observation)])
    }

    private func isOverdue(_ relation: Relation, _ observation: Observation) -> Bool {
        let threshold = AutovacuumThreshold(relation, observation)
        let dead = Double(relation.deadTuples)
        if dead >= Self.rows.value && dead >= Self.overdue.value * threshold.deadRows { return true }
        let inserted = Double(relation.insertedSinceVacuum)
        guard relation.lastVisit != nil, inserted >= Self.rows.value, let due = threshold.insertedRows else {
            return false
        }
        return inserted >= Self.overdue.value * max(1, due)
    }

    private func finding(
        _ due: [(relation: Relation, need: Double, database: String)], _ workers: Int, _ observation: Observation
    ) -> Finding {
        let dead = due.reduce(Int64(0)) { $0 + $1.relation.deadTuples }
        let bytes = due.reduce(Int64(0)) { $0 + $1.relation.sizeOrEstimate }
        let atWork = observation.snapshot.backends.count { $0.isAutovacuumWorker }
        let worst = due.prefix(3).map(\.relation.name.description).joined(separator: ", ")
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(Quantity.count(due.count)) tables are overdue for autovacuum",
            objects: [.setting("autovacuum")], impact: .bytes(bytes, "to vacuum"), confidence: .medium,
            summary:
                "\(Quantity.count(due.count)) tables hold at least twice what should have brought autovacuum, most of all \(worst); "
                + "\(Quantity.count(atWork)) of \(Quantity.plural(workers, "worker")) \(atWork == 1 ? "is" : "are") at work.",
            evidence: [
                Evidence("tablesDue", "tables overdue", .count(Int64(due.count))),
                Evidence("deadTuples", "dead rows in them", .count(dead)),
                Evidence("workersBusy", "workers at work", .count(Int64(atWork))),
                Evidence("workers", "autovacuum_max_workers", .count(Int64(workers))),
                Evidence("tables", "most in need", .list(due.prefix(10).map(\.relation.name.description))),
            ], notIf: "a load or a mass change ended just now, and autovacuum is on its way",
            actions: actions(due, observation),
            symptomOf: Set(
                due.flatMap { due in
                    [
                        LinkKey.deadTuples(due.relation.name, database: due.database),
                        .relation(due.relation.name, database: due.database),
                    ]
                }))
    }

    private func actions(
        _ due: [(relation: Relation, need: Double, database: String)], _ observation: Observation
    ) -> [Action] {
        let worst = due.filter { $0.database == due[0].database && $0.relation.kind != .toast }.prefix(5)
        var actions = [
            Action(
                .containment, "vacuum those most in need",
                sql: worst.map { "VACUUM (ANALYZE) \($0.relation.name.quoted);" },
                steps: [
                    "In database \(due[0].database), one after the other, at a quiet hour; it can be cancelled at any time."
                ],
                lock: LockNote.vacuum, gain: Gain("the worst tables are done", .estimated),
                verify:
                    "SELECT relname, n_dead_tup, last_vacuum FROM pg_catalog.pg_stat_all_tables ORDER BY n_dead_tup DESC LIMIT 10;"
            )
        ]
        if let budget = Action.largerVacuumBudget(to: nil, observation) { actions.append(budget) }
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("forty tables, each three times over its threshold", on: "autovacuum") { $0.addNeglected(40) },
        .silent("ten of them") { $0.addNeglected(10) },
        .silent("forty that are merely due") { $0.addNeglected(40, dead: 25_000) },
        .silent("forty partitions that were just loaded") {
            $0.addNeglected(40, dead: 0)
            for place in $0.catalogs[0].relations.indices {
                $0.catalogs[0].relations[place].lastAutovacuum = nil
                $0.catalogs[0].relations[place].insertedSinceVacuum = 100_000
            }
        },
        .silent("switched off for each: another rule's") {
            $0.addNeglected(40)
            for place in $0.catalogs[0].relations.indices {
                $0.catalogs[0].relations[place].options["autovacuum_enabled"] = "false"
            }
        },
        .silent("autovacuum is off, which another rule tells") {
            $0.addNeglected(40)
            $0.set("autovacuum", "off")
        },
        .inconclusive("the server has only just started") {
            $0.addNeglected(40)
            $0.server.startedAt = $0.takenAt.addingTimeInterval(-120)
        },
    ]
}

extension Action {
    /// A larger budget for all workers together, calculated; nil where it is not limited.
    ///
    /// - Parameter demand: credits a second that are needed; nil: twice what there is.
    static func largerVacuumBudget(to demand: Double?, _ observation: Observation) -> Action? {
        guard let budget = VacuumBudget(observation),
            let setting = observation.serverSetting("autovacuum_vacuum_cost_limit")
        else { return nil }
        let wanted = demand ?? 2 * budget.perSecond
        // The greatest that the setting takes: https://www.postgresql.org/docs/current/runtime-config-autovacuum.html
        let most = 10_000.0
        let limit = min(most, max(budget.limit, (wanted * budget.delay / 1000 / 100).rounded(.up) * 100))
        guard limit > budget.limit else { return nil }
        let now = Quantity.bytes(Int64(budget.bytesDirtied))
        let then = Quantity.bytes(Int64(budget.bytesDirtied * limit / budget.limit))
        return SettingChange(setting, to: String(Int(limit))).action(
            "give the workers more to spend: autovacuum_vacuum_cost_limit = \(Int(limit))",
            steps: [
                "Calculated: \(Quantity.about(wanted)) credits a second × \(Quantity.decimal(budget.delay, places: 1)) ms ÷ 1000 = \(Int(limit)) a round"
                    + (wanted * budget.delay / 1000 > most ? ", as far as the setting goes" : "")
                    + ". It lets all workers together dirty up to \(then) a second in place of \(now).",
                "More workers alone change nothing: they share this budget, and each gets slower.",
            ],
            gain: Gain("up to \(then) a second", .estimated),
            caution:
                "the disks must bear it: watch their latency and the checkpoints for an hour; never a delay of 0, which takes away all bounds"
        )
    }
}

extension Snapshot {
    /// Tables of 100,000 rows with so many dead ones.
    mutating func addNeglected(_ count: Int, dead: Int64 = 60_000) {
        for number in 1...count { addTable("orders_\(number)", rows: 100_000, dead: dead) }
    }
}
