import Model

/// Damaged pages are passed over, or emptied, without a word to the application.
struct DamageIgnored: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.damage-ignored",
        title: "Damaged pages passed over in silence",
        area: .configuration,
        needs: [.settings],
        looksAt: "zero_damaged_pages and ignore_checksum_failure in pg_settings, and settings of roles and databases",
        why: "zero_damaged_pages replaces a page with a broken header by an empty one: its rows are gone, with a "
            + "warning only. ignore_checksum_failure hands damaged rows to queries and lets them be copied into "
            + "backups. Both are for one rescue session, never for a server at work.",
        limits: "Does not see values that a session has set for itself.",
        references: ["https://www.postgresql.org/docs/current/runtime-config-developer.html#GUC-ZERO-DAMAGED-PAGES"])

    static let names = ["ignore_checksum_failure", "zero_damaged_pages"]

    func evaluate(_ observation: Observation) -> Outcome {
        let server = Self.names.compactMap { observation.serverSetting($0) }.filter(\.isOn).map { serverWide($0) }
        let others = observation.snapshot.roleSettings
            .filter { Self.names.contains($0.name) && ["on", "true", "yes", "1"].contains($0.value) }
            .map { scoped($0) }
        return .findings(server + others)
    }

    private func serverWide(_ setting: Setting) -> Finding {
        finding(
            setting.name, "for the whole server", setting.source, identity: [],
            SettingChange(setting, to: "off").action(
                "switch \(setting.name) off", steps: Self.after, gain: Self.gain, caution: Self.caution))
    }

    private func scoped(_ setting: RoleSetting) -> Finding {
        let holder = [setting.role.map { "ROLE \(SQL.identifier($0))" }, setting.database.map { SQL.identifier($0) }]
        let target =
            switch (holder[0], holder[1]) {
            case (let role?, let database?): "\(role) IN DATABASE \(database)"
            case (let role?, nil): role
            case (nil, let database): "DATABASE \(database ?? "")"
            }
        return finding(
            setting.name, "for \([setting.role, setting.database].compactMap(\.self).joined(separator: " in "))",
            "ALTER \(target)", identity: [setting.role ?? "", setting.database ?? ""],
            Action(
                .fix, "take \(setting.name) back", sql: ["ALTER \(target) RESET \(setting.name);"], steps: Self.after,
                lock: LockNote.none, gain: Self.gain, verify: "SELECT * FROM pg_catalog.pg_db_role_setting;",
                undo: "ALTER \(target) SET \(setting.name) = on;", caution: Self.caution))
    }

    private static let gain = Gain("damage is reported instead of spread", .ruleOfThumb)
    private static let caution =
        "statements that met a damaged page without noticing will fail from then on: that is the point"
    private static let after = [
        "Find out what is damaged: pg_amcheck --all, and a pg_dump of every database to /dev/null.",
        "Restore what is damaged from a backup made before; test the disk and the memory of the machine.",
    ]

    private func finding(_ name: String, _ scope: String, _ source: String, identity: [String], _ action: Action)
        -> Finding
    {
        Finding(
            Self.metadata, severity: .critical, tier: .fix,
            title: "\(name) is on \(scope): damage is passed over in silence",
            objects: [.setting(name)], impact: Impact(1, .risk, "data at risk"), confidence: .high,
            summary: name == "zero_damaged_pages"
                ? "Damaged pages are emptied as they are read, and their rows are lost without an error: zero_damaged_pages is on \(scope)."
                : "Damaged pages are read as if they were whole and get into backups: ignore_checksum_failure is on \(scope).",
            evidence: [Evidence("value", name, .text("on")), Evidence("source", "set by", .text(source))],
            notIf: "somebody is rescuing a damaged database at this moment and knows it",
            actions: [action], explains: [.setting(name)], identity: identity)
    }

    static let examples: [RuleExample] = [
        .fires("left on after a rescue", on: "zero_damaged_pages") { $0.set("zero_damaged_pages", "on") },
        .fires("for one role", on: "ignore_checksum_failure") {
            $0.roleSettings = [
                .make {
                    $0.role = "dump"; $0.name = "ignore_checksum_failure"; $0.value = "on"
                }
            ]
        },
        .silent("both off") { $0.set("zero_damaged_pages", "off") },
    ]
}
