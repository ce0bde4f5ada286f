import Model

/// Sessions that wait for the lists of who has locked a row together.
struct MultixactPressure: Rule {
    static let metadata = RuleMetadata(
        id: "waits.multixact-pressure",
        title: "Sessions wait for multixacts: many transactions lock the same rows together",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "busy sessions in the wait events LWLock:MultiXact… and IPC:MultixactCreation, reads of its caches in "
            + "pg_stat_slru, and the age of multixacts of tables",
        why:
            "When a second transaction locks a row, the row points to a list of its lockers, a multixact. Foreign keys do so "
            + "with every insert: it locks the parent row. Where many refer to a few parents at once, new lists are "
            + "written and old ones read all the time, through small caches.",
        limits: "Which rows it is cannot be seen; foreign keys to small tables are the usual place.",
        thresholds: [share, WaitingSessions.readings, WaitingSessions.steady, WaitingSessions.sessions],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SLRU-VIEW",
        ],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    private static let share = Threshold(
        "share of the busy sessions, lower end of its 95 % interval", 0.1, "share",
        source: "our choice: half of pg_gather's 20 %, since a healthy load has next to none")

    static func isMeant(_ activity: Activity) -> Bool {
        activity.waitEventType == "LWLock" && activity.waitEvent?.hasPrefix("MultiXact") ?? false
            || activity.waits("IPC", "MultixactCreation")
    }

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(observation, "multixacts", share: Self.share, where: Self.isMeant) {
            finding($0, observation)
        }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let aged = observation.snapshot.catalogs.flatMap { catalog in
            catalog.relations.compactMap { relation in
                relation.multixactAge.map { (database: catalog.database, name: relation.name, age: $0) }
            }
        }
        .max { $0.age < $1.age }
        var actions: [Action] = []
        if let aged, aged.age > 0 {
            actions.append(
                Action(
                    .containment, "freeze \(aged.name), which keeps the oldest multixacts",
                    sql: ["VACUUM (FREEZE) \(aged.name.quoted);"],
                    steps: ["In database \(aged.database); it reads the whole table."], lock: .vacuum,
                    gain: Gain("old lists are not read again", .estimated),
                    verify: "SELECT pg_catalog.mxid_age(relminmxid) FROM pg_catalog.pg_class WHERE oid = "
                        + "\(SQL.literal(aged.name.quoted))::pg_catalog.regclass;"))
        }
        if observation.snapshot.server.version >= .v17 {
            let old = observation.setting("multixact_member_buffers")?.value ?? "32"
            actions.append(
                Action(
                    .fix, "make the caches of multixacts larger",
                    sql: [
                        "ALTER SYSTEM SET multixact_member_buffers = '16MB';",
                        "ALTER SYSTEM SET multixact_offset_buffers = '8MB';",
                    ], steps: ["Restart the server."], lock: LockNote.none,
                    gain: Gain("lists stay in memory", .estimated), verify: "SHOW multixact_member_buffers;",
                    undo: "ALTER SYSTEM SET multixact_member_buffers = \(SQL.literal(old)); "
                        + "ALTER SYSTEM RESET multixact_offset_buffers;"))
        }
        actions.append(
            Action(
                .cure, "let fewer transactions lock the same rows",
                steps: [
                    "Keep transactions that insert children short: the parent's row stays locked to their end.",
                    "SELECT … FOR SHARE: is the lock needed at all?",
                    "A foreign key to a table of a few rows (states, tenants) that never go: weigh whether it earns its price.",
                ], gain: Gain("fewer lists to write and to read", .ruleOfThumb)))
        return Finding(
            Self.metadata, severity: waiting.severity(from: Self.share.value), tier: .cure,
            title: "sessions wait for multixacts", objects: [.cluster], impact: waiting.impact,
            confidence: waiting.confidence,
            summary:
                "\(waiting.text) wait for the lists of transactions that have locked a row together: many lock the same few "
                + "rows, as foreign keys do with their parent.",
            evidence: waiting.evidence + observation.reads(ofCache: "multixact")
                + (aged.map { [Evidence("oldestMultixact", "greatest age of multixacts", .count($0.age))] } ?? []),
            actions: actions, explains: waiting.slowed, symptomOf: waiting.causes)
    }

    static let examples: [RuleExample] = [
        .fires("foreign keys to one parent", on: "cluster") {
            $0.addBusy("LWLock", "MultiXactMemberSLRU", sessions: 3)
            $0.addBusy("LWLock", "MultiXactOffsetBuffer", sessions: 2)
            $0.addBusy(nil, nil, sessions: 5)
        },
        .silent("now and then") {
            $0.addBusy("LWLock", "MultiXactGen", sessions: 1)
            $0.addBusy(nil, nil, sessions: 25)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "MultiXactGen", sessions: 20, readings: 2) },
    ]
}
