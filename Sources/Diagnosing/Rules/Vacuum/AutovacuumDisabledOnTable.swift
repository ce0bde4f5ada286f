import Model

/// A table that writes change and autovacuum must not touch.
struct AutovacuumDisabledOnTable: Rule {
    private static let rows = Threshold("fewest rows", 10_000, "rows", source: "postgresai's floor for the same")
    private static let dead = Threshold(
        "dead rows over the threshold that would apply", 1, "times",
        source: "autovacuum_vacuum_threshold: what autovacuum would act on")

    static let metadata = RuleMetadata(
        id: "vacuum.autovacuum-disabled-on-table",
        title: "Autovacuum switched off for a table that needs it",
        area: .vacuum,
        needs: [.relations, .settings],
        looksAt: "pg_class.reloptions (autovacuum_enabled) with the table's dead and modified rows",
        why:
            "Somebody switched it off for a load or a migration and forgot. Dead rows stay for ever, statistics grow stale, and the "
            + "table is touched only when wraparound forces it, at the worst moment.",
        limits:
            "Silent while the table has fewer dead rows than would make autovacuum start: a table that is loaded once may do well "
            + "without. A job of one's own that vacuums it shows in last_vacuum and silences this too.",
        thresholds: [rows, dead],
        references: [
            "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED",
            "https://www.postgresql.org/docs/current/routine-vacuuming.html",
        ], explains: [.keepsVacuumAway])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.compactMap { relation -> Finding? in
                    let threshold = AutovacuumThreshold(relation, observation)
                    guard threshold.isDisabled, relation.kind == .table, relation.rows >= Self.rows.value,
                        Double(relation.deadTuples) >= Self.dead.value * threshold.deadRows
                    else { return nil }
                    return finding(relation, threshold, catalog.database)
                }
            })
    }

    private func finding(_ relation: Relation, _ threshold: AutovacuumThreshold, _ database: String) -> Finding {
        let name = relation.name.quoted
        let share = Double(relation.deadTuples) / max(1, Double(relation.deadTuples + relation.liveTuples))
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "autovacuum is switched off for \(relation.name)",
            objects: [.relation(relation.name, in: database)],
            impact: .bytes(Int64(Double(relation.sizeOrEstimate) * share), "dead"), confidence: .high,
            summary:
                "autovacuum_enabled is false for \(relation.name), which has \(Quantity.about(Double(relation.deadTuples))) dead rows; "
                + "autovacuum would have come at \(Quantity.about(threshold.deadRows)).",
            evidence: [
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
                Evidence("liveTuples", "live rows", .count(relation.liveTuples)),
                Evidence("threshold", "threshold that would apply", .count(Int64(threshold.deadRows))),
                Evidence("modifiedSinceAnalyze", "rows changed since ANALYZE", .count(relation.modifiedSinceAnalyze)),
            ], notIf: "a job vacuums it at night",
            actions: [
                Action(
                    .containment, "vacuum \(relation.name)", sql: ["VACUUM (ANALYZE) \(name);"], lock: LockNote.vacuum,
                    gain: Gain("its dead rows are removed now", .estimated),
                    verify:
                        "SELECT n_dead_tup FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(name))::regclass;"
                ),
                Action(
                    .fix, "switch it on again", sql: ["ALTER TABLE \(name) RESET (autovacuum_enabled);"],
                    lock: LockNote.tableOption, gain: Gain("dead rows are removed as they come", .ruleOfThumb),
                    verify: "SELECT reloptions FROM pg_catalog.pg_class WHERE oid = \(SQL.literal(name))::regclass;",
                    undo: "ALTER TABLE \(name) SET (autovacuum_enabled = false);"),
            ], explains: [.relation(relation.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("many dead rows", on: "public.web_sessions") {
            $0.addTable("web_sessions", rows: 40_000, dead: 36_000) { $0.options["autovacuum_enabled"] = "false" }
        },
        .silent("loaded once, never changed") {
            $0.addTable("archive", rows: 40_000) { $0.options["autovacuum_enabled"] = "false" }
        },
        .silent("switched on") {
            $0.addTable("orders", rows: 40_000, dead: 36_000) { $0.options["autovacuum_enabled"] = "on" }
        },
    ]
}
