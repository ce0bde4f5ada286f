import Model

/// The server writes a line for each statement, and there are many.
struct LogFloods: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.log-floods",
        title: "Log settings that write a line for every statement",
        area: .configuration,
        needs: [.settings, .databases],
        looksAt:
            "log_statement, log_duration, log_min_duration_statement, auto_explain.log_min_duration and log_min_messages against the "
            + "transactions a second (pg_stat_database), within the window",
        why:
            "Each line costs a write by the session itself, through one pipe to one process where the collector is used, and disk that "
            + "the data need. At thousands of statements a second sessions wait for the log, and what matters in it is not found any more.",
        limits: "Counts transactions, each of which is one statement at least. Sampling (log_statement_sample_rate, "
            + "log_min_duration_sample) is not counted as a flood; of auto_explain.sample_rate the share is.",
        thresholds: [rate, plans],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-WHEN",
            "https://www.postgresql.org/docs/current/auto-explain.html",
        ])

    static let rate = Threshold(
        "transactions a second", 100, "a second",
        source: "our choice: 9 million lines a day, some GB; a person reads none of them")
    static let plans = Threshold(
        "transactions a second, where each plan is logged", 20, "a second",
        source:
            "our choice: measured by PerformanceMonitor (#2565): log_min_duration = 0 costs 31 % of the transactions")

    private struct Flood {
        var setting: Setting
        var better: String
        var what: String
        /// Of the statements, 0…1.
        var share = 1.0
    }

    func evaluate(_ observation: Observation) -> Outcome {
        let databases = observation.snapshot.databases.filter { !$0.isTemplate }
        let transactions = databases.reduce(0) { $0 + observation.counters(of: $1).transactions }
        guard let seconds = observation.countedSeconds(of: databases), seconds > 0 else {
            return .inconclusive("over which time transactions were counted is not known")
        }
        let rate = Double(transactions) / seconds
        let floods = Self.floods(observation).filter {
            rate * $0.share >= ($0.setting.name.hasPrefix("auto_explain") ? Self.plans : Self.rate).value
        }
        guard !floods.isEmpty else { return .findings([]) }
        return .findings([finding(floods, rate)])
    }

    private static func floods(_ observation: Observation) -> [Flood] {
        func found(
            _ name: String, _ values: [String], _ better: String, _ what: String, share: Double = 1
        ) -> Flood? {
            observation.serverSetting(name).flatMap {
                values.contains($0.value) ? Flood(setting: $0, better: better, what: what, share: share) : nil
            }
        }
        let sampled = observation.setting("auto_explain.sample_rate")?.number ?? 1
        return [
            found("log_statement", ["all"], "ddl", "every statement"),
            found("log_duration", ["on"], "off", "the time of every statement"),
            found("log_min_duration_statement", ["0"], "1s", "every statement with its time"),
            found(
                "auto_explain.log_min_duration", ["0"], "1s", sampled < 1 ? "sampled plans" : "every plan",
                share: sampled),
            found(
                "log_min_messages", ["debug5", "debug4", "debug3", "debug2", "debug1"], "warning",
                "the server's inner steps"),
        ].compactMap(\.self)
    }

    private func finding(_ floods: [Flood], _ rate: Double) -> Finding {
        let names = floods.map(\.setting.name).joined(separator: ", ")
        let perDay = floods.reduce(0.0) { $0 + rate * $1.share } * 86_400
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "the log gets \(Quantity.about(perDay)) lines a day",
            objects: floods.map { .setting($0.setting.name) },
            impact: Impact(0, .none, "\(Quantity.about(perDay)) lines/day"), confidence: .medium,
            summary: "Sessions spend time and the disk fills with a log that nobody can read: \(names) "
                + "\(floods.count == 1 ? "writes" : "write") \(floods.map(\.what).joined(separator: " and ")), at "
                + "\(Quantity.about(rate)) transactions a second.",
            evidence: floods.map { Evidence("setting", $0.setting.name, .text($0.setting.value)) }
                + [Evidence("rate", "transactions a second", .number(rate.rounded()))],
            notIf: "an audit asks for every statement, and the log's disk was made for it",
            actions: floods.map { flood in
                SettingChange(flood.setting, to: flood.better).action(
                    "set \(flood.setting.name) to \(flood.better)",
                    steps: ["What single statements cost is counted by pg_stat_statements without a line each."],
                    gain: Gain("\(Quantity.about(rate * flood.share * 86_400)) lines a day less", .estimated),
                    caution: "who reads the log by a program (pgBadger, an audit) must agree")
            })
    }

    static let examples: [RuleExample] = [
        .fires("all statements of a busy server", on: "log_statement") {
            $0.set("log_statement", "all", context: "superuser")
            $0.databases[0].counters.commits = 2_000_000_000
        },
        .fires("every plan", on: "auto_explain.log_min_duration") {
            $0.set("auto_explain.log_min_duration", "0", unit: "ms", context: "superuser")
            $0.databases[0].counters.commits = 200_000_000
        },
        .silent("the plan of each thousandth statement") {
            $0.set("auto_explain.log_min_duration", "0", unit: "ms", context: "superuser")
            $0.set("auto_explain.sample_rate", "0.001", context: "superuser")
            $0.databases[0].counters.commits = 2_000_000_000
        },
        .silent("a quiet server that logs all") { $0.set("log_statement", "all", context: "superuser") },
        .silent("slow ones only") { $0.databases[0].counters.commits = 2_000_000_000 },
        .inconclusive("counted since nobody knows when") {
            $0.set("log_statement", "all", context: "superuser")
            $0.databases = []
        },
    ]
}
