import Model

/// Transaction or multixact identifiers that are running out.
struct Wraparound: Rule {
    private static let warning = Threshold(
        "age over autovacuum_freeze_max_age: warning", 2, "times",
        source: "postgresai F002: at once that setting a forced autovacuum merely starts, which is normal")
    private static let critical = Threshold(
        "age: critical", 0.8, "share of vacuum_failsafe_age", source: "postgresai F002, 80 % of the failsafe age")
    private static let wall = Threshold(
        "age at which the server refuses to write", 2_144_483_648, "transactions",
        source:
            "2^31 less 3 million: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND")

    private static let near = Threshold(
        "days until the server refuses to write: critical", 7, "days",
        source: "our choice: freezing the oldest tables of a large database may take days")

    static let metadata = RuleMetadata(
        id: "vacuum.wraparound",
        title: "Transaction identifiers run out",
        area: .vacuum,
        needs: [.databases, .settings],
        looksAt:
            "age(datfrozenxid) and mxid_age(datminmxid) of every database, relative to autovacuum_freeze_max_age and the failsafe",
        why:
            "Transaction identifiers are 32 bits wide and must be frozen by VACUUM before they come round. When freezing is kept from "
            + "working, the server stops to accept writes three million transactions before the wall.",
        limits:
            "An age around autovacuum_freeze_max_age is no trouble: a forced autovacuum is due. The days that are left are told at the rate of the window "
            + "between two snapshots (--sample, --since) and are not guessed from one; a quiet hour makes them too many.",
        thresholds: [warning, critical, wall, near, Observation.leastBurnWindow],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-VACUUM-FAILSAFE-AGE",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.databases.flatMap { database in
                [
                    finding(
                        database, database.frozenXIDAge, "transaction", "autovacuum_freeze_max_age",
                        "vacuum_failsafe_age", observation.burnedTransactionsPerDay, observation),
                    finding(
                        database, database.multixactAge, "multixact", "autovacuum_multixact_freeze_max_age",
                        "vacuum_multixact_failsafe_age", observation.burnedMultixactsPerDay(database), observation),
                ].compactMap(\.self)
            })
    }

    private func finding(
        _ database: Database, _ age: Int64, _ what: String, _ freeze: String, _ failsafe: String,
        _ perDay: Double?, _ observation: Observation
    ) -> Finding? {
        guard let limit = observation.setting(freeze)?.number, let guarded = observation.setting(failsafe)?.number,
            Double(age) >= Self.warning.value * limit || Double(age) >= Self.critical.value * guarded
        else { return nil }
        let left = max(0, Self.wall.value - Double(age))
        let days = perDay.map { left / $0 }
        let isCritical = Double(age) >= Self.critical.value * guarded || days ?? .infinity <= Self.near.value
        let own: (Relation) -> Int64 = { (what == "multixact" ? $0.multixactAge : $0.frozenXIDAge) ?? 0 }
        let worst = observation.snapshot.catalogs.filter { $0.database == database.name }.flatMap(\.relations)
            .filter { own($0) > 0 }.sorted { (own($0), $1.oid) > (own($1), $0.oid) }.prefix(3)
        let rate =
            perDay.map { rate in
                " At the window's rate of \(Quantity.about(rate)) a day that is in \(Observation.span(days: days ?? 0))."
            } ?? ""
        return Finding(
            Self.metadata, severity: isCritical ? .critical : .warning, tier: .containment,
            title: "database \(database.name): \(what) identifiers are \(Quantity.about(Double(age))) old",
            objects: [ObjectReference(.database, database.name)],
            impact: days.map { .days($0) } ?? Impact(1, .risk, "\(Quantity.about(left)) left"), confidence: .high,
            summary:
                "The oldest \(what) identifier of \(database.name) that is not frozen is \(Quantity.about(Double(age))) old; "
                + "autovacuum forces itself at \(Quantity.about(limit)). After \(Quantity.about(left)) more the server refuses to write.\(rate)",
            evidence: [
                Evidence("age", "age", .count(age)), Evidence("freezeMaxAge", freeze, .count(Int64(limit))),
                Evidence("failsafeAge", failsafe, .count(Int64(guarded))),
                Evidence(
                    "oldestTables", "oldest tables",
                    .list(worst.map { "\($0.name) \(Quantity.about(Double(own($0))))" })),
            ] + (perDay.map { [Evidence("perDay", "used a day at the window's rate", .number($0))] } ?? []),
            actions: actions(worst.map(\.name), database.name), symptomOf: [.horizon])
    }

    private func actions(_ tables: [QualifiedName], _ database: String) -> [Action] {
        [
            Action(
                .containment, "freeze the oldest tables", sql: tables.map { "VACUUM (FREEZE, VERBOSE) \($0.quoted);" },
                steps: [
                    "First end what holds the xmin horizon (vacuum.horizon-held): without that nothing can be frozen.",
                    "In \(database), as a superuser; where no table is named, find the oldest by age(relfrozenxid) in pg_class.",
                ], lock: LockNote.vacuum, gain: Gain("the age of those tables starts anew", .estimated),
                verify: "SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_catalog.pg_database;",
                caution: "reads and writes much: it may take hours, and is worth it"),
            Action(
                .fix, "find what kept autovacuum from freezing",
                steps: [
                    "Old snapshots, forgotten prepared transactions, slots; autovacuum cancelled by locks; a corrupt table named in the log.",
                    "Temporary tables of a session that has been open for weeks: only that session can freeze them; end it.",
                    "Autovacuum that has been at its cost limits for weeks: vacuum.budget-too-small, vacuum.throttled-table.",
                ],
                gain: Gain("it does not come back", .ruleOfThumb)),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("1.4 billion transactions", on: "shop") { $0.databases[0].frozenXIDAge = 1_400_000_000 },
        .fires("multixacts", on: "shop") { $0.databases[0].multixactAge = 900_000_000 },
        .fires("at a rate that leaves days", on: "shop") {
            $0.databases[0].frozenXIDAge = 500_000_000
        } after: {
            $0.databases[0].frozenXIDAge += 1_000_000
            $0.server.nextTransactionID! += 1_000_000
        },
        .silent("a forced autovacuum is due, which is normal") { $0.databases[0].frozenXIDAge = 210_000_000 },
    ]
}
