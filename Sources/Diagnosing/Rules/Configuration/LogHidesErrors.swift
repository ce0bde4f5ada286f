import Model

/// Errors do not reach the log, or without the statement that made them.
struct LogHidesErrors: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.log-hides-errors",
        title: "Errors that are not logged",
        area: .configuration,
        needs: [.settings],
        looksAt: "log_min_messages and log_min_error_statement of the server, of roles and of databases",
        why:
            "When an application fails at night its error stands in the server's log, with the statement, or nowhere. Deadlocks, "
            + "cancelled statements and violated keys are errors; above that level only ended sessions and crashes are logged.",
        limits: "An application's own log may have them too. What sessions set for themselves is not seen.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-MIN-MESSAGES",
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-MIN-ERROR-STATEMENT",
        ])

    /// Levels above ERROR: https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
    /// (LOG stands above ERROR for what goes to the log).
    private static let hiding: Set<String> = ["log", "fatal", "panic"]
    private static let builtIn = ["log_min_messages": "warning", "log_min_error_statement": "error"]

    func evaluate(_ observation: Observation) -> Outcome {
        let names = ["log_min_messages", "log_min_error_statement"]
        let server = names.compactMap { observation.serverSetting($0) }.filter { Self.hiding.contains($0.value) }
        let others = observation.snapshot.roleSettings.filter {
            names.contains($0.name) && Self.hiding.contains($0.value.lowercased())
        }
        return .findings(server.map { finding($0) } + others.map { finding($0) })
    }

    private static func lost(_ name: String) -> String {
        name == "log_min_messages" ? "errors are not logged" : "errors are logged without their statement"
    }

    private func finding(_ setting: Setting) -> Finding {
        finding(
            setting.name, setting.value, "the whole server", [.setting(setting.name)],
            SettingChange(setting, to: Self.builtIn[setting.name] ?? "error").action(
                "log errors again", gain: Gain("the next failure can be looked up", .byDefinition)))
    }

    private func finding(_ setting: RoleSetting) -> Finding {
        finding(
            setting.name, setting.value, setting.owner, setting.objects,
            setting.reset("log its errors again", gain: Gain("the next failure can be looked up", .byDefinition)))
    }

    private func finding(
        _ name: String, _ value: String, _ owner: String, _ objects: [ObjectReference], _ action: Action
    ) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "\(name) = \(value) for \(owner): \(Self.lost(name))",
            objects: objects, impact: .none, confidence: .high,
            summary:
                "What failed, when and for whom cannot be looked up: for \(owner) \(Self.lost(name)), because \(name) is "
                + "\(value).", evidence: [Evidence("value", name, .text(value))],
            notIf: "the application logs each error with its statement itself", actions: [action])
    }

    static let examples: [RuleExample] = [
        .fires("only crashes", on: "log_min_messages") { $0.set("log_min_messages", "panic", context: "superuser") },
        .fires("errors without their statement, for a role", on: "app") {
            $0.addRoleSetting("log_min_error_statement", "panic")
        },
        .silent("as built") { $0.set("log_min_messages", "warning", context: "superuser") },
        .silent("errors only") { $0.set("log_min_messages", "error", context: "superuser") },
    ]
}
