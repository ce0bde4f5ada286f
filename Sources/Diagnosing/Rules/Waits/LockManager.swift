import Model

/// Statements that lock more relations than a session can lock on its own.
struct LockManager: Rule {
    static let metadata = RuleMetadata(
        id: "waits.lock-manager",
        title: "Sessions queue for the table of locks: too many relations locked at once",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt:
            "busy sessions in the wait event LWLock:LockManager, the tables of their statements with partitions and "
            + "indexes, and the fast-path slots of a session",
        why: "A statement locks every table, partition and index that it may read. A session notes the first of these "
            + "locks in slots of its own, which costs next to nothing; the others go through one table in shared memory "
            + "that all sessions share, in sixteen parts. Where many statements lock many relations, they queue there.",
        limits:
            "Sessions that queue for rows use the same table: where more wait for locks themselves than for the table "
            + "of locks, the locks are the matter, and nothing is said here.",
        thresholds: [share, WaitingSessions.readings, WaitingSessions.steady, WaitingSessions.sessions],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LWLOCK-TABLE",
            "https://git.postgresql.org/gitweb/?p=postgresql.git;a=blob;f=src/backend/storage/lmgr/README",
            "https://www.postgresql.org/docs/18/release-18.html",
        ],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    private static let share = Threshold(
        "share of the busy sessions, lower end of its 95 % interval", 0.1, "share",
        source: "our choice: half of pg_gather's 20 %, since a healthy load has next to none")

    func evaluate(_ observation: Observation) -> Outcome {
        let locks = observation.load?.part("locks") { $0.waitEventType == "Lock" }?.average ?? 0
        return WaitingSessions.judge(
            observation, "the table of locks", share: Self.share, where: { $0.waits("LWLock", "LockManager") }
        ) { $0.part.average > locks ? finding($0, observation) : nil }
    }

    /// Fast-path slots of a session: 16 up to 17; from 18 as many as max_locks_per_transaction, rounded up to a power of
    /// two, in groups of 16, 16,384 at most (InitializeFastPathLocks in postinit.c).
    static func slots(_ observation: Observation) -> Int {
        guard observation.snapshot.server.version >= .v18 else { return 16 }
        var slots = 16
        let wanted = Int(observation.setting("max_locks_per_transaction")?.number ?? 64)
        while slots < min(wanted, 16_384) { slots *= 2 }
        return slots
    }

    /// Relations that a statement may lock: its tables with their partitions, and the indexes of all of them.
    static func relations(of load: StatementLoad, _ observation: Observation) -> Int {
        guard let catalog = observation.snapshot.catalogs.first(where: { $0.database == load.database }) else {
            return 0
        }
        let named = load.relations(in: observation.snapshot)
        let all = named.union(
            catalog.relations.filter { $0.partitionRoot.map(named.contains) ?? false }.map(\.name))
        return all.count + catalog.indexes.count { all.contains($0.relation) }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let slots = Self.slots(observation)
        let locked = waiting.loads.prefix(5).map { (load: $0, count: Self.relations(of: $0, observation)) }
            .max { $0.count < $1.count }
        let isOver = (locked?.count ?? 0) > slots
        let reason =
            isOver
            ? " A statement of theirs names tables with \(locked!.count) relations, partitions and indexes counted; a session has "
                + "\(slots) slots of its own."
            : ""
        return Finding(
            Self.metadata, severity: waiting.severity(from: Self.share.value), tier: .cure,
            title: "sessions queue for the table of locks", objects: [.cluster], impact: waiting.impact,
            confidence: isOver ? waiting.confidence : .medium,
            summary: "\(waiting.text) wait for the lock manager's table in shared memory.\(reason)",
            evidence: waiting.evidence + [
                Evidence("fastPathSlots", "fast-path slots of a session", .count(Int64(slots)))
            ]
                + (locked.map {
                    [
                        Evidence("relationsLocked", "relations that a statement may lock", .count(Int64($0.count))),
                        Evidence("statement", "statement", .text($0.load.label(200))),
                    ]
                } ?? []),
            actions: actions(locked?.count ?? 0, slots, observation), explains: waiting.slowed,
            symptomOf: waiting.causes)
    }

    private func actions(_ count: Int, _ slots: Int, _ observation: Observation) -> [Action] {
        var actions = [
            Action(
                .containment, "let fewer sessions run them at once",
                steps: [
                    WaitingSessions.now("wait_event = 'LockManager'"),
                    "SELECT pid, count(*) FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND NOT fastpath AND granted "
                        + "GROUP BY pid ORDER BY 2 DESC LIMIT 5;",
                ], lock: LockNote.none, gain: Gain("a shorter queue", .ruleOfThumb))
        ]
        if observation.snapshot.server.version >= .v18, count > slots, count <= 16_384 {
            let old = observation.setting("max_locks_per_transaction")?.value ?? "64"
            var wanted = slots
            while wanted < count { wanted *= 2 }
            actions.append(
                Action(
                    .fix, "give each session \(wanted) fast-path slots",
                    sql: ["ALTER SYSTEM SET max_locks_per_transaction = \(wanted);"],
                    steps: ["Restart the server: the setting is read at its start."], lock: LockNote.none,
                    gain: Gain("these locks cost no shared memory access", .estimated),
                    verify: "SHOW max_locks_per_transaction;",
                    undo: "ALTER SYSTEM SET max_locks_per_transaction = \(old);",
                    caution:
                        "more shared memory: the table of locks grows with it; on a primary with standbys raise it there first"
                ))
        }
        actions.append(
            Action(
                .cure, "lock fewer relations",
                steps: [
                    "Write the partition key into WHERE, so that the planner leaves the other partitions alone; "
                        + "a generic plan locks them all: SET plan_cache_mode = force_custom_plan for such statements.",
                    "Drop indexes that nobody uses: each is locked by every statement on its table.",
                    "Fewer, larger partitions.",
                ]
                    + (observation.snapshot.server.version < .v18
                        ? ["From 18 a session has as many slots as max_locks_per_transaction says, 64 by default."]
                        : []),
                gain: Gain("none of these waits below \(slots) relations a statement", .estimated)))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a hundred partitions", on: "cluster") {
            $0.addPartitions(100)
            $0.addStatement("f1", "SELECT * FROM events WHERE kind = $1", queryID: 7, calls: 1000, time: 1000) {
                $0.searchPath = ["public"]
            }
            $0.addBusy("LWLock", "LockManager", sessions: 6, queryID: 7)
            $0.addBusy(nil, nil, sessions: 4, queryID: 7)
        },
        .silent("sessions queue for rows, and so also for the table of locks") {
            $0.addBusy("LWLock", "LockManager", sessions: 3)
            $0.addBusy("Lock", "transactionid", sessions: 17)
        },
        .silent("now and then") {
            $0.addBusy("LWLock", "LockManager", sessions: 1)
            $0.addBusy(nil, nil, sessions: 19)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "LockManager", sessions: 20, readings: 2) },
    ]
}

extension Snapshot {
    fileprivate mutating func addPartitions(_ count: Int) {
        let root = QualifiedName("public", "events")
        catalogs[0].relations.append(
            .make {
                $0.name = root; $0.kind = .partitioned
            })
        for number in 1...count {
            let name = QualifiedName("public", "events_\(number)")
            catalogs[0].relations.append(
                .make {
                    $0.name = name; $0.isPartition = true; $0.partitionRoot = root
                })
        }
    }
}
