import Model

/// The next restart may fail because of a line in a file.
struct FileErrors: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.file-errors",
        title: "Errors in the configuration files",
        area: .configuration,
        needs: [.settingFiles, .settings],
        looksAt: "pg_file_settings.error",
        why: "A running server keeps its old values when a line of its files is wrong, so nobody notices. At the next "
            + "start the same line stops it.",
        limits:
            "Needs a superuser, or the right to read pg_file_settings. A wrong value of a setting that needs a restart is not told "
            + "from a sound one that waits for it. Values that only a start can apply are "
            + "reported by configuration.pending-restart.",
        references: ["https://www.postgresql.org/docs/current/view-pg-file-settings.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let errors = observation.snapshot.fileErrors.filter { !isOnlyWaiting($0, observation) }
        guard let first = errors.first else { return .findings([]) }
        let place = "\(first.file) line \(first.line)"
        return .findings([
            Finding(
                Self.metadata, severity: .warning, tier: .fix,
                title: "\(place) is wrong: the server may not start again",
                objects: errors.map { .setting($0.name ?? "\($0.file):\($0.line)") },
                impact: Impact(1, .risk, "next start fails"), confidence: .high,
                summary: "The next restart may fail: \(place) has an error (\(first.error))"
                    + (errors.count > 1 ? ", and \(Quantity.plural(errors.count - 1, "other line")) too." : "."),
                evidence: errors.map {
                    Evidence(
                        "error", "\($0.file) line \($0.line)", .text("\($0.name.map { $0 + ": " } ?? "")\($0.error)"))
                },
                actions: [
                    Action(
                        .fix, "mend the line and reload", sql: [SettingChange.reload],
                        steps: ["Mend the lines named above in the files first, or take them out."],
                        lock: LockNote.none,
                        gain: Gain("the server can be restarted", .byDefinition),
                        verify:
                            "SELECT sourcefile, sourceline, name, error FROM pg_catalog.pg_file_settings WHERE error IS NOT NULL;",
                        undo: "keep a copy of the file")
                ])
        ])
    }

    /// A sound value that only the next start can apply, or that the command line overrides, is listed there too.
    private func isOnlyWaiting(_ error: SettingFileError, _ observation: Observation) -> Bool {
        // "parameter … cannot be changed without restarting the server", of a line that was taken out (15.20).
        guard !error.file.isEmpty else { return true }
        guard error.error == "setting could not be applied",
            let setting = error.name.flatMap({ observation.setting($0) })
        else { return false }
        return setting.isPendingRestart || setting.context == "postmaster" || setting.source == "command line"
    }

    static let examples: [RuleExample] = [
        .fires("a typing error", on: "work_mem") {
            $0.fileErrors = [
                .make {
                    $0.file = "postgresql.conf"; $0.line = 12; $0.name = "work_mem"; $0.error = "invalid value"
                }
            ]
        },
        .silent("a change that waits for a restart") {
            $0.set("max_connections", "100", context: "postmaster") { $0.isPendingRestart = true }
            $0.fileErrors = [
                .make {
                    $0.file = "postgresql.conf"; $0.line = 3; $0.name = "max_connections"
                    $0.error = "setting could not be applied"
                }
            ]
        },
    ]
}
