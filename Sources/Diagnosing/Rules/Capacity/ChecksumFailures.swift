import Model

/// Pages on disk are not what was written.
struct ChecksumFailures: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.checksum-failures",
        title: "Damaged pages found",
        area: .capacity,
        needs: [.databases],
        looksAt: "pg_stat_database.checksum_failures, since the statistics were reset",
        why:
            "A page came back from the disk other than it was written: disk, memory, controller or file system lose data. "
            + "Where there is one there are usually more, and backups made since may hold them.",
        limits:
            "Only where data checksums are on, and only pages that were read. Counted since the reset: it may have been "
            + "mended long ago.",
        references: ["https://www.postgresql.org/docs/current/checksums.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let checked = observation.snapshot.databases.filter { $0.counters.checksumFailures != nil }
        guard !checked.isEmpty else { return .absent }
        return .findings(checked.filter { $0.counters.checksumFailures ?? 0 > 0 }.map { finding($0) })
    }

    private func finding(_ database: Database) -> Finding {
        let failures = database.counters.checksumFailures ?? 0
        let place = database.name.isEmpty ? "shared catalogs" : "database \(database.name)"
        return Finding(
            Self.metadata, severity: .critical, tier: .cure,
            title: "\(place): \(Quantity.plural(Int(failures), "damaged page read", "damaged pages read"))",
            objects: [ObjectReference(.database, database.name.isEmpty ? "shared" : database.name)],
            impact: Impact(1, .risk, "data at risk"), confidence: .high,
            summary: "Statements fail with \"invalid page\" and data may be lost: reading \(place) met "
                + "\(Quantity.plural(Int(failures), "page")) whose checksum is wrong, so the disk or memory of the machine cannot be trusted.",
            evidence: [Evidence("checksumFailures", "checksum failures since the reset", .count(failures))],
            notIf: "it was mended: the date below is before the repair",
            actions: [
                Action(
                    .containment, "find out when, where and how much",
                    sql: [
                        "SELECT datname, checksum_failures, checksum_last_failure FROM pg_catalog.pg_stat_database "
                            + "WHERE checksum_failures > 0;"
                    ],
                    steps: [
                        "The server's log names file and block: look for \"page verification failed\".",
                        "Keep every backup that you have: the newest may be damaged too.",
                        "Read all: pg_amcheck on the database, and a pg_dump to /dev/null.",
                    ],
                    lock: LockNote("ACCESS SHARE", "pg_amcheck and pg_dump read everything: reads and writes go on"),
                    gain: Gain("the extent is known", .ruleOfThumb)),
                Action(
                    .cure, "move to sound hardware and restore what is damaged",
                    steps: [
                        "A standby has its own copy of the page: switch to it once it passed the same checks.",
                        "Otherwise restore from the last backup that passes pg_amcheck, and replay the WAL. A damaged index alone: REINDEX.",
                        "Never zero_damaged_pages on the only copy: it deletes the rows of the page.",
                    ],
                    gain: Gain("whole data on a disk that keeps it", .ruleOfThumb),
                    verify: "pg_amcheck without a complaint, and checksum_failures no longer grows"),
            ], explains: [.cluster], identity: [])
    }

    static let examples: [RuleExample] = [
        .fires("two pages", on: "shop") { $0.databases[0].counters.checksumFailures = 2 },
        .silent("none") { $0.databases[0].counters.checksumFailures = 0 },
        .silent("checksums are off") { $0.databases[0].counters.checksumFailures = nil },
    ]
}
