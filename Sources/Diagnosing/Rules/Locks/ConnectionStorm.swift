import Foundation
import Model

/// A burst of new connections that the server is about to refuse.
struct ConnectionStorm: Rule {
    private static let young = Threshold(
        "younger than", 10, "s", source: "our choice: a pool that starts is done within seconds")
    private static let burst = Threshold(
        "new sessions at once", 20, "sessions",
        source: "our choice: twice pg_gather's 10 new ones, and all within seconds")
    private static let used = Threshold(
        "share of the connections in use", 0.8, "share", source: "dasha's middle level of sessions to max_connections")

    static let metadata = RuleMetadata(
        id: "locks.connection-storm",
        title: "Burst of new connections",
        area: .locks,
        needs: [.backends, .settings, .backendDetails],
        looksAt:
            "backend_start of client sessions, those still in authentication (state starting, 18 and up), max_connections",
        why:
            "When answers get slow, applications and pools open more connections and try again: each costs the server a process, an "
            + "authentication and empty caches, just when it has least to spare. At max_connections all are refused, also those of "
            + "people who want to help.",
        limits:
            "One reading: it has to hit the burst. Before 18 sessions show only once they are authenticated. A pool that starts with "
            + "room to spare is none.",
        thresholds: [young, burst, used],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
            "https://www.postgresql.org/docs/current/connect-estab.html",
            "https://www.pgbouncer.org/config.html",
        ], explains: [Edge(.startsSessions, "locks.max-connections-near"), .occupiesConnections])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let most = observation.setting("max_connections")?.number, most > 0 else {
            return .inconclusive("max_connections was not read")
        }
        let clients = observation.clients
        let new = clients.filter { backend in
            backend.state == "starting" || (observation.age(of: backend.backendStart) ?? .infinity) < Self.young.value
        }
        guard Double(new.count) >= Self.burst.value, Double(clients.count) >= Self.used.value * most else {
            return .findings([])
        }
        return .findings([finding(new, clients, most, observation)])
    }

    private func finding(_ new: [Backend], _ clients: [Backend], _ most: Double, _ observation: Observation) -> Finding
    {
        let starting = new.count { $0.state == "starting" }
        let groups = Dictionary(grouping: new, by: \.label).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        let waiting = clients.count(where: \.waitsForLock)
        let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_start > now() - interval '10 s';"
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(Quantity.count(new.count)) connections came within \(Quantity.seconds(Self.young.value))",
            objects: [.setting("max_connections")], impact: .sessions(Double(new.count)), confidence: .high,
            summary:
                "\(Quantity.count(new.count)) of \(Quantity.count(clients.count)) sessions are younger than "
                + "\(Quantity.seconds(Self.young.value)), most of them of \(groups.first?.key ?? "nobody"), and "
                + "\(Quantity.count(clients.count)) of \(Quantity.count(Int64(most))) connections are in use.",
            evidence: [
                Evidence("newSessions", "new sessions", .count(Int64(new.count))),
                Evidence("starting", "of them in authentication", .count(Int64(starting))),
                Evidence("connections", "connections", .count(Int64(clients.count))),
                Evidence("maxConnections", "max_connections", .count(Int64(most))),
                Evidence("waiting", "sessions that wait for locks", .count(Int64(waiting))),
                Evidence(
                    "applications", "most of the new ones",
                    .list(groups.map { "\($0.key): \(Quantity.count($0.value))" })),
            ], notIf: "a pool has just been started anew",
            actions: [
                Action(
                    .containment, "slow down who connects",
                    steps: [
                        "Find what made answers slow first: with a blocker gone the storm ends by itself.",
                        "Take instances of \(groups.first?.key ?? "the application") away, or PAUSE the database in PgBouncer for some seconds.",
                    ], lock: LockNote.none, gain: Gain("the server gets through what it has", .ruleOfThumb),
                    verify: verify),
                Action(
                    .fix, "have a pooler queue them",
                    steps: [
                        "PgBouncer: default_pool_size and max_db_connections well below max_connections; clients beyond wait in its queue.",
                        "A limit for each role, so that one application cannot take all: ALTER ROLE … CONNECTION LIMIT.",
                    ], gain: Gain("a burst waits in the pooler, and costs the server nothing", .ruleOfThumb),
                    verify: verify,
                    undo: "the former configuration of the pooler"),
                Action(
                    .cure, "have the application try again more and more slowly",
                    steps: [
                        "Exponential back-off with jitter, a limit of the pool's size, and a timeout for getting a connection."
                    ],
                    gain: Gain("slowness no longer feeds itself", .ruleOfThumb), verify: verify),
            ], explains: Set(new.map { LinkKey.backend($0.pid) }).union([.cluster]),
            symptomOf: Set(clients.filter(\.waitsForLock).map { LinkKey.backend($0.pid) }).union([.cluster]))
    }

    static let examples: [RuleExample] = [
        .fires("sixty within seconds, with ninety in use", on: "max_connections") {
            $0.addSessions(30, state: "idle")
            $0.addNewSessions(60)
        },
        .silent("a pool that starts, with room to spare") { $0.addNewSessions(40) },
        .silent("many, but old ones") { $0.addSessions(95, state: "idle") },
    ]
}

extension Snapshot {
    mutating func addNewSessions(_ count: Int) {
        let now = takenAt
        addSessions(count, from: 1000, state: "idle") { $0.backendStart = now.addingTimeInterval(-3) }
    }
}
