import Model

/// Nothing cleans up or gathers statistics any more.
struct AutovacuumOff: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.autovacuum-off",
        title: "Autovacuum switched off",
        area: .configuration,
        needs: [.settings],
        looksAt:
            "autovacuum and track_counts in pg_settings; dead rows and changes since ANALYZE of the tables, where read",
        why:
            "Without autovacuum dead rows pile up, tables and indexes grow, and the planner works with old statistics, "
            + "until every statement is slow. The server still starts emergency vacuums against wraparound, at the "
            + "worst time and all at once. Without track_counts autovacuum does not know what to do.",
        limits: "Not judged on a standby. Tables that switch it off for themselves are judged by the rules on vacuum.",
        thresholds: [backlog],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM",
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
        ],
        explains: [
            .keepsVacuumAway, Edge(.keepsAnalyzeAway, "statistics.stale"),
            Edge(.keepsAnalyzeAway, "statistics.never-analyzed"),
        ])

    static let backlog = Threshold(
        "dead rows that make it critical", 1_000_000, "rows",
        source: "our choice: at 100 bytes a row some 100 MB that every sequential scan reads in vain")

    func evaluate(_ observation: Observation) -> Outcome {
        // A standby has no autovacuum: what it removes its primary removed.
        guard !observation.snapshot.server.isInRecovery else { return .findings([]) }
        // track_counts off stops autovacuum too; one cause, one finding.
        let off = ["autovacuum", "track_counts"].compactMap { observation.serverSetting($0) }.filter {
            $0.value == "off"
        }
        guard !off.isEmpty else { return .findings([]) }
        return .findings([finding(off, observation)])
    }

    private func finding(_ off: [Setting], _ observation: Observation) -> Finding {
        let relations = observation.snapshot.catalogs.flatMap(\.relations)
        let dead = relations.reduce(0) { $0 + $1.deadTuples }
        let changed = relations.reduce(0) { $0 + $1.modifiedSinceAnalyze }
        let neglected = observation.snapshot.catalogs.flatMap { catalog in
            catalog.relations.filter { $0.deadTuples > 0 || $0.modifiedSinceAnalyze > 0 }
                .map { LinkKey.relation($0.name, database: catalog.database) }
        }
        let names = off.map(\.name).joined(separator: " and ")
        return Finding(
            Self.metadata, severity: Double(dead) >= Self.backlog.value ? .critical : .warning, tier: .fix,
            title: "\(names) \(off.count == 1 ? "is" : "are") off: nothing removes dead rows or refreshes statistics",
            objects: off.map { .setting($0.name) },
            impact: Impact(1, .risk, "\(Quantity.about(Double(dead))) dead rows"), confidence: .high,
            summary: "Tables bloat and plans go stale, because \(names) \(off.count == 1 ? "is" : "are") off for the "
                + "whole server. So far \(Quantity.about(Double(dead))) dead rows and \(Quantity.about(Double(changed))) "
                + "changes that no ANALYZE has seen have piled up.",
            evidence: [
                Evidence("settings", "switched off", .list(off.map { "\($0.name) (\($0.source))" })),
                Evidence("deadRows", "dead rows", .count(dead)),
                Evidence("changedSinceAnalyze", "rows changed since ANALYZE", .count(changed)),
            ],
            notIf: "a bulk load is under way and VACUUM ANALYZE follows it",
            actions: actions(off), explains: Set(neglected))
    }

    private func actions(_ off: [Setting]) -> [Action] {
        off.map {
            SettingChange($0, to: "on").action(
                "switch \($0.name) on",
                steps: $0.name == "autovacuum"
                    ? ["The backlog is worked off with the cost limits that are set: do not lift them to hurry."] : [],
                gain: Gain("dead rows are removed and statistics follow the data", .ruleOfThumb))
        }
    }

    static let examples: [RuleExample] = [
        .fires("autovacuum is off", on: "autovacuum") { $0.set("autovacuum", "off") },
        .fires("track_counts is off", on: "track_counts") { $0.set("track_counts", "off", context: "superuser") },
        .silent("on, as it comes") { $0.set("autovacuum", "on") },
        .silent("a standby") {
            $0.set("autovacuum", "off")
            $0.server.isInRecovery = true
        },
        .silent("off for our own role only") { $0.set("track_counts", "off", source: "user") },
    ]
}
