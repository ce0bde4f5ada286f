import Model

/// A database or a role will soon be refused connections by its own limit.
struct ConnectionLimitNear: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.connection-limit-near",
        title: "Connections nearly used up",
        area: .capacity,
        needs: [.backends, .databases, .roles, .settings],
        looksAt:
            "max_connections without what is reserved, pg_database.datconnlimit and pg_roles.rolconnlimit against the sessions "
            + "connected now",
        why:
            "The next connection beyond the limit is refused (\"sorry, too many clients already\", \"too many connections for role\"). "
            + "The application sees errors, and a pool that waits for connections looks like a slow database.",
        limits:
            "One reading. Superusers are not held to the limits of roles and databases. Who occupies the connections, and why, "
            + "is told by the findings that this stands under.",
        thresholds: [used],
        references: [
            "https://www.postgresql.org/docs/current/sql-alterdatabase.html",
            "https://www.postgresql.org/docs/current/sql-alterrole.html",
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
        ])

    static let used = Threshold(
        "share of the limit in use", 0.9, "share", source: "check_postgres backends: warning at 90 %")

    func evaluate(_ observation: Observation) -> Outcome {
        let clients = observation.snapshot.backends.filter(\.isClient)
        let databases = observation.snapshot.databases.compactMap { database in
            finding(
                .database, database.name, limit: database.connectionLimit,
                clients.filter { $0.database == database.name })
        }
        let roles = observation.snapshot.roles.filter { !$0.isSuperuser }.compactMap { role in
            finding(.role, role.name, limit: role.connectionLimit, clients.filter { $0.role == role.name })
        }
        return .findings([server(clients, observation)].compactMap(\.self) + databases + roles)
    }

    /// All connections of the server: background workers and walsenders do not count against max_connections since 12.
    private func server(_ clients: [Backend], _ observation: Observation) -> Finding? {
        func number(_ name: String) -> Int { observation.setting(name)?.number.map { Int($0) } ?? 0 }
        let all = number("max_connections")
        let reserved = number("superuser_reserved_connections") + number("reserved_connections")
        let limit = all - reserved
        guard limit > 0, Double(clients.count) >= Double(limit) * Self.used.value else { return nil }
        let isFull = clients.count >= limit
        let idle = clients.count { $0.state == "idle" }
        return Finding(
            Self.metadata, severity: isFull ? .critical : .warning, tier: .fix,
            title: "\(clients.count) of \(limit) connections are in use",
            objects: [.cluster],
            impact: Impact(1, isFull ? .risk : .none, isFull ? "none left" : "\(limit - clients.count) left"),
            confidence: .high,
            summary:
                "New connections \(isFull ? "are" : "will soon be") refused: \(clients.count) of the \(limit) connections that "
                + "max_connections leaves to applications are in use, \(idle) of them idle.",
            evidence: [
                Evidence("connections", "connections", .count(Int64(clients.count))),
                Evidence("limit", "limit", .count(Int64(limit))),
                Evidence("reserved", "reserved beside them", .count(Int64(reserved))),
                Evidence("idle", "idle", .count(Int64(idle))),
                Evidence("applications", "most by", .list(Self.greatest(clients))),
            ],
            notIf: "the pools are as large as that on purpose, and never grow",
            actions: [
                Action(
                    .containment, "end sessions that do nothing",
                    steps: [
                        "SELECT pid, usename, application_name, client_addr, state_change FROM pg_catalog.pg_stat_activity WHERE "
                            + "state = 'idle' ORDER BY state_change;",
                        "Restart the application or pool that left them.",
                    ],
                    lock: LockNote.none, gain: Gain("room for new connections", .ruleOfThumb)),
                Action(
                    .fix, "put a pooler in front, or make the pools smaller",
                    steps: [
                        "PgBouncer in transaction mode serves hundreds of clients with a few dozen connections.",
                        "Raising max_connections needs a restart, and memory for each: more active sessions than cores and disks can "
                            + "serve make all of them slower.",
                    ], gain: Gain("connections that are used", .ruleOfThumb)),
            ], symptomOf: Set(clients.map { .backend($0.pid) }))
    }

    /// `shop-web (60)`, the three with most connections.
    private static func greatest(_ clients: [Backend]) -> [String] {
        Dictionary(grouping: clients) { $0.application.isEmpty ? $0.role ?? "unknown" : $0.application }
            .map { ($0.key, $0.value.count) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.prefix(3)
            .map { "\($0.0) (\($0.1))" }
    }

    private func finding(_ kind: ObjectReference.Kind, _ name: String, limit: Int, _ sessions: [Backend]) -> Finding? {
        let used = sessions.count
        guard limit > 0, Double(used) >= Double(limit) * Self.used.value else { return nil }
        let order = "ALTER \(kind == .role ? "ROLE" : "DATABASE") \(SQL.identifier(name)) CONNECTION LIMIT"
        let isFull = used >= limit
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(kind.rawValue) \(name) uses \(used) of its \(limit) connections",
            objects: [ObjectReference(kind, name)],
            impact: .sessions(Double(used)), confidence: .high,
            summary:
                "New connections \(isFull ? "are" : "will soon be") refused: \(kind.rawValue) \(name) has \(used) of the "
                + "\(limit) connections that its CONNECTION LIMIT allows.",
            evidence: [
                Evidence("connections", "connections", .count(Int64(used))),
                Evidence("limit", "limit", .count(Int64(limit))),
            ],
            notIf: "the limit is there to keep this application in bounds, and its pool is as large as that",
            actions: [
                Action(
                    .containment, "end sessions that do nothing",
                    steps: [
                        "SELECT pid, application_name, client_addr, state_change FROM pg_catalog.pg_stat_activity WHERE "
                            + "\(kind == .role ? "usename" : "datname") = \(SQL.literal(name)) AND state = 'idle' ORDER BY state_change;",
                        "Restart the application or pool that left them.",
                    ],
                    lock: LockNote.none, gain: Gain("room for new connections", .ruleOfThumb)),
                Action(
                    .fix, "raise the limit", sql: ["\(order) \(limit + max(5, limit / 4));"],
                    steps: ["See that max_connections has room for it."], lock: LockNote.none,
                    gain: Gain("\(max(5, limit / 4)) more connections", .measured),
                    verify: kind == .role
                        ? "SELECT rolname, rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = \(SQL.literal(name));"
                        : "SELECT datname, datconnlimit FROM pg_catalog.pg_database WHERE datname = \(SQL.literal(name));",
                    undo: "\(order) \(limit);"),
            ], symptomOf: Set(sessions.map { .backend($0.pid) }))
    }

    static let examples: [RuleExample] = [
        .fires("the role's limit is reached", on: "app") {
            $0.roles[0].connectionLimit = 10
            $0.addClients(10)
        },
        .fires("the database's limit is near", on: "shop") {
            $0.databases[0].connectionLimit = 20
            $0.addClients(19)
        },
        .fires("the server is full", on: "cluster") { $0.addClients(97) },
        .silent("room enough") {
            $0.roles[0].connectionLimit = 20
            $0.addClients(10)
        },
        .silent("no limit") { $0.addClients(50) },
    ]
}

extension Snapshot {
    fileprivate mutating func addClients(_ number: Int) {
        for pid in 1...number {
            backends.append(
                .make {
                    $0.pid = pid; $0.role = "app"; $0.database = "shop"; $0.state = "idle"
                })
        }
    }
}
