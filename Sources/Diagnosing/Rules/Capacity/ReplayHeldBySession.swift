import Foundation
import Model

/// On a standby: replay stands still until a session is done.
struct ReplayHeldBySession: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.replay-held-by-session",
        title: "Replay waits for a session of the standby",
        area: .capacity,
        needs: [.recovery, .backends, .backendDetails, .settings],
        looksAt:
            "on a standby: the startup process's wait event (RecoveryConflict…, a lock or a buffer pin), the sessions with the "
            + "oldest transactions, max_standby_streaming_delay and hot_standby_feedback",
        why:
            "Replay is one process for all databases. While it waits for a statement of the standby to end, nothing that the primary "
            + "does becomes visible here, to nobody, and the standby cannot take over.",
        limits:
            "One reading, of a wait that is meant to be short. Which session it waits for is told by the oldest snapshot or "
            + "transaction, which need not be the one.",
        thresholds: [backlog, patience],
        references: [
            "https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-STANDBY-STREAMING-DELAY",
        ], explains: [Edge(.delaysReplay, "capacity.replication-lag")])

    static let backlog = Threshold(
        "received and not replayed", 16_777_216, "bytes",
        source: "our choice: one file of WAL; less is replayed in an instant")

    static let patience = Threshold(
        "transaction in its way older than: warning", 30, "s", source: "max_standby_streaming_delay is 30 s as it comes"
    )

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.snapshot.server.isInRecovery, let recovery = observation.snapshot.recovery else {
            return .absent
        }
        guard let startup = observation.snapshot.backends.first(where: { $0.type == "startup" }) else {
            return .inconclusive("the startup process was not seen")
        }
        guard Self.isHeld(startup), Double(recovery.replayBacklog ?? 0) >= Self.backlog.value else {
            return .findings([])
        }
        let sessions = observation.clients.filter { $0.transactionStart != nil && $0.state != "idle" }
            .sorted {
                ($0.transactionStart ?? .distantFuture, $0.pid) < ($1.transactionStart ?? .distantFuture, $1.pid)
            }
        guard let oldest = sessions.first else { return .inconclusive("no session with an open transaction was seen") }
        return .findings([finding(oldest, sessions.count, startup, recovery, observation)])
    }

    /// Names of 14 to 18: https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
    private static func isHeld(_ startup: Backend) -> Bool {
        startup.waitEvent?.hasPrefix("RecoveryConflict") ?? false || startup.waitEventType == "Lock"
            || startup.waitEventType == "BufferPin" || startup.waitEventType == "Buffer"
    }

    private func finding(
        _ oldest: Backend, _ count: Int, _ startup: Backend, _ recovery: Recovery, _ observation: Observation
    ) -> Finding {
        let backlog = recovery.replayBacklog ?? 0
        let age = observation.age(of: oldest.transactionStart) ?? 0
        let delay = observation.serverSetting("max_standby_streaming_delay")
        let limit = delay.map { $0.number == -1 ? "without limit" : "for up to \($0.text)" } ?? "for a while"
        return Finding(
            Self.metadata, severity: age >= Self.patience.value ? .warning : .notice, tier: .containment,
            title: "replay waits for a session, \(Quantity.bytes(backlog)) wait with it",
            objects: [.cluster], impact: .bytes(backlog, "not replayed"), confidence: count == 1 ? .high : .medium,
            summary:
                "All reads from this standby show the past: replay waits \(limit) for \(count == 1 ? "" : "one of \(Quantity.count(count)) sessions, most likely ")"
                + "\(oldest.nameWithPID), whose transaction is \(Quantity.seconds(age)) old.",
            evidence: [
                Evidence("replayBacklog", "not replayed", .bytes(backlog)),
                Evidence("transactionAge", "oldest transaction", .seconds(age)),
                Evidence(
                    "waitEvent", "replay waits at", .text("\(startup.waitEventType ?? ""):\(startup.waitEvent ?? "")")),
                Evidence("maxStandbyStreamingDelay", "max_standby_streaming_delay", .text(delay?.text ?? "not read")),
            ],
            notIf: "this standby is there for long reports, and nobody needs it to be up to date",
            actions: actions(oldest, delay), explains: [.cluster], symptomOf: [.backend(oldest.pid)],
            identity: [oldest.role ?? "", oldest.application])
    }

    private func actions(_ oldest: Backend, _ delay: Setting?) -> [Action] {
        let verify =
            "SELECT wait_event_type, wait_event FROM pg_catalog.pg_stat_activity WHERE backend_type = 'startup';"
        var actions = [
            Action(
                .containment, "end the statement that replay waits for",
                sql: [oldest.signal(oldest.isIdleInTransaction ? "pg_terminate_backend" : "pg_cancel_backend")],
                steps: ["Here, on the standby. Ask its owner first: a report has to be started anew."],
                lock: LockNote("none", "its transaction is rolled back"),
                gain: Gain("replay goes on", .estimated), verify: verify, caution: "the work of the report is lost")
        ]
        if let delay, delay.number == -1 || delay.seconds ?? 0 > 300 {
            actions.append(
                SettingChange(delay, to: "5min").action(
                    "limit how long replay waits", steps: ["On the standby, not on the primary."],
                    gain: Gain("the standby is never more than minutes behind", .estimated),
                    caution: "statements that take longer may be cancelled by replay"))
        }
        actions.append(
            Action(
                .cure, "one standby for each purpose",
                steps: [
                    "One for long reports, with a long max_standby_streaming_delay or with hot_standby_feedback, which holds the "
                        + "primary's xmin horizon instead.",
                    "One that takes over and serves short reads, with a short delay.",
                ], gain: Gain("reports and fresh reads no longer meet", .ruleOfThumb), verify: verify))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a report in its way", on: "cluster") { $0.addReplay(waitingAt: ("IPC", "RecoveryConflictSnapshot")) },
        .fires("DDL waits for a reader", on: "cluster") { $0.addReplay(waitingAt: ("Lock", "relation")) },
        .silent("replay waits for WAL") { $0.addReplay(waitingAt: ("Activity", "RecoveryWalStream")) },
        .silent("nothing waits behind it") {
            $0.addReplay(waitingAt: ("IPC", "RecoveryConflictSnapshot"))
            $0.recovery?.replayBacklog = 4000
        },
        .silent("a primary") { _ in },
        .inconclusive("the startup process is not shown") {
            $0.addReplay(waitingAt: ("IPC", "RecoveryConflictSnapshot"))
            $0.backends.removeAll { $0.type == "startup" }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addReplay(waitingAt event: (String, String)) {
        server.isInRecovery = true
        recovery = .make { $0.replayBacklog = 2_000_000_000 }
        set("max_standby_streaming_delay", "-1", unit: "ms")
        backends.append(
            .make {
                $0.pid = 50
                $0.type = "startup"
                ($0.waitEventType, $0.waitEvent) = event
            })
        addSession(100, "report", for: 1800)
    }
}
