import Model

/// Somebody paused the replay and forgot it.
struct StandbyReplayPaused: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.standby-replay-paused",
        title: "Replay on the standby is paused",
        area: .capacity,
        needs: [.recovery],
        looksAt: "pg_is_wal_replay_paused() on a standby, and the WAL received but not replayed",
        why:
            "A paused standby answers from the past, keeps all WAL that comes in, and cannot take over at once. It stays so "
            + "until somebody resumes it.",
        limits: "Does not know why it was paused: also a lower max_connections than the primary's pauses it.",
        references: ["https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL"])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let recovery = observation.snapshot.recovery else { return .absent }
        guard recovery.isPaused else { return .findings([]) }
        let backlog = recovery.replayBacklog ?? 0
        let age = recovery.lastReplayAge.map { "; the last commit it shows is \(Quantity.seconds($0)) old" } ?? ""
        return .findings([
            Finding(
                Self.metadata, severity: .warning, tier: .containment,
                title: "replay is paused, \(Quantity.bytes(backlog)) wait", objects: [.cluster],
                impact: .bytes(backlog, "not replayed"), confidence: .high,
                summary: "Reads from this standby show the past and it cannot take over at once: replay is paused, and "
                    + "\(Quantity.bytes(backlog)) of WAL wait\(age).",
                evidence: [
                    Evidence("isPaused", "paused", .flag(true)),
                    Evidence("replayBacklog", "not replayed", .bytes(backlog)),
                ]
                    + (recovery.lastReplayAge.map { [Evidence("lastReplayAge", "last replayed commit", .seconds($0))] }
                        ?? []),
                notIf: "a backup or a look at the past is under way on this standby",
                actions: [
                    Action(
                        .containment, "resume the replay", sql: ["SELECT pg_catalog.pg_wal_replay_resume();"],
                        steps: [
                            "Ask first who paused it. The log says so when a setting lower than the primary's did: \"hot "
                                + "standby is not possible\": then raise it and restart instead."
                        ],
                        lock: LockNote("none", "long queries may be cancelled once replay meets them"),
                        gain: Gain("the standby catches up", .byDefinition),
                        verify: "SELECT pg_catalog.pg_get_wal_replay_pause_state();",
                        undo: "SELECT pg_catalog.pg_wal_replay_pause();")
                ], explains: [.cluster], symptomOf: Set(SettingDrift.limits.map { .setting($0) }))
        ])
    }

    static let examples: [RuleExample] = [
        .fires("paused since the backup", on: "cluster") {
            $0.server.isInRecovery = true
            $0.recovery = .make {
                $0.isPaused = true; $0.replayBacklog = 4_000_000_000; $0.lastReplayAge = 86_400
            }
        },
        .silent("a standby at work") {
            $0.server.isInRecovery = true
            $0.recovery = .make { $0.replayBacklog = 4000 }
        },
        .silent("a primary") { $0.recovery = nil },
    ]
}
