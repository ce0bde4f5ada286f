import Foundation
import Model

/// A root of the wait forest with all that wait for it, in the words that rules need.
struct BlockedSessions {
    let root: WaitForest.Node
    /// nil: a prepared transaction, or a backend that ended meanwhile.
    let backend: Backend?
    let prepared: PreparedTransaction?
    let victims: [WaitForest.Node]
    /// s; the longest that anybody has waited.
    let longestWait: Double
    /// What they queue for: the relation of most of the waits.
    let relation: QualifiedName?
    private let observation: Observation

    init(_ root: WaitForest.Node, _ observation: Observation) {
        self.root = root
        self.observation = observation
        backend = observation.backend(root.pid)
        prepared = observation.snapshot.preparedTransactions.first { $0.gid == root.preparedTransaction }
        victims = root.descendants
        longestWait = victims.compactMap { observation.age(of: $0.awaited?.waitStart) }.max() ?? 0
        relation = Self.relation(of: victims, root, observation)
    }

    /// Waits for rows show as waits for a transaction: the relation is that of the tuple locks taken meanwhile.
    private static func relation(
        of victims: [WaitForest.Node], _ root: WaitForest.Node, _ observation: Observation
    ) -> QualifiedName? {
        let pids = Set(victims.map(\.pid))
        var counts: [QualifiedName: Int] = [:]
        for victim in victims { if let found = victim.awaited?.relation { counts[found, default: 0] += 1 } }
        if counts.isEmpty {
            for lock in observation.snapshot.locks where lock.type == "tuple" && pids.contains(lock.pid) {
                if let found = lock.relation { counts[found, default: 0] += 1 }
            }
        }
        if counts.isEmpty {
            // Without a queue there is no tuple lock to see: the relation that both have locked for writing.
            let held = { (pid: Int) in
                Set(
                    observation.snapshot.locks.filter { $0.pid == pid && $0.type == "relation" && $0.isGranted }
                        .compactMap(\.relation))
            }
            let shared = victims.reduce(held(root.pid)) { $0.intersection(held($1.pid)) }
            return shared.count == 1 ? shared.first : nil
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Rows, as against a whole relation or another kind of lock.
    var isAboutRows: Bool {
        root.waiting.contains { $0.awaited?.type == "transactionid" || $0.awaited?.type == "tuple" }
    }

    /// Why it has not let go.
    enum Reason {
        case prepared, idleInTransaction, running, vacuum(toPreventWraparound: Bool), unknown
    }

    var reason: Reason {
        if root.preparedTransaction != nil { return .prepared }
        guard let backend else { return .unknown }
        if backend.isAutovacuumWorker {
            return .vacuum(toPreventWraparound: backend.query?.contains("to prevent wraparound") ?? false)
        }
        if backend.isIdleInTransaction { return .idleInTransaction }
        return backend.state == "active" ? .running : .unknown
    }

    /// s in its present state, and in its transaction.
    var stateAge: Double? { observation.age(of: backend?.stateChange) }
    var transactionAge: Double? { observation.age(of: backend?.transactionStart ?? prepared?.prepared) }

    /// `session 4127 (billing-worker)`
    var name: String {
        if let gid = root.preparedTransaction { return "prepared transaction \(gid)" }
        guard let backend else { return "session \(root.pid)" }
        return backend.nameWithPID
    }

    /// The same session in the next sweep, though its pid is another.
    var object: ObjectReference {
        if let gid = root.preparedTransaction {
            return ObjectReference(.preparedTransaction, gid, in: prepared?.database)
        }
        return backend?.object ?? ObjectReference(.session, "unknown")
    }

    var links: Set<LinkKey> { Set(([root] + victims).map { LinkKey.backend($0.pid) }) }
}

extension Observation {
    func backend(_ pid: Int) -> Backend? { snapshot.backends.first { $0.pid == pid } }
}

extension Backend {
    /// `session 4127 (billing-worker)`
    var nameWithPID: String { "session \(pid)" + (application.isEmpty ? "" : " (\(application))") }

    /// `role app, "billing-worker"`
    var owner: String {
        [role.map { "role \($0)" }, application.isEmpty ? nil : "\"\(application)\""].compactMap(\.self)
            .joined(separator: ", ")
    }

    /// Role and application name it; a pid would be another in the next sweep.
    var object: ObjectReference {
        ObjectReference(.session, "\(role ?? "")/\(application)", in: database)
    }

    /// A call of a signalling function for this very session: a pid can be given to another one meanwhile, so the start of
    /// the backend is compared too, to the second since a snapshot keeps no microseconds.
    func signal(_ function: String) -> String {
        var condition = "pid = \(pid)"
        if let backendStart {
            let second = Int(backendStart.timeIntervalSince1970.rounded(.down))
            condition += " AND date_trunc('second', backend_start) = to_timestamp(\(second))"
        }
        return "SELECT pg_catalog.\(function)(pid) FROM pg_catalog.pg_stat_activity WHERE \(condition);"
    }
}
