import Foundation
import Model

/// Superusers and grants that were not there at the last snapshot.
struct RightsGrown: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.rights-grown",
        title: "Rights that were granted since the last snapshot",
        area: .exposure,
        needs: [.roles],
        looksAt:
            "pg_roles and pg_auth_members now and in the earlier snapshot: new superusers, roles that pass row security, and members of the roles that reach "
            + "the server's files and programs or all data",
        why:
            "Such rights are granted seldom and on purpose. When they appear between two snapshots somebody should know why.",
        limits:
            "Needs an earlier snapshot (--since). What was granted and taken back in between is not seen. New roles without such rights are left out.",
        references: [
            "https://www.postgresql.org/docs/current/predefined-roles.html",
            "https://www.postgresql.org/docs/current/role-attributes.html",
        ])

    /// Roles whose members can do more than their tables say.
    static let strong: Set<String> = [
        "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_read_all_data",
        "pg_write_all_data", "pg_signal_backend",
        "rds_superuser", "cloudsqlsuperuser", "azure_pg_admin",
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        guard let earlier = observation.earlier else {
            return .inconclusive("there is no earlier snapshot to compare with: --since FILE gives one")
        }
        guard !earlier.roles.isEmpty else { return .inconclusive("the earlier snapshot has no roles") }
        let before = Dictionary(earlier.roles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        // PostgreSQL's own roles are members of each other: a snapshot without any was taken before memberships were read.
        let knowsGrants = earlier.roles.contains { !$0.memberOf.isEmpty }
        let findings = observation.snapshot.roles.compactMap { role in
            grown(role, since: before[role.name], knowsGrants: knowsGrants, observation)
        }
        return knowsGrants
            ? .findings(findings)
            : .partial(findings, "the earlier snapshot has no memberships: only superusers were compared")
    }

    private func grown(_ role: Role, since then: Role?, knowsGrants: Bool, _ observation: Observation) -> Finding? {
        guard !role.name.hasPrefix("pg_") else { return nil }
        var gained: [String] = []
        if role.isSuperuser && !(then?.isSuperuser ?? false) { gained.append("SUPERUSER") }
        if knowsGrants && role.bypassesRowSecurity && !(then?.bypassesRowSecurity ?? false) && !role.isSuperuser {
            gained.append("BYPASSRLS")
        }
        if knowsGrants {
            gained += role.memberOf.filter { Self.strong.contains($0) && !(then?.memberOf.contains($0) ?? false) }
        }
        guard !gained.isEmpty else { return nil }
        let isSuper = gained.contains("SUPERUSER")
        let name = SQL.identifier(role.name)
        return Finding(
            Self.metadata, severity: isSuper ? .warning : .notice, tier: .fix,
            title: "\(role.name) \(then == nil ? "is new and has" : "was given") \(gained.joined(separator: ", "))",
            objects: [ObjectReference(.role, role.name)], impact: Impact(isSuper ? 0.2 : 0.05, .risk, "new rights"),
            confidence: .high,
            summary:
                "\(then == nil ? "The role \(role.name) did not exist" : "The role \(role.name) did not have \(gained.joined(separator: ", "))") at the last snapshot, "
                + "\(Quantity.seconds(observation.window.seconds ?? 0)) ago"
                + (then == nil ? "; it now has \(gained.joined(separator: ", "))." : "; now it does."),
            evidence: [
                Evidence("gained", "gained", .list(gained)), Evidence("isNew", "the role is new", .flag(then == nil)),
                Evidence("canLogin", "may log in", .flag(role.canLogin)),
            ],
            notIf: "somebody asked for it, and it is written down", actions: [takeBack(gained, name)], identity: gained)
    }

    private func takeBack(_ gained: [String], _ role: String) -> Action {
        func statement(_ right: String, _ back: Bool) -> String {
            switch right {
            case "SUPERUSER", "BYPASSRLS": "ALTER ROLE \(role) \(back ? "NO" : "")\(right);"
            default:
                back ? "REVOKE \(SQL.identifier(right)) FROM \(role);" : "GRANT \(SQL.identifier(right)) TO \(role);"
            }
        }
        return Action(
            .fix, "ask who granted it and why; where nobody knows, take it back",
            sql: gained.map { statement($0, true) },
            steps: [
                "Look in the server's log for ALTER ROLE and GRANT (log_statement = ddl writes them down), and ask before the statements here are run."
            ],
            lock: LockNote("none", "holds for the role's next statement"),
            gain: Gain("rights as they were", .ruleOfThumb),
            verify: "\\du \(role) in psql", undo: gained.map { statement($0, false) }.joined(separator: " "),
            caution: "what relies on it fails from then on")
    }

    static let examples: [RuleExample] = [
        .fires(
            "a role became a superuser", on: "app", before: { _ in },
            after: { $0.roles[0].isSuperuser = true }),
        .fires(
            "a new role may run programs on the server", on: "mallory", before: { _ in },
            after: {
                $0.roles.append(
                    .make {
                        $0.name = "mallory"
                        $0.memberOf = ["pg_execute_server_program"]
                    })
            }),
        .silent("the same as before", before: { _ in }, after: { _ in }),
        .silent(
            "a new role without such rights", before: { _ in },
            after: {
                $0.roles.append(
                    .make {
                        $0.name = "intern"
                        $0.memberOf = ["readers"]
                    })
            }),
        .inconclusive("there is no snapshot of before") { _ in },
    ]
}
