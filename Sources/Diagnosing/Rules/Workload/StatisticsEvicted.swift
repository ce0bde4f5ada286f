import Model

/// pg_stat_statements forgets statements before anybody has looked at them.
struct StatisticsEvicted: Rule {
    static let metadata = RuleMetadata(
        id: "workload.statistics-evicted",
        title: "Statement statistics that are thrown away for want of room",
        area: .workload,
        needs: [.statements],
        looksAt:
            "pg_stat_statements_info.dealloc since its reset, entries against pg_stat_statements.max, and how many "
            + "entries are one statement by libpg_query's fingerprint, or pgmedic's own",
        why:
            "When there are more distinct statements than pg_stat_statements.max, the least used 5 % are dropped, with "
            + "their numbers. Shares of time are then too low, and rare but slow statements are never seen. Each round "
            + "takes an exclusive lock that all sessions wait for.",
        limits: "Says how often, not what was lost.",
        thresholds: [rounds, flood, own],
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"])

    private static let rounds = Threshold(
        "rounds of eviction a day", 20, "rounds",
        source: "pg_stat_statements.c: a round drops 5 %, so that 20 a day replace every entry daily")
    private static let flood = Threshold(
        "entries that are one statement", 50, "entries",
        source: "our choice: as many forms of one statement come from a generator, not from a person")

    private static let own = Threshold(
        "share of the entries that are pgmedic's own", 0.1, "share", source: "our choice: twice what a round drops")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let statistics = observation.snapshot.statementStatistics, let evictions = statistics.evictions else {
            return .inconclusive("pg_stat_statements before 1.9 does not count evictions")
        }
        guard let age = observation.age(of: statistics.reset ?? observation.snapshot.server.startedAt), age > 0,
            Double(evictions) >= Self.rounds.value,
            Double(evictions) / (age / 86_400) >= Self.rounds.value
        else { return .findings([]) }
        return .findings([finding(statistics, evictions, age: age, observation)])
    }

    private func finding(
        _ statistics: StatementStatistics, _ evictions: Int64, age: Double, _ observation: Observation
    ) -> Finding {
        let capacity = statistics.capacity ?? 5000
        let perDay = Double(evictions) / (age / 86_400)
        let largest = observation.workload.statements.max { $0.queryIDs.count < $1.queryIDs.count }
        let isFlooded = Double(largest?.queryIDs.count ?? 0) >= Self.flood.value
        var actions: [Action] = []
        if isFlooded, let largest { actions.append(parameterise(largest)) }
        let ownEntries = observation.workload.ownEntries
        let isOurs = Double(ownEntries) >= Self.own.value * Double(max(statistics.entryCount, 1))
        if isOurs, let action = leaveOutOurs(observation.snapshot.server) { actions.append(action) }
        actions.append(enlarge(capacity))
        return Finding(
            Self.metadata, severity: .notice, tier: isFlooded ? .cure : .fix,
            title: "pg_stat_statements evicts: \(Quantity.about(perDay)) rounds a day",
            objects: [.setting("pg_stat_statements.max")], impact: .none, confidence: .high,
            summary: "\(Quantity.count(evictions)) rounds of eviction in \(Quantity.seconds(age)), with room for "
                + "\(Quantity.count(capacity)) statements: what is seldom run is forgotten before it is seen."
                + (isFlooded ? " One statement alone takes \(largest?.queryIDs.count ?? 0) entries." : "")
                + (isOurs ? " \(Quantity.count(ownEntries)) entries are pgmedic's own." : ""),
            evidence: [
                Evidence("evictions", "rounds of eviction", .count(evictions)),
                Evidence("evictionsPerDay", "rounds a day", .number(perDay)),
                Evidence("capacity", "pg_stat_statements.max", .count(capacity)),
                Evidence("entries", "entries", .count(Int64(statistics.entryCount))),
                Evidence("coverage", "share of time that is shown with a text", .share(observation.workload.coverage)),
                Evidence(
                    "entriesOfOneStatement", "entries of the statement with most",
                    .count(Int64(largest?.queryIDs.count ?? 0))),
                Evidence("ownEntries", "entries of pgmedic's own statements", .count(Int64(ownEntries))),
            ],
            actions: actions)
    }

    private func parameterise(_ load: StatementLoad) -> Action {
        Action(
            .cure, "write one statement one way: \(load.label(40))",
            steps: [
                "It differs only in constants that are not told apart (lists of another length, names of temporary "
                    + "tables, schemas of tenants): pass lists as one array, = ANY($1).",
                "PostgreSQL 18 counts lists of any length as one.",
            ],
            gain: Gain("\(load.queryIDs.count) entries become one", .measured))
    }

    /// nil: before 15 a superuser alone can leave them out, and then needs no right for it.
    private func leaveOutOurs(_ server: Server) -> Action? {
        guard server.version >= .v15, !server.roleIsSuperuser, !server.isInRecovery else { return nil }
        let role = SQL.identifier(server.role)
        return Action(
            .fix, "let pgmedic leave its own statements out",
            sql: ["GRANT SET ON PARAMETER pg_stat_statements.track TO \(role);"],
            steps: ["As a superuser. The entries that are there go with the next rounds of eviction."],
            lock: LockNote.none, gain: Gain("its visits add no entries any more, but one a database", .byDefinition),
            verify:
                "SELECT pg_catalog.has_parameter_privilege(\(SQL.literal(server.role)), 'pg_stat_statements.track', 'SET');",
            undo: "REVOKE SET ON PARAMETER pg_stat_statements.track FROM \(role);")
    }

    private func enlarge(_ capacity: Int64) -> Action {
        Action(
            .fix, "make room for \(Quantity.count(capacity * 2)) statements",
            sql: ["ALTER SYSTEM SET pg_stat_statements.max = \(capacity * 2);"],
            steps: ["Restart the server at a time that suits: it is read at its start only."],
            lock: LockNote.none, gain: Gain("fewer statements are forgotten", .ruleOfThumb),
            verify: "SHOW pg_stat_statements.max; and SELECT dealloc FROM pg_stat_statements_info;",
            undo: "ALTER SYSTEM SET pg_stat_statements.max = \(capacity);",
            caution: "the texts' file grows with it; the restart ends all sessions")
    }

    static let examples: [RuleExample] = [
        .fires("200 rounds a day", on: "pg_stat_statements.max") { $0.statementStatistics!.evictions = 7000 },
        .fires("one statement in a hundred forms", on: "pg_stat_statements.max") {
            $0.statementStatistics!.evictions = 7000
            for number in 0..<100 {
                $0.addStatement("f1", queryID: Int64(number), calls: 10, time: 10)
            }
        },
        .fires("a fifth of the entries are pgmedic's own", on: "pg_stat_statements.max") {
            $0.statementStatistics!.evictions = 7000
            let others = $0.statementStatistics!.entryCount
            for number in 0..<(others / 4 + 1) {
                $0.addStatement("own", "SELECT /* pgmedic */ 1", queryID: Int64(number), calls: 5, time: 1) {
                    $0.isOurs = true
                }
            }
        },
        .silent("a few rounds in a month") { $0.statementStatistics!.evictions = 100 },
        .silent("none") { $0.statementStatistics!.evictions = 0 },
        .inconclusive("extension 1.8 does not count them") { $0.statementStatistics!.evictions = nil },
    ]
}
