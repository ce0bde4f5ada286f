import Model

/// A standby that nothing reaches any more.
struct WALReceiverGone: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.wal-receiver-gone",
        title: "Standby that receives nothing",
        area: .capacity,
        needs: [.recovery, .settings],
        looksAt:
            "on a standby: whether a WAL receiver runs (pg_stat_wal_receiver), when it last heard from the primary, "
            + "primary_conninfo and restore_command",
        why:
            "A standby without a receiver shows what was true when the connection broke, older by the minute, and looks well all the "
            + "while. When the primary fails, all that it did since is lost or must come from the archive.",
        limits:
            "One reading: a receiver that starts anew is gone for some seconds (wal_retrieve_retry_interval). A standby that is fed "
            + "from an archive by restore_command needs no receiver, and is left out.",
        thresholds: [silence, old],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-RECEIVER-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#RUNTIME-CONFIG-REPLICATION-STANDBY",
        ], explains: [])

    static let silence = Threshold(
        "not heard from the primary for", 60, "s",
        source: "wal_receiver_timeout is 60 s as it comes; an idle primary answers keepalives sooner")
    static let old = Threshold(
        "last replayed commit older than", 300, "s", source: "our choice: as of replay (capacity.replication-lag)")

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.snapshot.server.isInRecovery, let recovery = observation.snapshot.recovery else {
            return .absent
        }
        guard let hasReceiver = recovery.hasReceiver else { return .inconclusive("the WAL receiver was not looked at") }
        // "(not read)" where it is set: it may hold a password.
        let isStreamed = !(observation.setting("primary_conninfo")?.value ?? "").isEmpty
        let isRestored = !(observation.setting("restore_command")?.value ?? "").isEmpty
        guard isStreamed else {
            return isRestored ? .absent : .inconclusive("primary_conninfo was not read or is empty")
        }
        if hasReceiver {
            guard let age = recovery.lastMessageAge, age >= Self.silence.value else { return .findings([]) }
            return .findings([finding(recovery, silent: age)])
        }
        guard !isRestored || recovery.lastReplayAge.map({ $0 >= Self.old.value }) ?? true else { return .findings([]) }
        return .findings([finding(recovery, silent: nil)])
    }

    private func finding(_ recovery: Recovery, silent: Double?) -> Finding {
        let shown =
            recovery.lastReplayAge.map { " The last commit that it shows is \(Quantity.seconds($0)) old." } ?? ""
        return Finding(
            Self.metadata, severity: .warning, tier: .containment,
            title: silent.map { "this standby has not heard from its primary for \(Quantity.seconds($0))" }
                ?? "this standby receives nothing: no WAL receiver runs",
            objects: [.cluster], impact: Impact(1, .risk, "no copy of new data"),
            confidence: silent == nil ? .medium : .high,
            summary: "Reads from this standby show the past, and what the primary does now is not here when it fails: "
                + (silent == nil ? "no WAL receiver runs." : "its WAL receiver hears nothing.") + shown,
            evidence: [Evidence("hasReceiver", "a WAL receiver runs", .flag(silent != nil))]
                + (silent.map { [Evidence("lastMessageAge", "not heard from the primary for", .seconds($0))] } ?? [])
                + (recovery.lastReplayAge.map { [Evidence("lastReplayAge", "last replayed commit", .seconds($0))] }
                    ?? []),
            notIf: "the primary is down or is being restarted",
            actions: [
                Action(
                    .containment, "see why it cannot stream",
                    steps: [
                        "The standby's log has the words: \"could not connect to the primary server\" (network, password, pg_hba.conf), "
                            + "\"requested WAL segment … has already been removed\" (it must be built anew), \"replication slot … does "
                            + "not exist\".",
                        "On the primary: is it up, has it a walsender free (max_wal_senders), does the slot exist?",
                    ], lock: LockNote.none, gain: Gain("the standby goes on where it stopped", .ruleOfThumb),
                    verify: Self.verify),
                Action(
                    .fix, "build it anew when the WAL that it needs is gone",
                    steps: [
                        "pg_rewind or pg_basebackup from the primary, with a slot (-C -S NAME), so that WAL is kept until it has it.",
                        "Take its readers to another server meanwhile.",
                    ],
                    lock: LockNote("none", "the primary sends all its data: its network and disks are busy meanwhile"),
                    gain: Gain("a standby that follows", .ruleOfThumb), verify: Self.verify,
                    undo: "keep the old data directory until the new one follows"),
            ], explains: [.cluster])
    }

    private static let verify =
        "SELECT status, latest_end_lsn, last_msg_receipt_time FROM pg_catalog.pg_stat_wal_receiver;"

    static let examples: [RuleExample] = [
        .fires("the connection is refused", on: "cluster") { $0.addReceiver(false) },
        .fires("it hears nothing", on: "cluster") {
            $0.addReceiver(true)
            $0.recovery?.lastMessageAge = 900
        },
        .silent("it streams") {
            $0.addReceiver(true)
            $0.recovery?.lastMessageAge = 3
        },
        .silent("fed from an archive") {
            $0.addReceiver(false)
            $0.set("primary_conninfo", "")
            $0.set("restore_command", "(not read)")
        },
        .silent("caught up from the archive a moment ago") {
            $0.addReceiver(false)
            $0.set("restore_command", "(not read)")
            $0.recovery?.lastReplayAge = 20
        },
        .silent("a primary") { _ in },
        .inconclusive("an older snapshot") {
            $0.addReceiver(false)
            $0.recovery?.hasReceiver = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addReceiver(_ isThere: Bool) {
        server.isInRecovery = true
        set("primary_conninfo", "(not read)")
        set("restore_command", "")
        recovery = .make {
            $0.hasReceiver = isThere
            $0.receiverStatus = isThere ? "streaming" : nil
            $0.lastReplayAge = 4000
        }
    }
}
