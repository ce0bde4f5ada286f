import Model

/// The planner may not use one of its methods, for all statements of a role or database.
struct RolePlannerSwitchOff: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.role-planner-switch-off",
        title: "A planner method switched off for a role or database",
        area: .configuration,
        needs: [.settings, .statements],
        looksAt: "enable_* of roles and databases (pg_db_role_setting), and what their statements cost",
        why:
            "It is set for one statement and stays for all of them. Nobody sees it in the server's configuration, EXPLAIN in another "
            + "role's session shows other plans, and the next release of PostgreSQL would have planned the statement well by itself.",
        limits:
            "Which of the role's statements suffer or gain cannot be told from the setting: hence a notice. Roles and databases "
            + "whose statements take less than a twentieth of the time are left alone.",
        thresholds: [share],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE",
            "https://www.postgresql.org/docs/current/sql-alterrole.html",
        ])

    static let share = Threshold(
        "share of the execution time", 0.05, "share",
        source: "our choice: below that no plan of theirs is felt on the server")

    func evaluate(_ observation: Observation) -> Outcome {
        let switched = observation.snapshot.roleSettings.filter { setting in
            setting.name.hasPrefix("enable_") && setting.isOff && !PlannerSwitchOff.offByDefault.contains(setting.name)
        }
        return .findings(
            switched.compactMap { setting in
                let share = observation.workload.statements.filter { setting.applies(to: $0) }
                    .reduce(0) { $0 + $1.share }
                return share >= Self.share.value ? finding(setting, share) : nil
            })
    }

    private func finding(_ setting: RoleSetting, _ share: Double) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "\(setting.name) is off for \(setting.owner)",
            objects: setting.objects, impact: .share(share), confidence: .low,
            summary:
                "All statements of \(setting.owner), \(Quantity.percent(share)) of the time, are planned without a method that they "
                + "may need: \(setting.name) is off there.",
            evidence: [
                Evidence("value", setting.name, .text(setting.value)),
                Evidence("share", "their share of the time", .share(share)),
            ],
            notIf: "it was measured lately, on this version, that most of these statements are better off so",
            actions: [
                setting.reset(
                    "let the planner choose again",
                    steps: [
                        "Before: in a session of that role, SET \(setting.name) = on; and compare EXPLAIN of its heaviest statements.",
                        "Where one statement needs it off: SET LOCAL in its transaction.",
                    ], gain: Gain("plans that fit the data", .ruleOfThumb),
                    caution: "plans of all its statements may change: watch the heaviest ones afterwards")
            ], explains: [.setting(setting.name)])
    }

    static let examples: [RuleExample] = [
        .fires("nested loops forbidden for the application", on: "app") {
            $0.addStatement("aa01", calls: 1000, time: 500_000)
            $0.addRoleSetting("enable_nestloop", "off")
        },
        .fires("for a whole database", on: "shop") {
            $0.addStatement("aa01", calls: 1000, time: 500_000)
            $0.addRoleSetting("enable_seqscan", "off", role: nil, database: "shop")
        },
        .silent("a role that does little") {
            $0.addStatement("aa01", calls: 1000, time: 500_000)
            $0.addRoleSetting("enable_nestloop", "off", role: "report")
        },
        .silent("on, or off as built") {
            $0.addStatement("aa01", calls: 1000, time: 500_000)
            $0.addRoleSetting("enable_partitionwise_join", "off")
            $0.addRoleSetting("enable_nestloop", "on")
        },
    ]
}
