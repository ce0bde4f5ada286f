import Foundation
import Model

/// Applications that connect anew for every few transactions.
struct ConnectionChurn: Rule {
    private static let rate = Threshold(
        "sessions that come and go", 1, "a second", source: "our choice: probes and jobs stay below")
    private static let high = Threshold(
        "sessions that come and go: warning", 10, "a second",
        source:
            "our measurement: a session for one SELECT costs 8 ms of the server's CPU (PostgreSQL 15, two busy cores), so ten take "
            + "a twelfth of a core for nothing")
    private static let transactions = Threshold(
        "transactions of a session, on average", 10, "transactions",
        source: "our choice: a session of a pool runs thousands")
    private static let least = Threshold(
        "sessions that came and went", 30, "sessions", source: "our choice: fewer are no habit")

    static let metadata = RuleMetadata(
        id: "locks.connection-churn",
        title: "New connection for every few transactions",
        area: .locks,
        needs: [.databases, .backends],
        looksAt:
            "pg_stat_database.sessions over the window, less those that are still there, against xact_commit and xact_rollback",
        why:
            "A connection costs the server a new process, an authentication and caches that have to be filled, mostly more than the few "
            + "statements that it is used for. Plans are never reused, and when answers get slow, connections pile up to max_connections.",
        limits:
            "Counts do not say who connects; sessions of a pool that is started anew are still there and do not count. Through a pooler "
            + "the sessions are its own.",
        thresholds: [rate, high, transactions, least],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
            "https://www.postgresql.org/docs/current/connect-estab.html",
            "https://www.pgbouncer.org/features.html",
        ],
        explains: [
            Edge(.startsSessions, "locks.connection-storm"), Edge(.startsSessions, "locks.max-connections-near"),
            Edge(.startsSessions, "capacity.connection-limit-near"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            SessionCounts.all(observation).filter {
                $0.perSecond >= Self.rate.value && $0.transactionsPerSession < Self.transactions.value
                    && Double($0.cameAndWent) >= Self.least.value
            }.map { finding($0, observation) })
    }

    private func finding(_ counts: SessionCounts, _ observation: Observation) -> Finding {
        let young = observation.clients.filter {
            $0.database == counts.database && (observation.age(of: $0.backendStart) ?? .infinity) < 60
        }
        let groups = Dictionary(grouping: young, by: \.label).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
        let isHigh = counts.perSecond >= Self.high.value
        let length = counts.counters.sessions > 0 ? counts.counters.sessionTime / Double(counts.counters.sessions) : 0
        let verify =
            "SELECT sessions, xact_commit FROM pg_catalog.pg_stat_database WHERE datname = \(SQL.literal(counts.database));"
        return Finding(
            Self.metadata, severity: isHigh ? .warning : .notice, tier: .cure,
            title:
                "\(counts.database): \(Quantity.decimal(counts.perSecond, places: 1)) connections a second, each for "
                + "\(Quantity.decimal(counts.transactionsPerSession, places: 1)) transactions",
            objects: [ObjectReference(.database, counts.database)],
            impact: .sessions(counts.perSecond * length / 1000), confidence: .high,
            summary:
                "In \(Quantity.seconds(counts.seconds)) \(Quantity.about(Double(counts.cameAndWent))) sessions of \(counts.database) came "
                + "and went, \(Quantity.decimal(counts.perSecond, places: 1)) a second, after "
                + "\(Quantity.decimal(counts.transactionsPerSession, places: 1)) transactions on average: the server starts a process "
                + "for each.",
            evidence: [
                Evidence("sessionsPerSecond", "sessions that came and went, a second", .number(counts.perSecond)),
                Evidence("sessions", "sessions", .count(counts.counters.sessions)),
                Evidence("transactionsPerSession", "transactions of a session", .number(counts.transactionsPerSession)),
                Evidence("sessionTime", "a session lives for, on average", .milliseconds(length)),
                Evidence(
                    "young", "sessions younger than a minute now",
                    .list(groups.map { "\($0.key): \(Quantity.count($0.value))" })),
            ], notIf: "it is a load test, or a fleet of short-lived jobs that is meant to be so",
            actions: [
                Action(
                    .fix, "put a pooler in front",
                    steps: [
                        "PgBouncer in transaction mode on the application's machines or the server's: clients connect to it at almost no cost.",
                        "See first that the application needs no session state: SET, LISTEN, session advisory locks, temporary tables.",
                    ], gain: Gain("connections of the server live for hours", .ruleOfThumb), verify: verify,
                    undo: "the former connection string"),
                Action(
                    .cure, "keep connections open in the application",
                    steps: [
                        "Use the pool of its framework (persistent connections in PHP, CONN_MAX_AGE in Django, HikariCP in Java), and get a "
                            + "connection from it for each unit of work.",
                        "log_connections and log_disconnections for a minute tell which host and role they come from.",
                    ], gain: Gain("no process is started for a request", .ruleOfThumb), verify: verify),
            ], explains: Set(young.map { LinkKey.backend($0.pid) }).union([.cluster]), symptomOf: [])
    }

    static let examples: [RuleExample] = [
        .fires(
            "twenty a second, for one transaction each", on: "shop", before: { _ in },
            after: { $0.count(sessions: 1200, commits: 1300) }),
        .fires("since the statistics began", on: "shop") { $0.count(sessions: 8_000_000, commits: 9_000_000) },
        .silent(
            "a pool: thousands of transactions in each session", before: { _ in },
            after: { $0.count(sessions: 100, commits: 600_000) }),
        .silent(
            "the pool was started anew, and its sessions are there", before: { _ in },
            after: { snapshot in
                let now = snapshot.takenAt
                snapshot.count(sessions: 90, commits: 300)
                snapshot.addSessions(90, state: "idle") { $0.backendStart = now.addingTimeInterval(-20) }
            }),
        .silent("a probe every few seconds", before: { _ in }, after: { $0.count(sessions: 12, commits: 12) }),
    ]
}

extension Snapshot {
    /// Adds to the first database's counters.
    mutating func count(
        sessions: Int64 = 0, commits: Int64 = 0, rollbacks: Int64 = 0, abandoned: Int64 = 0, fatal: Int64 = 0,
        killed: Int64 = 0
    ) {
        databases[0].counters.sessions += sessions
        databases[0].counters.sessionTime += Double(sessions) * 40
        databases[0].counters.commits += commits
        databases[0].counters.rollbacks += rollbacks
        databases[0].counters.sessionsAbandoned += abandoned
        databases[0].counters.sessionsFatal += fatal
        databases[0].counters.sessionsKilled += killed
    }
}
