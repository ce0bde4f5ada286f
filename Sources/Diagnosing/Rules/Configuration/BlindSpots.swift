import Model

/// What the server could tell next time, and does not.
struct BlindSpots: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.blind-spots",
        title: "The server does not record what a diagnosis needs",
        area: .configuration,
        needs: [.settings],
        looksAt: "track_io_timing, track_activities, log_lock_waits, log_temp_files, log_checkpoints and "
            + "log_autovacuum_min_duration in pg_settings",
        why:
            "Lock waits, spills to disk and the time spent in reads are gone when the trouble is over, unless the server "
            + "wrote them down. These settings cost next to nothing and answer most questions of the morning after.",
        limits: "track_io_timing reads the clock twice a block: where the clock is slow (pg_test_timing) it costs. "
            + "Logs kept by other means, as auto_explain, are not seen.",
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-logging.html",
            "https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
            "https://www.postgresql.org/docs/current/pgtesttiming.html",
        ])

    private struct Spot {
        var name: String
        var blind: String
        var value: String
        var unseen: String
    }

    private static let spots = [
        Spot(name: "track_activities", blind: "off", value: "on", unseen: "what sessions do"),
        Spot(name: "track_io_timing", blind: "off", value: "on", unseen: "time spent reading and writing"),
        Spot(name: "log_lock_waits", blind: "off", value: "on", unseen: "lock waits"),
        Spot(name: "log_temp_files", blind: "-1", value: "10MB", unseen: "which statement spilled to disk"),
        Spot(name: "log_checkpoints", blind: "off", value: "on", unseen: "what checkpoints wrote and why"),
        Spot(name: "log_autovacuum_min_duration", blind: "-1", value: "10min", unseen: "long autovacuum runs"),
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        let blind = Self.spots.compactMap { spot in
            observation.serverSetting(spot.name).flatMap { $0.value == spot.blind ? (spot, $0) : nil }
        }
        guard !blind.isEmpty else { return .findings([]) }
        let names = blind.map(\.0.name)
        let changes = blind.map { SettingChange($0.1, to: $0.0.value) }
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title: "no record of \(blind.map(\.0.unseen).joined(separator: ", "))",
                objects: names.map { .setting($0) }, impact: .none, confidence: .high,
                summary: "The server keeps no record of \(blind.map(\.0.unseen).joined(separator: ", ")): "
                    + "\(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are") off.",
                evidence: blind.map { Evidence("setting", $0.0.name, .text($0.1.text)) },
                notIf: "a monitoring system records the same, or the log's disk is full",
                actions: [
                    Action(
                        .fix, "let the server record it",
                        sql: changes.flatMap { $0.sql.dropLast() } + [SettingChange.reload],
                        steps: names.contains("track_io_timing")
                            ? [
                                "Run pg_test_timing on the machine first: below 100 ns a reading track_io_timing is not felt."
                            ] : [],
                        lock: LockNote.none, gain: Gain("the next diagnosis sees it", .ruleOfThumb),
                        verify: "SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN "
                            + "(\(names.map { SQL.literal($0) }.joined(separator: ", ")));",
                        undo: names.map { "ALTER SYSTEM RESET \($0);" }.joined(separator: " ") + " "
                            + SettingChange.reload)
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("as PostgreSQL comes", on: "track_io_timing") {
            $0.set("track_io_timing", "off", source: "default", context: "superuser")
            $0.set("log_lock_waits", "off", source: "default", context: "superuser")
        },
        .fires("spills are not logged", on: "log_temp_files") { $0.set("log_temp_files", "-1", context: "superuser") },
        .silent("all recorded") { $0.set("track_io_timing", "on", context: "superuser") },
    ]
}
