import Foundation
import Model

/// The server will soon refuse all new connections.
struct MaxConnectionsNear: Rule {
    private static let noted = Threshold(
        "share of the connections in use: notice", 0.8, "share",
        source: "dasha's middle level of sessions to max_connections")
    private static let used = Threshold(
        "share of the connections in use: warning", 0.9, "share", source: "check_postgres backends: warning at 90 %")
    private static let full = Threshold(
        "share of the connections in use: critical", 0.95, "share", source: "check_postgres backends: critical at 95 %")

    static let metadata = RuleMetadata(
        id: "locks.max-connections-near",
        title: "max_connections nearly reached",
        area: .locks,
        needs: [.backends, .settings],
        looksAt:
            "client sessions of pg_stat_activity against max_connections less the reserved ones, by application and state",
        why:
            "The next one is refused: \"sorry, too many clients already\", for every application of the server at once. Mostly it is not "
            + "the load that grew: sessions wait for something, idle in transactions or in pools that are too large.",
        limits:
            "One reading. Walsenders and background processes have places of their own. A pooler in front has limits of its own, "
            + "which are not seen from here.",
        thresholds: [noted, used, full],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
            "https://wiki.postgresql.org/wiki/Number_Of_Database_Connections",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let most = observation.setting("max_connections")?.number else {
            return .inconclusive("max_connections was not read")
        }
        let reserved = ["superuser_reserved_connections", "reserved_connections"]
            .compactMap { observation.setting($0)?.number }.reduce(0, +)
        let limit = Int(most - reserved)
        let clients = observation.snapshot.backends.filter(\.isClient)
        let share = Double(clients.count) / Double(max(limit, 1))
        guard limit > 0, share >= Self.noted.value else { return .findings([]) }
        return .findings([finding(clients, limit, share, observation)])
    }

    private func finding(_ clients: [Backend], _ limit: Int, _ share: Double, _ observation: Observation) -> Finding {
        let severity: Severity = share >= Self.full.value ? .critical : share >= Self.used.value ? .warning : .notice
        let idle = clients.filter { $0.state == "idle" }
        let open = clients.count(where: \.isIdleInTransaction)
        let waiting = clients.count(where: \.waitsForLock)
        let active = clients.count { $0.state == "active" } - waiting
        let groups = Dictionary(grouping: clients, by: \.label).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        return Finding(
            Self.metadata, severity: severity, tier: .fix,
            title: "\(Quantity.count(clients.count)) of \(Quantity.count(limit)) connections are in use",
            objects: [.setting("max_connections")], impact: .sessions(Double(clients.count)), confidence: .high,
            summary:
                "\(Quantity.count(clients.count)) of the \(Quantity.count(limit)) connections that applications may have are in use: "
                + "\(Quantity.count(active)) work, \(Quantity.count(waiting)) wait for locks, \(Quantity.count(open)) idle in a "
                + "transaction, \(Quantity.count(idle.count)) are idle. Those that come beyond them are refused.",
            evidence: [
                Evidence("connections", "connections", .count(Int64(clients.count))),
                Evidence("limit", "limit, reserved ones left out", .count(Int64(limit))),
                Evidence("working", "working", .count(Int64(active))),
                Evidence("waiting", "waiting for locks", .count(Int64(waiting))),
                Evidence("idleInTransaction", "idle in a transaction", .count(Int64(open))),
                Evidence("idle", "idle", .count(Int64(idle.count))),
                Evidence(
                    "applications", "most of them", .list(groups.map { "\($0.key): \(Quantity.count($0.value))" })),
            ], notIf: "the pools are as large as this by design, and none can grow",
            actions: actions(idle, observation), explains: [],
            symptomOf: Set(clients.filter { $0.state != "idle" }.map { LinkKey.backend($0.pid) }).union([.cluster]))
    }

    private func actions(_ idle: [Backend], _ observation: Observation) -> [Action] {
        let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend';"
        // Those that have been idle for longest first: a pool makes new ones when it needs them.
        let oldest = idle.filter { !$0.isOurs }
            .sorted { ($0.stateChange ?? .distantFuture, $0.pid) < ($1.stateChange ?? .distantFuture, $1.pid) }.prefix(
                5)
        let containment = Action(
            .containment, "end sessions that do nothing", sql: oldest.map { $0.signal("pg_terminate_backend") },
            steps: [
                "First end what the others wait for, where a session blocks them: the waiting ones then end by themselves.",
                "Restart the application or the pool that left most of the idle ones.",
            ], lock: LockNote.none, gain: Gain("room for new connections", .ruleOfThumb), verify: verify,
            caution: "its application sees a lost connection, and must connect again")
        let pooler = Action(
            .cure, "put a pooler between the applications and the server",
            steps: [
                "PgBouncer in transaction mode: some hundred clients share a few connections for each core.",
                "Make the pools of the applications smaller: their sum must fit, also while one is being replaced by its next release.",
            ], gain: Gain("the number of connections no longer follows the number of clients", .ruleOfThumb),
            verify: verify)
        guard let setting = observation.serverSetting("max_connections"), let most = setting.number else {
            return [containment, pooler]
        }
        return [
            containment,
            SettingChange(setting, to: String(Int(most * 1.5))).action(
                "raise max_connections", steps: ["Each takes memory: see that work_mem times connections still fits."],
                gain: Gain("\(Int(most * 0.5)) more connections", .byDefinition),
                caution: "more sessions at work than cores make each other slower: a pooler is the better way"),
            pooler,
        ]
    }

    static let examples: [RuleExample] = [
        .fires("ninety idle sessions", on: "max_connections") { $0.addSessions(92, state: "idle") },
        .fires("most of them wait", on: "max_connections") {
            $0.addSessions(80, state: "active") { $0.waitEventType = "Lock" }
            $0.addSessions(17, from: 200, state: "idle")
        },
        .silent("half of them") { $0.addSessions(50, state: "active") },
        .silent("walsenders have places of their own") {
            $0.addSessions(95, state: "active") { $0.type = "walsender" }
        },
    ]
}

extension Snapshot {
    /// So many sessions of one application, in one state since so many s.
    mutating func addSessions(
        _ count: Int, from first: Int = 1, _ application: String = "web", state: String, for seconds: Double = 1,
        _ configure: (inout Backend) -> Void = { _ in }
    ) {
        for pid in first..<first + count { addSession(pid, application, state: state, for: seconds, configure) }
    }
}
