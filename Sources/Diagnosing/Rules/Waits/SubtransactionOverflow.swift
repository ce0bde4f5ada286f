import Foundation
import Model

/// Readers that look up to which transaction a subtransaction belongs.
struct SubtransactionOverflow: Rule {
    static let metadata = RuleMetadata(
        id: "waits.subtransaction-overflow",
        title: "Sessions look up subtransactions: a transaction has too many savepoints",
        area: .waits,
        needs: [.activitySamples, .backendDetails, .backends],
        looksAt:
            "busy sessions in the wait events LWLock:SubtransSLRU and SubtransBuffer, reads of the subtransaction cache in "
            + "pg_stat_slru, and the oldest transactions",
        why:
            "A session shows others its first 64 subtransactions. A transaction with more (a savepoint or an EXCEPTION "
            + "block each) makes every snapshot incomplete: while it runs, or while an old snapshot is kept, all "
            + "readers look up the parent of each row version in a small cache, and past its size on disk. Throughput then falls "
            + "from one moment to the next.",
        limits: "Which transaction has so many cannot be seen up to 15; from 16 pg_stat_get_backend_subxact tells it. "
            + "A single look-up is nothing: what is judged is sessions that wait.",
        thresholds: [share, WaitingSessions.readings, WaitingSessions.steady, WaitingSessions.sessions],
        references: [
            "https://www.postgresql.org/docs/current/subxacts.html",
            "https://git.postgresql.org/gitweb/?p=postgresql.git;a=blob;f=src/backend/access/transam/README",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SLRU-VIEW",
        ],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    private static let share = Threshold(
        "share of the busy sessions, lower end of its 95 % interval", 0.1, "share",
        source: "our choice: half of pg_gather's 20 %, since a healthy load has none")

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(
            observation, "subtransactions", share: Self.share,
            where: { $0.waits("LWLock", "SubtransSLRU", "SubtransBuffer") }
        ) { finding($0, observation) }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let open = observation.snapshot.backends
            .filter { $0.isClient && !$0.isOurs && $0.transactionStart != nil }
            .sorted { $0.transactionStart! < $1.transactionStart! }
        let oldest = open.first
        let age = observation.age(of: oldest?.transactionStart)
        var evidence = waiting.evidence
        if let oldest, let age {
            evidence += [
                Evidence("oldestTransaction", "oldest transaction", .text(oldest.nameWithPID)),
                Evidence("oldestTransactionAge", "it is open for", .seconds(age)),
            ]
        }
        evidence += observation.reads(ofCache: "subtrans")
        return Finding(
            Self.metadata, severity: waiting.severity(from: Self.share.value), tier: .containment,
            title: "sessions look up the parents of subtransactions", objects: [.cluster], impact: waiting.impact,
            confidence: waiting.confidence,
            summary:
                "\(waiting.text) wait for the cache of subtransactions: a transaction with more than 64 savepoints or "
                + "EXCEPTION blocks runs, or ran under a snapshot that is still held."
                + (oldest.map { " The oldest transaction is that of \($0.nameWithPID)." } ?? ""),
            evidence: evidence, actions: actions(oldest, observation), explains: waiting.slowed,
            symptomOf: Set(open.prefix(3).map { .backend($0.pid) }).union([.horizon]))
    }

    private func actions(_ oldest: Backend?, _ observation: Observation) -> [Action] {
        var actions: [Action] = []
        let major = observation.snapshot.server.version.major
        if let oldest {
            let isIdle = oldest.state != "active"
            actions.append(
                Action(
                    .containment, "end the oldest transaction: session \(oldest.pid)",
                    sql: [oldest.signal(isIdle ? "pg_terminate_backend" : "pg_cancel_backend")],
                    steps: [
                        "Ask its owner first: what it has not committed is lost; the rollback itself takes no time.",
                        major >= 16
                            ? "See which session has too many: SELECT a.pid, s.* FROM pg_catalog.pg_stat_get_backend_idset() AS b "
                                + "(id), pg_catalog.pg_stat_get_backend_subxact(b.id) s, pg_catalog.pg_stat_activity a WHERE a.pid = "
                                + "pg_catalog.pg_stat_get_backend_pid(b.id) AND s.subxact_overflowed;"
                            : "Which session has too many cannot be seen before 16: look for loops with savepoints.",
                    ], lock: LockNote("none", "its transaction is rolled back at once"),
                    gain: Gain("look-ups end when no old snapshot is left", .estimated),
                    verify: WaitingSessions.now("wait_event LIKE 'Subtrans%'")))
        }
        if major >= 17 {
            let old = observation.setting("subtransaction_buffers")?.value ?? "0"
            actions.append(
                Action(
                    .fix, "make the cache of subtransactions larger",
                    sql: ["ALTER SYSTEM SET subtransaction_buffers = '32MB';"], steps: ["Restart the server."],
                    lock: LockNote.none, gain: Gain("look-ups stay in memory", .estimated),
                    verify: "SHOW subtransaction_buffers;",
                    undo: "ALTER SYSTEM SET subtransaction_buffers = \(SQL.literal(old));"))
        }
        actions.append(
            Action(
                .cure, "keep a transaction below 65 subtransactions",
                steps: [
                    "Each SAVEPOINT and each PL/pgSQL block with EXCEPTION that writes is one: take it out of the loop, or commit in batches.",
                    "Drivers make savepoints of their own: autosave=always of pgJDBC, nested transactions of ORMs, ON_ERROR_ROLLBACK of psql.",
                    "INSERT … ON CONFLICT DO NOTHING in place of a block that catches unique_violation.",
                ], gain: Gain("no snapshot is incomplete", .estimated)))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("readers under a long transaction", on: "cluster") {
            $0.addSession(100, "batch", state: "idle in transaction", for: 600)
            $0.addBusy("LWLock", "SubtransSLRU", sessions: 6)
            $0.addBusy(nil, nil, sessions: 6)
        },
        .silent("a look-up now and then") {
            $0.addBusy("LWLock", "SubtransSLRU", sessions: 1)
            $0.addBusy(nil, nil, sessions: 25)
        },
        .silent("a long transaction alone") {
            $0.addSession(100, "batch", state: "idle in transaction", for: 600)
            $0.addBusy(nil, nil, sessions: 6)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "SubtransSLRU", sessions: 20, readings: 2) },
    ]
}

extension Observation {
    /// Reads and hits within the window of a cache of pg_stat_slru, whose names begin so in any case.
    func reads(ofCache name: String) -> [Evidence] {
        func sum(_ snapshot: Snapshot) -> (reads: Int64, hits: Int64) {
            let found = (snapshot.slru ?? []).filter { $0.name.lowercased().hasPrefix(name) }
            return (found.reduce(0) { $0 + $1.blocksRead }, found.reduce(0) { $0 + $1.blocksHit })
        }
        guard snapshot.slru != nil else { return [] }
        let now = sum(snapshot)
        let before = earlier.map(sum) ?? (reads: 0, hits: 0)
        let reads = now.reads >= before.reads ? now.reads - before.reads : now.reads
        let hits = now.hits >= before.hits ? now.hits - before.hits : now.hits
        return [
            Evidence("cacheReads", "pages read into its cache", .count(reads)),
            Evidence("cacheHits", "pages found in its cache", .count(hits)),
        ]
    }
}
