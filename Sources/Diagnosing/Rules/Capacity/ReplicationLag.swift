import Model

/// A standby is so far behind that reads from it are old and a switch to it would lose or wait.
struct ReplicationLag: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.replication-lag",
        title: "Standby far behind",
        area: .capacity,
        needs: [.standbys], uses: [.recovery],
        looksAt:
            "pg_stat_replication: bytes between the primary's WAL and what each receiver has replayed, and how both moved since the "
            + "earlier reading; on a standby what it has received but not replayed, and how old its last replayed commit is",
        why:
            "What a standby has not replayed is missing from reads there, and a switch to it must wait for it, or loses it "
            + "when the primary is gone. A synchronous standby that lags holds up every commit.",
        limits:
            "One reading: a burst of writes passes by itself, so look twice; of two readings it is told whether the standby comes "
            + "after. Seconds count only where bytes wait: an idle primary shows a growing time without any lag. Base backups are left "
            + "out, and of a standby with recovery_min_apply_delay what that delay accounts for.",
        thresholds: [bytes, grave, seconds, bytesWithSeconds, old],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW"
        ])

    static let bytes = Threshold(
        "behind", 104_857_600, "bytes", source: "pganalyze and dasha warn from 100 MB on")
    static let grave = Threshold(
        "far behind", 1_073_741_824, "bytes", source: "pganalyze and dasha: critical from 1 GB on")

    static let seconds = Threshold("behind in time", 30, "s", source: "dasha's third level of lag: 30 s")
    static let bytesWithSeconds = Threshold(
        "behind, where it is so many seconds", 10_485_760, "bytes", source: "dasha's first level of lag: 10 MB")
    static let old = Threshold(
        "last replayed commit older than, on a standby that has WAL to replay", 300, "s",
        source:
            "our choice: checkpoint_timeout as it comes; a replay that works is never so far behind what it received")

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.standbys.isEmpty || observation.snapshot.recovery != nil else { return .absent }
        let behind = observation.snapshot.standbys
            .filter { standby in
                let (lag, time) = (Double(standby.replayLag ?? 0), standby.replayLagTime ?? 0)
                return standby.state != "backup"
                    && (lag >= Self.bytes.value || lag >= Self.bytesWithSeconds.value && time >= Self.seconds.value)
            }
            .map { finding($0, observation) }
        return .findings(behind + (observation.snapshot.recovery.flatMap { own($0, observation) }.map { [$0] } ?? []))
    }

    private func finding(_ standby: Standby, _ observation: Observation) -> Finding {
        let lag = standby.replayLag ?? 0
        let movement = Movement(standby, observation)
        let source = observation.snapshot.server.isInRecovery ? "this standby" : "the primary"
        let name = standby.application.isEmpty ? standby.client ?? "standby" : standby.application
        let isSynchronous = ["sync", "quorum"].contains(standby.syncState)
        let onTheWay = standby.sentLag ?? 0
        let isUnsent = onTheWay > lag / 2
        let time = standby.replayLagTime.map { " (\(Quantity.seconds($0)))" } ?? ""
        return Finding(
            Self.metadata,
            severity: Double(lag) >= Self.grave.value && movement?.catchesUp != true || movement?.standsStill == true
                ? .warning : .notice, tier: .containment,
            title: "\(name) is \(Quantity.bytes(lag)) behind", objects: [ObjectReference(.role, name)],
            impact: .bytes(lag, "behind"), confidence: .medium,
            summary:
                "Reads from \(name) are old and a switch to it would wait: it is \(Quantity.bytes(lag))\(time) behind "
                + "\(source), \(isUnsent ? "and most of that was not even sent" : "received but not replayed")."
                + (movement.map { " \($0.sentence)" } ?? "")
                + (isSynchronous ? " It is synchronous: commits wait for it." : ""),
            evidence: [
                Evidence("replayLag", "not replayed", .bytes(lag)), Evidence("sentLag", "not sent", .bytes(onTheWay)),
                Evidence("state", "state", .text(standby.state ?? "unknown")),
                Evidence("syncState", "synchronous", .text(standby.syncState ?? "unknown")),
            ] + (standby.replayLagTime.map { [Evidence("replayLagTime", "replay lag", .seconds($0))] } ?? [])
                + (movement.map { [Evidence("replayRate", "replayed a second", .bytes($0.replayed))] } ?? []),
            notIf: "the standby was just started, or recovery_min_apply_delay is set on purpose",
            actions: [Self.action(isUnsent: isUnsent)], identity: [name])
    }

    private func own(_ recovery: Recovery, _ observation: Observation) -> Finding? {
        guard let backlog = recovery.replayBacklog, !recovery.isPaused else { return nil }
        let delay = observation.setting("recovery_min_apply_delay")?.seconds ?? 0
        let isOld = (recovery.lastReplayAge ?? 0) - max(0, delay) >= Self.old.value
        // On purpose; what a delayed standby receives waits for as long.
        let isDelayed = delay > 0 && !isOld
        guard !isDelayed,
            Double(backlog) >= Self.grave.value || isOld && Double(backlog) >= Self.bytesWithSeconds.value
        else { return nil }
        return Finding(
            Self.metadata, severity: .warning, tier: .containment,
            title: "this standby has \(Quantity.bytes(backlog)) received and not replayed", objects: [.cluster],
            impact: .bytes(backlog, "behind"), confidence: .medium,
            summary:
                "Reads from this standby are old: \(Quantity.bytes(backlog)) of WAL were received and are not replayed yet.",
            evidence: [Evidence("replayBacklog", "not replayed", .bytes(backlog))]
                + (recovery.lastReplayAge.map { [Evidence("lastReplayAge", "last replayed commit", .seconds($0))] }
                    ?? []),
            notIf: "recovery_min_apply_delay is set on purpose", actions: [Self.action(isUnsent: false)],
            symptomOf: [.cluster])
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
        .fires("20 MB, but for a minute", on: "replica1") { $0.addStandby(lag: 20_971_520) { $0.replayLagTime = 60 } },
        .fires("replay stands still for ten minutes", on: "cluster") {
            $0.server.isInRecovery = true
            $0.recovery = .make { ($0.replayBacklog, $0.lastReplayAge) = (50_000_000, 600) }
        },
        .fires(
            "it does not move", on: "replica1",
            before: { $0.addStandby(lag: 200_000_000) { $0.replayPosition = 5000 } },
            after: { $0.standbys[0].replayLag = 300_000_000 }),
        .silent("a standby that is delayed on purpose") {
            $0.server.isInRecovery = true
            $0.set("recovery_min_apply_delay", "3600000", unit: "ms")
            $0.recovery = .make { ($0.replayBacklog, $0.lastReplayAge) = (5_000_000_000, 3605) }
        },
        .silent("an idle primary, seen from its standby") {
            $0.server.isInRecovery = true
            $0.recovery = .make { ($0.replayBacklog, $0.lastReplayAge) = (0, 86_400) }
        },
        .silent("close behind") { $0.addStandby(lag: 200_000) },
        .silent("a base backup") { $0.addStandby(lag: 2_147_483_648) { $0.state = "backup" } },
        .silent("an idle primary: seconds, no bytes") { $0.addStandby(lag: 0) { $0.replayLagTime = 4000 } },
    ]
}

