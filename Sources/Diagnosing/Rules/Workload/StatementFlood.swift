import Model
import Statements

/// One statement that takes up pg_stat_statements in ever new forms.
struct StatementFlood: Rule {
    static let metadata = RuleMetadata(
        id: "workload.statement-flood",
        title: "One statement in very many forms",
        area: .workload,
        needs: [.statements, .statementTexts],
        looksAt:
            "entries of pg_stat_statements (queryids) that libpg_query's fingerprint takes for one statement, against all "
            + "entries whose text was read and pg_stat_statements.max",
        why:
            "pg_stat_statements counts a list of three values and one of four as two statements, and so the same text over "
            + "another schema's tables. Such forms fill its room and push others out; each is parsed and planned anew, and no "
            + "list of heavy statements shows what they cost together.",
        limits:
            "Only the texts of the largest entries are read (some 120 by time): of those, the share is true; of the small "
            + "ones it is taken to be the same. Constants within utility statements are told apart up to PostgreSQL 15.",
        thresholds: [forms, share, fill],
        references: [
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
            "https://www.postgresql.org/docs/18/release-18.html",
        ])

    private static let forms = Threshold(
        "entries that are one statement", 20, "entries",
        source: "our choice: a person writes a statement in a handful of forms, a program in any number")
    private static let share = Threshold(
        "share of the entries with a text", 0.2, "share",
        source: "our choice: a fifth of the room for one statement crowds out others")
    private static let fill = Threshold(
        "entries against pg_stat_statements.max", 0.5, "share",
        source: "our choice, before pg_profile's warning at 0.9: entries go at 1.0, 5 % a round")
    /// From this version on a list of constants counts as one, whatever its length.
    private static let squashingMajor = 18

    func evaluate(_ observation: Observation) -> Outcome {
        guard let statistics = observation.snapshot.statementStatistics, let capacity = statistics.capacity else {
            return .findings([])
        }
        guard Double(statistics.entryCount) >= Double(capacity) * Self.fill.value else { return .findings([]) }
        let shown = statistics.statements.filter { $0.text != nil && !$0.isOurs }
        let entries = Dictionary(grouping: shown, by: { StatementKey($0) })
        return .findings(
            observation.workload.statements.compactMap { load in
                guard let forms = entries[load.key] else { return nil }
                let queryIDs = Set(forms.map(\.queryID)).count
                guard Double(queryIDs) >= Self.forms.value,
                    Double(queryIDs) >= Double(shown.count) * Self.share.value
                else { return nil }
                return finding(load, forms, queryIDs, shown: shown.count, capacity, observation)
            })
    }

    /// What tells the forms apart.
    private enum Difference { case lists, names, nothing, other }

    private func difference(_ forms: [Statement]) -> Difference {
        let texts = Set(forms.compactMap(\.text))
        if texts.count == 1 { return .nothing }
        let trees = texts.compactMap { try? ParsedStatement(parsing: $0) }
        let lengths = Set(trees.map { $0.root.all("List").map { $0.list("items").count } })
        if lengths.count > 1 { return .lists }
        let relations = Set(trees.map { $0.root.all("RangeVar").compactMap { $0.string("relname") } })
        return relations.count > 1 ? .names : .other
    }

    private func finding(
        _ load: StatementLoad, _ forms: [Statement], _ queryIDs: Int, shown: Int, _ capacity: Int64,
        _ observation: Observation
    ) -> Finding {
        let share = Double(queryIDs) / Double(shown)
        let difference = difference(forms)
        return Finding(
            Self.metadata, severity: .notice, tier: difference == .nothing || difference == .names ? .fix : .cure,
            title: "one statement takes \(Quantity.count(queryIDs)) entries of pg_stat_statements: \(load.label(36))",
            objects: [load.object], impact: .share(load.share), confidence: .high,
            summary:
                "\(Quantity.count(queryIDs)) of \(Quantity.count(shown)) entries that were read are one statement; "
                + "\(why(difference)). Together they take \(Quantity.percent(load.share)) of the time.",
            evidence: [
                Evidence("entriesOfStatement", "entries that are this statement", .count(Int64(queryIDs))),
                Evidence("shareOfEntries", "share of the entries with a text", .share(share)),
                Evidence("entries", "entries in all", .count(Int64(total(observation)))),
                Evidence("capacity", "pg_stat_statements.max", .count(capacity)),
                Evidence("callsPerEntry", "calls an entry", .number(Double(load.counters.calls) / Double(queryIDs))),
                Evidence("statement", "one of them", .text(load.text ?? load.key.name)),
            ],
            notIf: "there is room enough, and nobody misses what is pushed out",
            actions: actions(difference, queryIDs, capacity, observation), explains: [load.link])
    }

