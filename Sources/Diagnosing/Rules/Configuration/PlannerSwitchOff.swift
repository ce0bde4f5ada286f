import Model

/// The planner may not use one of its methods, for all statements.
struct PlannerSwitchOff: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.planner-switch-off",
        title: "A planner method switched off for the whole server",
        area: .configuration,
        needs: [.settings],
        looksAt: "enable_* in pg_settings, as they stand for the whole server, against their built-in default",
        why: "These switches are for finding out about one plan in one session. Set for the whole server they bend "
            + "every plan: what mended one statement years ago slows down others today.",
        limits: "Values of single roles, databases or sessions are left alone. Which statements suffer cannot be told "
            + "from the setting.",
        references: ["https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE"])

    /// Methods that most plans are made of.
    static let basic: Set<String> = [
        "enable_seqscan", "enable_indexscan", "enable_bitmapscan", "enable_hashjoin", "enable_nestloop",
        "enable_mergejoin", "enable_sort", "enable_hashagg", "enable_indexonlyscan",
    ]
    /// Off as built (14 to 18).
    static let offByDefault: Set<String> = ["enable_partitionwise_join", "enable_partitionwise_aggregate"]

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.settings
                .filter {
                    $0.name.hasPrefix("enable_") && $0.value == "off" && $0.isServerWide && $0.bootValue != "off"
                        && !Self.offByDefault.contains($0.name)
                }
                .sorted { $0.name < $1.name }
                .map { finding($0) })
    }

    private func finding(_ setting: Setting) -> Finding {
        Finding(
            Self.metadata, severity: Self.basic.contains(setting.name) ? .warning : .notice, tier: .fix,
            title: "\(setting.name) is off for the whole server", objects: [.setting(setting.name)],
            impact: Impact(0, .none, "every plan"), confidence: .medium,
            summary: "Every statement is planned without a method that it may need, because \(setting.name) is off for "
                + "the whole server (\(setting.source)).",
            evidence: [
                Evidence("value", setting.name, .text(setting.value)),
                Evidence("source", "set by", .text(setting.source)),
            ],
            notIf: "it was measured lately, on this version, that most of the load is better off so",
            actions: [
                SettingChange(setting, to: "on").action(
                    "switch \(setting.name) on",
                    steps: [
                        "Before: in a session of your own, SET \(setting.name) = on; and compare EXPLAIN of the heaviest "
                            + "statements with and without it.",
                        "Where one statement needs it off: SET LOCAL in its transaction, or for its role.",
                    ],
                    gain: Gain("plans that fit the data", .ruleOfThumb),
                    caution: "plans change at once: watch the heaviest statements afterwards")
            ], explains: [.setting(setting.name)])
    }

    static let examples: [RuleExample] = [
        .fires("nested loops forbidden", on: "enable_nestloop") { $0.set("enable_nestloop", "off", context: "user") },
        .silent("off as built") { $0.set("enable_partitionwise_join", "off", source: "default", context: "user") },
        .silent("off for one role") { $0.set("enable_nestloop", "off", source: "user", context: "user") },
    ]
}
