import Model

/// A statement that is compiled for longer than it gains.
struct JITOverhead: Rule {
    static let metadata = RuleMetadata(
        id: "workload.jit-overhead",
        title: "Statement that spends its time in the JIT compiler",
        area: .workload,
        needs: [.statements, .settings],
        looksAt:
            "the jit columns of pg_stat_statements (extension 1.10, PostgreSQL 15 and up) against its execution time "
            + "within the window",
        why:
            "Just-in-time compilation pays for statements that run for seconds. The planner decides by cost; where its "
            + "estimates are too high, or the statement has many expressions or partitions, compiling takes longer than "
            + "the whole run would.",
        limits: "Statements that run for longer than a second are left alone: there it may pay. Before extension 1.10 "
            + "nothing is counted.",
        thresholds: [jitShare, share, long],
        references: [
            "https://www.postgresql.org/docs/current/jit-decision.html",
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
        ],
        explains: [.costsTime])

    private static let jitShare = Threshold(
        "share of the statement's time", 0.4, "share", source: "pev2: JIT of 40 % of the time is bad, of 10 % notable")
    private static let share = Threshold(
        "share of all time", 0.01, "share", source: "our choice: below a hundredth of the time nobody feels it")
    private static let long = Threshold(
        "mean beyond which compiling may pay", 1000, "ms",
        source: "our choice: the manual's “long-running CPU-bound queries”; compiling takes 50 to 500 ms")

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.setting("jit")?.isOn ?? true else { return .findings([]) }
        guard let statistics = observation.snapshot.statementStatistics, statistics.isVersion(atLeast: 10) else {
            return .inconclusive("JIT is on, but this pg_stat_statements does not count it: 1.10 or later is needed")
        }
        return .findings(
            observation.workload.statements
                .filter { load in
                    load.share >= Self.share.value && load.counters.meanTime <= Self.long.value
                        && load.counters.jitTime >= load.counters.executionTime * Self.jitShare.value
                }
                .map { finding($0, observation) })
    }

    private func finding(_ load: StatementLoad, _ observation: Observation) -> Finding {
        let jitShare = min(1, load.counters.jitTime / load.counters.executionTime)
        let perCall = load.counters.jitTime / Double(load.counters.calls)
        return Finding(
            Self.metadata, severity: load.share * jitShare >= 0.1 ? .warning : .notice, tier: .fix,
            title: "\(Quantity.percent(jitShare)) of its time is JIT compilation: \(load.label(44))",
            objects: [load.object], impact: .share(load.share * jitShare), confidence: .high,
            summary: "Of \(Quantity.milliseconds(load.counters.meanTime)) a call, "
                + "\(Quantity.milliseconds(perCall)) goes into compiling expressions that then run for less.",
            evidence: [
                Evidence("jitTime", "JIT time a call", .milliseconds(perCall)),
                Evidence("meanTime", "mean time of a call", .milliseconds(load.counters.meanTime)),
                Evidence("jitShare", "share of its time", .share(jitShare)),
                Evidence("jitFunctions", "functions compiled", .count(load.counters.jitFunctions)),
                Evidence("calls", "calls", .count(load.counters.calls)),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            actions: [switchOff(load, jitShare, observation)], explains: [load.link])
    }

    private func switchOff(_ load: StatementLoad, _ jitShare: Double, _ observation: Observation) -> Action {
        let roles = Array(load.roles.sorted().prefix(3))
        return Action(
            .fix, "switch JIT off for \(roles.joined(separator: ", ")) in \(load.database)",
            sql: roles.map {
                "ALTER ROLE \(SQL.identifier($0)) IN DATABASE \(SQL.identifier(load.database)) SET jit = off;"
            },
            steps: ["Have the application reconnect: the setting takes effect in new sessions."], lock: LockNote.none,
            gain: Gain("\(Quantity.percent(load.share * jitShare)) of the execution time", .measured),
            verify: "a new session of the role: SHOW jit;",
            undo: roles.map { observation.undoOfRoleSetting("jit", role: $0, database: load.database) }
                .joined(separator: "\n"),
            caution: "reports of the same role that run for many seconds may lose a little")
    }

    static let examples: [RuleExample] = [
        .fires("200 ms, 150 of them compiling", on: "f1") { $0.addJIT(mean: 200, jit: 150) },
        .silent("a report of a minute") { $0.addJIT(mean: 60_000, jit: 30_000) },
        .silent("a tenth of its time") { $0.addJIT(mean: 200, jit: 20) },
        .silent("JIT is off now") {
            $0.addJIT(mean: 200, jit: 150)
            $0.set("jit", "off")
        },
        .inconclusive("extension 1.9 does not count it") {
            $0.addStatement("f1", calls: 1000, time: 200_000)
            $0.statementStatistics!.extensionVersion = "1.9"
        },
    ]
}

extension StatementStatistics {
    /// Version 1.`minor` of the extension or later. It is the extension's that counts, not the server's: pg_upgrade
    /// keeps the old one.
    func isVersion(atLeast minor: Int) -> Bool {
        let parts = extensionVersion.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return false }
        return (parts[0], parts[1]) >= (1, minor)
    }
}

extension Snapshot {
    fileprivate mutating func addJIT(mean: Double, jit: Double) {
        let calls = max(10, Int64(200_000 / mean))
        addStatement("f1", calls: calls, time: mean * Double(calls)) {
            $0.counters.jitFunctions = 40 * calls
            $0.counters.jitTime = jit * Double(calls)
        }
    }

    /// Changes a setting of an example.
    mutating func set(_ name: String, _ value: String) {
        if let place = settings.firstIndex(where: { $0.name == name }) {
            settings[place].value = value
        } else {
            settings.append(
                .make {
                    $0.name = name
                    $0.value = value
                })
        }
    }
}
