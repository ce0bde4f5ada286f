import Foundation
import Model

/// A password that ends soon, or never where the house lets them end.
struct PasswordExpiry: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.password-expiry",
        title: "Password that ends soon or, unlike the others, never",
        area: .exposure,
        needs: [.roles], uses: [.backends],
        looksAt: "pg_roles.rolvaliduntil of roles that may log in, and their sessions",
        why:
            "When VALID UNTIL is past, password logins of the role fail: open sessions go on, the next connection of the pool does not, and nobody thinks of the date.",
        limits:
            "Whether a role logs in by password at all is not known. Roles without an end are told only where most others have one: elsewhere it is the rule of the house. "
            + "Passwords that are past are told only of roles with sessions.",
        thresholds: [soon, share],
        references: ["https://www.postgresql.org/docs/current/sql-createrole.html"])

    private static let soon = Threshold(
        "days before the end", 14, "days", source: "our choice: two weeks are enough to change a password on all sides")
    private static let share = Threshold(
        "share of login roles with an end that makes it the rule of the house", 0.5, "share",
        source: "our choice: more than half")

    func evaluate(_ observation: Observation) -> Outcome {
        let logins = observation.snapshot.roles.filter { $0.canLogin && !$0.name.hasPrefix("pg_") }
        guard !logins.isEmpty else { return .inconclusive("no role that may log in was seen") }
        let ended = logins.filter { $0.validUntil != nil }
        var findings = ended.compactMap { ending($0, observation) }
        let endless = logins.filter { $0.validUntil == nil && !$0.isSuperuser }
        if !endless.isEmpty, Double(ended.count) > Double(logins.count) * Self.share.value {
            findings.append(finding(endless, of: logins.count, ended.count))
        }
        return .findings(findings)
    }

    private func ending(_ role: Role, _ observation: Observation) -> Finding? {
        guard let end = role.validUntil else { return nil }
        let days = end.timeIntervalSince(observation.snapshot.takenAt) / 86_400
        let sessions = observation.snapshot.backends.count { $0.isClient && $0.role == role.name && !$0.isOurs }
        guard days <= Self.soon.value, days > 0 || sessions > 0 else { return nil }
        let name = SQL.identifier(role.name)
        let when =
            days <= 0 ? "ended \(Quantity.seconds(-days * 86_400)) ago" : "ends in \(Quantity.seconds(days * 86_400))"
        return Finding(
            Self.metadata, severity: sessions > 0 ? .warning : .notice, tier: .fix,
            title: "the password of \(role.name) \(when)",
            objects: [ObjectReference(.role, role.name)],
            impact: days > 0 ? .days(days) : Impact(0.5, .risk, "logins fail"), confidence: .medium,
            summary:
                "The password of \(role.name), which has \(Quantity.plural(sessions, "session")) now, \(when): from then on it cannot log in with it.",
            evidence: [
                Evidence("remaining", "until the end", .seconds(days * 86_400)),
                Evidence("sessions", "sessions now", .count(Int64(sessions))),
            ],
            notIf: "the role logs in by certificate, LDAP or peer, which do not look at the date",
            actions: [
                Action(
                    .fix, "change the password, or move the date",
                    sql: [
                        "ALTER ROLE \(name) VALID UNTIL \(SQL.literal(Self.date(observation.snapshot.takenAt + 90 * 86_400)));"
                    ],
                    steps: [
                        "\\password \(name) in psql sets a new one; the application's configuration gets it at the same time."
                    ],
                    lock: LockNote.none, gain: Gain("logins go on for 90 days", .byDefinition),
                    verify: "SELECT rolvaliduntil FROM pg_catalog.pg_roles WHERE rolname = \(SQL.literal(role.name));",
                    undo: "ALTER ROLE \(name) VALID UNTIL \(SQL.literal(end.formatted(.iso8601)));")
            ])
    }

    private func finding(_ endless: [Role], of all: Int, _ ended: Int) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "\(Quantity.plural(endless.count, "password")) never end\(endless.count == 1 ? "s" : ""), unlike the others",
            objects: endless.prefix(20).map { ObjectReference(.role, $0.name) }, impact: .none, confidence: .medium,
            summary:
                "\(Quantity.count(ended)) of \(Quantity.plural(all, "role")) that may log in have a password with an end; \(endless.prefix(5).map(\.name).joined(separator: ", ")) "
                + "\(endless.count == 1 ? "has" : "have") not.",
            evidence: [
                Evidence("roles", "without an end", .list(endless.prefix(20).map(\.name))),
                Evidence("withEnd", "with an end", .count(Int64(ended))),
            ],
            notIf: "they are roles of applications that change their passwords another way",
            actions: [
                Action(
                    .fix, "give them an end, with the next change of their passwords",
                    steps: [
                        "ALTER ROLE … VALID UNTIL 'the day of the next change';",
                        "\\password ROLE in psql sets the new password before that day.",
                    ], lock: LockNote.none,
                    gain: Gain("the same rule for all", .ruleOfThumb), verify: "\\du in psql",
                    undo: endless.prefix(20).map { "ALTER ROLE \(SQL.identifier($0.name)) VALID UNTIL 'infinity';" }
                        .joined(separator: " "),
                    caution: "on that day logins fail: whoever changes the password must know it")
            ], identity: ["endless"])
    }

    private static func date(_ moment: Date) -> String {
        moment.formatted(.iso8601.year().month().day())
    }

    static let examples: [RuleExample] = [
        .fires("ends next week, in use", on: "app") {
            $0.roles[0].validUntil = $0.takenAt.addingTimeInterval(6 * 86_400)
        },
        .fires("never, unlike the others", on: "app") { snapshot in
            for name in ["a", "b", "c"] {
                snapshot.roles.append(
                    .make {
                        $0.name = name
                        $0.canLogin = true
                        $0.validUntil = snapshot.takenAt.addingTimeInterval(90 * 86_400)
                    })
            }
        },
        .silent("nobody's password ends") { _ in },
        .silent("ends in two months") { $0.roles[0].validUntil = $0.takenAt.addingTimeInterval(60 * 86_400) },
        .silent("past, and nobody is connected") {
            $0.roles[0].validUntil = $0.takenAt.addingTimeInterval(-60 * 86_400)
        },
        .inconclusive("no roles were read") { $0.roles = [] },
    ]
}
