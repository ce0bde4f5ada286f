import Foundation
import Model

/// Many connections that nobody uses.
struct IdleSessions: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.idle-sessions",
        title: "Most connections have done nothing for an hour",
        area: .capacity,
        needs: [.backends, .backendDetails, .settings],
        looksAt:
            "client sessions in state idle, since when, by application and role; max_connections; the machine's memory where known",
        why:
            "Each connection is a process with its own caches of catalogs and plans, which are not given back while it lives: some MB "
            + "each, more where many tables are touched. Idle ones also take the places that a burst of work needs, and every snapshot "
            + "looks at all of them.",
        limits:
            "Hints only: the memory of other sessions is not seen from SQL. Sessions that a pooler keeps ready are idle for less "
            + "than its server_idle_timeout (PgBouncer: ten minutes as it comes).",
        thresholds: [idle, share, least],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT",
            "https://wiki.postgresql.org/wiki/Number_Of_Database_Connections",
        ])

    static let idle = Threshold(
        "idle for", 3600, "s", source: "our choice: six times PgBouncer's server_idle_timeout (600 s)")
    static let share = Threshold(
        "of max_connections", 0.5, "share", source: "our choice: below half there is room for as many again")
    static let least = Threshold(
        "idle sessions", 50, "sessions", source: "our choice: at 10 MB each half a GB; fewer are not worth a change")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let most = observation.setting("max_connections")?.number, most > 0 else {
            return .inconclusive("max_connections was not read")
        }
        let sessions = observation.clients.filter {
            $0.state == "idle" && observation.age(of: $0.stateChange) ?? 0 >= Self.idle.value
        }
        guard Double(sessions.count) >= max(Self.least.value, Self.share.value * most) else { return .findings([]) }
        return .findings([finding(sessions, Int(most), observation)])
    }

    private func finding(_ sessions: [Backend], _ most: Int, _ observation: Observation) -> Finding {
        let groups = Dictionary(grouping: sessions, by: \.label).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let longest = sessions.compactMap { observation.age(of: $0.stateChange) }.max() ?? 0
        let roles = Dictionary(grouping: sessions, by: { $0.role ?? "" }).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let verify =
            "SELECT application_name, pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'idle' AND "
            + "state_change < pg_catalog.now() - interval '1 hour' GROUP BY 1 ORDER BY 2 DESC;"
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(Quantity.count(sessions.count)) sessions have done nothing for an hour",
            objects: [.setting("max_connections")] + roles.prefix(3).map { ObjectReference(.role, $0.key) },
            impact: Impact(0, .none, "\(Quantity.count(sessions.count)) idle"), confidence: .low,
            summary:
                "\(Quantity.count(sessions.count)) of \(Quantity.count(most)) connections are taken by sessions that have done "
                + "nothing for an hour or longer (the longest for \(Quantity.seconds(longest))), most of them of "
                + "\(groups[0].key). How much memory they hold is not seen from here; some MB each are usual.",
            evidence: [
                Evidence("sessions", "idle for an hour", .count(Int64(sessions.count))),
                Evidence("limit", "max_connections", .count(Int64(most))),
                Evidence("longest", "idle for longest", .seconds(longest)),
                Evidence(
                    "applications", "most of them",
                    .list(groups.prefix(5).map { "\($0.key): \(Quantity.count($0.value))" })),
            ],
            notIf: "memory is plenty, and these connections are meant to be ready",
            actions: [
                Action(
                    .containment, "end those that have been idle for longest",
                    sql: sessions.sorted {
                        ($0.stateChange ?? .distantFuture, $0.pid) < ($1.stateChange ?? .distantFuture, $1.pid)
                    }
                    .prefix(3).map { $0.signal("pg_terminate_backend") },
                    steps: ["Restart the application or pool that left them, one instance after the other."],
                    lock: LockNote.none, gain: Gain("their memory and places are free", .ruleOfThumb), verify: verify,
                    caution: "an application that does not connect again by itself sees a lost connection")
            ]
                + roles.prefix(1).filter { !$0.key.isEmpty && observation.snapshot.server.version >= .v14 }.map {
                    role in
                    .limit(
                        role.key, "idle_session_timeout", to: "2h",
                        title: "let the server end idle sessions of \(role.key)",
                        gain: Gain("no session is idle for more than two hours", .estimated),
                        caution: "only where the application or its pool connects again by itself", observation)
                } + [
                    Action(
                        .cure, "fewer connections, shared",
                        steps: [
                            "Smaller pools in the applications, with a lifetime for their connections (minutes, not days).",
                            "A pooler between: PgBouncer in transaction mode needs some connections for each core.",
                        ], gain: Gain("the number of connections follows the work", .ruleOfThumb), verify: verify)
                ])
    }

    static let examples: [RuleExample] = [
        .fires("pools of many instances", on: "max_connections") { $0.addSessions(60, state: "idle", for: 9000) },
        .silent("a pooler's, ready for work") { $0.addSessions(60, state: "idle", for: 500) },
        .silent("some") { $0.addSessions(30, state: "idle", for: 9000) },
        .silent("a tenth of the places") {
            $0.set("max_connections", "1000", context: "postmaster")
            $0.addSessions(100, state: "idle", for: 9000)
        },
        .inconclusive("max_connections was not read") { $0.settings.removeAll { $0.name == "max_connections" } },
    ]
}
