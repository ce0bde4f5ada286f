import Model

/// Somebody changed a setting and believes that it works.
struct PendingRestart: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.pending-restart",
        title: "Changed settings that wait for a restart",
        area: .configuration,
        needs: [.settings],
        looksAt: "pg_settings.pending_restart",
        why: "The configuration files say one thing, the running server does another. Whoever reads the files is "
            + "misled, and the next restart, planned or not, brings a change that nobody expects any more.",
        limits: "Seen only after the files were reloaded; does not say what the new value is.",
        references: ["https://www.postgresql.org/docs/current/view-pg-settings.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let waiting = observation.snapshot.settings.filter(\.isPendingRestart).sorted { $0.name < $1.name }
        guard !waiting.isEmpty else { return .findings([]) }
        let names = waiting.map(\.name).joined(separator: ", ")
        let since = observation.age(of: observation.snapshot.server.configurationLoadedAt)
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title: "\(names): changed in the files, not yet in the server",
                objects: waiting.map { .setting($0.name) }, impact: .none, confidence: .high,
                summary:
                    "The server still works with the old value of \(names): the change in its files waits for a restart.",
                evidence: waiting.map { Evidence("runningValue", "\($0.name), running", .text($0.text)) }
                    + (since.map { [Evidence("sinceReload", "files loaded before", .seconds($0))] } ?? []),
                notIf: "the restart is planned already",
                actions: [
                    Action(
                        .fix, "restart the server in a quiet hour",
                        steps: [
                            "See what will change: SELECT name, setting, applied, error FROM pg_catalog.pg_file_settings "
                                + "WHERE name IN (\(waiting.map { SQL.literal($0.name) }.joined(separator: ", ")));",
                            "Restart, or take the change back in the file and reload.",
                        ],
                        lock: LockNote("none", "all sessions end with the restart"),
                        gain: Gain("files and server agree", .byDefinition),
                        verify: "SELECT name FROM pg_catalog.pg_settings WHERE pending_restart;",
                        undo: "set the old value in the file again and run \(SettingChange.reload)",
                        caution: "a standby needs max_connections, max_worker_processes, max_wal_senders, "
                            + "max_prepared_transactions and max_locks_per_transaction no lower than its primary")
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("shared_buffers was changed", on: "shared_buffers") {
            $0.set("shared_buffers", "16384", context: "postmaster") { $0.isPendingRestart = true }
        },
        .silent("nothing waits") { $0.set("shared_buffers", "16384", context: "postmaster") },
    ]
}
