import Foundation
import Model

/// An application that is a superuser.
struct SuperuserInApplication: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.superuser-in-application",
        title: "Application that works as a superuser",
        area: .exposure,
        needs: [.roles, .backends],
        looksAt: "roles of the sessions of pg_stat_activity against pg_roles.rolsuper; the statements counted for them",
        why:
            "A superuser passes every check: row security, rights, connection limits; a hole in the application is then a hole in the machine, "
            + "since COPY … TO PROGRAM runs commands as the server's user. It also takes the connections that are kept for rescue.",
        limits:
            "One or two sessions of a person, of monitoring, backup or replication tools are left out, by their application's name. On managed services "
            + "the provider's own sessions are superusers too, and are left out by their roles' names.",
        thresholds: [sessions, pool],
        references: [
            "https://www.postgresql.org/docs/current/role-attributes.html",
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SUPERUSER-RESERVED-CONNECTIONS",
        ])

    private static let sessions = Threshold(
        "sessions of one role and application", 3, "sessions",
        source: "our choice: one or two may be a person or a job; a pool has more")

    private static let pool = Threshold(
        "sessions that make it a warning", 10, "sessions",
        source: "our choice: nobody but an application's pool has so many")

    /// Tools that need or commonly have it.
    private static let tools = [
        "psql", "pgadmin", "dbeaver", "datagrip", "pg_dump", "pg_restore", "pg_basebackup", "pg_receivewal",
        "pgbackrest", "barman", "wal-g",
        "patroni", "repmgr", "pgmedic", "postgres_exporter", "pgwatch", "zabbix", "datadog", "telegraf", "pg_cron",
        "pgbouncer", "vacuumdb",
        "reindexdb", "pgbench", "pg_repack", "check_",
    ]
    private static let providers: Set<String> = ["rdsadmin", "cloudsqladmin", "azuresu", "azure_superuser"]

    func evaluate(_ observation: Observation) -> Outcome {
        let supers = Set(observation.snapshot.roles.filter(\.isSuperuser).map(\.name)).subtracting(Self.providers)
        let sessions = observation.snapshot.backends.filter { backend in
            backend.isClient && !backend.isOurs && backend.role.map(supers.contains) ?? false && !isTool(backend)
        }
        let groups = Dictionary(grouping: sessions) { "\($0.role ?? "")\u{0}\($0.isHidden ? "" : $0.application)" }
        return .findings(
            groups.sorted { $0.key < $1.key }.map(\.value)
                .filter { Double($0.count) >= Self.sessions.value }.map { finding($0, observation) })
    }

    private func isTool(_ backend: Backend) -> Bool {
        let name = backend.application.lowercased()
        return backend.isConsole || Self.tools.contains { name.hasPrefix($0) }
    }

    private func finding(_ group: [Backend], _ observation: Observation) -> Finding {
        let role = group[0].role ?? ""
        let name = SQL.identifier(role)
        let who = group[0].application.isEmpty ? "Sessions without a name" : "Sessions of \(group[0].application)"
        let databases = Set(group.compactMap(\.database)).sorted()
        return Finding(
            Self.metadata, severity: Double(group.count) >= Self.pool.value ? .warning : .notice, tier: .cure,
            title: "\(group[0].label) works as the superuser \(role)", objects: [ObjectReference(.role, role)],
            impact: Impact(0.3, .risk, "no check applies"),
            confidence: Double(group.count) >= Self.pool.value ? .high : .medium,
            summary:
                "\(who): \(Quantity.count(group.count)) are connected to \(databases.joined(separator: ", ")) as \(role), a superuser, "
                + "for whom neither rights nor row security nor connection limits hold.",
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(group.count))),
                Evidence("application", "application", .text(group[0].application)),
                Evidence("databases", "databases", .list(databases)),
            ],
            notIf: "it is an administrative tool", actions: [move(name, databases)], identity: [group[0].application])
    }

    private func move(_ role: String, _ databases: [String]) -> Action {
        Action(
            .cure, "give the application a role of its own",
            steps: [
                "CREATE ROLE app LOGIN; and set its password with \\password app in psql, so that it stands in no log.",
                "GRANT CONNECT ON DATABASE …, USAGE ON SCHEMA …, and SELECT, INSERT, UPDATE, DELETE on the tables it uses; ALTER DEFAULT PRIVILEGES for those to come.",
                "Try it on a test system: missing rights show as \"permission denied\" in the log. Then change the application's connection string, and keep the old one for a way back.",
                "When no session of the application is \(role) any more, give that role a new password.",
            ], lock: LockNote.none, gain: Gain("rights hold for the application", .ruleOfThumb),
            verify: "SELECT usename, application_name, count(*) FROM pg_catalog.pg_stat_activity GROUP BY 1, 2;",
            undo: "the former connection string",
            caution:
                "objects that \(role) owns stay its own: what alters them must go on as their owner (REASSIGN OWNED moves them)"
        )
    }

    static let examples: [RuleExample] = [
        .fires("a web application as postgres", on: "postgres") { $0.addSuperSessions(12, "web") },
        .silent("as a role of its own") {
            $0.addSuperSessions(12, "web")
            $0.roles = $0.roles.map { role in
                var role = role
                role.isSuperuser = false
                return role
            }
        },
        .silent("administrators at their prompts") { $0.addSuperSessions(5, "psql") },
        .silent("backups and monitoring") { $0.addSuperSessions(4, "pgBackRest [backup]") },
        .silent("one script") { $0.addSuperSessions(1, "nightly") },
    ]
}

extension Snapshot {
    fileprivate mutating func addSuperSessions(_ count: Int, _ application: String) {
        roles.append(
            .make {
                $0.name = "postgres"
                $0.isSuperuser = true
                $0.canLogin = true
            })
        for pid in 1...count {
            backends.append(
                .make {
                    $0.pid = 6000 + pid
                    $0.role = "postgres"
                    $0.database = "shop"
                    $0.application = application
                    $0.state = "idle"
                })
        }
    }
}
