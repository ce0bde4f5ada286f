/// What the strings of a snapshot and of a planner's image are, by where they stand in its JSON.
enum SnapshotField: Equatable {
    /// A name of a role, database, host, application, or a client's address, whole.
    case name(PseudonymKey.Kind)
    /// A name of a schema, relation, column, index or the like.
    case object
    /// PostgreSQL's own words and ours.
    case vocabulary
    case statement, definition, expression, plan
    /// What is not known to be anything else.
    case text

    init(_ keys: [String]) {
        let key = keys.last ?? ""
        switch key {
        case "role", "owner", "memberOf", "roleMemberships", "roles": self = .name(.role)
        case "database", "databases": self = .name(.database)
        case "application", "applications": self = .name(.application)
        case "client": self = .name(.client)
        case "host", "target": self = .name(.host)
        case "gid", "preparedTransaction": self = .name(.transaction)
        case "address": self = .name(.client)
        case "name": self = Self.named(keys)
        case "query" where keys.first == "cost": self = .vocabulary
        case "query": self = .statement
        case "text" where keys.contains("statements") || keys.contains("statement") || keys.contains("rewrites"):
            self = .statement
        case "sql" where keys.first == "definitions": self = .definition
        case "definition", "viewDefinition": self = .definition
        case "predicate", "expression", "using", "check", "keys": self = .expression
        case "json": self = .plan
        default:
            self = Self.objectKeys.contains(key) ? .object : Self.vocabularyKeys.contains(key) ? .vocabulary : .text
        }
    }

    private static func named(_ keys: [String]) -> SnapshotField {
        switch keys {
        case ["roles", "name"]: .name(.role)
        case ["databases", "name"]: .name(.database)
        case ["settings", "name"], ["roleSettings", "name"], ["fileErrors", "name"]: .vocabulary
        case ["replicationSlots", "name"], ["subscriptions", "name"]: .text
        default: .object
        }
    }

    private static let objectKeys: Set<String> = [
        "schema", "column", "columns", "referencedColumns", "constraint", "searchPath", "calls", "included",
        "columnTypes",
        "referencedColumnTypes", "columnType", "arguments",
    ]

    private static let vocabularyKeys: Set<String> = [
        "accessMethod", "backendType", "basis", "bootValueUnit", "collation", "characterType", "command", "context",
        "encoding",
        "evidence", "extensionVersion", "availableVersion", "fingerprint", "generator", "hypoPGVersion",
        "invalidationReason",
        "kind", "language", "lastArchivedWAL", "lastFailedWAL", "currentWAL", "locale", "localeProvider", "lockMode",
        "match",
        "method", "mode", "object", "onDelete", "onUpdate", "operator", "operatorClassName", "persistence", "phase",
        "plugin",
        "reason", "receiverStatus", "redaction", "replicaIdentity", "source", "state", "storage", "syncState",
        "systemIdentifier", "type", "typeCategory", "unit", "valueType", "values", "version", "versionText",
        "virtualXID",
        "volatility", "waitEvent", "waitEventType", "walStatus",
    ]
}

/// Names that say nothing about whose server it is.
enum CommonNames {
    static func stays(_ name: String, _ kind: PseudonymKey.Kind) -> Bool {
        if name.isEmpty || PseudonymKey.isPseudonym(name) { return true }
        switch kind {
        case .role: return name.hasPrefix("pg_") || ["postgres", "public", "PUBLIC", "all"].contains(name)
        case .database:
            return ["postgres", "template0", "template1", "all", "sameuser", "samerole", "samegroup", "replication"]
                .contains(name)
        case .host: return name.hasPrefix("/") || name == "localhost" || SensitiveScan.isNobodys(name)
        case .client:
            return ["all", "samehost", "samenet", "localhost"].contains(name) || SensitiveScan.isNobodys(name)
        case .transaction: return false
        case .application:
            return [
                "psql", "pgcli", "pgbench", "pgmedic", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup",
                "pg_receivewal",
                "pg_recvlogical", "pg_rewind", "walreceiver", "PostgreSQL JDBC Driver", "DBeaver",
            ].contains(name) || name.hasPrefix("pgAdmin")
        }
    }

    /// Words that texts are full of, so that they name something only where they are told to.
    static func isWord(_ name: String, isKeyword: (String) -> Bool) -> Bool {
        name.utf8.count < 3 || name.allSatisfy { $0.isNumber || $0 == "." } || words.contains(name.lowercased())
            || isKeyword(name)
    }

    private static let words: Set<String> = [
        "account", "accounts", "active", "admin", "app", "application", "backup", "cache", "client", "count", "data",
        "database",
        "default", "dev", "disk", "events", "file", "host", "idle", "index", "items", "job", "jobs", "lock", "locks",
        "main",
        "memory", "monitor", "monitoring", "name", "orders", "owner", "page", "pages", "plan", "primary", "prod",
        "production",
        "public", "queue", "read", "readonly", "replica", "replication", "report", "reporting", "reports", "role",
        "root",
        "rows", "server", "service", "session", "sessions", "settings", "shop", "staging", "standby", "stats", "status",
        "system", "table", "tables", "test", "time", "user", "users", "value", "web", "worker", "workers", "write",
    ]
}
