import Model

/// A crash of the machine may destroy the database.
struct DurabilityOff: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.durability-off",
        title: "Crash safety switched off",
        area: .configuration,
        needs: [.settings],
        looksAt: "fsync and full_page_writes in pg_settings, as they stand for the whole server",
        why: "Without fsync PostgreSQL no longer makes sure that what it wrote has reached the disk; without "
            + "full_page_writes a page that was half written when the power went cannot be mended. Either way one "
            + "crash of the machine can leave a database that does not start, or one that starts with wrong data.",
        limits: "Does not see battery-backed caches or file systems that write pages whole (ZFS), where "
            + "full_page_writes may be off on purpose. synchronous_commit = off is not named: it loses the last "
            + "transactions, never the consistency of the data.",
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FSYNC",
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FULL-PAGE-WRITES",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            ["fsync", "full_page_writes"].compactMap { name in
                guard let setting = observation.serverSetting(name), setting.value == "off" else { return nil }
                return finding(setting)
            })
    }

    private func finding(_ setting: Setting) -> Finding {
        let isSync = setting.name == "fsync"
        let effect =
            isSync
            ? "what it has written need not have reached the disk" : "pages that were half written cannot be mended"
        return Finding(
            Self.metadata, severity: .critical, tier: .fix,
            title: "\(setting.name) is off: a crash of the machine can destroy the database",
            objects: [.setting(setting.name)], impact: Impact(1, .risk, "data at risk"), confidence: .high,
            summary: "A power failure or a crash of the operating system can leave this server with damaged data, "
                + "because \(setting.name) is off (\(setting.source)): \(effect).",
            evidence: [
                Evidence("value", setting.name, .text(setting.value)),
                Evidence("source", "set by", .text(setting.source)),
            ],
            notIf: isSync
                ? "the whole server can be thrown away and filled again, as in a test"
                : "the file system never tears a page (ZFS), and the base backups come from it too",
            actions: [action(setting, isSync)], explains: [.setting(setting.name)])
    }

    private func action(_ setting: Setting, _ isSync: Bool) -> Action {
        let after =
            isSync
            ? [
                "Then run CHECKPOINT; and, on the machine, sync: only then all that was written before is on disk.",
                "Take a new base backup.",
            ] : ["Then run CHECKPOINT; and take a new base backup."]
        return SettingChange(setting, to: "on").action(
            "switch \(setting.name) on", steps: after,
            gain: Gain("a crash costs a restart, not the data", .ruleOfThumb),
            caution: isSync
                ? "commits wait for the disk from then on: expect fewer transactions a second"
                : "WAL grows after each checkpoint")
    }

    static let examples: [RuleExample] = [
        .fires("fsync is off", on: "fsync") { $0.set("fsync", "off") },
        .fires("full_page_writes is off", on: "full_page_writes") { $0.set("full_page_writes", "off") },
        .silent("both are on") { $0.set("fsync", "on") },
        .silent("synchronous_commit off loses transactions, not consistency") { $0.set("synchronous_commit", "off") },
    ]
}
