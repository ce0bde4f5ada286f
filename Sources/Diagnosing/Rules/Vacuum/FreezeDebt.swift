import Model

/// A table that is only ever inserted into, and never frozen before wraparound forces it.
struct FreezeDebt: Rule {
    private static let bytes = Threshold(
        "bytes that are not frozen at least", 1_073_741_824, "bytes",
        source:
            "our choice: a gigabyte is read and written in seconds; ten keep a worker for an hour at the default limits"
    )
    private static let grave = Threshold(
        "bytes: warning", 53_687_091_200, "bytes",
        source:
            "our choice: 50 GB at 39 MB a second, the most that the default limits let it write, are 22 minutes without anything else"
    )
    private static let writes = Threshold(
        "rows updated or deleted of all that were written", 0.01, "share",
        source: "our choice: more brings autovacuum for its dead rows")
    private static let visible = Threshold(
        "share of pages that VACUUM has marked all-visible", 0.5, "share",
        source: "our choice: pages are frozen no earlier than they are all-visible (relallfrozen is told from 18 on)")
    private static let scale = Threshold(
        "inserts that make it due, of its rows", 1, "times",
        source: "our choice: autovacuum_vacuum_insert_scale_factor is 0.2; once the table's size is hardly ever")

    static let metadata = RuleMetadata(
        id: "vacuum.freeze-debt",
        title: "Insert-only table that nobody freezes",
        area: .vacuum,
        needs: [.relations, .settings, .databases],
        looksAt:
            "autovacuum_vacuum_insert_threshold (-1) and …_insert_scale_factor of the server and the table, n_ins_since_vacuum, rows updated and deleted, "
            + "relallvisible, age(relfrozenxid)",
        why:
            "Since 13 inserts alone bring autovacuum, so that new pages are marked all-visible and frozen bit by bit. Where that is switched off, a log or "
            + "history table is first touched when its age reaches autovacuum_freeze_max_age: then all of it is read and written at once, for hours, and "
            + "cannot be put off. Until then index-only scans of it visit the heap.",
        limits:
            "All-visible pages stand for frozen ones, which is the best case. A partition that is dropped before that age owes nothing.",
        thresholds: [bytes, grave, writes, visible, scale],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
            "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-VACUUM-INSERT-THRESHOLD",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum else { return .findings([]) }
        return .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.compactMap { relation -> Finding? in
                    let threshold = AutovacuumThreshold(relation, observation)
                    guard relation.kind == .table, !relation.isSystem, relation.persistence == "p",
                        !threshold.isDisabled, isInsertOnly(relation), neverComes(relation, threshold)
                    else { return nil }
                    let unseen = max(0, relation.pages - relation.allVisiblePages)
                    let debt = Double(unseen) * observation.pageSize
                    guard relation.pages > 0, debt >= Self.bytes.value,
                        Double(relation.allVisiblePages) < Self.visible.value * Double(relation.pages)
                    else { return nil }
                    return finding(relation, threshold, debt, catalog.database, observation)
                }
            })
    }

    private func isInsertOnly(_ relation: Relation) -> Bool {
        let changed = Double(relation.counters.updated + relation.counters.deleted)
        return relation.counters.inserted > 0 && changed <= Self.writes.value * Double(relation.counters.writes)
    }

    private func neverComes(_ relation: Relation, _ threshold: AutovacuumThreshold) -> Bool {
        guard let due = threshold.insertedRows else { return true }
        return due >= Self.scale.value * max(1, relation.rows)
    }

    private func finding(
        _ relation: Relation, _ threshold: AutovacuumThreshold, _ debt: Double, _ database: String,
        _ observation: Observation
    ) -> Finding {
        let age = relation.frozenXIDAge ?? 0
        let limit = observation.setting("autovacuum_freeze_max_age")?.number ?? 200_000_000
        let left = max(0, limit - Double(age))
        let days = observation.burnedTransactionsPerDay.map { left / max(1, $0) }
        let when =
            days.map { "in \(Observation.span(days: $0)) at the window's rate" }
            ?? "after \(Quantity.about(left)) more transactions"
        return Finding(
            Self.metadata, severity: debt >= Self.grave.value ? .warning : .notice, tier: .fix,
            title: "\(relation.name) is only inserted into, and nobody freezes it",
            objects: [.relation(relation.name, in: database)],
            impact: .bytes(Int64(debt), "to freeze"), confidence: .medium,
            summary:
                "Inserts bring no autovacuum to \(relation.name): \(threshold.insertedRows.map { "it would take \(Quantity.about($0)) of them" } ?? "autovacuum_vacuum_insert_threshold is -1"). "
                + "\(Quantity.bytes(Int64(debt))) of it have to be frozen at one go \(when).",
            evidence: [
                Evidence("toFreeze", "not all-visible", .bytes(Int64(debt))),
                Evidence("tableSize", "table size", .bytes(relation.sizeOrEstimate)),
                Evidence("age", "age(relfrozenxid)", .count(age)),
                Evidence("freezeMaxAge", "autovacuum_freeze_max_age", .count(Int64(limit))),
                Evidence("insertedSinceVacuum", "rows inserted since VACUUM", .count(relation.insertedSinceVacuum)),
            ], notIf: "it is a partition that is dropped before it reaches that age",
            actions: actions(relation, observation))
    }

    private func actions(_ relation: Relation, _ observation: Observation) -> [Action] {
        let name = relation.name.quoted
        let options = ["autovacuum_vacuum_insert_threshold", "autovacuum_vacuum_insert_scale_factor"]
        return [
            Action(
                .containment, "freeze it now, at an hour of your choice", sql: ["VACUUM (FREEZE, VERBOSE) \(name);"],
                lock: LockNote.vacuum,
                gain: Gain("its age starts anew; index-only scans stay in the index", .estimated),
                verify:
                    "SELECT age(relfrozenxid), relallvisible, relpages FROM pg_catalog.pg_class WHERE oid = \(SQL.literal(name))::regclass;",
                caution: "reads and writes all of it; it can be cancelled, and keeps what it has done"),
            Action(
                .fix, "let inserts bring autovacuum",
                sql: [
                    "ALTER TABLE \(name) SET (autovacuum_vacuum_insert_threshold = 100000, autovacuum_vacuum_insert_scale_factor = 0.05);"
                ],
                lock: LockNote.tableOption, gain: Gain("frozen bit by bit, as it grows", .ruleOfThumb),
                verify: "SELECT reloptions FROM pg_catalog.pg_class WHERE oid = \(SQL.literal(name))::regclass;",
                undo: relation.restoring(options)),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("insert thresholds are off for it", on: "public.events") {
            $0.addInserted { $0.options["autovacuum_vacuum_insert_threshold"] = "-1" }
        },
        .fires("off for the server", on: "public.events") {
            $0.addInserted()
            $0.set("autovacuum_vacuum_insert_threshold", "-1")
        },
        .silent("as it comes") { $0.addInserted() },
        .silent("vacuumed by a job") {
            $0.addInserted {
                $0.options["autovacuum_vacuum_insert_threshold"] = "-1"
                $0.allVisiblePages = $0.pages - 1000
            }
        },
        .silent("its updates bring autovacuum") {
            $0.addInserted {
                $0.options["autovacuum_vacuum_insert_threshold"] = "-1"
                $0.counters.updated = 20_000_000
            }
        },
        .silent("small") {
            $0.addInserted {
                $0.options["autovacuum_vacuum_insert_threshold"] = "-1"
                $0.pages = 10_000
            }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addInserted(_ configure: (inout Relation) -> Void = { _ in }) {
        addTable("events", rows: 100_000_000) {
            $0.insertedSinceVacuum = 100_000_000
            configure(&$0)
        }
    }
}