/// How a standby moved between two readings.
private struct Movement {
    /// Bytes a second that it replayed, and that the primary wrote.
    let replayed: Int64
    let written: Int64
    /// s until it has come after, at these rates.
    let rest: Double?

    var catchesUp: Bool { replayed > written }
    var standsStill: Bool { replayed == 0 }

    init?(_ standby: Standby, _ observation: Observation) {
        guard let then = observation.earlier?.standbys.first(where: { $0.pid == standby.pid }),
            let seconds = observation.window.seconds, seconds > 0, let now = standby.replayPosition,
            let before = then.replayPosition, let lag = standby.replayLag, let lagBefore = then.replayLag, now >= before
        else { return nil }
        replayed = Int64(Double(now - before) / seconds)
        written = Int64(max(0, Double(now + lag - before - lagBefore)) / seconds)
        rest = replayed > written ? Double(lag) / Double(replayed - written) : nil
    }

    var sentence: String {
        if standsStill { return "It has replayed nothing since the earlier reading." }
        let rates = "\(Quantity.bytes(replayed)) replayed a second, \(Quantity.bytes(written)) written"
        return rest.map { "It catches up (\(rates)), in some \(Quantity.seconds($0))." }
            ?? "\(written > replayed ? "It falls further behind" : "It does not come nearer") (\(rates))."
    }
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
