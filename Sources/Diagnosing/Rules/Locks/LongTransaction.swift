import Foundation
import Model

/// A transaction of many statements that does not come to its end.
struct LongTransaction: Rule {
    private static let age = Threshold(
        "age of the transaction", 300, "s", source: "dasha's levels are 300, 600 and 1800 s")
    private static let grave = Threshold(
        "age at which what it holds is a warning", 1800, "s", source: "dasha's highest level")

    static let metadata = RuleMetadata(
        id: "locks.long-transaction",
        title: "Transaction that does not end",
        area: .locks,
        needs: [.backends, .backendDetails],
        looksAt:
            "pg_stat_activity: xact_start of sessions that work, what they hold (backend_xid, backend_xmin), pg_stat_progress_*",
        why:
            "Whatever a transaction has written stays locked, and what it might still read is kept from VACUUM, until it ends. A job that "
            + "does everything in one transaction harms others by its length alone, and when it fails, all of it has to be done again.",
        limits:
            "Age alone is no harm: without a row lock or an old snapshot it is a notice. Dumps, maintenance with a progress view, "
            + "replication and consoles of people are left out, and so are sessions that others wait for (locks.blocking-session), "
            + "that idle (locks.idle-in-transaction), or that are in one long statement (locks.long-statement).",
        thresholds: [age, grave, HeldSnapshot.old],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT",
        ],
        explains: [
            .holdsHorizon, .occupiesConnections,
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let open = observation.longRunning(than: Self.age.value).filter { !$0.isSingleStatement }
        let groups = Dictionary(grouping: open, by: \.object)
        return .findings(groups.values.map { finding($0, observation) }.sorted { $0.fingerprint < $1.fingerprint })
    }

    private func finding(_ sessions: [Backend], _ observation: Observation) -> Finding {
        let oldest = sessions.max {
            (observation.age(of: $0.transactionStart) ?? 0) < (observation.age(of: $1.transactionStart) ?? 0)
        }!
        let age = observation.age(of: oldest.transactionStart) ?? 0
        let held = HeldSnapshot(sessions)
        let isWarning = held.isOld || held.writes && age >= Self.grave.value
        let role = oldest.role
        let has = sessions.count == 1 ? "has" : "have"
        return Finding(
            Self.metadata, severity: isWarning ? .warning : .notice, tier: .cure,
            title: "\(oldest.label) has had a transaction open for \(Quantity.seconds(age))",
            objects: [oldest.object], impact: .sessions(Double(sessions.count)),
            confidence: isWarning ? .high : .medium,
            summary:
                "\(Quantity.plural(sessions.count, "session")) of \(oldest.owner) \(has) worked in one transaction for up to "
                + "\(Quantity.seconds(age)), statement after statement; it keeps \(held.text).",
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(sessions.count))),
                Evidence("transactionAge", "transaction open for", .seconds(age)),
                Evidence("holds", "keeps", .text(held.text)),
            ] + held.evidence + (oldest.query.map { [Evidence("statement", "statement now", .text($0))] } ?? []),
            notIf: "it is a batch that runs at a quiet hour, and nothing waits for it",
            actions: [
                Action.end(
                    sessions, gain: Gain("its locks and snapshot are gone", .byDefinition),
                    verify:
                        "SELECT pid, state, xact_start FROM pg_catalog.pg_stat_activity ORDER BY xact_start LIMIT 5;",
                    steps: ["Let it go on where it is near its end: what it has done so far is lost otherwise."],
                    caution: "the whole transaction is rolled back, and its rows are left behind dead for VACUUM")
            ]
                + (role.map { role in
                    observation.snapshot.server.version >= .v17
                        ? [
                            Action.limit(
                                role, "transaction_timeout", to: "1h",
                                title: "let the server end such transactions of \(role)",
                                gain: Gain("no transaction of the role is older than an hour", .estimated),
                                caution: "the session is ended with its transaction: batches need a role of their own",
                                observation)
                        ] : []
                } ?? []) + [
                    Action(
                        .cure, "commit in batches",
                        steps: [
                            "Work through the key in steps of some thousand rows, each its own transaction, and remember the last key that "
                                + "was done: after an error the job goes on from there.",
                            "Read first and without a transaction; open it for the writes only.",
                        ], lock: LockNote.none,
                        gain: Gain("locks and snapshot live for as long as a batch", .ruleOfThumb),
                        verify: "SELECT max(now() - xact_start) FROM pg_catalog.pg_stat_activity;",
                        undo: "the former job")
                ],
            explains: Set(sessions.map { .backend($0.pid) }), symptomOf: Set(sessions.map { .backend($0.pid) }))
    }

    static let examples: [RuleExample] = [
        .fires("a batch of forty minutes that wrote", on: "app/batch") {
            $0.addSession(1, "batch", for: 2, transaction: 2400) { $0.transactionIDAge = 900 }
        },
        .fires("ten minutes, and a snapshot from long ago", on: "app/report") {
            $0.addSession(1, "report", for: 2, transaction: 600) { $0.xminAge = 250_000 }
        },
        .silent("a minute") { $0.addSession(1, "batch", for: 2, transaction: 60) { $0.transactionIDAge = 900 } },
        .silent("one statement, which is told as such") {
            $0.addSession(1, "report", for: 900) { $0.xminAge = 250_000 }
        },
        .silent("the backup") { $0.addSession(1, "pg_dump", for: 2, transaction: 7200) { $0.xminAge = 250_000 } },
        .silent("a walsender") {
            $0.addSession(1, "cdc", for: 2, transaction: 7200) { $0.type = "walsender" }
        },
        .silent("a person at a prompt") { $0.addSession(1, "psql", for: 2, transaction: 900) },
        .silent("others wait for it: the blocking session tells it") {
            $0.addRowLockPile(waiting: 3, for: 600, holder: "active")
        },
    ]
}
