import Model

/// A VACUUM that goes through all indexes again and again, since its memory for dead rows is too small.
struct SeveralIndexPasses: Rule {
    private static let passes = Threshold(
        "index passes that are done", 1, "passes",
        source: "pganalyze: more than one; with one done and the heap not at its end another must come")
    private static let indexes = Threshold(
        "bytes of the indexes at least", 104_857_600, "bytes", source: "our choice: smaller ones are read in a second")

    static let metadata = RuleMetadata(
        id: "vacuum.several-index-passes",
        title: "VACUUM that reads all indexes several times",
        area: .vacuum,
        needs: [.progress, .relations, .indexes, .settings],
        looksAt:
            "pg_stat_progress_vacuum: index_vacuum_count, phase, the memory for dead rows (max_dead_tuples, from 17 on max_dead_tuple_bytes); "
            + "autovacuum_work_mem, maintenance_work_mem, the table's dead rows and indexes",
        why:
            "VACUUM remembers dead rows in memory, six bytes each up to 16. When the memory is full it stops scanning, goes through every index of the "
            + "table, and begins anew: with a large table each pass reads all its indexes, and VACUUM takes a multiple of its time.",
        limits:
            "Seen only while it runs. Up to 16 VACUUM takes 1 GB at most, so that a very large table needs several passes whatever is set.",
        thresholds: [passes, indexes],
        references: [
            "https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-AUTOVACUUM-WORK-MEM",
        ])

    /// Until then its memory had a limit of its own.
    private static let unlimitedMajor = 17
    private static let oldLimit: Int64 = 1 << 30

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        return .findings(
            observation.snapshot.progress.compactMap { progress -> Finding? in
                guard progress.command == "vacuum", let passes = progress.indexPasses,
                    Double(passes) >= Self.passes.value, Double(passes) > Self.passes.value || isNotDone(progress),
                    let catalog = catalogs.first(where: { $0.database == progress.database }),
                    let relation = catalog.relations.first(where: { $0.oid == progress.relationOID })
                else { return nil }
                let size = catalog.indexes.filter { $0.relation == relation.name }.reduce(0) { $0 + $1.sizeOrEstimate }
                guard Double(size) >= Self.indexes.value else { return nil }
                return finding(progress, relation, passes, size, catalog.database, observation)
            })
    }

    /// Rows are still being looked for, or the indexes are gone through once more.
    private func isNotDone(_ progress: Progress) -> Bool {
        ["scanning heap", "vacuuming indexes"].contains(progress.phase)
    }

    private func finding(
        _ progress: Progress, _ relation: Relation, _ passes: Int64, _ size: Int64, _ database: String,
        _ observation: Observation
    ) -> Finding {
        let isAutomatic = observation.snapshot.backends.contains { $0.pid == progress.pid && $0.isAutovacuumWorker }
        // After the last pass the heap is vacuumed and the indexes are cleaned up: no further pass need come.
        let goesOn = isNotDone(progress)
        let all = goesOn ? passes + 1 : passes
        let memory = progress.deadRowMemory.map { Quantity.bytes($0) } ?? "its memory"
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "VACUUM of \(relation.name) goes through its indexes \(Quantity.count(all)) times",
            objects: [.relation(relation.name, in: database)],
            impact: .bytes(size * (all - 1), "read again"), confidence: .high,
            summary:
                "The \(isAutomatic ? "autovacuum" : "VACUUM") that runs in \(relation.name) has gone through its indexes "
                + "(\(Quantity.bytes(size))) \(Quantity.plural(Int(passes), "time"))\(goesOn ? " and is not done" : ""): \(memory) for dead rows were too little.",
            evidence: [
                Evidence("passes", "index passes so far", .count(passes)),
                Evidence("indexSize", "indexes", .bytes(size)),
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
            ] + (progress.deadRowMemory.map { [Evidence("deadRowMemory", "memory for dead rows", .bytes($0))] } ?? []),
            notIf: "it was the first VACUUM after a mass delete that does not come again",
            actions: actions(progress, passes, isAutomatic, relation, observation))
    }

    private func actions(
        _ progress: Progress, _ passes: Int64, _ isAutomatic: Bool, _ relation: Relation, _ observation: Observation
    ) -> [Action] {
        let own = observation.serverSetting("autovacuum_work_mem")
        let common = observation.serverSetting("maintenance_work_mem")
        let usesOwn = isAutomatic && own != nil
        guard let setting = usesOwn ? own : common, let now = progress.deadRowMemory ?? common?.bytes, now > 0 else {
            return []
        }
        let isLimited = observation.snapshot.server.version.major < Self.unlimitedMajor
        let wanted = isLimited ? min(Self.oldLimit, now * (passes + 2)) : now * (passes + 2)
        guard wanted > now else { return [] }
        let megabytes = (wanted + (1 << 20) - 1) >> 20
        let workers = Int64(observation.setting("autovacuum_max_workers")?.number ?? 3)
        return [
            SettingChange(setting, to: "\(megabytes)MB").action(
                "give VACUUM more memory for dead rows",
                steps: [
                    "Calculated: \(Quantity.bytes(now)) × \(passes + 2) passes"
                        + (isLimited ? ", at most the 1 GB that versions up to 16 use" : "") + ".",
                    usesOwn
                        ? "Worst case: \(workers) workers × \(megabytes) MB = \(Quantity.bytes(workers * megabytes << 20))."
                        : "Each session that runs VACUUM or CREATE INDEX may take it, and each autovacuum worker unless autovacuum_work_mem is set.",
                    "The VACUUM that runs now goes on with what it has.",
                ],
                gain: Gain("one pass through the indexes", .estimated))
        ]
    }

    static let examples: [RuleExample] = [
        .fires("the third pass begins", on: "public.events") { $0.addPasses(2) },
        .fires("one is done, and the heap goes on", on: "public.events") { $0.addPasses(1) },
        .silent("the one pass that each VACUUM has") { $0.addPasses(1, phase: "vacuuming heap") },
        .silent("none yet") { $0.addPasses(0) },
        .silent("small indexes") {
            $0.addPasses(2)
            $0.catalogs[0].indexes[0].size = 1_000_000
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPasses(_ passes: Int64, phase: String = "scanning heap") {
        addTable("events", rows: 100_000_000, dead: 30_000_000)
        addIndex("events_pkey", on: "id", table: "events", megabytes: 2000)
        set("autovacuum_work_mem", "-1", unit: "kB")
        addWorkers(1, for: 3600)
        progress[0].relation = QualifiedName("public", "events")
        progress[0].relationOID = catalogs[0].relations[0].oid
        progress[0].indexPasses = passes
        progress[0].phase = phase
        progress[0].deadRowMemory = 67_108_864
    }
}
