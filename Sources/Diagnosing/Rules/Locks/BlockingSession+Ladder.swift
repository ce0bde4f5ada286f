import Model

extension BlockingSession {
    func actions(_ blocked: BlockedSessions) -> [Action] {
        [containment(blocked)] + [fix(blocked)].compactMap(\.self) + [cure(blocked)]
    }

    private func containment(_ blocked: BlockedSessions) -> Action {
        let gain = Gain("frees \(Quantity.plural(blocked.victims.count, "session"))", .measured)
        let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock';"
        guard let backend = blocked.backend else {
            let gid = blocked.root.preparedTransaction ?? ""
            return Action(
                .containment, "roll the prepared transaction back", sql: ["ROLLBACK PREPARED \(SQL.literal(gid));"],
                steps: [
                    "Ask the owner of the transaction manager first: it may have promised to commit.",
                    "Connect to \(blocked.prepared?.database ?? "its database") as \(blocked.prepared?.owner ?? "its owner") or as a superuser.",
                ], lock: LockNote.none, gain: gain, verify: verify,
                caution: "its work is lost, there is no undo; COMMIT PREPARED keeps it and frees the lock too")
        }
        let isIdle = backend.state != "active"
        return Action(
            .containment, "\(isIdle ? "end" : "cancel the statement of") session \(backend.pid)",
            sql: [backend.signal(isIdle ? "pg_terminate_backend" : "pg_cancel_backend")],
            steps: [
                "Ask the owner of \(backend.application.isEmpty ? "the session" : backend.application) if you can reach them within a minute."
            ] + (isIdle ? ["Cancelling does nothing here: no statement is running."] : []),
            lock: LockNote("none", "its transaction is rolled back at once"), gain: gain, verify: verify,
            caution: "the work of its open transaction is lost, and what it wrote stays behind as dead rows for VACUUM")
    }

    /// A limit that ends the next one of its kind; nil where there is no session to limit.
    private func fix(_ blocked: BlockedSessions) -> Action? {
        guard let backend = blocked.backend, let role = backend.role else { return nil }
        let name = SQL.identifier(role)
        switch blocked.reason {
        case .idleInTransaction:
            return Action(
                .fix, "let the server end such sessions of \(role)",
                sql: ["ALTER ROLE \(name) SET idle_in_transaction_session_timeout = '60s';"],
                steps: ["New sessions of the role have it; those that are open keep what they have."],
                lock: LockNote.none,
                gain: Gain("no wait behind an idle transaction lasts longer than a minute", .estimated),
                verify: "SHOW idle_in_transaction_session_timeout; -- in a new session of \(name.sqlComment)",
                undo: "ALTER ROLE \(name) RESET idle_in_transaction_session_timeout;",
                caution: "the application must stand losing a connection")
        case .running:
            return Action(
                .fix, "let waiting statements of \(role) give up",
                sql: ["ALTER ROLE \(name) SET lock_timeout = '10s';"],
                steps: ["The application must try again after error 55P03 (lock_not_available)."], lock: LockNote.none,
                gain: Gain("a pile cannot grow for longer than ten seconds", .estimated),
                verify: "SHOW lock_timeout; -- in a new session of \(name.sqlComment)",
                undo: "ALTER ROLE \(name) RESET lock_timeout;")
        default: return nil
        }
    }

    private func cure(_ blocked: BlockedSessions) -> Action {
        let owner =
            blocked.backend.map { $0.application.isEmpty ? "the application" : $0.application } ?? "the application"
        switch blocked.reason {
        case .idleInTransaction:
            return Action(
                .cure, "commit before waiting for anything else in \(owner)",
                steps: [
                    "Find what runs between the last statement and COMMIT: a call of another service, a prompt, a queue.",
                    "Commit first and call then; write the result in a transaction of its own.",
                ], gain: Gain("no lock is held while something else is waited for", .ruleOfThumb))
        case .running:
            return Action(
                .cure, "make the locking transaction shorter",
                steps: [
                    "Change fewer rows a transaction, in batches and in one order of the key.",
                    "Take the lock last: read and compute before the first write.",
                ], gain: Gain("locks are held for as long as a batch takes", .ruleOfThumb))
        case .prepared:
            return Action(
                .cure, "let the transaction manager finish what it prepares",
                steps: [
                    "Have it look for transactions in doubt when it starts, and alert on pg_prepared_xacts older than a minute.",
                    "Where nothing uses two-phase commit, set max_prepared_transactions to 0 (needs a restart).",
                ], gain: Gain("no prepared transaction is forgotten", .ruleOfThumb))
        case .vacuum, .unknown:
            return Action(
                .cure, "keep strong locks away from busy hours",
                steps: ["DDL that needs a strong lock goes with a lock_timeout and a retry."],
                gain: Gain("no queue behind a lock that nobody can get", .ruleOfThumb))
        }
    }
}

extension String {
    /// Safe after `--`: a line break would end the comment.
    fileprivate var sqlComment: String { String(map { $0.isNewline ? " " : $0 }) }
}
