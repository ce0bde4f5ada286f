import Model

/// A table whose own cost limits keep autovacuum from getting done with it.
struct ThrottledTable: Rule {
    private static let slower = Threshold(
        "times slower than the server's own limits", 2, "times", source: "our choice: what is less is a matter of taste"
    )
    private static let hours = Threshold(
        "hours that one VACUUM takes at that pace", 1, "h",
        source: "our choice: a table that is due meanwhile is due again when it is done")

    static let metadata = RuleMetadata(
        id: "vacuum.throttled-table",
        title: "Table that autovacuum may only crawl through",
        area: .vacuum,
        needs: [.relations, .indexes, .settings],
        looksAt:
            "reloptions autovacuum_vacuum_cost_delay and …_cost_limit of tables that are due, against the server's; pages and indexes",
        why:
            "A table may have cost limits of its own, most often from a time when disks were slow. A worker then spends hours in it, holds one of the few "
            + "places of autovacuum, and the dead rows that come meanwhile wait for its next visit.",
        limits:
            "Silent while the table is not due and not being vacuumed. The hours are of the sleeps alone: the work itself comes on top.",
        thresholds: [slower, hours],
        references: [
            "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-VACUUM-COST-DELAY",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-VACUUM-COST",
        ], explains: [.keepsVacuumAway])

    private static let options = ["autovacuum_vacuum_cost_delay", "autovacuum_vacuum_cost_limit"]

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum, let server = VacuumBudget(observation) else { return .findings([]) }
        let vacuuming = observation.beingVacuumed
        return .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.compactMap { relation -> Finding? in
                    let set = Self.options.filter { relation.options[$0] != nil }
                    let threshold = AutovacuumThreshold(relation, observation)
                    guard !set.isEmpty, relation.isVacuumed, threshold.isDue || vacuuming.contains(relation.oid),
                        let own = VacuumBudget(observation, options: relation.options),
                        server.perSecond >= Self.slower.value * own.perSecond
                    else { return nil }
                    let indexPages = catalog.indexes.filter { $0.relation == relation.name }.reduce(0) { $0 + $1.pages }
                    let credits = own.credits(
                        ofVacuuming: relation, deadRows: Double(relation.deadTuples), indexPages: Double(indexPages))
                    guard credits / own.perSecond >= Self.hours.value * 3600 else { return nil }
                    return finding(relation, set, own, server, credits / own.perSecond, catalog.database, observation)
                }
            })
    }

    private func finding(
        _ relation: Relation, _ set: [String], _ own: VacuumBudget, _ server: VacuumBudget, _ seconds: Double,
        _ database: String, _ observation: Observation
    ) -> Finding {
        let name = (relation.toastOwner ?? relation.name).quoted
        let prefix = relation.kind == .toast ? "toast." : ""
        let now = set.map { "\(prefix)\($0) = \(relation.options[$0] ?? "")" }
        let state = AutovacuumThreshold(relation, observation).isDue ? "is due" : "is being vacuumed"
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "autovacuum crawls through \(relation.name): its own cost limits",
            objects: [.relation(relation.name, in: database)],
            impact: .bytes(Int64(Double(relation.sizeOrEstimate) * relation.deadShare), "dead"), confidence: .high,
            summary:
                "\(relation.name) \(state), and has \(set.map { "\($0) = \(relation.options[$0] ?? "")" }.joined(separator: " and ")): "
                + "a VACUUM of it sleeps for \(Quantity.seconds(seconds)) in all; with the server's limits it would be "
                + "\(Quantity.seconds(seconds * own.perSecond / server.perSecond)).",
            evidence: [
                Evidence("sleeps", "a VACUUM sleeps for", .seconds(seconds)),
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
                Evidence("dirtiedPerSecond", "may dirty a second", .bytes(Int64(own.bytesDirtied))),
                Evidence(
                    "dirtiedByServer", "with the server's limits", .bytes(Int64(server.bytesDirtied))),
                Evidence("settings", "set for the table", .list(now)),
            ], notIf: "its disk is known to be slow, and the table may wait",
            actions: [
                Action(
                    .containment, "vacuum it once without the limits, at a quiet hour",
                    sql: ["VACUUM (ANALYZE) \(name);"],
                    steps: [
                        "A session's VACUUM does not follow autovacuum's limits (vacuum_cost_delay is 0 as it comes)."
                    ],
                    lock: LockNote.vacuum, gain: Gain("its dead rows are removed now", .estimated),
                    verify:
                        "SELECT n_dead_tup FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(relation.name.quoted))::regclass;",
                    caution:
                        "reads and writes as fast as the disk does: watch its latency, and cancel it when it is felt"),
                Action(
                    .fix, "let the server's limits hold for it",
                    sql: ["ALTER TABLE \(name) RESET (\(set.map { prefix + $0 }.joined(separator: ", ")));"],
                    steps: [
                        "A worker that is in the table now gives way to it, and comes back with the new limits; one that is there to prevent "
                            + "wraparound does not, and it waits for that one."
                    ],
                    lock: LockNote.tableOption,
                    gain: Gain(
                        "done in \(Quantity.seconds(seconds * own.perSecond / server.perSecond)) of sleeps", .estimated),
                    verify:
                        "SELECT reloptions FROM pg_catalog.pg_class WHERE oid = \(SQL.literal(relation.name.quoted))::regclass;",
                    undo: relation.restoring(set)),
            ], explains: [.deadTuples(relation.name, database: database), .relation(relation.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("a delay of 100 ms", on: "public.events") {
            $0.addTable("events", rows: 30_000_000, dead: 20_000_000) {
                $0.options["autovacuum_vacuum_cost_delay"] = "100"
            }
        },
        .silent("it is not due") {
            $0.addTable("events", rows: 10_000_000, dead: 1000) { $0.options["autovacuum_vacuum_cost_delay"] = "100" }
        },
        .silent("a small table: it takes seconds all the same") {
            $0.addTable("events", rows: 10_000, dead: 8000) { $0.options["autovacuum_vacuum_cost_delay"] = "100" }
        },
        .silent("quicker than the server's") {
            $0.addTable("events", rows: 30_000_000, dead: 20_000_000) {
                $0.options["autovacuum_vacuum_cost_limit"] = "2000"
            }
        },
    ]
}
