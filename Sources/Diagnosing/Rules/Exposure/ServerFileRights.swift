import Foundation
import Model

/// Ordinary roles that may read or write the server's files, or run programs there.
struct ServerFileRights: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.server-file-rights",
        title: "Roles that reach the server's files and programs",
        area: .exposure,
        needs: [.roles], uses: [.backends],
        looksAt:
            "members of pg_read_server_files, pg_write_server_files and pg_execute_server_program in pg_auth_members, also through other roles",
        why:
            "These rights go past every check of the database: who reads files as the server's user reads the tables' files and the certificates' keys, who writes them or "
            + "runs programs can make himself a superuser.",
        limits: "Superusers are left out, since they have it all. A backup tool may need them.",
        references: ["https://www.postgresql.org/docs/current/predefined-roles.html"])

    private static let rights: Set<String> = [
        "pg_read_server_files", "pg_write_server_files", "pg_execute_server_program",
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        let roles = observation.snapshot.roles
        let byName = Dictionary(roles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard roles.contains(where: { !$0.memberOf.isEmpty }) else {
            return .inconclusive("memberships of roles were not read")
        }
        return .findings(
            roles.compactMap { role in
                guard role.canLogin, !role.isSuperuser else { return nil }
                let held = all(of: role, byName).intersection(Self.rights).sorted()
                return held.isEmpty ? nil : finding(role, held, observation)
            })
    }

    /// All roles that it is a member of, through whichever way.
    private func all(of role: Role, _ byName: [String: Role]) -> Set<String> {
        var found: Set<String> = []
        var open = role.memberOf
        while let next = open.popLast() {
            if found.insert(next).inserted { open += byName[next]?.memberOf ?? [] }
        }
        return found
    }

    private func finding(_ role: Role, _ held: [String], _ observation: Observation) -> Finding {
        let name = SQL.identifier(role.name)
        // Sessions that were not read are not none.
        let isUnread = observation.snapshot.notes.contains { $0.evidence == .backends && $0.isTotal }
        let sessions =
            isUnread ? nil : observation.snapshot.backends.count { $0.isClient && $0.role == role.name && !$0.isOurs }
        let connected = sessions.map {
            ", \($0 > 0 ? "with \(Quantity.plural($0, "session")) now" : "not connected now"),"
        }
        let direct = held.filter(role.memberOf.contains)
        return Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "\(role.name) has \(held.joined(separator: ", "))",
            objects: [ObjectReference(.role, role.name)], impact: Impact(0.05, .risk, "as good as superuser"),
            confidence: .high,
            summary:
                "The role \(role.name)\(connected ?? "") is no superuser but reaches the server's files or programs: "
                + "\(held.joined(separator: ", ")).",
            evidence: [
                Evidence("rights", "held", .list(held)), Evidence("direct", "granted to it by name", .list(direct)),
            ] + (sessions.map { [Evidence("sessions", "sessions now", .count(Int64($0)))] } ?? []),
            notIf: "it is the role of a backup or loading tool that needs it",
            actions: [
                Action(
                    .fix, "take back what it does not need",
                    sql: direct.map { "REVOKE \($0) FROM \(name);" },
                    steps: direct.count == held.count
                        ? [
                            "Ask its owner first what it loads or saves: COPY … FROM STDIN does the same through the connection."
                        ]
                        : ["It has it through another role: see \\du \(name) in psql, and revoke there."],
                    lock: LockNote("none", "holds for the next statement"),
                    gain: Gain("one way less around the rights", .ruleOfThumb),
                    verify: "\\du \(name) in psql",
                    undo: direct.isEmpty
                        ? "the same as GRANT" : direct.map { "GRANT \($0) TO \(name);" }.joined(separator: " "),
                    caution: "COPY with a file's name or PROGRAM fails for it from then on")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("an application that reads files", on: "app") { $0.addMemberships(["pg_read_server_files"]) },
        .fires("through a group", on: "app") {
            $0.addMemberships(["operators"])
            $0.roles.append(
                .make {
                    $0.name = "operators"
                    $0.memberOf = ["pg_execute_server_program"]
                })
        },
        .silent("monitoring rights alone") { $0.addMemberships(["pg_monitor"]) },
        .silent("a superuser has it all anyway") {
            $0.addMemberships(["pg_read_server_files"])
            $0.roles[0].isSuperuser = true
        },
        .silent("a group that nobody is in") {
            $0.addMemberships(["pg_read_server_files"])
            $0.roles[0].canLogin = false
        },
        .inconclusive("a snapshot of before they were read") {
            for place in $0.roles.indices { $0.roles[place].memberOf = [] }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addMemberships(_ names: [String]) { roles[0].memberOf = names }
}
