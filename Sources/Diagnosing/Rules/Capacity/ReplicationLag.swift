import Model

/// A standby is so far behind that reads from it are old and a switch to it would lose or wait.
struct ReplicationLag: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.replication-lag",
        title: "Standby far behind",
        area: .capacity,
        needs: [.standbys], uses: [.recovery],
        looksAt:
            "pg_stat_replication: bytes between the primary's WAL and what each receiver has replayed; on a standby "
            + "what it has received but not replayed",
        why:
            "What a standby has not replayed is missing from reads there, and a switch to it must wait for it, or loses it "
            + "when the primary is gone. A synchronous standby that lags holds up every commit.",
        limits: "One reading: a burst of writes passes by itself, so look twice. Bytes decide, not seconds: an idle "
            + "primary shows a growing time without any lag. Base backups are left out.",
        thresholds: [bytes, grave],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW"
        ])

    static let bytes = Threshold(
        "behind", 104_857_600, "bytes", source: "pganalyze and dasha warn from 100 MB on")
    static let grave = Threshold(
        "far behind", 1_073_741_824, "bytes", source: "pganalyze and dasha: critical from 1 GB on")

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.standbys.isEmpty || observation.snapshot.recovery != nil else { return .absent }
        let behind = observation.snapshot.standbys
            .filter { $0.state != "backup" && Double($0.replayLag ?? 0) >= Self.bytes.value }
            .map { finding($0) }
        return .findings(behind + (observation.snapshot.recovery.flatMap { own($0) }.map { [$0] } ?? []))
    }

    private func finding(_ standby: Standby) -> Finding {
        let lag = standby.replayLag ?? 0
        let name = standby.application.isEmpty ? standby.client ?? "standby" : standby.application
        let isSynchronous = ["sync", "quorum"].contains(standby.syncState)
        let onTheWay = standby.sentLag ?? 0
        let isUnsent = onTheWay > lag / 2
        let time = standby.replayLagTime.map { " (\(Quantity.seconds($0)))" } ?? ""
        return Finding(
            Self.metadata, severity: Double(lag) >= Self.grave.value ? .warning : .notice, tier: .containment,
            title: "\(name) is \(Quantity.bytes(lag)) behind", objects: [ObjectReference(.role, name)],
            impact: .bytes(lag, "behind"), confidence: .medium,
            summary:
                "Reads from \(name) are old and a switch to it would wait: it is \(Quantity.bytes(lag))\(time) behind the "
                + "primary, \(isUnsent ? "and most of that was not even sent" : "received but not replayed")."
                + (isSynchronous ? " It is synchronous: commits wait for it." : ""),
            evidence: [
                Evidence("replayLag", "not replayed", .bytes(lag)), Evidence("sentLag", "not sent", .bytes(onTheWay)),
                Evidence("state", "state", .text(standby.state ?? "unknown")),
                Evidence("syncState", "synchronous", .text(standby.syncState ?? "unknown")),
            ] + (standby.replayLagTime.map { [Evidence("replayLagTime", "replay lag", .seconds($0))] } ?? []),
            notIf: "the standby was just started, or recovery_min_apply_delay is set on purpose",
            actions: [Self.action(isUnsent: isUnsent)], identity: [name])
    }

    private func own(_ recovery: Recovery) -> Finding? {
        guard let backlog = recovery.replayBacklog, Double(backlog) >= Self.grave.value, !recovery.isPaused else {
            return nil
        }
        return Finding(
            Self.metadata, severity: .warning, tier: .containment,
            title: "this standby has \(Quantity.bytes(backlog)) received and not replayed", objects: [.cluster],
            impact: .bytes(backlog, "behind"), confidence: .medium,
            summary:
                "Reads from this standby are old: \(Quantity.bytes(backlog)) of WAL were received and are not replayed yet.",
            evidence: [Evidence("replayBacklog", "not replayed", .bytes(backlog))]
                + (recovery.lastReplayAge.map { [Evidence("lastReplayAge", "last replayed commit", .seconds($0))] }
                    ?? []),
            notIf: "recovery_min_apply_delay is set on purpose", actions: [Self.action(isUnsent: false)])
    }

    private static func action(isUnsent: Bool) -> Action {
        let network = [
            "WAL is not sent as fast as it is written: look at the network, and at the standby's disk.",
            "A bulk load on the primary ends by itself; spread the next one.",
        ]
        let replay = [
            "On the standby: a long query that recovery waits for (max_standby_streaming_delay)? Cancel it: SELECT pid, "
                + "query_start FROM pg_catalog.pg_stat_activity WHERE state = 'active' ORDER BY query_start;",
            "Replay is one process: is the standby's disk or one core at its limit?",
        ]
        return Action(
            .containment, isUnsent ? "find what slows the sending" : "find what slows the replay",
            steps: isUnsent ? network : replay, lock: LockNote.none, gain: Gain("the standby catches up", .ruleOfThumb),
            verify: "SELECT application_name, state, pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff("
                + "pg_catalog.pg_current_wal_lsn(), replay_lsn)) FROM pg_catalog.pg_stat_replication;")
    }

    static let examples: [RuleExample] = [
        .fires("2 GB behind", on: "replica1") { $0.addStandby(lag: 2_147_483_648) },
        .fires("seen from the standby itself", on: "cluster") {
            $0.server.isInRecovery = true
            $0.recovery = .make { $0.replayBacklog = 5_000_000_000 }
        },
        .silent("close behind") { $0.addStandby(lag: 200_000) },
        .silent("a base backup") { $0.addStandby(lag: 2_147_483_648) { $0.state = "backup" } },
        .silent("an idle primary: seconds, no bytes") { $0.addStandby(lag: 0) { $0.replayLagTime = 4000 } },
    ]
}

extension Snapshot {
    fileprivate mutating func addStandby(lag: Int64, _ more: (inout Standby) -> Void = { _ in }) {
        var standby = Standby.make {
            $0.application = "replica1"
            $0.state = "streaming"
            $0.syncState = "async"
            $0.replayLag = lag
            $0.sentLag = 0
        }
        more(&standby)
        standbys = [standby]
    }
}
