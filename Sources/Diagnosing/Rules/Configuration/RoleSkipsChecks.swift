import Model

/// A role's or database's own setting takes away what keeps data right.
struct RoleSkipsChecks: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.role-skips-checks",
        title: "Checks of the data switched off for a role or database",
        area: .configuration,
        needs: [.settings], uses: [.backends],
        looksAt:
            "session_replication_role, zero_damaged_pages, ignore_checksum_failure, ignore_system_indexes, fsync-like safety of "
            + "roles and databases (pg_db_role_setting); sessions of theirs that are there now",
        why:
            "These settings are made for one hour of a migration or a rescue. Left at a role they work in silence: with "
            + "session_replication_role = replica no foreign key is checked and no trigger fires, with zero_damaged_pages a damaged page "
            + "is emptied instead of reported.",
        limits:
            "What sessions set for themselves is not seen. A role of a replication tool that sets session_replication_role on "
            + "purpose (pglogical, Bucardo, Slony and the like) is left alone.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE",
            "https://www.postgresql.org/docs/current/runtime-config-developer.html#GUC-ZERO-DAMAGED-PAGES",
        ])

    private static let tools = [
        "pglogical", "bucardo", "slony", "londiste", "replicat", "spock", "debezium", "subscriber",
    ]

    private static func harm(_ setting: RoleSetting) -> String? {
        switch setting.name {
        case "session_replication_role" where setting.value == "replica":
            "no foreign key is checked and no trigger fires when they write"
        case "zero_damaged_pages" where setting.isOn: "a damaged page that they read is emptied, its rows are lost"
        case "ignore_checksum_failure" where setting.isOn: "they read and write on where a page is damaged"
        case "ignore_system_indexes" where setting.isOn:
            "they read the catalogs without indexes, slowly and past their checks"
        default: nil
        }
    }

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.roleSettings.compactMap { setting in
                guard let harm = Self.harm(setting) else { return nil }
                let role = setting.role?.lowercased() ?? ""
                let isTool = setting.name == "session_replication_role" && Self.tools.contains { role.contains($0) }
                return isTool ? nil : finding(setting, harm, observation)
            })
    }

    private func finding(_ setting: RoleSetting, _ harm: String, _ observation: Observation) -> Finding {
        let sessions = observation.clients.count { setting.applies(to: $0) }
        return Finding(
            Self.metadata, severity: sessions > 0 ? .critical : .warning, tier: .fix,
            title: "\(setting.name) = \(setting.value) for \(setting.owner)", objects: setting.objects,
            impact: Impact(1, .risk, "data at risk"), confidence: .high,
            summary: "Data can become wrong without an error: new sessions of \(setting.owner) have \(setting.name) = "
                + "\(setting.value), so that \(harm). \(Quantity.plural(sessions, "session")) of theirs "
                + "\(sessions == 1 ? "is" : "are") connected now.",
            evidence: [
                Evidence("value", setting.name, .text(setting.value)),
                Evidence("sessions", "sessions now", .count(Int64(sessions))),
            ],
            notIf: "a migration or a rescue is under way with that role, and ends today",
            actions: [
                setting.reset(
                    "take it away", steps: ["Let the pools of that role renew their connections at once."],
                    gain: Gain("what is written from then on is checked", .byDefinition)),
                Action(
                    .cure, "find out what was written meanwhile",
                    steps: [
                        "Since when it was set stands in the log where DDL is logged, and in the earlier snapshots.",
                        setting.name == "session_replication_role"
                            ? "Rows without their parent: compare each foreign key's columns with the table that it points to, then "
                                + "mend them. ALTER TABLE … VALIDATE CONSTRAINT does not check a key that counts as valid: drop and "
                                + "add it as NOT VALID, then validate."
                            : "Read all: pg_amcheck on the database, and a pg_dump to /dev/null.",
                    ], gain: Gain("wrong data are known and mended", .ruleOfThumb)),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("left behind by a migration", on: "app") { $0.addRoleSetting("session_replication_role", "replica") },
        .fires("a rescue that was forgotten", on: "shop") {
            $0.addRoleSetting("zero_damaged_pages", "on", role: nil, database: "shop")
        },
        .silent("a replication tool") {
            $0.addRoleSetting("session_replication_role", "replica", role: "pglogical_apply")
        },
        .silent("as built") { $0.addRoleSetting("session_replication_role", "origin") },
    ]
}
