import Foundation
import Model

/// Advisory locks that idle sessions keep.
struct AdvisoryLockHeld: Rule {
    private static let idle = Threshold(
        "idle with the lock", 300, "s", source: "our choice, as locks.idle-in-transaction: no job pauses for so long")
    private static let leak = Threshold(
        "locks of one idle session that tell of a leak", 10, "locks",
        source: "our choice: a leader or a migration holds one or two")
    private static let growth = Threshold(
        "more of them than at the last reading: a leak", 10, "locks",
        source: "our choice: by design their number is constant")

    static let metadata = RuleMetadata(
        id: "locks.advisory-lock-held",
        title: "Advisory lock that an idle session keeps",
        area: .locks,
        needs: [.locks, .backends, .backendDetails],
        looksAt:
            "granted advisory locks of pg_locks whose session is idle outside a transaction, and who waits for them",
        why:
            "A session-level advisory lock (pg_advisory_lock) ends with the session or with pg_advisory_unlock, not with the transaction. "
            + "An error path that forgets to unlock, or a pooler that gives the next statement another server connection, leaves it "
            + "behind: the job that it guards never runs again, and each leak takes a place in the shared lock table.",
        limits:
            "How long a lock has been held is not recorded: the time that the session has been idle is the least. Leader elections and "
            + "migration tools keep one by design: without waiters or growth it is a notice. Locks of sessions within a transaction are "
            + "left to locks.idle-in-transaction.",
        thresholds: [idle, leak, growth],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",
            "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS",
            "https://www.pgbouncer.org/features.html",
        ],
        explains: [
            Edge(.holdsLock, "locks.blocking-session"), Edge(.holdsLock, "locks.pool-exhausted"),
            Edge(.locksMore, "locks.lock-table-near-full"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let holders = Self.holders(observation.snapshot)
        let waitedFor = Dictionary(
            observation.blockers.map { ($0.root.pid, $0) }, uniquingKeysWith: { first, _ in first })
        let before = observation.earlier.map(Self.holders) ?? []
        let findings = Dictionary(grouping: holders, by: \.backend.object).compactMap { object, group -> Finding? in
            let count = group.reduce(0) { $0 + $1.locks.count }
            let then = before.filter { $0.backend.object == object }.reduce(0) { $0 + $1.locks.count }
            let grown = observation.earlier == nil ? 0 : count - then
            let isLeak =
                group.contains { Double($0.locks.count) >= Self.leak.value } || Double(grown) >= Self.growth.value
            let victims = group.compactMap { waitedFor[$0.backend.pid] }
            let isOld = group.contains { (observation.age(of: $0.backend.stateChange) ?? 0) >= Self.idle.value }
            guard isOld || isLeak || !victims.isEmpty else { return nil }
            return finding(group, count, grown: grown, isLeak: isLeak, victims, observation)
        }
        return .findings(findings.sorted { $0.fingerprint < $1.fingerprint })
    }

    private struct Holder {
        var backend: Backend
        var locks: [Lock]
    }

    /// An idle session holds no lock of a transaction: what it has is of the session.
    private static func holders(_ snapshot: Snapshot) -> [Holder] {
        let locks = Dictionary(grouping: snapshot.locks.filter { $0.type == "advisory" && $0.isGranted }, by: \.pid)
        return snapshot.backends.compactMap { backend in
            guard backend.isClient, !backend.isOurs, backend.state == "idle", let held = locks[backend.pid] else {
                return nil
            }
            return Holder(backend: backend, locks: held)
        }
    }

    private func finding(
        _ group: [Holder], _ count: Int, grown: Int, isLeak: Bool, _ trees: [BlockedSessions],
        _ observation: Observation
    ) -> Finding {
        let oldest = group.max {
            (observation.age(of: $0.backend.stateChange) ?? 0) < (observation.age(of: $1.backend.stateChange) ?? 0)
        }!
        let age = observation.age(of: oldest.backend.stateChange) ?? 0
        let victims = trees.reduce(0) { $0 + $1.victims.count }
        let keys = Array(Set(group.flatMap(\.locks).map(\.advisoryKey)).sorted().prefix(5))
        let sessions = Quantity.plural(group.count, "idle session")
        let pids = Set(group.map(\.backend.pid))
        let isThroughPooler = observation.snapshot.server.isThroughPooler
        let waits =
            victims == 0 ? "" : " \(Quantity.plural(victims, "session")) \(victims == 1 ? "waits" : "wait") for them."
        let growth = grown > 0 && isLeak ? " There are \(Quantity.count(grown)) more than at the last reading." : ""
        return Finding(
            Self.metadata, severity: victims > 0 || isLeak ? .warning : .notice,
            tier: victims > 0 ? .containment : .cure,
            title: "\(oldest.backend.label) keeps \(Quantity.plural(count, "advisory lock")) in \(sessions)",
            objects: [oldest.backend.object], impact: .sessions(Double(max(victims, isLeak ? group.count : 0))),
            confidence: victims > 0 || isLeak ? .high : .medium,
            summary: (group.count == 1
                ? "Session \(oldest.backend.pid) (\(oldest.backend.owner)) "
                : "\(sessions) of \(oldest.backend.owner) ")
                + "\(group.count == 1 ? "holds" : "hold") \(Quantity.plural(count, "session-level advisory lock")) and "
                + "\(group.count == 1 ? "has" : "have") done nothing for up to \(Quantity.seconds(age)).\(waits)\(growth)",
            evidence: [
                Evidence("locks", "advisory locks", .count(Int64(count))),
                Evidence("keys", "keys", .list(keys)),
                Evidence("sessions", "sessions", .count(Int64(group.count))),
                Evidence("idle", "idle for", .seconds(age)),
                Evidence("waitingSessions", "sessions that wait for them", .count(Int64(victims))),
                Evidence("throughPooler", "we came through a pooler", .flag(isThroughPooler)),
            ] + (oldest.backend.query.map { [Evidence("lastStatement", "last statement", .text($0))] } ?? []),
            notIf: "the lock marks the leader among several processes, or a migration that is going on",
            actions: actions(group.map(\.backend), keys, victims, observation),
            explains: Set(pids.map { .backend($0) }),
            symptomOf: [])
    }

    private func actions(
        _ sessions: [Backend], _ keys: [String], _ victims: Int, _ observation: Observation
    ) -> [Action] {
        var actions = [
            Action.end(
                sessions,
                gain: Gain(
                    victims > 0 ? "frees \(Quantity.plural(victims, "session"))" : "its advisory locks are gone",
                    victims > 0 ? .measured : .byDefinition),
                verify: "SELECT pid, classid, objid, objsubid FROM pg_catalog.pg_locks WHERE locktype = 'advisory';",
                steps: [
                    "Look in the application for what takes \(keys.prefix(2).joined(separator: ", ")), and whether that job runs anywhere now."
                ], caution: "the application must stand losing a connection; a leader loses its office")
        ]
        if let role = sessions.first?.role {
            actions.append(
                Action.limit(
                    role, "idle_session_timeout", to: "1h",
                    title: "let the server end sessions of \(role) that idle for long",
                    gain: Gain("no leaked lock is older than an hour", .estimated),
                    caution: "poolers keep idle connections on purpose: set their own server_idle_timeout lower",
                    observation))
        }
        actions.append(
            Action(
                .cure, "take the lock for a transaction",
                steps: [
                    "pg_advisory_xact_lock(key) ends with the transaction, also after an error, and is safe behind PgBouncer in transaction mode.",
                    "Where it must outlive transactions: a direct connection of its own, and pg_advisory_unlock in a finally block.",
                ], lock: LockNote.none, gain: Gain("no lock is left behind", .ruleOfThumb),
                verify: "SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory';",
                undo: "the former calls"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a job's lock that was never given back: others wait", on: "app/cron") {
            $0.addAdvisory(idle: 20)
            $0.addSession(9, "cron", for: 15)
            $0.addLock(9, "advisory", "ExclusiveLock", waitingFor: 15)
            $0.setAdvisoryKeys()
        },
        .fires("idle for an hour with one", on: "app/cron") { $0.addAdvisory(idle: 3600) },
        .fires("thirty in one session behind a pooler", on: "app/cron") { $0.addAdvisory(idle: 2, locks: 30) },
        .silent("taken a moment ago") { $0.addAdvisory(idle: 2) },
        .silent("within a transaction") { $0.addAdvisory(state: "idle in transaction", idle: 900) },
        .silent("a busy session") { $0.addAdvisory(state: "active", idle: 900) },
        .fires(
            "more and more of them", on: "app/cron", before: { $0.addAdvisory(idle: 1, locks: 2) },
            after: { snapshot in for pid in 10..<22 { snapshot.addAdvisory(pid: pid, idle: 1) } }),
    ]
}

extension Lock {
    /// As it was asked for: a bigint is split into two halves, two integers stand beside each other
    /// (https://www.postgresql.org/docs/current/view-pg-locks.html).
    var advisoryKey: String {
        let (high, low) = (UInt32(truncatingIfNeeded: classID ?? 0), UInt32(truncatingIfNeeded: objectID ?? 0))
        if objectSubID == 2 { return "(\(Int32(bitPattern: high)), \(Int32(bitPattern: low)))" }
        return String(Int64(bitPattern: UInt64(high) << 32 | UInt64(low)))
    }
}

extension Snapshot {
    fileprivate mutating func addAdvisory(
        pid: Int = 1, state: String = "idle", idle seconds: Double, locks count: Int = 1
    ) {
        addSession(pid, "cron", state: state, for: seconds) { $0.query = "SELECT pg_advisory_lock($1)" }
        for _ in 0..<count { addLock(pid, "advisory", "ExclusiveLock") }
        if pid == 1 { setAdvisoryKeys() } else { locks[locks.count - 1].objectID = Int64(pid) }
    }

    /// One key for each of a session's, the same for those that wait.
    fileprivate mutating func setAdvisoryKeys() {
        for place in locks.indices where locks[place].type == "advisory" {
            locks[place].classID = 0
            locks[place].objectID = locks[place].isGranted ? Int64(42 + place) : 42
            locks[place].objectSubID = 1
        }
    }
}
