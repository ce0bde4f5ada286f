import Foundation
import Model

/// A session that opened a transaction and does nothing.
struct IdleInTransaction: Rule {
    private static let age = Threshold(
        "idle in its transaction", 300, "s",
        source: "pg_gather advises a timeout of 5 min; RULES of peers range from 30 s to 30 min")

    private static let together = Threshold(
        "sessions of one application at once", 5, "sessions",
        source: "dasha's levels for sessions idle in a transaction are 2, 5 and 10")
    private static let leakAge = Threshold(
        "each of them idle for", 30, "s", source: "dasha counts those that have idled for 30 s")

    static let metadata = RuleMetadata(
        id: "locks.idle-in-transaction",
        title: "Session idle in a transaction",
        area: .locks,
        needs: [.backends, .backendDetails],
        looksAt: "pg_stat_activity: state, state_change, xact_start, backend_xid, backend_xmin; pg_locks for who waits",
        why:
            "A transaction that is open but idle keeps its row locks, its snapshot if it has one, and its connection. Nobody may "
            + "wait for it now, and a minute later everybody does. It is always a defect of the application or of a person "
            + "who left a console open.",
        limits:
            "Read-only transactions without a snapshot harm nobody but their connection: they are notices. What others wait for "
            + "is reported by locks.blocking-session, which this then stands behind.",
        thresholds: [age, together, leakAge],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
        ],
        explains: [
            .holdsHorizon, .occupiesConnections,
            Edge(.leavesTransactionsOpen, "locks.pool-exhausted"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let blocking = Set(observation.forest.roots.map(\.pid))
        let idle = observation.snapshot.backends.filter { backend in
            backend.isClient && !backend.isOurs && backend.isIdleInTransaction && !blocking.contains(backend.pid)
                && (observation.age(of: backend.stateChange) ?? 0) >= Self.leakAge.value
        }
        let groups = Dictionary(grouping: idle) { $0.object }.values.compactMap { sessions -> Finding? in
            let old = sessions.filter { (observation.age(of: $0.stateChange) ?? 0) >= Self.age.value }
            // Each for half a minute only, but many at once: an error path that forgets to roll back.
            let isLeak = Double(sessions.count) >= Self.together.value
            guard isLeak || !old.isEmpty else { return nil }
            return finding(isLeak ? sessions : old, isLeak: isLeak, observation)
        }
        return .findings(groups.sorted { $0.fingerprint < $1.fingerprint })
    }

    private func finding(_ sessions: [Backend], isLeak: Bool, _ observation: Observation) -> Finding {
        let oldest = sessions.max {
            (observation.age(of: $0.stateChange) ?? 0) < (observation.age(of: $1.stateChange) ?? 0)
        }!
        let age = observation.age(of: oldest.stateChange) ?? 0
        let holdsSnapshot = sessions.contains { $0.xminAge != nil }
        let writes = sessions.contains { $0.transactionIDAge != nil }
        let holds = [writes ? "row locks" : nil, holdsSnapshot ? "a snapshot" : nil].compactMap(\.self)
        let what = holds.isEmpty ? "its connection" : holds.joined(separator: " and ")
        let name = oldest.application.isEmpty ? "role \(oldest.role ?? "unknown")" : oldest.application
        return Finding(
            Self.metadata, severity: holds.isEmpty && !isLeak ? .notice : .warning, tier: .cure,
            title: isLeak
                ? "\(name) leaves \(Quantity.count(sessions.count)) transactions open, for up to \(Quantity.seconds(age))"
                : "\(name) is idle in a transaction for \(Quantity.seconds(age))",
            objects: [oldest.object], impact: .sessions(Double(sessions.count)), confidence: .high,
            summary: "\(Quantity.plural(sessions.count, "session")) of \(oldest.owner) opened a transaction and "
                + "\(sessions.count == 1 ? "has" : "have") done nothing for up to \(Quantity.seconds(age)); \(what) "
                + "\(sessions.count == 1 ? "is" : "are") kept all the while."
                + (isLeak ? pooled(sessions, observation) : ""),
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(sessions.count))),
                Evidence("idle", "idle for", .seconds(age)),
                Evidence(
                    "transactionAge", "transaction open for",
                    .seconds(observation.age(of: oldest.transactionStart) ?? age)),
                Evidence("holds", "keeps", .text(what)),
            ] + (oldest.query.map { [Evidence("lastStatement", "last statement", .text($0))] } ?? []),
            notIf: "a person is at work in it right now", actions: actions(oldest, sessions, observation),
            explains: Set(sessions.map { .backend($0.pid) }), symptomOf: Set(sessions.map { .backend($0.pid) }))
    }

    /// What many open transactions mean for those who come next.
    private func pooled(_ sessions: [Backend], _ observation: Observation) -> String {
        let all = observation.clients.count { $0.object == sessions[0].object }
        let busy = " \(Quantity.count(sessions.count)) of its \(Quantity.count(all)) connections are taken by them"
        return observation.snapshot.server.isThroughPooler
            ? "\(busy): behind a pooler, other clients wait for each of these." : "\(busy)."
    }

    private func actions(_ oldest: Backend, _ sessions: [Backend], _ observation: Observation) -> [Action] {
        var actions = [
            Action(
                .containment, "end \(sessions.count == 1 ? "session \(oldest.pid)" : "these sessions")",
                sql: sessions.sorted { $0.pid < $1.pid }.prefix(5).map { $0.signal("pg_terminate_backend") },
                steps: ["Ask their owner first; cancelling does nothing, since no statement is running."],
                lock: LockNote("none", "the transaction is rolled back at once"),
                gain: Gain("its locks and snapshot are gone", .byDefinition),
                verify:
                    "SELECT pid, state, xact_start FROM pg_catalog.pg_stat_activity WHERE state LIKE 'idle in transaction%';",
                caution: "what the transaction wrote is lost")
        ]
        if let role = oldest.role {
            actions.append(
                .limit(
                    role, "idle_in_transaction_session_timeout", to: "5min",
                    title: "let the server end such sessions of \(role)",
                    gain: Gain("no idle transaction lives longer than five minutes", .estimated),
                    caution: "the application must stand losing a connection", observation))
        }
        actions.append(
            Action(
                .cure, "commit or roll back as soon as the work is done",
                steps: [
                    "Look for a client library that opens a transaction by itself (autocommit off), and for errors after which nobody rolls back."
                ],
                gain: Gain("no transaction is open without work", .ruleOfThumb)))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("ten minutes with a snapshot", on: "app/report") {
            $0.addSession(1, "report", state: "idle in transaction", for: 600) { $0.xminAge = 20_000 }
        },
        .fires("aborted, and nobody rolls back", on: "app/batch") {
            $0.addSession(1, "batch", state: "idle in transaction (aborted)", for: 900) { $0.transactionIDAge = 900 }
        },
        .fires("six of one application for forty seconds each: a leak", on: "app/web") {
            $0.addSessions(6, state: "idle in transaction", for: 40)
        },
        .silent("four of one application for forty seconds each") {
            $0.addSessions(4, state: "idle in transaction", for: 40)
        },
        .silent("twenty that are between two statements") {
            $0.addSessions(20, state: "idle in transaction", for: 0.05)
        },
        .silent("half a minute") { $0.addSession(1, "report", state: "idle in transaction", for: 30) },
        .silent("idle, not in a transaction") { $0.addSession(1, "pool", state: "idle", for: 9000) },
        .silent("it blocks others: reported as the blocking session") { $0.addRowLockPile(waiting: 3, for: 600) },
        .silent("a walsender") {
            $0.addSession(1, "walreceiver", state: "idle in transaction", for: 900) { $0.type = "walsender" }
        },
    ]
}
