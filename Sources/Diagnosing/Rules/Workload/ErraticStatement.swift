import Model

/// A statement that is quick most of the time and slow sometimes.
struct ErraticStatement: Rule {
    static let metadata = RuleMetadata(
        id: "workload.erratic-statement",
        title: "Statement that is slow only sometimes",
        area: .workload,
        needs: [.statements],
        looksAt:
            "mean, maximum and standard deviation of execution time in pg_stat_statements; sessions that wait for a "
            + "lock in it now",
        why: "Its mean looks harmless, yet users complain: some runs take many times as long. It waits for a lock, its "
            + "parameter picks another amount of rows or another plan, or its pages are not in the cache. The mean "
            + "hides it; the deviation shows it.",
        limits:
            "The spread is that of all runs since the entry exists, not of the window. One slow run after a restart "
            + "does not make a statement erratic: the deviation has to be large over many calls.",
        thresholds: [calls, spread, slowest, share, felt],
        references: [
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
            "https://www.postgresql.org/docs/current/auto-explain.html",
        ])

    private static let calls = Threshold(
        "calls since the entry exists", 100, "calls", source: "PgHero: slow queries need 100 calls")
    private static let spread = Threshold(
        "standard deviation, in means", 3, "times",
        source: "our choice: an exponential distribution, as of queueing, has 1; 3 takes rare runs that are far slower")
    private static let slowest = Threshold(
        "slowest run", 1000, "ms", source: "Nielsen 1993: after one second the user's flow of thought is broken")
    private static let share = Threshold(
        "share of time", 0.01, "share", source: "our choice: below a hundredth nobody would look for it")
    private static let felt = Threshold(
        "standard deviation from which it is a warning", 500, "ms",
        source: "our choice: with 100 ms and less of spread users notice nothing; half a second they do")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.workload.statements
                .filter { load in
                    let one = load.representative
                    return load.share >= Self.share.value && Double(one.counters.calls) >= Self.calls.value
                        && one.meanTime > 0 && one.deviationOfTime >= one.meanTime * Self.spread.value
                        && one.maximumTime >= Self.slowest.value && load.isQuery
                }
                .map { finding($0, observation) })
    }

    private func finding(_ load: StatementLoad, _ observation: Observation) -> Finding {
        let one = load.representative
        let waiting = observation.snapshot.backends.filter { backend in
            backend.waitEventType == "Lock" && backend.queryID.map(load.queryIDs.contains) ?? false
        }
        return Finding(
            Self.metadata, severity: one.deviationOfTime >= Self.felt.value ? .warning : .notice, tier: .cure,
            title: "slow only sometimes (mean \(Quantity.milliseconds(one.meanTime)), worst "
                + "\(Quantity.milliseconds(one.maximumTime))): \(load.label(30))",
            objects: [load.object], impact: .share(load.share), confidence: waiting.isEmpty ? .medium : .high,
            summary: "Most of \(Quantity.count(one.counters.calls)) runs take about "
                + "\(Quantity.milliseconds(one.meanTime)), but the worst took \(Quantity.milliseconds(one.maximumTime)); "
                + "the deviation is \(Quantity.milliseconds(one.deviationOfTime))."
                + (waiting.isEmpty
                    ? ""
                    : " \(Quantity.plural(waiting.count, "session waits", "sessions wait")) for a lock in it now."),
            evidence: [
                Evidence("meanTime", "mean time", .milliseconds(one.meanTime)),
                Evidence("minimumTime", "fastest run", .milliseconds(one.minimumTime)),
                Evidence("maximumTime", "slowest run", .milliseconds(one.maximumTime)),
                Evidence("deviationOfTime", "standard deviation", .milliseconds(one.deviationOfTime)),
                Evidence("calls", "calls", .count(one.counters.calls)),
                Evidence("waitingForLocks", "sessions that wait for a lock in it now", .count(Int64(waiting.count))),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "the slow runs are known: a report of a whole year among those of a day",
            actions: actions(load, observation),
            symptomOf: load.links(in: observation.snapshot).union(waiting.map { .backend($0.pid) }))
    }

    private func actions(_ load: StatementLoad, _ observation: Observation) -> [Action] {
        let one = load.representative
        var actions = [
            load.sessionsNow(),
            load.captureSlowPlans(above: min(max(one.meanTime * 5, 100), one.maximumTime / 2), observation),
        ]
        if observation.setting("log_lock_waits")?.isOn == false {
            let database = SQL.identifier(load.database)
            actions.append(
                Action(
                    .fix, "log waits for locks, to tell waiting from working",
                    sql: ["ALTER DATABASE \(database) SET log_lock_waits = on;"],
                    steps: ["It takes effect in new sessions, and logs waits that are longer than deadlock_timeout."],
                    lock: LockNote.none, gain: Gain("the log names who waited for whom, and how long", .ruleOfThumb),
                    verify: "a new session: SHOW log_lock_waits;",
                    undo: "ALTER DATABASE \(database) RESET log_lock_waits;", caution: "needs a superuser"))
        }
        actions.append(
            Action(
                .cure, "take away what makes the slow runs slow",
                steps: [
                    "It waited for a lock: shorten the transactions that hold it, and take locks in one order.",
                    "Its plan was another one: compare the logged plan with EXPLAIN of a fast value; extended statistics, "
                        + "a higher statistics target, or a statement of its own for the rare values.",
                    "It had more rows to read: fetch them in pages.",
                    "It read from disk: shared blocks read against hit in the logged plan tell.",
                ],
                gain: Gain("the worst case comes near the mean", .ruleOfThumb),
                verify: "the deviation, after pg_stat_statements was reset for it or over a window"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("fifty milliseconds, sometimes 20 s", on: "f1") {
            $0.addSpread(mean: 50, deviation: 800, maximum: 20_000)
        },
        .silent("one slow run in a thousand calls") {
            $0.addSpread(mean: 50, deviation: 60, maximum: 2000)
        },
        .silent("always slow: heavy, not erratic") { $0.addSpread(mean: 5000, deviation: 900, maximum: 9000) },
        .silent("wide, but quick even at its worst") { $0.addSpread(mean: 0.2, deviation: 5, maximum: 90) },
        .silent("few calls") { $0.addSpread(mean: 50, deviation: 800, maximum: 20_000, calls: 20) },
        .silent("VACUUM takes as long as it has to") {
            $0.addSpread(mean: 50, deviation: 800, maximum: 20_000, text: "VACUUM orders")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addSpread(
        mean: Double, deviation: Double, maximum: Double, calls: Int64 = 5000,
        text: String = "UPDATE orders SET status = $1 WHERE id = $2"
    ) {
        addStatement("f1", text, calls: calls, time: mean * Double(calls)) {
            $0.deviationOfTime = deviation
            $0.maximumTime = maximum
        }
    }
}
