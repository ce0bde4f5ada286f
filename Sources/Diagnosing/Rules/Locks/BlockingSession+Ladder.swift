import Model

extension BlockingSession {
    func actions(_ blocked: BlockedSessions) -> [Action] {
        blocked.ladder
    }
}

extension BlockedSessions {
    /// What contains it, what fixes it, what cures it: by the reason for which it holds its locks.
    package var ladder: [Action] {
        [containment].compactMap(\.self) + [fix].compactMap(\.self) + cures
    }

    private static let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock';"

    private var containment: Action? {
        switch reason {
        case .preparedTransaction: return rollBackPrepared
        case .autovacuum(let preventsWraparound): return letVacuumWork(preventsWraparound)
        case .ended, .letGo, .walSender, .recovery, .otherProcess, .queuedRequest: return lookAgain
        default: break
        }
        guard let backend else { return lookAgain }
        let cancels = canBeCancelled
        let end = backend.signal("pg_terminate_backend")
        var steps = checklist
        if cancels {
            steps.append("Where it still runs after ten seconds, end its session:\n    \(end)")
        } else if reason.isRunning {
            steps.append("Cancelling does nothing here: it waits for its client, and hears of nothing but its end.")
        } else if reason != .hidden {
            steps.append("Cancelling does nothing here: no statement is running.")
        }
        if let alternative { steps.append(alternative) }
        if case .running(.synchronousStandby) = reason {
            steps.append(
                "Cancelling ends the wait, not the transaction: it is committed here, and perhaps not on the standby.")
        }
        return Action(
            .containment, "\(cancels ? "cancel the statement of" : "end") session \(backend.pid)",
            sql: [cancels ? backend.signal("pg_cancel_backend") : end], steps: steps,
            lock: LockNote("none", "its transaction is rolled back at once"), gain: gain, verify: Self.verify,
            caution: hasWritten == false
                ? "its client gets an error, and must begin again"
                : "the work of its open transaction is lost, and what it wrote stays behind as dead rows for VACUUM")
    }

    /// A backend that talks to its client takes notice of its end alone: ProcessClientReadInterrupt and
    /// ProcessClientWriteInterrupt in https://github.com/postgres/postgres/blob/master/src/backend/tcop/postgres.c
    private var canBeCancelled: Bool {
        switch reason {
        case .running(.clientReads), .running(.clientSends): false
        case .running, .deadlock: true
        default: false
        }
    }

    /// Where most stand behind a request that waits, taking that back costs no work.
    private var alternative: String? {
        guard let queue, queue.heldUp.count * 2 >= victims.count, let other = observation.backend(queue.request.pid)
        else { return nil }
        return "Or take back the request that they stand behind, which loses no work and frees "
            + "\(Quantity.count(queue.heldUp.count)) of them:\n    \(other.signal("pg_cancel_backend"))"
    }

    private var rollBackPrepared: Action {
        Action(
            .containment, "roll the prepared transaction back",
            sql: ["ROLLBACK PREPARED \(SQL.literal(root.preparedTransaction ?? ""));"],
            steps: [
                "Ask the owner of the transaction manager first: it may have promised to commit.",
                "Connect to \(prepared?.database ?? "its database") as \(prepared?.owner ?? "its owner") or as a superuser.",
            ], lock: LockNote.none, gain: gain, verify: Self.verify,
            caution: "its work is lost, there is no undo; COMMIT PREPARED keeps it and frees the lock too")
    }

    private func letVacuumWork(_ preventsWraparound: Bool) -> Action {
        let waiter = root.waiting.first.flatMap { observation.backend($0.pid) }
        var steps = [
            preventsWraparound
                ? "Let the vacuum finish: it begins anew where it is ended, and the server stops taking writes when it never "
                    + "gets through."
                : "Wait: an autovacuum that is not to prevent wraparound is cancelled by the first session that has waited "
                    + "deadlock_timeout for it."
        ]
        if waiter != nil {
            steps.append("Take back the request that waits for it, and with it the queue behind that request.")
        }
        steps.append("How far it is:\n    SELECT * FROM pg_catalog.pg_stat_progress_vacuum WHERE pid = \(root.pid);")
        return Action(
            .containment, "take back the request that waits for the vacuum",
            sql: waiter.map { [$0.signal("pg_cancel_backend")] } ?? [], steps: steps, lock: LockNote.none,
            gain: Gain("frees the sessions behind the request", .byDefinition), verify: Self.verify,
            caution: "the change is not made: try it again when the vacuum is done")
    }

    private var lookAgain: Action {
        let step =
            switch reason {
            case .recovery:
                "Replay waits for nobody that could be ended: it lets go with the commit record that it replays next. See "
                    + "max_standby_streaming_delay for which of the two gives way."
            case .walSender, .otherProcess:
                "Read the server's log for what the process does; it is no session of a client."
            default: "Read the locks again: pgmedic locks. By now it should be over."
            }
        return Action(
            .containment, "look again before anything is ended", steps: [step], lock: LockNote.none,
            gain: Gain("nobody is ended for a wait that is over", .ruleOfThumb), verify: Self.verify)
    }

    /// A limit that ends the next one of its kind; nil where there is no session to limit.
    private var fix: Action? {
        guard let role = backend?.role else { return nil }
        switch reason {
        case .idleInTransaction, .abortedTransaction:
            return .limit(
                role, "idle_in_transaction_session_timeout", to: "60s",
                title: "let the server end such sessions of \(role)",
                gain: Gain("no wait behind an idle transaction lasts longer than a minute", .estimated),
                caution: "the application must stand losing a connection", observation)
        case .running(.clientReads), .running(.clientSends):
            return Action(
                .fix, "let the server notice clients that are gone or do not read",
                sql: ["ALTER ROLE \(SQL.identifier(role)) SET tcp_user_timeout = '60s';"],
                steps: [
                    "New sessions of the role have it. It ends a connection whose data nobody acknowledges for a minute; a "
                        + "client that is alive and does not read is for statement_timeout to end."
                ], lock: LockNote.none,
                gain: Gain("no statement waits longer than a minute for a client that is gone", .estimated),
                verify: "SHOW tcp_user_timeout; -- in a new session of the role, over TCP",
                undo: observation.undoOfRoleSetting("tcp_user_timeout", role: role))
        case .running(.synchronousStandby):
            return Action(
                .fix, "mend the synchronous standby, or do without it for now",
                steps: [
                    "See who is synchronous: SELECT application_name, state, sync_state FROM pg_catalog.pg_stat_replication;",
                    "Where the standby is gone for long, take it out of synchronous_standby_names and reload: commits that "
                        + "wait go on.",
                ], lock: LockNote.none, gain: Gain("commits wait for no standby that is gone", .estimated),
                caution: "until it is back a lost primary loses what was committed since")
        case .running, .deadlock:
            return .limit(
                role, "lock_timeout", to: "10s", title: "let waiting statements of \(role) give up",
                gain: Gain("a pile cannot grow for longer than ten seconds", .estimated),
                steps: ["The application must try again after error 55P03 (lock_not_available)."], observation)
        case .sessionAdvisoryLock where observation.snapshot.server.version >= .v14:
            return .limit(
                role, "idle_session_timeout", to: "10min",
                title: "let the server end sessions of \(role) that idle for long",
                gain: Gain("no forgotten advisory lock is held for longer than ten minutes", .estimated),
                caution: "not for a role whose connections wait in a pool", observation)
        default: return nil
        }
    }
}