    private func total(_ observation: Observation) -> Int {
        observation.snapshot.statementStatistics?.entryCount ?? 0
    }

    private func why(_ difference: Difference) -> String {
        switch difference {
        case .lists: "they differ in the lengths of their lists"
        case .names: "they differ in the names of their tables (partitions, tenants, temporary tables)"
        case .nothing:
            "their texts are the same: the tables behind the names differ, by search_path or since they were made anew"
        case .other: "they differ in how they are put together"
        }
    }

    private func actions(
        _ difference: Difference, _ queryIDs: Int, _ capacity: Int64, _ observation: Observation
    ) -> [Action] {
        let gain = Gain("\(Quantity.count(queryIDs)) entries become one", .estimated)
        let room = Action(
            .fix, "make room for \(Quantity.count(capacity * 2)) statements",
            sql: ["ALTER SYSTEM SET pg_stat_statements.max = \(capacity * 2);"],
            steps: ["Restart the server at a time that suits: it is read at its start only."],
            lock: LockNote.none, gain: Gain("other statements keep their entries", .ruleOfThumb),
            verify: "SHOW pg_stat_statements.max; and SELECT dealloc FROM pg_stat_statements_info;",
            undo: "ALTER SYSTEM SET pg_stat_statements.max = \(capacity);",
            caution: "the texts' file grows with it; the restart ends all sessions")
        switch difference {
        case .lists:
            var steps = [
                "Pass the list as one array: `WHERE key = ANY ($1)` in place of `WHERE key IN ($1, $2, …)`; rows to insert as "
                    + "`INSERT … SELECT * FROM unnest($1, $2)`."
            ]
            if observation.snapshot.server.version.major < Self.squashingMajor {
                steps.append("PostgreSQL 18 counts lists of constants of any length as one statement.")
            }
            return [room, Action(.cure, "write the list as one array", steps: steps, gain: gain)]
        case .nothing, .names:
            return [
                room,
                Action(
                    .cure, "ask one table for all tenants or days",
                    steps: [
                        "Name the partitioned table and give a condition on its key, not the partition; keep tenants in one "
                            + "table with a column of their own; make a temporary table once a session and TRUNCATE it."
                    ], gain: gain),
            ]
        case .other:
            return [
                room,
                Action(
                    .cure, "write the statement one way, with bind parameters",
                    steps: [
                        "Have the application bind values as parameters, in an order that does not change from call to call."
                    ],
                    gain: gain),
            ]
        }
    }

    static let examples: [RuleExample] = [
        .fires("IN lists of every length", on: "f1") {
            $0.addForms(60) {
                "SELECT * FROM orders WHERE id IN (\((1...$0).map { "$\($0)" }.joined(separator: ", ")))"
            }
        },
        .fires("the same text over the schemas of sixty tenants", on: "f1") {
            $0.addForms(60) { _ in "SELECT * FROM orders WHERE id = $1" }
        },
        .fires("a table a day", on: "f1") { $0.addForms(60) { "SELECT * FROM log_\(20_260_100 + $0) WHERE id = $1" } },
        .silent("room enough") {
            $0.addForms(60) { _ in "SELECT * FROM orders WHERE id = $1" }
            $0.statementStatistics!.entryCount = 300
        },
        .silent("a handful of forms") { $0.addForms(6) { _ in "SELECT * FROM orders WHERE id = $1" } },
        .silent("one statement of many roles") {
            for number in 1...60 {
                $0.addStatement("f1", role: "tenant\(number)", queryID: 7, calls: 100, time: 100)
            }
            $0.statementStatistics!.entryCount = 4800
        },
        .silent("many statements, each in one form") {
            for number in 1...60 { $0.addStatement("f\(number)", calls: 100, time: 100) }
            $0.statementStatistics!.entryCount = 4800
        },
    ]
}

extension Snapshot {
    /// One statement in so many forms, on a server whose pg_stat_statements is nearly full.
    fileprivate mutating func addForms(_ count: Int, _ text: (Int) -> String) {
        for number in 1...count {
            addStatement("f1", text(number), queryID: Int64(number), calls: 100, time: 1000)
        }
        statementStatistics!.entryCount = 4800
    }
}
