import Model

/// A database or a role will soon be refused connections by its own limit.
struct ConnectionLimitNear: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.connection-limit-near",
        title: "CONNECTION LIMIT of a database or role nearly reached",
        area: .capacity,
        needs: [.backends, .databases, .roles],
        looksAt: "pg_database.datconnlimit and pg_roles.rolconnlimit against the sessions connected now",
        why:
            "The next connection beyond the limit is refused (\"too many connections for role\"), though the server has room. "
            + "The application sees errors that no setting of the server explains.",
        limits:
            "One reading. Superusers are not held to the limit. max_connections is judged by locks.max-connections-near.",
        thresholds: [used],
        references: [
            "https://www.postgresql.org/docs/current/sql-alterdatabase.html",
            "https://www.postgresql.org/docs/current/sql-alterrole.html",
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
        return .findings(databases + roles)
    }

    private func finding(
        _ kind: ObjectReference.Kind, _ name: String, limit: Int, _ sessions: [Backend]
    ) -> Finding? {
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
                    gain: Gain("\(max(5, limit / 4)) more connections", .byDefinition),
                    verify: kind == .role
                        ? "SELECT rolname, rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = \(SQL.literal(name));"
                        : "SELECT datname, datconnlimit FROM pg_catalog.pg_database WHERE datname = \(SQL.literal(name));",
                    undo: "\(order) \(limit);"),
            ],
            symptomOf: Set(sessions.filter { $0.state != "idle" }.map { .backend($0.pid) }))
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
