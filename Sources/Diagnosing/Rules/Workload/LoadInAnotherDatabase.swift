import Model

/// The load is in a database that was not looked at.
struct LoadInAnotherDatabase: Rule {
    static let metadata = RuleMetadata(
        id: "workload.load-in-another-database",
        title: "Most of the load is in another database",
        area: .workload,
        needs: [.statements],
        looksAt:
            "execution time of pg_stat_statements within the window by database, against the databases whose catalog "
            + "was read",
        why:
            "Databases of one server share its processors, memory and disks. Tables, indexes and plans were looked at in "
            + "some of them only: the cause may lie in the one that was not.",
        limits: "Time of statements only; maintenance of other databases is not in it.",
        thresholds: [share, leastTime],
        references: ["https://www.postgresql.org/docs/current/managing-databases.html"])

    private static let share = Threshold(
        "share of time of one database that was not looked at", 0.33, "share",
        source: "ruby-pg-extras `outliers`: a third of the time")
    private static let leastTime = Threshold(
        "execution time in the window below which shares say nothing", 1000, "ms",
        source: "our choice: a second of work in all is noise")

    func evaluate(_ observation: Observation) -> Outcome {
        let workload = observation.workload
        guard workload.totalTime >= Self.leastTime.value else { return .findings([]) }
        let looked = Set(observation.snapshot.catalogs.map(\.database))
        return .findings(
            workload.timeByDatabase
                .filter { !looked.contains($0.database) && $0.time / workload.totalTime >= Self.share.value }
                .map { finding($0.database, share: $0.time / workload.totalTime, time: $0.time, looked) })
    }

    private func finding(_ database: String, share: Double, time: Double, _ looked: Set<String>) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .containment,
            title: "\(Quantity.percent(share)) of the time is in database \(database)",
            objects: [ObjectReference(.database, database)], impact: .share(share), confidence: .high,
            summary:
                "\(Quantity.percent(share)) of the server's execution time is spent in \(database), whose tables and "
                + "indexes were not looked at (only \(looked.sorted().joined(separator: ", "))).",
            evidence: [
                Evidence("executionTime", "execution time in it", .milliseconds(time)),
                Evidence("databasesRead", "databases looked at", .list(looked.sorted())),
            ],
            actions: [
                Action(
                    .containment, "look at \(database), too",
                    steps: ["pgmedic diagnose DSN --database '\(database.replacing("'", with: "'\\''"))'"],
                    lock: LockNote.none, gain: Gain("its indexes, plans and tables are judged as well", .ruleOfThumb))
            ])
    }

    static let examples: [RuleExample] = [
        .fires("two thirds are billing's", on: "billing") {
            $0.addStatement("f1", calls: 1000, time: 300_000)
            $0.addStatement("f2", database: "billing", calls: 1000, time: 600_000)
        },
        .silent("billing was looked at as well") {
            $0.addStatement("f2", database: "billing", calls: 1000, time: 600_000)
            $0.catalogs.append(.make { $0.database = "billing" })
        },
        .silent("a tenth is elsewhere") { $0.addStatement("f2", database: "billing", calls: 1000, time: 100_000) },
    ]
}
