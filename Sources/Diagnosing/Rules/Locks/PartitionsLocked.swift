import Foundation
import Model

/// Sessions that lock hundreds of tables and indexes for one statement, beyond what the fast path takes.
struct PartitionsLocked: Rule {
    private static let locks = Threshold(
        "locks of a session beyond the fast path", 100, "locks",
        source: "our choice: several times the 16 that a backend can take by the fast path up to 17 "
            + "(FP_LOCK_SLOTS_PER_BACKEND in src/include/storage/proc.h); from 18 there are max_locks_per_transaction")
    private static let sessions = Threshold(
        "sessions of one application that do so", 3, "sessions", source: "our choice: one is a job or a migration")
    private static let contended = Threshold(
        "sessions that wait for the lock manager: warning", 2, "sessions", source: "our choice: then it is felt")

    static let metadata = RuleMetadata(
        id: "locks.partitions-locked",
        title: "Statements that lock hundreds of partitions",
        area: .locks,
        needs: [.lockTable, .backends],
        looksAt:
            "locks on relations in weak modes that are not by the fast path, counted from pg_locks by process; sessions that wait for "
            + "LWLock LockManager",
        why:
            "A query locks all partitions that it does not prune at planning, and all their indexes. A few locks a backend takes for itself "
            + "(the fast path); the others go into the shared table, under sixteen lightweight locks that all sessions meet at. With many "
            + "sessions the CPUs are busy with locking, and planning takes longer than the query.",
        limits:
            "One reading: short transactions hold their locks for milliseconds, and may be missed. Dumps and single jobs are left out.",
        thresholds: [locks, sessions, contended],
        references: [
            "https://www.postgresql.org/docs/current/view-pg-locks.html",
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES",
            "https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION",
        ], explains: [Edge(.locksMore, "locks.lock-table-near-full")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let table = observation.snapshot.lockTable else { return .inconclusive("the locks were not counted") }
        let counts = Dictionary(table.holders.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
        let many = observation.clients.filter { backend in
            !backend.isCopyOfAll && Double(counts[backend.pid]?.beyondFastPath ?? 0) >= Self.locks.value
        }
        let groups = Dictionary(grouping: many, by: \.object).values.filter { Double($0.count) >= Self.sessions.value }
        return .findings(groups.map { finding($0, counts, observation) }.sorted { $0.fingerprint < $1.fingerprint })
    }

    private func finding(_ group: [Backend], _ counts: [Int: LockCount], _ observation: Observation) -> Finding {
        let locks = group.map { counts[$0.pid]?.beyondFastPath ?? 0 }
        let most = locks.max() ?? 0
        let contended = observation.snapshot.backends.count { $0.waitEventType == "LWLock" && $0.isAtLockManager }
        let statement = group.first { $0.query != nil }
        let links = Set(group.compactMap { observation.statementLink(of: $0) })
        let pids = Set(group.map { LinkKey.backend($0.pid) })
        let verify =
            "SELECT pid, count(*) FROM pg_catalog.pg_locks WHERE NOT fastpath AND locktype = 'relation' GROUP BY pid ORDER BY 2 DESC;"
        return Finding(
            Self.metadata, severity: Double(contended) >= Self.contended.value ? .warning : .notice, tier: .cure,
            title:
                "\(Quantity.plural(group.count, "session")) of \(group[0].label) lock up to \(Quantity.count(most)) tables and indexes each",
            objects: [group[0].object], impact: .sessions(Double(contended)), confidence: .high,
            summary:
                "\(Quantity.plural(group.count, "session")) of \(group[0].owner) hold up to \(Quantity.count(most)) weak locks each that "
                + "found no place in the fast path: each is taken and given back in the shared lock table. "
                + (contended == 0
                    ? "Nobody waits for it at this moment."
                    : "\(Quantity.plural(contended, "session")) \(contended == 1 ? "waits" : "wait") for the lock manager now."),
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(group.count))),
                Evidence("locks", "locks beyond the fast path, at most", .count(most)),
                Evidence("allLocks", "of all these sessions", .count(locks.reduce(0, +))),
                Evidence("contended", "sessions that wait for the lock manager", .count(Int64(contended))),
            ] + (statement?.query.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "they are a few reports, and no other load is on the server",
            actions: actions(group, verify, observation), explains: pids.union(links), symptomOf: pids.union(links))
    }

    private func actions(_ group: [Backend], _ verify: String, _ observation: Observation) -> [Action] {
        var actions: [Action] = []
        if observation.snapshot.server.version >= .v18,
            let setting = observation.serverSetting("max_locks_per_transaction"),
            let each = setting.number
        {
            actions.append(
                SettingChange(setting, to: String(Int(each * 4))).action(
                    "give the fast path more places",
                    steps: ["From 18 a backend has as many fast-path places as this says."],
                    gain: Gain("so many locks are taken without the shared table", .estimated)))
        }
        actions.append(
            Action(
                .cure, "name the partition key, and have fewer partitions",
                steps: [
                    "A condition on the partition key with a constant, not a join or a function, is pruned when it is planned; others are locked "
                        + "first and skipped later.",
                    "Prepared statements: plan_cache_mode = force_custom_plan prunes by the value before it locks.",
                    "Months in place of days, old partitions detached, and no index that nobody uses: each counts for every partition.",
                ], lock: LockNote.none, gain: Gain("a handful of locks for a statement", .ruleOfThumb), verify: verify,
                undo: "the former statement"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("ten sessions with four hundred each", on: "app/web") { $0.addLocks(400, sessions: 10) },
        .fires("and others wait for the lock manager", on: "app/web") {
            $0.addLocks(400, sessions: 10)
            $0.addSessions(3, from: 100, "api", state: "active") {
                $0.waitEventType = "LWLock"
                $0.waitEvent = "LockManager"
            }
        },
        .silent("a few tables each") { $0.addLocks(12, sessions: 50) },
        .silent("one migration") { $0.addLocks(4000, sessions: 1) },
        .silent("the dump") { $0.addLocks(4000, sessions: 4, "pg_dump") },
        .inconclusive("not counted") { $0.lockTable = nil },
    ]
}

extension Backend {
    /// `LockManager`; `lock_manager` up to 12.
    fileprivate var isAtLockManager: Bool { ["LockManager", "lock_manager"].contains(waitEvent) }
}

extension Snapshot {
    mutating func addLocks(_ count: Int64, sessions: Int, _ application: String = "web") {
        addSessions(sessions, application, state: "active")
        lockTable = .make {
            $0.objects = count
            $0.holders = (1...sessions).map { pid in
                .make {
                    $0.pid = pid
                    $0.locks = count + 16
                    $0.inTable = count
                    $0.beyondFastPath = count
                }
            }
        }
    }
}
