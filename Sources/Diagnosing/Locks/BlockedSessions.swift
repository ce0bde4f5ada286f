import Foundation
import Model

/// A root of the wait forest with all that wait for it, in the words that rules and reports need.
package struct BlockedSessions {
    package let root: WaitForest.Node
    /// nil: a prepared transaction, or a backend that ended meanwhile.
    package let backend: Backend?
    package let prepared: PreparedTransaction?
    package let victims: [WaitForest.Node]
    /// s; the longest that anybody has waited.
    package let longestWait: Double
    /// Session seconds: all their waits so far.
    package let secondsBlocked: Double
    /// What they queue for: the relation of most of the waits.
    package let relation: QualifiedName?
    /// Why it has not let go.
    package let reason: BlockingReason
    /// Who goes on when it lets go, and who else stands in the way of the rest.
    package let release: WaitForest.Release
    package let observation: Observation

    static let patience = Threshold(
        "shortest wait that counts", 1, "s",
        source: "deadlock_timeout's default, after which log_lock_waits reports a wait: "
            + "https://www.postgresql.org/docs/current/runtime-config-locks.html")

    package init(_ root: WaitForest.Node, _ observation: Observation) {
        self.root = root
        self.observation = observation
        backend = observation.backend(root.pid)
        prepared = observation.snapshot.preparedTransactions.first { $0.gid == root.preparedTransaction }
        victims = root.descendants
        let waits = victims.compactMap { $0.waited(until: observation.snapshot.takenAt) }
        longestWait = waits.max() ?? 0
        secondsBlocked = waits.reduce(0, +)
        relation = Self.relation(of: victims, root, observation)
        let isInDeadlock = observation.forest.deadlocks.contains { $0.contains { $0.holder == root.holder } }
        reason = BlockingReason(root, backend, isInDeadlock: isInDeadlock)
        release = observation.forest.release(of: root)
    }

    /// Waits for rows show as waits for a transaction: the relation is that of the tuple locks taken meanwhile.
    private static func relation(
        of victims: [WaitForest.Node], _ root: WaitForest.Node, _ observation: Observation
    ) -> QualifiedName? {
        var counts: [QualifiedName: Int] = [:]
        for victim in victims { if let found = victim.awaited?.relation { counts[found, default: 0] += 1 } }
        if counts.isEmpty {
            for victim in victims {
                if let found = observation.rowLock(of: victim.pid)?.relation { counts[found, default: 0] += 1 }
            }
        }
        if counts.isEmpty {
            // Without a tuple lock: the relation that all have locked for writing.
            let held = { (pid: Int) in
                Set(
                    observation.locks(of: pid).filter { $0.type == "relation" && $0.isGranted }.compactMap(\.relation))
            }
            let shared = victims.reduce(held(root.pid)) { $0.intersection(held($1.pid)) }
            return shared.count == 1 ? shared.first : nil
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Rows, as against a whole relation or another kind of lock.
    package var isAboutRows: Bool {
        root.waiting.contains { $0.awaited?.type == "transactionid" || $0.awaited?.type == "tuple" }
    }

    /// s in its present state, and in its transaction.
    package var stateAge: Double? {
        guard let backend else { return nil }
        return observation.age(
            of: backend.state == "active" ? backend.queryStart ?? backend.stateChange : backend.stateChange)
    }
    package var transactionAge: Double? { observation.age(of: backend?.transactionStart ?? prepared?.prepared) }

    /// Whether its transaction has written; nil where that is hidden.
    package var hasWritten: Bool? {
        if prepared != nil { return true }
        guard let backend, !backend.isHidden else { return nil }
        return backend.transactionIDAge != nil
    }

    /// What it holds.
    package var held: HeldLocks {
        HeldLocks(
            of: root.holder,
            in: root.preparedTransaction == nil
                ? observation.locks(of: root.pid) : observation.snapshot.locks.filter { $0.preparedTransaction != nil },
            awaited: observation.awaitedLocks)
    }

    /// A request for a strong lock that waits and holds up most of the others, who would not disturb the root.
    package var queue: (request: WaitForest.Node, heldUp: [WaitForest.Node])? {
        let requests = ([root] + victims).compactMap { node in
            node.awaited == nil || node.heldUp.isEmpty
                ? nil : (request: node, heldUp: node.heldUp.flatMap { [$0] + $0.descendants })
        }
        return requests.max { ($0.heldUp.count, $1.request.pid) < ($1.heldUp.count, $0.request.pid) }
    }

    /// `session 4127 (billing-worker)`
    package var name: String { observation.name(of: root.holder) }

    /// The same session in the next sweep, though its pid is another.
    package var object: ObjectReference {
        if let gid = root.preparedTransaction {
            return ObjectReference(.preparedTransaction, gid, in: prepared?.database)
        }
        return backend?.object ?? ObjectReference(.session, "unknown")
    }

    package var links: Set<LinkKey> {
        Set(
            ([root] + victims).map { node in
                node.preparedTransaction.map { .preparedTransaction($0) } ?? .backend(node.pid)
            })
    }
}

extension Observation {
    package func backend(_ pid: Int) -> Backend? { sessions.backends[pid] }

    /// Locks of a process, as far as they were read.
    package func locks(of pid: Int) -> [Lock] { sessions.locks[pid] ?? [] }

    /// The row that a session waits for while it waits for the end of a transaction: it holds the row's tuple lock meanwhile.
    package func rowLock(of pid: Int) -> Lock? {
        locks(of: pid).first { $0.type == "tuple" && $0.isGranted }
    }

    var awaitedLocks: Set<LockTag> { sessions.awaited }

    /// `session 4127 (billing-worker)`, `prepared transaction xa-4711`
    package func name(of holder: WaitForest.Holder) -> String {
        if let gid = holder.preparedTransaction { return "prepared transaction \(gid)" }
        return backend(holder.pid)?.nameWithPID ?? "session \(holder.pid)"
    }
}

/// Sessions and locks by process.
struct SessionIndex: Sendable {
    let backends: [Int: Backend]
    let locks: [Int: [Lock]]
    let awaited: Set<LockTag>

    init(_ snapshot: Snapshot) {
        backends = Dictionary(snapshot.backends.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
        locks = Dictionary(grouping: snapshot.locks.filter { $0.preparedTransaction == nil }, by: \.pid)
        awaited = Set(snapshot.locks.lazy.filter { !$0.isGranted }.map(LockTag.init))
    }
}

extension Backend {
    /// `session 4127 (billing-worker)`
    package var nameWithPID: String {
        if isAutovacuumWorker { return "autovacuum worker \(pid)" }
        return "session \(pid)" + (application.isEmpty ? "" : " (\(application))")
    }

    /// `role app, "billing-worker"`
    package var owner: String {
        [role.map { "role \($0)" }, application.isEmpty ? nil : "\"\(application)\""].compactMap(\.self)
            .joined(separator: ", ")
    }

    /// Role and application name it; a pid would be another in the next sweep. A process of the server has neither.
    var object: ObjectReference {
        let name = role == nil && application.isEmpty && !isClient ? type : "\(role ?? "")/\(application)"
        return ObjectReference(.session, name, in: database)
    }

    /// A call of a signalling function for this very session: a pid can be given to another one meanwhile, so the start of
    /// the backend is compared too, to the second since a snapshot keeps no microseconds.
    package func signal(_ function: String) -> String {
        var condition = "pid = \(pid)"
        if let backendStart {
            let second = Int(backendStart.timeIntervalSince1970.rounded(.down))
            condition += " AND date_trunc('second', backend_start) = to_timestamp(\(second))"
        }
        return "SELECT pg_catalog.\(function)(pid) FROM pg_catalog.pg_stat_activity WHERE \(condition);"
    }
}
