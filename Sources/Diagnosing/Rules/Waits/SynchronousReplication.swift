import Foundation
import Model

/// Commits that wait for a standby.
struct SynchronousReplication: Rule {
    static let metadata = RuleMetadata(
        id: "waits.synchronous-replication",
        title: "Commits wait for a synchronous standby",
        area: .waits,
        needs: [.backends, .backendDetails, .standbys, .settings], uses: [.activitySamples],
        looksAt: "sessions in the wait event SyncRep, now and in the readings of activity; synchronous_standby_names, "
            + "synchronous_commit and pg_stat_replication",
        why: "With synchronous replication a commit returns when enough standbys have it. While they are slow, every "
            + "commit is; when none of them is connected, commits wait without end, with their locks held.",
        limits: "That commits wait a little is what synchronous replication is for: below a fifth of the busy sessions "
            + "nothing is said. A standby that was connected only just now may be catching up.",
        thresholds: [stuck] + WaitingSessions.thresholds,
        references: [
            "https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES",
        ],
        explains: [
            Edge(.waitsForStandby, "locks.blocking-session"), Edge(.waitsForStandby, "workload.heavy-statement"),
            .occupiesConnections,
        ])

    private static let stuck = Threshold(
        "time after which a commit that waits for a standby stands still", 5, "s",
        source: "our choice: twenty round trips around the earth; a standby that is there answers sooner")

    func evaluate(_ observation: Observation) -> Outcome {
        let waiting = observation.snapshot.backends.filter { $0.isClient && !$0.isOurs && $0.waitEvent == "SyncRep" }
        let stuck = waiting.filter { (observation.age(of: $0.queryStart) ?? 0) >= Self.stuck.value }
        let sampled = WaitingSessions(observation, "synchronous replication") { $0.waits("IPC", "SyncRep") }
        if stuck.isEmpty && sampled == nil {
            let isUsed = !(observation.setting("synchronous_standby_names")?.value ?? "").isEmpty
            return isUsed ? .findings([]) : .absent
        }
        if stuck.isEmpty, let sampled, Double(sampled.load.samples) < WaitingSessions.readings.value {
            return .inconclusive(WaitingSessions.tooFew(sampled.load, "the wait for a standby"))
        }
        return .findings([finding(stuck, waiting, sampled, observation)])
    }

    private func finding(
        _ stuck: [Backend], _ waiting: [Backend], _ sampled: WaitingSessions?, _ observation: Observation
    ) -> Finding {
        let names = observation.setting("synchronous_standby_names")?.value ?? ""
        let standbys = observation.snapshot.standbys
        let synchronous = standbys.filter { ["sync", "quorum"].contains($0.syncState) }
        let longest = stuck.compactMap { observation.age(of: $0.queryStart) }.max() ?? 0
        let standing =
            "\(Quantity.plural(stuck.count, "commit")) \(stuck.count == 1 ? "has" : "have") waited for a standby, the "
            + "longest for \(Quantity.seconds(longest))"
        let state: String
        if synchronous.isEmpty {
            state = "None of the standbys that synchronous_standby_names names (\(names)) is connected."
        } else {
            let lags = synchronous.map { standby in
                standby.application + (standby.replayLag.map { " (\(Quantity.bytes($0)) behind)" } ?? "")
            }
            state = "Synchronous now: \(lags.joined(separator: ", "))."
        }
        let share = sampled.map { "\($0.text) wait for a standby to confirm their commit" }
        return Finding(
            Self.metadata, severity: stuck.isEmpty ? sampled?.severity(from: 0.5) ?? .notice : .critical,
            tier: stuck.isEmpty ? .fix : .containment,
            title: stuck.isEmpty
                ? "commits wait for a synchronous standby" : "commits stand still: no standby confirms them",
            objects: [.setting("synchronous_standby_names")],
            impact: stuck.isEmpty
                ? sampled?.impact ?? .sessions(Double(waiting.count)) : .sessions(Double(waiting.count)),
            confidence: stuck.isEmpty ? sampled?.confidence ?? .medium : .high,
            summary: (stuck.isEmpty ? share ?? "" : standing) + ". " + state,
            evidence: evidence(stuck, waiting, longest, names, observation) + (sampled?.evidence ?? []),
            notIf: stuck.isEmpty ? "that no commit may be lost is worth the wait" : nil,
            actions: actions(isGone: synchronous.isEmpty, names, observation),
            explains: Set(waiting.map { .backend($0.pid) }).union(sampled?.slowed ?? []).union([.cluster]),
            symptomOf: [.setting("synchronous_standby_names")])
    }

