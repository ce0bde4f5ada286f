import Model

extension BlockedSessions {
    /// `session 4127 (role app, "billing-worker")`
    package var subject: String {
        guard let backend, root.preparedTransaction == nil else { return name }
        if backend.isAutovacuumWorker { return name }
        return "session \(backend.pid)" + (backend.owner.isEmpty ? "" : " (\(backend.owner))")
    }

    /// The end of a sentence: why it holds the lock still. Begins with a blank or a comma.
    package var cause: String {
        let open = transactionAge.map { " in a transaction of \(Quantity.seconds($0))" } ?? ""
        let state = Quantity.seconds(stateAge ?? 0)
        return switch reason {
        case .idleInTransaction: " and has been idle in its transaction for \(state)"
        case .abortedTransaction:
            " and has been idle for \(state) in a transaction that failed and that nobody has rolled back"
        case .running(let wait): " while it has run one statement for \(state)\(Self.words(wait))"
        case .preparedTransaction:
            (transactionAge.map { ", for \(Quantity.seconds($0))" } ?? "")
                + ": nobody has committed it or rolled it back"
        case .autovacuum(true): " while it vacuums to prevent wraparound, which it does not give up for others"
        case .autovacuum(false): " while it vacuums"
        case .sessionAdvisoryLock: ": an advisory lock of the session, which has been idle for \(state)"
        case .queuedRequest: ", and waits itself"
        case .deadlock: ", and waits for one that waits for it"
        case .walSender: " while it sends WAL"
        case .recovery: " while it replays WAL of the primary"
        case .otherProcess(let type): " as a process of the server (\(type))"
        case .hidden: open + "; what it does is hidden from our role"
        case .ended: "; it was gone when the sessions were read"
        case .letGo: "; it had let go when the sessions were read"
        }
    }

    private static func words(_ wait: BlockingReason.RunningWait) -> String {
        switch wait {
        case .none: ""
        case .clientReads: ", which waits for its client to read the result"
        case .clientSends: ", which waits for its client to send more"
        case .io(let event): ", which waits for I/O (\(event)) at the moment"
        case .synchronousStandby: ", whose commit waits for a synchronous standby"
        case .sleep: ", a pg_sleep"
        case .other(let type, let event): ", which waits at the moment (\(type): \(event))"
        }
    }

    /// `session 41 and 2 others`: who else must let go.
    package var othersText: String {
        let names = release.others.map(observation.name)
        guard let first = names.first else { return "" }
        switch names.count {
        case 1: return first
        case 2, 3: return names.dropLast().joined(separator: ", ") + " and " + names.last!
        default: return "\(first) and \(names.count - 1) others"
        }
    }

    /// What ending the root gives, and to whom: `frees 31 sessions`, `frees 4 of 31 sessions; the rest waits for session 77 too`.
    package var gain: Gain {
        let (all, freed) = (victims.count, release.freed.count)
        guard freed < all else { return Gain("frees \(Quantity.plural(all, "session"))", .measured) }
        let rest = release.others.isEmpty ? "" : "; the rest waits for \(othersText) too"
        if freed == 0 { return Gain("frees nobody by itself: all wait for \(othersText) too", .measured) }
        return Gain("frees \(Quantity.count(freed)) of \(Quantity.plural(all, "session"))\(rest)", .measured)
    }

    /// What to make sure of before its transaction is ended: who is asked, what is lost, what stays behind.
    package var checklist: [String] {
        var steps: [String] = []
        if let backend {
            let owner = backend.application.isEmpty ? "the session" : backend.application
            steps.append("Ask the owner of \(owner) if you can reach them within a minute.")
        }
        let since = transactionAge.map { " in its \(Quantity.seconds($0))" } ?? ""
        switch hasWritten {
        case true?:
            steps.append(
                "Lost: all that its transaction wrote\(since). The rollback itself is immediate; the rows that it wrote "
                    + "stay behind as dead rows for VACUUM.")
        case false?:
            steps.append(
                "Lost: nothing that was written: its transaction has no transaction ID, it has only read or locked.")
        case nil: steps.append("Whether it has written is hidden from our role: count its work as lost.")
        }
        return steps
    }
}
