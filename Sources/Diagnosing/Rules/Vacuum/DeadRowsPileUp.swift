import Foundation
import Model

/// A table whose dead rows are far beyond the point where autovacuum should have removed them.
struct DeadRowsPileUp: Rule {
    private static let factor = Threshold(
        "dead rows over the table's own threshold", 2, "times",
        source:
            "our choice: at once the threshold autovacuum is merely due; twice it has not come, or could not remove them"
    )
    private static let floor = Threshold(
        "fewest dead rows", 10_000, "rows",
        source: "our choice: some hundred pages; postgresai takes 100,000 for its own rule")
    private static let share = Threshold(
        "dead rows of all", 0.2, "share", source: "autovacuum_vacuum_scale_factor = 0.2, its default")

    static let metadata = RuleMetadata(
        id: "vacuum.dead-rows-pile-up",
        title: "Dead rows that nobody removes",
        area: .vacuum,
        needs: [.relations, .settings],
        looksAt:
            "pg_stat_all_tables.n_dead_tup against the table's effective autovacuum threshold (reloptions, settings, "
            + "18's cap), last_autovacuum, pg_stat_progress_vacuum",
        why:
            "Every UPDATE and DELETE leaves a dead row that scans and indexes must step over until VACUUM removes it. When they pile up, "
            + "the table grows, its cache is filled with nothing, and every scan pays.",
        limits:
            "n_dead_tup is an estimate, and starts at 0 after a crash. A table that is being vacuumed right now is left out. When the "
            + "oldest snapshot holds them, VACUUM cannot help: this then stands behind vacuum.horizon-held.",
        thresholds: [factor, floor, share],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
        ],
        explains: [
            Edge(.growsTable, "vacuum.table-bloat"), Edge(.growsTable, "vacuum.toast-bloat"),
            Edge(.growsTable, "vacuum.index-bloat"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let vacuuming = observation.beingVacuumed
        let holders = HorizonHolder.all(observation)
        return .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.filter { relation in
                    (relation.kind == .table || relation.kind == .materializedView) && !vacuuming.contains(relation.oid)
                        && Self.isOverdue(relation, observation)
                }
                .map { relation in
                    let horizon = holders.filter { $0.keeps(relation, in: catalog.database) }.max { $0.age < $1.age }
                    return finding(relation, catalog.database, horizon, observation)
                }
            })
    }

    static func isOverdue(_ relation: Relation, _ observation: Observation) -> Bool {
        let dead = Double(relation.deadTuples)
        return dead >= floor.value
            && dead >= factor.value * AutovacuumThreshold(relation, observation).deadRows
            && dead >= share.value * (dead + max(0, Double(relation.liveTuples)))
    }

    private func finding(
        _ relation: Relation, _ database: String, _ horizon: HorizonHolder?, _ observation: Observation
    ) -> Finding {
        let threshold = AutovacuumThreshold(relation, observation)
        let dead = relation.deadTuples
        let share = relation.deadShare
        let wasted = Int64(Double(relation.sizeOrEstimate) * share)
        let when =
            relation.lastVisit.map { "was last vacuumed \(Quantity.seconds(observation.age(of: $0) ?? 0)) ago" }
            ?? "was never vacuumed since the statistics' reset"
        return Finding(
            Self.metadata, severity: .warning, tier: threshold.isDisabled ? .fix : .containment,
            title: "\(relation.name) has \(Quantity.about(Double(dead))) dead rows, \(Quantity.percent(share)) of all",
            objects: [.relation(relation.name, in: database)], impact: .bytes(wasted, "dead"), confidence: .medium,
            summary:
                "\(relation.name) \(when) and holds \(Quantity.about(Double(dead))) dead rows; autovacuum should start at "
                + "\(Quantity.about(threshold.deadRows))\(threshold.isDisabled ? ", but is switched off for it" : "").",
            evidence: [
                Evidence("deadTuples", "dead rows", .count(dead)),
                Evidence("liveTuples", "live rows", .count(relation.liveTuples)),
                Evidence("threshold", "autovacuum's threshold", .count(Int64(threshold.deadRows))),
                Evidence("tableSize", "table size", .bytes(relation.sizeOrEstimate)),
                Evidence("autovacuums", "autovacuums counted", .count(relation.counters.autovacuums)),
            ], notIf: "it is a queue that empties itself, and is truncated every day",
            actions: actions(relation, threshold, observation),
            explains: [.deadTuples(relation.name, database: database)],
            symptomOf: links(relation, threshold, database, horizon, observation))
    }

    /// The horizon holds them where VACUUM came since it stands still and left them, or where nothing else keeps VACUUM away.
    private func links(
        _ relation: Relation, _ threshold: AutovacuumThreshold, _ database: String, _ horizon: HorizonHolder?,
        _ observation: Observation
    ) -> Set<LinkKey> {
        var links: Set<LinkKey> = [
            .relation(relation.name, database: database), .deadTuples(relation.name, database: database),
        ]
        let cameSince = relation.lastVisit.map { vacuumed in horizon?.since.map { $0 < vacuumed } ?? true } ?? false
        let isAway = threshold.isDisabled || observation.serverSetting("autovacuum")?.value == "off"
        if cameSince || !isAway { links.insert(.horizon) }
        return links
    }

    private func actions(
        _ relation: Relation, _ threshold: AutovacuumThreshold, _ observation: Observation
    ) -> [Action] {
        let name = relation.name.quoted
        let check =
            "SELECT n_dead_tup, last_vacuum FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(name))::regclass;"
        var actions = [
            Action(
                .containment, "vacuum \(relation.name)", sql: ["VACUUM (ANALYZE) \(name);"], lock: LockNote.vacuum,
                gain: Gain("its dead rows are removed, as far as no old snapshot needs them", .estimated),
                verify: check,
                caution: "reads the whole table and its indexes: at a quiet hour when it is large")
        ]
        if !threshold.isDisabled, let sooner = Action.vacuumSooner(relation, verify: check, observation) {
            actions.append(sooner)
        }
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("three times as many dead rows as live ones", on: "public.stock") {
            $0.addTable("stock", rows: 10_000, dead: 35_000)
        },
        .fires("its own threshold is low", on: "public.queue") {
            $0.addTable("queue", rows: 40_000, dead: 12_000) { $0.options["autovacuum_vacuum_scale_factor"] = "0.01" }
        },
        .silent("just over the threshold: autovacuum is due") { $0.addTable("orders", rows: 1_000_000, dead: 250_000) },
        .silent("many, but few of a large table") { $0.addTable("events", rows: 100_000_000, dead: 900_000) },
        .silent("a small table") { $0.addTable("settings", rows: 100, dead: 900) },
        .silent("it is being vacuumed") {
            $0.addTable("stock", rows: 10_000, dead: 35_000)
            $0.progress = [
                .make {
                    $0.command = "vacuum"
                    $0.relationOID = 16_400
                }
            ]
        },
    ]
}
