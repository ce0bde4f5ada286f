import Model

/// Why a session that others wait for has not let go.
package enum BlockingReason: Sendable, Hashable {
    case idleInTransaction
    /// A statement of its transaction failed, and nobody has rolled back.
    case abortedTransaction
    case running(RunningWait)
    case preparedTransaction
    case autovacuum(preventsWraparound: Bool)
    /// An idle session, outside any transaction: it holds an advisory lock of the session.
    case sessionAdvisoryLock
    /// Its request for a strong lock waits, and others stand behind it.
    case queuedRequest
    /// It waits for one that waits for it.
    case deadlock
    case walSender
    /// The startup process of a standby, which replays WAL.
    case recovery
    /// A process of the server's own, or an extension's.
    case otherProcess(type: String)
    /// Its columns of `pg_stat_activity` are hidden from our role.
    case hidden
    /// It was gone when the sessions were read.
    case ended
    /// It had let go when the sessions were read.
    case letGo

    /// What a running statement waits for.
    package enum RunningWait: Sendable, Hashable {
        /// No wait event: on the CPU, or in code that has none.
        case none
        /// It has rows for the client, which does not read them.
        case clientReads
        /// It waits for data of the client.
        case clientSends
        case io(event: String)
        /// Its commit waits for a synchronous standby.
        case synchronousStandby
        /// `pg_sleep`
        case sleep
        case other(type: String, event: String)
    }

    /// As machines read it: `idle-in-transaction`.
    package var key: String {
        switch self {
        case .idleInTransaction: "idle-in-transaction"
        case .abortedTransaction: "aborted-transaction"
        case .running(.none): "running"
        case .running(.clientReads): "running-client-reads"
        case .running(.clientSends): "running-client-sends"
        case .running(.io): "running-io"
        case .running(.synchronousStandby): "running-synchronous-standby"
        case .running(.sleep): "running-sleep"
        case .running(.other): "running-other-wait"
        case .preparedTransaction: "prepared-transaction"
        case .autovacuum(true): "autovacuum-wraparound"
        case .autovacuum(false): "autovacuum"
        case .sessionAdvisoryLock: "session-advisory-lock"
        case .queuedRequest: "queued-request"
        case .deadlock: "deadlock"
        case .walSender: "walsender"
        case .recovery: "recovery"
        case .otherProcess: "other-process"
        case .hidden: "hidden"
        case .ended: "ended"
        case .letGo: "let-go"
        }
    }

    /// In a few words: `runs, and waits for its client to read`.
    package var label: String {
        switch self {
        case .idleInTransaction: "idle in its transaction"
        case .abortedTransaction: "idle in a failed transaction that nobody has rolled back"
        case .running(let wait): "runs" + wait.words
        case .preparedTransaction: "prepared, and neither committed nor rolled back"
        case .autovacuum(true): "autovacuum to prevent wraparound, which gives way to nobody"
        case .autovacuum(false): "autovacuum, which gives way once somebody has waited deadlock_timeout"
        case .sessionAdvisoryLock: "idle, with an advisory lock of the session"
        case .queuedRequest: "waits itself, and others stand behind its request"
        case .deadlock: "waits for one that waits for it"
        case .walSender: "sends WAL"
        case .recovery: "replays WAL of the primary"
        case .otherProcess(let type): "process of the server: \(type)"
        case .hidden: "hidden from our role"
        case .ended: "ended meanwhile"
        case .letGo: "let go meanwhile"
        }
    }

    /// Whether a statement of a client is at work, which pg_cancel_backend can stop.
    package var isRunning: Bool { if case .running = self { true } else { false } }

    package init(_ node: WaitForest.Node, _ backend: Backend?, isInDeadlock: Bool) {
        if isInDeadlock {
            self = .deadlock
        } else if node.preparedTransaction != nil {
            self = .preparedTransaction
        } else if node.awaited != nil {
            self = .queuedRequest
        } else if let backend {
            self = Self.reason(of: backend, node)
        } else {
            self = .ended
        }
    }

    private static func reason(of backend: Backend, _ node: WaitForest.Node) -> Self {
        if backend.isHidden { return .hidden }
        switch backend.type {
        case "client backend": break
        case "autovacuum worker":
            return .autovacuum(preventsWraparound: backend.query?.contains("(to prevent wraparound)") ?? false)
        case "walsender": return .walSender
        case "startup": return .recovery
        default: return .otherProcess(type: backend.type)
        }
        switch backend.state {
        case "idle in transaction": return .idleInTransaction
        case "idle in transaction (aborted)": return .abortedTransaction
        case "active", "fastpath function call": return .running(RunningWait(backend))
        case "idle":
            return node.waiting.contains { $0.blockedBy?.type == "advisory" } ? .sessionAdvisoryLock : .letGo
        // track_activities is off.
        default: return .hidden
        }
    }
}

extension BlockingReason.RunningWait {
    /// https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
    init(_ backend: Backend) {
        guard let type = backend.waitEventType else {
            self = .none
            return
        }
        let event = backend.waitEvent ?? ""
        switch (type, event) {
        case ("Client", "ClientWrite"): self = .clientReads
        case ("Client", "ClientRead"): self = .clientSends
        case ("IO", _): self = .io(event: event)
        case ("IPC", "SyncRep"): self = .synchronousStandby
        case ("Timeout", "PgSleep"): self = .sleep
        default: self = .other(type: type, event: event)
        }
    }

    fileprivate var words: String {
        switch self {
        case .none: ""
        case .clientReads: ", and waits for its client to read the result"
        case .clientSends: ", and waits for its client to send more"
        case .io(let event): ", and waits for I/O (\(event))"
        case .synchronousStandby: ": its commit waits for a synchronous standby"
        case .sleep: ": pg_sleep"
        case .other(let type, let event): ", and waits (\(type): \(event))"
        }
    }
}
