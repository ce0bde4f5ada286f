import Foundation
import Model

/// Sessions that end otherwise than by a client that says goodbye.
struct AbandonedSessions: Rule {
    private static let share = Threshold(
        "share of the sessions", 0.1, "share", source: "our choice: networks lose a few; one in ten is a fault")
    private static let high = Threshold(
        "share of the sessions: warning", 0.5, "share", source: "our choice: it is the rule, not the exception")
    private static let least = Threshold("such sessions", 20, "sessions", source: "our choice: fewer are no habit")
    private static let many = Threshold(
        "such sessions a day: warning", 100, "sessions a day",
        source: "our choice: more than people and deployments cause")

    static let metadata = RuleMetadata(
        id: "locks.abandoned-sessions",
        title: "Sessions that are lost, killed or end by an error",
        area: .locks,
        needs: [.databases],
        looksAt:
            "pg_stat_database: sessions_abandoned, sessions_fatal and sessions_killed against sessions, over the window",
        why:
            "A client that vanishes leaves its transaction open until the server notices, for hours with TCP's defaults: its locks and "
            + "snapshot stay. Sessions that end by a fatal error or by an administrator's hand tell of crashes, timeouts and restarts that "
            + "nobody looks at.",
        limits:
            "Counts do not say who it was: log_disconnections does. Clients that exit without closing (scripts, serverless functions) "
            + "count as abandoned and do no harm outside a transaction. Load balancers' checks that only open a socket are no sessions.",
        thresholds: [share, high, least, many],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE",
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL",
        ], explains: [Edge(.leavesTransactionsOpen, "locks.idle-in-transaction")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            SessionCounts.all(observation).filter { counts in
                Double(counts.counters.unclean) >= Self.least.value
                    && Double(counts.counters.unclean) >= Self.share.value * Double(max(counts.counters.sessions, 1))
            }.map { finding($0, observation) })
    }

    private func finding(_ counts: SessionCounts, _ observation: Observation) -> Finding {
        let counters = counts.counters
        // What is lost or killed was opened before the window, perhaps: the share can exceed one.
        let share = min(1, Double(counters.unclean) / Double(max(counters.sessions, 1)))
        let isHigh = share >= Self.high.value && counts.perDay(counters.unclean) >= Self.many.value
        let kinds = [
            ("lost their client", counters.sessionsAbandoned), ("ended by a fatal error", counters.sessionsFatal),
            ("were ended by an administrator or a restart", counters.sessionsKilled),
        ].filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
        let verify =
            "SELECT sessions, sessions_abandoned, sessions_fatal, sessions_killed FROM pg_catalog.pg_stat_database WHERE datname = "
            + "\(SQL.literal(counts.database));"
        let open = observation.clients.filter { $0.database == counts.database && $0.isIdleInTransaction }
        let keepalives = observation.serverSetting("tcp_keepalives_idle")
        return Finding(
            Self.metadata, severity: isHigh ? .warning : .notice, tier: .cure,
            title: "\(Quantity.percent(share)) of the sessions of \(counts.database) do not end cleanly",
            objects: [ObjectReference(.database, counts.database)], impact: .none, confidence: .medium,
            summary:
                "Of \(Quantity.about(Double(counters.sessions))) sessions of \(counts.database) in \(Quantity.seconds(counts.seconds)), "
                + kinds.map { "\(Quantity.about(Double($0.1))) \($0.0)" }.joined(separator: ", ") + ".",
            evidence: [
                Evidence("sessions", "sessions", .count(counters.sessions)),
                Evidence("abandoned", "lost their client", .count(counters.sessionsAbandoned)),
                Evidence("fatal", "ended by a fatal error", .count(counters.sessionsFatal)),
                Evidence("killed", "ended by an administrator", .count(counters.sessionsKilled)),
                Evidence("share", "share", .share(share)),
            ], notIf: "they are scripts or functions that exit without closing, outside of any transaction",
            actions: [
                Action(
                    .containment, "see who they are",
                    steps: [
                        "Look in the server's log for \"unexpected EOF on client connection with an open transaction\" and FATAL.",
                        "ALTER SYSTEM SET log_disconnections = on for an hour tells user, host and how long each lived.",
                    ], lock: LockNote.none, gain: Gain("the application that does it is known", .ruleOfThumb),
                    verify: verify)
            ]
                + (keepalives.map { setting in
                    [
                        SettingChange(setting, to: "60").action(
                            "notice clients that are gone within minutes",
                            steps: [
                                "client_connection_check_interval = '10s' ends a running statement too, once its client is gone."
                            ],
                            gain: Gain("locks of a lost client are kept for minutes, not hours", .estimated))
                    ]
                } ?? []) + [
                    Action(
                        .cure, "close connections in the application",
                        steps: [
                            "Close them when the process ends, also after an error; make firewalls' idle timeouts longer than the pool's.",
                            "Out-of-memory kills and crashes of workers show here first: look at their exit codes.",
                        ], gain: Gain("no transaction is left behind", .ruleOfThumb), verify: verify)
                ], explains: Set(open.map { .backend($0.pid) }), symptomOf: [])
    }

    static let examples: [RuleExample] = [
        .fires(
            "most clients vanish", on: "shop", before: { _ in },
            after: { $0.count(sessions: 100, commits: 900, abandoned: 60) }),
        .fires("since the statistics began", on: "shop") { $0.count(sessions: 10_000, commits: 90_000, fatal: 2_000) },
        .silent("a few", before: { _ in }, after: { $0.count(sessions: 1000, commits: 900, abandoned: 30) }),
        .silent(
            "an administrator ended three", before: { _ in }, after: { $0.count(sessions: 5, commits: 900, killed: 3) }),
    ]
}

extension DatabaseCounters {
    /// Sessions that did not end by their client's goodbye.
    fileprivate var unclean: Int64 { sessionsAbandoned + sessionsFatal + sessionsKilled }
}
