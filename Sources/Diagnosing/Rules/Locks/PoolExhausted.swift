import Foundation
import Model

/// All connections of an application are stuck: it answers nobody.
struct PoolExhausted: Rule {
    private static let least = Threshold(
        "sessions of the application", 5, "sessions",
        source: "our choice: fewer are jobs, not a pool (defaults are 5 to 10)")
    private static let share = Threshold(
        "share of them that wait for a lock or idle in a transaction", 0.8, "share",
        source: "dasha's highest level for a pool in use")
    private static let patience = Threshold(
        "each of them for", 1, "s",
        source: "deadlock_timeout's default, after which log_lock_waits reports a wait: "
            + "https://www.postgresql.org/docs/current/runtime-config-locks.html")

    static let metadata = RuleMetadata(
        id: "locks.pool-exhausted",
        title: "All connections of an application are stuck",
        area: .locks,
        needs: [.backends, .backendDetails],
        looksAt:
            "client sessions by role, application and database: none of them idle, and nearly all waiting for a lock or idle in a "
            + "transaction; the role's and the database's CONNECTION LIMIT",
        why:
            "An application has as many connections as its pool. Once each waits for a lock, or is forgotten in a transaction, requests that "
            + "have nothing to do with it get no connection either: users see timeouts everywhere, and the server looks idle.",
        limits:
            "How large the pool may get is the application's affair: with a CONNECTION LIMIT reached, or as many sessions at the last "
            + "reading, it is certain, else likely. Behind a pooler the sessions are the pooler's.",
        thresholds: [least, share, patience],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
            "https://www.pgbouncer.org/usage.html#show-pools",
        ], explains: [.occupiesConnections])

    func evaluate(_ observation: Observation) -> Outcome {
        let groups = Dictionary(grouping: observation.clients.filter { !$0.isConsole && !$0.isCopyOfAll }, by: \.object)
        return .findings(
            groups.values.compactMap { finding($0, observation) }.sorted { $0.fingerprint < $1.fingerprint })
    }

    private func finding(_ sessions: [Backend], _ observation: Observation) -> Finding? {
        guard Double(sessions.count) >= Self.least.value, !sessions.contains(where: { $0.state == "idle" }) else {
            return nil
        }
        let stuck = sessions.filter { backend in
            (backend.waitsForLock || backend.isIdleInTransaction)
                && (observation.age(of: backend.stateChange) ?? 0) >= Self.patience.value
        }
        guard Double(stuck.count) >= Self.share.value * Double(sessions.count), let first = stuck.first else {
            return nil
        }
        let waiting = stuck.count(where: \.waitsForLock)
        let pids = Set(sessions.map(\.pid))
        let shortest = stuck.compactMap { observation.age(of: $0.stateChange) }.min() ?? 0
        let limit = limit(of: first, observation)
        let isFull = limit.map { sessions.count >= $0 } ?? false
        let before = observation.earlier?.backends.count { $0.object == first.object && $0.isClient && !$0.isOurs }
        let roots = observation.blockers.filter { tree in tree.victims.contains { pids.contains($0.pid) } }
        let behind = roots.first.map { " Most of what they wait for leads to \($0.name)." } ?? ""
        let verify =
            "SELECT state, wait_event_type, count(*) FROM pg_catalog.pg_stat_activity WHERE application_name = "
            + "\(SQL.literal(first.application)) GROUP BY 1, 2;"
        return Finding(
            Self.metadata, severity: .critical, tier: .containment,
            title: "all \(Quantity.count(sessions.count)) connections of \(first.label) are stuck",
            objects: [first.object], impact: .sessions(Double(stuck.count)),
            confidence: isFull || before == sessions.count ? .high : .medium,
            summary:
                "Of the \(Quantity.count(sessions.count)) sessions of \(first.owner) none is free: \(Quantity.count(waiting)) wait for "
                + "locks and \(Quantity.count(stuck.count - waiting)) idle in a transaction, each for \(Quantity.seconds(shortest)) at "
                + "least.\(behind)",
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(sessions.count))),
                Evidence("waiting", "wait for locks", .count(Int64(waiting))),
                Evidence("idleInTransaction", "idle in a transaction", .count(Int64(stuck.count - waiting))),
                Evidence("shortest", "each for at least", .seconds(shortest)),
            ] + (limit.map { [Evidence("limit", "CONNECTION LIMIT", .count(Int64($0)))] } ?? [])
                + (before.map { [Evidence("sessionsBefore", "sessions at the last reading", .count(Int64($0)))] } ?? []),
            notIf: "the application opens more connections as it needs them, and has",
            actions: [
                Action(
                    .containment, "end what they wait for",
                    steps: roots.isEmpty
                        ? [
                            "They wait for the application itself: restart \(first.label), or end its oldest transactions.",
                            "SELECT pid, xact_start, query FROM pg_catalog.pg_stat_activity WHERE application_name = "
                                + "\(SQL.literal(first.application)) AND state LIKE 'idle in transaction%' ORDER BY xact_start;",
                        ]
                        : [
                            "End or cancel \(roots[0].name): see locks.blocking-session for the statement and the checklist."
                        ],
                    lock: LockNote.none, gain: Gain("frees \(Quantity.plural(stuck.count, "session"))", .measured),
                    verify: verify, caution: "the work of the transaction that is ended is lost")
            ]
                + (first.role.map { role in
                    [
                        Action.limit(
                            role, waiting * 2 >= stuck.count ? "lock_timeout" : "idle_in_transaction_session_timeout",
                            to: waiting * 2 >= stuck.count ? "10s" : "60s",
                            title: "let sessions of \(role) give up before all of them are stuck",
                            gain: Gain("the pool is stuck for a minute at most", .estimated),
                            caution: "the application must try again, or stand losing a connection", observation)
                    ]
                } ?? []) + [
                    Action(
                        .cure, "keep what can wait out of the pool of what must not",
                        steps: [
                            "A pool of its own for jobs, reports and imports; a short timeout for getting a connection from a pool.",
                            "No call of another service between BEGIN and COMMIT.",
                        ], gain: Gain("one slow thing no longer stops the others", .ruleOfThumb), verify: verify)
                ], explains: Set(pids.map { .backend($0) }),
            symptomOf: Set(pids.union(roots.map(\.root.pid)).map { .backend($0) }))
    }

    private func limit(of backend: Backend, _ observation: Observation) -> Int? {
        let role = observation.snapshot.roles.first { $0.name == backend.role }?.connectionLimit ?? -1
        let database = observation.snapshot.databases.first { $0.name == backend.database }?.connectionLimit ?? -1
        return [role, database].filter { $0 > 0 }.min()
    }

    static let examples: [RuleExample] = [
        .fires("all ten wait for a lock", on: "app/web") {
            $0.addSessions(10, state: "active", for: 12) { $0.waitEventType = "Lock" }
        },
        .fires("all five are forgotten in a transaction", on: "app/web") {
            $0.addSessions(5, state: "idle in transaction", for: 40)
        },
        .silent("one is free") {
            $0.addSessions(10, state: "active", for: 12) { $0.waitEventType = "Lock" }
            $0.addSessions(1, from: 50, state: "idle", for: 12)
        },
        .silent("a hundred that wait for each other for an instant") {
            $0.addSessions(100, state: "active", for: 0.3) { $0.waitEventType = "Lock" }
        },
        .silent("all are at work") { $0.addSessions(20, state: "active", for: 12) },
        .silent("three jobs") { $0.addSessions(3, state: "active", for: 12) { $0.waitEventType = "Lock" } },
    ]
}
