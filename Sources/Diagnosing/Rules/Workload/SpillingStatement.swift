import Model

/// A statement that sorts or hashes more than its memory holds.
struct SpillingStatement: Rule {
    static let metadata = RuleMetadata(
        id: "workload.spilling-statement",
        title: "Statement that works in temporary files",
        area: .workload,
        needs: [.statements, .settings],
        looksAt:
            "temp_blks_written of pg_stat_statements within the window, a call, against work_mem of the roles that "
            + "run it (pg_settings and pg_db_role_setting)",
        why: "A sort or hash that is larger than work_mem is written to temporary files and read again, sometimes more "
            + "than once. With a little more memory for this role alone, or fewer rows to sort, the files are gone.",
        limits: "work_mem is for each sort and hash of each process of each session, so it is never advised for the "
            + "whole server, and not at all where the need is beyond a sensible size. Temporary files hold rows more "
            + "densely than memory: the size needed is an estimate.",
        thresholds: [share, total, growth, ceiling],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
        ],
        explains: [.costsTime, .variesTime, Edge(.spills, "waits.temporary-files")])

    private static let share = Threshold(
        "share of time", 0.01, "share", source: "our choice: below a hundredth of the time nobody feels the files")
    private static let total = Threshold(
        "bytes written in the window", 104_857_600, "bytes",
        source: "our choice: less stays in the operating system's cache and costs next to nothing")
    private static let growth = Threshold(
        "times the file's size that memory takes", 3, "times",
        source:
            "measured on PostgreSQL 15: sorting 300,000 rows of 40 bytes took 15 MB on disk, 38 MB in memory")
    private static let ceiling = Threshold(
        "largest work_mem that is advised", 536_870_912, "bytes",
        source: "our choice: two reports at once, with one sort each, are then 1 GB")

    func evaluate(_ observation: Observation) -> Outcome {
        let blockSize = Int64(observation.pageSize)
        return .findings(
            observation.workload.statements.compactMap { load in
                let written = load.counters.temporaryBlocksWritten * blockSize
                guard load.share >= Self.share.value, Double(written) >= Self.total.value, load.counters.calls > 0,
                    load.isQuery
                else { return nil }
                return finding(Spill(load, written: written, observation), observation)
            })
    }

    /// What is written, and what memory would do.
    private struct Spill {
        let load: StatementLoad
        let written: Int64
        let perCall: Int64
        /// The least of the roles that run it.
        let memory: Int64
        /// Megabytes, in steps of 8, and of 64 beyond 64.
        let target: Int64

        init(_ load: StatementLoad, written: Int64, _ observation: Observation) {
            self.load = load
            self.written = written
            perCall = written / load.counters.calls
            memory =
                load.roles.compactMap {
                    observation.effectiveSetting("work_mem", role: $0, database: load.database)?.memory
                }.min() ?? 4 << 20
            let needed = Double(perCall) * SpillingStatement.growth.value + Double(memory)
            let step = needed > Double(64 << 20) ? 64.0 : 8.0
            target = Int64((needed / 1_048_576 / step).rounded(.up) * step)
        }
    }

    private func finding(_ spill: Spill, _ observation: Observation) -> Finding {
        let load = spill.load
        return Finding(
            Self.metadata, severity: load.share >= 0.1 ? .warning : .notice, tier: fits(spill) ? .fix : .cure,
            title: "\(Quantity.bytes(spill.perCall)) of temporary files a call: \(load.label(46))",
            objects: [load.object], impact: .share(load.share), confidence: .medium,
            summary: "Each of \(Quantity.count(load.counters.calls)) calls writes \(Quantity.bytes(spill.perCall)) to "
                + "temporary files, as work_mem of \(load.roles.sorted().joined(separator: ", ")) is "
                + "\(Quantity.bytes(spill.memory)). The statement takes \(Quantity.percent(load.share)) of the time.",
            evidence: [
                Evidence("temporaryBytesPerCall", "temporary files a call", .bytes(spill.perCall)),
                Evidence("temporaryBytes", "temporary files in the window", .bytes(spill.written)),
                Evidence("workMem", "work_mem", .bytes(spill.memory)),
                Evidence("calls", "calls", .count(load.counters.calls)),
                Evidence("meanTime", "mean time of a call", .milliseconds(load.counters.meanTime)),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "it is a nightly report that may take its time",
            actions: actions(spill, observation), explains: [load.link],
            symptomOf: load.links(in: observation.snapshot))
    }

    private func fits(_ spill: Spill) -> Bool { Double(spill.target << 20) <= Self.ceiling.value }

    private func actions(_ spill: Spill, _ observation: Observation) -> [Action] {
        (fits(spill) ? [raise(spill, observation)] : [])
            + [
                Action(
                    .cure, "sort and hash fewer or narrower rows",
                    steps: [
                        "Filter before the sort, select only the columns that are needed, and let an index bring the "
                            + "order that ORDER BY or GROUP BY asks for.",
                        "Where only this statement needs memory, the application can give it for one transaction: "
                            + "SET LOCAL work_mem = '\(min(spill.target, 512))MB'; after BEGIN.",
                    ],
                    gain: Gain("no temporary files", .ruleOfThumb),
                    verify: "temp_blks_written of the statement in the next diagnosis")
            ]
    }

    private func raise(_ spill: Spill, _ observation: Observation) -> Action {
        let load = spill.load
        let roles = Array(load.roles.sorted().prefix(3))
        let value = "\(spill.target)MB"
        let scopes = roles.map {
            "ALTER ROLE \(SQL.identifier($0)) IN DATABASE \(SQL.identifier(load.database))"
        }
        let worst = observation.worstCase(work: spill.target << 20, roles: roles, database: load.database)
        // Where all sessions of the role with so much would not fit, only the transaction that needs it gets it.
        guard !worst.exceedsMemory else {
            var action = Action.raiseWorkMem(
                toKilobytes: Double(spill.target << 10),
                gain: Gain("the files go, \(Quantity.bytes(spill.perCall)) a call", .estimated))
            action.caution = "not for the whole role: \(worst.words)"
            return action
        }
        return Action(
            .fix, "give \(roles.joined(separator: ", ")) \(value) of work_mem in \(load.database)",
            sql: scopes.map { "\($0) SET work_mem = '\(value)';" },
            steps: ["Have the application reconnect: the setting takes effect in new sessions."],
            lock: LockNote.none, gain: Gain("the files go, \(Quantity.bytes(spill.perCall)) a call", .estimated),
            verify: "a new session of the role: SHOW work_mem; then temp_blks_written of the statement stops growing",
            undo: roles.map { observation.undoOfRoleSetting("work_mem", role: $0, database: load.database) }
                .joined(separator: "\n"),
            caution: worst.words)
    }

    static let examples: [RuleExample] = [
        .fires("a report that sorts 20 MB in each call", on: "f1") { $0.addSpill(perCall: 2560, calls: 1000) },
        .fires("beyond any work_mem: to be written anew", on: "f1") { $0.addSpill(perCall: 400_000, calls: 100) },
        .fires("more than the machine has: for its transaction alone", on: "f1") {
            $0.addSpill(perCall: 2560, calls: 1000)
            $0.server.memory = 4 << 30
        },
        .silent("CREATE INDEX spills by design") {
            $0.addSpill(perCall: 400_000, calls: 100, text: "CREATE INDEX ON orders (note)")
        },
        .silent("a few files, little time") { $0.addSpill(perCall: 2560, calls: 20, time: 2000) },
        .silent("memory suffices") { $0.addStatement("f1", calls: 1000, time: 500_000) },
        .silent(
            "spilled before the window only",
            before: {
                $0.addSpill(perCall: 2560, calls: 1000)
            },
            after: {
                $0.statementStatistics!.totals.executionTime += 60_000
                $0.statementStatistics!.statements[0].counters.calls += 10
                $0.statementStatistics!.statements[0].counters.executionTime += 30_000
            }),
    ]
}

extension Snapshot {
    fileprivate mutating func addSpill(
        perCall: Int64, calls: Int64, time: Double = 200_000,
        text: String = "SELECT customer_id, sum(total) FROM orders GROUP BY customer_id ORDER BY sum(total)"
    ) {
        addStatement("f1", text, calls: calls, time: time) { $0.counters.temporaryBlocksWritten = perCall * calls }
    }
}
