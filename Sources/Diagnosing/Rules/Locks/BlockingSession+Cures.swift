import Model

extension BlockedSessions {
    /// What the application or the schema must change, by the reason and by what is waited for.
    var cures: [Action] {
        let owner = backend.flatMap { $0.application.isEmpty ? nil : $0.application } ?? "the application"
        switch reason {
        case .idleInTransaction, .abortedTransaction:
            return [
                Action(
                    .cure, "commit before waiting for anything else in \(owner)",
                    steps: [
                        reason == .abortedTransaction
                            ? "Roll back wherever a statement fails: the session keeps all its locks until then."
                            : "Find what runs between the last statement and COMMIT: a call of another service, a prompt, a queue.",
                        "Commit first and call then; write the result in a transaction of its own.",
                    ], gain: Gain("no lock is held while something else is waited for", .ruleOfThumb))
            ]
        case .running(.clientReads), .running(.clientSends):
            return [
                Action(
                    .cure, "fetch the result before anything else in \(owner)",
                    steps: [
                        "Read the whole result into memory or a file, commit, and work on it then; in parts with LIMIT and the last key."
                    ], gain: Gain("no lock is held at the pace of a client", .ruleOfThumb))
            ]
        case .running, .deadlock: return [isAboutRows ? shorterRowLocks : shorterTransaction]
        case .preparedTransaction:
            return [
                Action(
                    .cure, "let the transaction manager finish what it prepares",
                    steps: [
                        "Have it look for transactions in doubt when it starts, and alert on pg_prepared_xacts older than a minute.",
                        "Where nothing uses two-phase commit, set max_prepared_transactions to 0 (needs a restart).",
                    ], gain: Gain("no prepared transaction is forgotten", .ruleOfThumb))
            ]
        case .sessionAdvisoryLock:
            return [
                Action(
                    .cure, "take the advisory lock for a transaction, not for a session, in \(owner)",
                    steps: [
                        "pg_advisory_xact_lock is given back at the end of the transaction, also when the program fails.",
                        "Behind a pooler in transaction mode a lock of the session stays with the server's connection: never there.",
                    ], gain: Gain("no advisory lock outlives its work", .ruleOfThumb))
            ]
        case .autovacuum(true):
            return [
                Action(
                    .cure, "vacuum before the server has to\(relation.map { ": \($0)" } ?? "")",
                    steps: [
                        "VACUUM (FREEZE) the table at a quiet hour, or have autovacuum visit it more often: vacuums that only "
                            + "come when autovacuum_freeze_max_age is reached are long and give way to nobody."
                    ], gain: Gain("vacuums are short and give way", .ruleOfThumb))
            ]
        case .autovacuum(false), .walSender, .recovery, .otherProcess, .hidden, .ended, .letGo, .queuedRequest:
            return [
                Action(
                    .cure, "keep strong locks away from busy hours",
                    steps: ["DDL that needs a strong lock goes with a lock_timeout and a retry."],
                    gain: Gain("no queue behind a lock that nobody can get", .ruleOfThumb))
            ]
        }
    }

    private var shorterTransaction: Action {
        Action(
            .cure, "make the locking transaction shorter",
            steps: [
                "Change fewer rows a transaction, in batches and in one order of the key.",
                "Take the lock last: read and compute before the first write.",
                "DDL that needs a strong lock goes alone, with a lock_timeout and a retry.",
            ], gain: Gain("locks are held for as long as a batch takes", .ruleOfThumb))
    }

    private var shorterRowLocks: Action {
        var steps = [
            "Change fewer rows a transaction, in batches and in one order of the key.",
            "Lock the row last: read and compute before the first write.",
        ]
        let commands = Set(victims.compactMap { observation.backend($0.pid)?.command })
        if commands.contains(where: { $0.hasPrefix("SELECT … FOR") }) {
            steps.append(
                "Workers that take the next job of a table: SELECT … FOR UPDATE SKIP LOCKED, and nobody waits.")
        }
        if ["DELETE", "UPDATE"].contains(backend?.command) || commands.contains("INSERT") {
            steps.append(
                "Where it deletes rows that others refer to, or changes their key: an index on the referring columns, without "
                    + "which each row means a scan of the whole child (index.missing-on-foreign-key).")
        }
        return Action(
            .cure, "hold row locks for a shorter time", steps: steps,
            gain: Gain("rows are locked for as long as a batch takes", .ruleOfThumb))
    }
}
