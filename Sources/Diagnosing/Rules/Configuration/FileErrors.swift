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
        limits: "Needs a superuser, or the right to read pg_file_settings. Lines that only wait for a restart are "
            + "reported by configuration.pending-restart.",
        references: ["https://www.postgresql.org/docs/current/view-pg-file-settings.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let waiting = Set(observation.snapshot.settings.filter(\.isPendingRestart).map(\.name))
        // For a changed setting that needs a restart the view says "setting could not be applied".
        let errors = observation.snapshot.fileErrors.filter { !($0.name.map(waiting.contains) ?? false) }
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
                        gain: Gain("the server can be restarted", .measured),
                        verify:
                            "SELECT sourcefile, sourceline, name, error FROM pg_catalog.pg_file_settings WHERE error IS NOT NULL;",
                        undo: "keep a copy of the file")
                ])
        ])
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