    private func evidence(
        _ stuck: [Backend], _ waiting: [Backend], _ longest: Double, _ names: String, _ observation: Observation
    ) -> [Evidence] {
        let standbys = observation.snapshot.standbys.map {
            "\($0.application): \($0.state ?? "state unknown"), \($0.syncState ?? "unknown")"
        }
        var evidence = [
            Evidence("waitingNow", "sessions that wait for a standby now", .count(Int64(waiting.count))),
            Evidence("synchronousStandbyNames", "synchronous_standby_names", .text(names)),
            Evidence(
                "synchronousCommit", "synchronous_commit", .text(observation.setting("synchronous_commit")?.value ?? "")
            ),
            Evidence("standbys", "standbys that are connected", .list(standbys.isEmpty ? ["none"] : standbys)),
        ]
        if !stuck.isEmpty { evidence.append(Evidence("longestWait", "longest wait", .seconds(longest))) }
        return evidence
    }

    private func actions(isGone: Bool, _ names: String, _ observation: Observation) -> [Action] {
        isGone ? [Self.look(isGone: true), Self.release(names), Self.more] : [Self.look(isGone: false), Self.more]
    }

    static func look(isGone: Bool) -> Action {
        Action(
            .containment, isGone ? "bring the standby back" : "find what slows the standby",
            steps: [
                "SELECT application_name, client_addr, state, sync_state, sent_lsn, flush_lsn, replay_lag FROM "
                    + "pg_catalog.pg_stat_replication;",
                isGone
                    ? "Start the standby, or repair its connection; its application_name (cluster_name or primary_conninfo) "
                        + "must be one that synchronous_standby_names names."
                    : "Look at the network to it, and at its disk: with remote_apply also at long queries that its replay "
                        + "waits for.",
            ], lock: LockNote.none, gain: Gain("commits return", .estimated))
    }

    /// - Parameter names: synchronous_standby_names as it stands.
    static func release(_ names: String) -> Action {
        Action(
            .containment, "let commits go on without a standby",
            sql: ["ALTER SYSTEM SET synchronous_standby_names = '';", SettingChange.reload],
            steps: ["Ask first who is to decide that: it gives up what synchronous replication protects."],
            lock: LockNote.none, gain: Gain("every waiting commit returns at once", .byDefinition),
            verify: "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event = 'SyncRep';",
            undo: "ALTER SYSTEM SET synchronous_standby_names = \(SQL.literal(names)); " + SettingChange.reload,
            caution: "what is committed from then on is lost when this server is lost before a standby has it")
    }

    static let more = Action(
        .fix, "let one of several standbys be enough",
        steps: [
            "Two or more standbys, and ANY 1 (a, b): the loss of one stops nothing. "
                + "remote_apply waits longer than on, on longer than remote_write."
        ], lock: LockNote.none, gain: Gain("the quickest standby decides", .ruleOfThumb))

    static let examples: [RuleExample] = [
        .fires("a commit hangs: the standby is gone", on: "synchronous_standby_names") {
            $0.addSynchronous("ghost")
            $0.addSession(100, "checkout", for: 30) { ($0.waitEventType, $0.waitEvent) = ("IPC", "SyncRep") }
        },
        .fires("half of the load waits for a standby far away", on: "synchronous_standby_names") {
            $0.addSynchronous("far")
            $0.standbys = [
                .make {
                    $0.application = "far"; $0.state = "streaming"; $0.syncState = "sync"
                }
            ]
            $0.addBusy("IPC", "SyncRep", sessions: 6)
            $0.addBusy(nil, nil, sessions: 2)
        },
        .silent("commits that wait for a moment") {
            $0.addSynchronous("near")
            $0.addSession(100, "checkout") { ($0.waitEventType, $0.waitEvent) = ("IPC", "SyncRep") }
            $0.addBusy("IPC", "SyncRep", sessions: 1)
            $0.addBusy(nil, nil, sessions: 9)
        },
        .silent("no synchronous replication") { $0.addBusy(nil, nil, sessions: 9) },
        .inconclusive("seen in two readings") {
            $0.addSynchronous("near")
            $0.addBusy("IPC", "SyncRep", sessions: 20, readings: 2)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addSynchronous(_ name: String) {
        set("synchronous_standby_names", name)
    }
}
