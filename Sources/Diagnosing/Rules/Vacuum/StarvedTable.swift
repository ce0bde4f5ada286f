import Foundation
import Model

/// A table that is due for VACUUM and has not been visited for long.
struct StarvedTable: Rule {
    private static let age = Threshold(
        "seconds since its last VACUUM", 86_400, "s", source: "postgresai: a day over the threshold")
    private static let window = Threshold(
        "seconds between two snapshots in which it was due", 3600, "s",
        source: "our choice: sixty times autovacuum_naptime: autovacuum came by and had no time for it")
    private static let rows = Threshold(
        "fewest dead or inserted rows", 100_000, "rows", source: "postgresai's floor for dead rows")

    static let metadata = RuleMetadata(
        id: "vacuum.starved-table",
        title: "Table that has been due for autovacuum for long",
        area: .vacuum,
        needs: [.relations, .settings, .progress],
        looksAt:
            "dead and inserted rows against the table's own thresholds now and in the earlier snapshot, last_vacuum, last_autovacuum, vacuum counts, "
            + "pg_stat_progress_vacuum",
        why:
            "Autovacuum goes through the tables that are due in no order of need. Where workers are few, or are cancelled by DDL and lock requests again "
            + "and again, a table can be due for days, and nothing but its growth tells.",
        limits:
            "From one snapshot it is only known when VACUUM came last, not since when it has been due: a notice. Tables whose dead rows have piled up are "
            + "named by vacuum.dead-rows-pile-up instead. A table that was never visited may be brand-new and needs two snapshots.",
        thresholds: [age, window, rows],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum else { return .findings([]) }
        return .findings(
            observation.dueForVacuum().compactMap { due in
                let relation = due.relation
                guard Double(max(relation.deadTuples, relation.insertedSinceVacuum)) >= Self.rows.value,
                    !DeadRowsPileUp.isOverdue(relation, observation)
                else { return nil }
                let isProven = wasDue(relation, due.database, observation)
                let last = observation.age(of: relation.lastVisit)
                guard isProven || last ?? 0 >= Self.age.value else { return nil }
                return finding(relation, isProven, last, due.database, observation)
            })
    }

    /// It was due in the earlier snapshot, long enough ago, and VACUUM has not come since.
    private func wasDue(_ relation: Relation, _ database: String, _ observation: Observation) -> Bool {
        guard let earlier = observation.earlier, observation.window.seconds ?? 0 >= Self.window.value,
            let then = earlier.catalogs.first(where: { $0.database == database })?.relations
                .first(where: { $0.name == relation.name && $0.oid == relation.oid })
        else { return false }
        return AutovacuumThreshold(then, observation).isDue && then.counters.vacuums == relation.counters.vacuums
            && then.counters.autovacuums == relation.counters.autovacuums
    }

    private func finding(
        _ relation: Relation, _ isProven: Bool, _ last: Double?, _ database: String, _ observation: Observation
    ) -> Finding {
        let threshold = AutovacuumThreshold(relation, observation)
        let isInserts = Double(relation.deadTuples) <= threshold.deadRows
        let what =
            isInserts
            ? "\(Quantity.about(Double(relation.insertedSinceVacuum))) rows were inserted"
            : "\(Quantity.about(Double(relation.deadTuples))) rows died"
        let since = observation.lastVisit(of: relation)
        let due = isInserts ? threshold.insertedRows ?? 0 : threshold.deadRows
        let name = (relation.toastOwner ?? relation.name).quoted
        return Finding(
            Self.metadata, severity: isProven ? .warning : .notice, tier: .containment,
            title: "\(relation.name) is due for autovacuum, which does not come",
            objects: [.relation(relation.name, in: database)],
            impact: .bytes(relation.sizeOrEstimate, "to vacuum"), confidence: isProven ? .high : .medium,
            summary:
                "VACUUM came to \(relation.name) last \(since); since then \(what), and \(Quantity.about(due)) make it due"
                + (isProven ? ". It was due in the earlier snapshot already." : "."),
            evidence: [
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
                Evidence("insertedSinceVacuum", "rows inserted since VACUUM", .count(relation.insertedSinceVacuum)),
                Evidence("threshold", "autovacuum's threshold", .count(Int64(due))),
                Evidence("autovacuums", "autovacuums counted", .count(relation.counters.autovacuums)),
            ] + (last.map { [Evidence("lastVacuum", "last vacuumed before", .seconds($0))] } ?? []),
            notIf: "all that was written a moment ago",
            actions: [
                Action(
                    .containment, "vacuum it", sql: ["VACUUM (ANALYZE) \(name);"], lock: LockNote.vacuum,
                    gain: Gain("done now", .estimated),
                    verify:
                        "SELECT last_vacuum FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(relation.name.quoted))::regclass;",
                    caution: "reads the whole table and its indexes: at a quiet hour when it is large"),
                Action(
                    .fix, "find what keeps autovacuum from it",
                    steps: [
                        "The log: \"canceling autovacuum task\" with the table's name means that DDL, LOCK TABLE or a foreign key's lock took its place: make "
                            + "those rarer, or vacuum at an hour without them.",
                        "All workers busy (vacuum.workers-busy), or a budget that is too small (vacuum.budget-too-small).",
                        "log_autovacuum_min_duration = '1min' shows each visit.",
                    ],
                    gain: Gain("it does not come back", .ruleOfThumb),
                    verify: "last_autovacuum of the table in the next diagnosis",
                    undo: "nothing was changed"),
            ],
            symptomOf: [
                .deadTuples(relation.name, database: database), .relation(relation.name, database: database),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("due, and not visited for two days", on: "public.events") {
            let now = $0.takenAt
            $0.addTable("events", rows: 1_000_000, dead: 230_000) {
                $0.lastAutovacuum = now.addingTimeInterval(-172_800)
            }
        },
        .fires("due in both snapshots, never visited", on: "public.events") {
            $0.addTable("events", rows: 1_000_000, dead: 230_000) { $0.lastAutovacuum = nil }
        } after: {
            $0.takenAt = $0.takenAt.addingTimeInterval(7200)
        },
        .fires("inserts alone", on: "public.events") {
            let now = $0.takenAt
            $0.addTable("events", rows: 1_000_000) {
                $0.insertedSinceVacuum = 900_000
                $0.lastAutovacuum = now.addingTimeInterval(-172_800)
            }
        },
        .silent("visited an hour ago") { $0.addTable("events", rows: 1_000_000, dead: 230_000) },
        .silent("brand-new") {
            $0.addTable("events", rows: 1_000_000) {
                $0.insertedSinceVacuum = 900_000
                $0.lastAutovacuum = nil
            }
        },
        .silent("VACUUM came between the two snapshots") {
            $0.addTable("events", rows: 1_000_000, dead: 230_000) { $0.lastAutovacuum = nil }
        } after: {
            $0.takenAt = $0.takenAt.addingTimeInterval(7200)
            $0.catalogs[0].relations[0].counters.autovacuums += 1
        },
        .silent("inserts never make it due: another rule's") {
            let now = $0.takenAt
            $0.addTable("events", rows: 1_000_000) {
                $0.insertedSinceVacuum = 900_000
                $0.options["autovacuum_vacuum_insert_threshold"] = "-1"
                $0.lastAutovacuum = now.addingTimeInterval(-172_800)
            }
        },
    ]
}
