import Model
import Statements

/// More tables in one chain of JOINs than the planner puts in order.
struct TooManyJoins: StatementRule {
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")
    private static let perRow = Threshold(
        "blocks touched for each row returned and table joined", 50, "blocks",
        source: "our choice: an index finds a row in some five blocks; ten times as many are rows thrown away")

    static let metadata = RuleMetadata(
        id: "shape.too-many-joins",
        title: "More joins than the planner puts in order",
        area: .shape,
        needs: [.statements, .statementTexts, .settings, .relations, .indexes, .columns],
        looksAt:
            "the number of relations in one chain of JOINs in the parse trees of statements that cost, "
            + "join_collapse_limit, and the blocks touched for each row returned",
        why: "Up to join_collapse_limit relations the planner looks for the best order of joins. A longer chain is cut "
            + "into pieces, each planned by itself, so that the order in which the joins are written decides: a table "
            + "that would leave a few rows may come last.",
        limits:
            "Fires only where far more is read than returned. Outer joins that look up one row by a key do not count: "
            + "their order matters little. Tables listed with commas are all put in order, whatever the limit. The value "
            + "is the server's: a role, a database or a session may have another. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, blocks, perRow],
        references: [
            "https://www.postgresql.org/docs/current/explicit-joins.html",
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-JOIN-COLLAPSE-LIMIT",
            "https://www.postgresql.org/docs/current/geqo.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        // Without a server, its default.
        let isAssumed = !analysis.isMeasured && observation.snapshot.settings.isEmpty
        guard let limit = observation.setting("join_collapse_limit")?.number ?? (isAssumed ? 8 : nil), limit > 1 else {
            return nil
        }
        let counters = analysis.load.counters
        for level in analysis.shape.levels where Double(level.longestJoin) > limit {
            let joined = level.longestJoin - lookUps(level, analysis)
            let perRow = counters.blocksPerCall / max(counters.rowsPerCall, 1)
            let isFelt =
                analysis.isMeasured
                ? counters.blocksPerCall >= Self.blocks.value && perRow >= Self.perRow.value * Double(joined)
                : mayMatter(level, Int(limit), analysis)
            guard Double(joined) > limit, !level.hasAggregates, level.groupBy.isEmpty, isFelt else { continue }
            return finding(level, joined, Int(limit), perRow, analysis)
        }
        return nil
    }

    /// No condition finds a few rows among the relations that are put in order first: the text's order is then that of reading
    /// much.
    private func mayMatter(_ level: QueryLevel, _ limit: Int, _ analysis: StatementAnalysis) -> Bool {
        analysis.mayReadMany(level)
            && !level.relations.indices.prefix(limit).contains { analysis.findsFewRowsItself($0, of: level) }
    }

    /// Relations on the outer side that have one row at most for each row of the others.
    private func lookUps(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Int {
        let all = Set(level.relations.indices)
        let rows = UniqueRows(level, analysis, by: [])
        return all.count { place in
            level.relations[place].isNullable
                && rows.determined(beside: all.subtracting([place]), among: all).contains(place)
        }
    }

    private func finding(
        _ level: QueryLevel, _ joined: Int, _ limit: Int, _ perRow: Double, _ analysis: StatementAnalysis
    ) -> Finding {
        let relations = level.relations.compactMap(\.target)
        let roles = analysis.load.roles.filter { !$0.isEmpty }.map(SQL.identifier)
        return analysis.finding(
            Self.metadata, severity: analysis.isMeasured ? .warning : .notice, confidence: .medium,
            title: "\(joined) tables joined in the order in which they are written", about: relations,
            summary:
                "A statement with \(analysis.cost) joins \(level.longestJoin) relations; the planner puts "
                + "\(limit) in order (join_collapse_limit), and beyond that follows the text."
                + (analysis.isMeasured
                    ? " A call touches \(Quantity.about(perRow)) blocks for each row that it returns." : ""),
            evidence: [
                Evidence("joinedRelations", "relations joined", .count(Int64(level.longestJoin))),
                Evidence("orderedRelations", "of them, without look-ups by a key", .count(Int64(joined))),
                Evidence("joinCollapseLimit", "join_collapse_limit", .count(Int64(limit))),
            ]
                + (analysis.isMeasured
                    ? [Evidence("blocksPerRow", "blocks touched for each row returned", .number(perRow))] : []),
            notIf: "the plan is the same with a higher limit: then another cause is to be looked for",
            actions: [
                Action(
                    .containment, "see whether another order is better",
                    sql: [
                        "SET join_collapse_limit = \(level.longestJoin);",
                        "SET from_collapse_limit = \(level.longestJoin);",
                    ],
                    steps: [
                        "EXPLAIN the statement in this session before and after: compare the cost and the first joins."
                    ],
                    lock: LockNote.none, gain: Gain("tells whether the order is the cause", .byDefinition),
                    undo: "RESET join_collapse_limit; RESET from_collapse_limit;"),
                Action(
                    .fix, "raise the limit for those who run it",
                    sql: roles.flatMap { role in
                        ["join_collapse_limit", "from_collapse_limit"].map {
                            "ALTER ROLE \(role) SET \($0) = \(level.longestJoin);"
                        }
                    }, steps: ["Only if that plan is better. New sessions have it."],
                    lock: LockNote.none, gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
                    undo: roles.flatMap { role in
                        ["join_collapse_limit", "from_collapse_limit"].map { "ALTER ROLE \(role) RESET \($0);" }
                    }.joined(separator: " "),
                    caution: "planning takes longer with each relation; from geqo_threshold on the order is found by "
                        + "chance, and plans may change from one run to the next"),
                Action.rewrite(
                    "write the most selective joins first, or two statements",
                    steps: [
                        "Begin FROM with the table whose condition leaves the fewest rows, then what is joined to it.",
                        "Leave out tables of which nothing is returned; fetch look-up values in a statement of their own.",
                    ], gain: analysis.gain),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("twelve tables for one row", on: "f1") { $0.addJoins(12) },
        .silent("as many as the limit") { $0.addJoins(8) },
        .silent("the limit was raised") {
            $0.set("join_collapse_limit", "16")
            $0.addJoins(12)
        },
        .silent("look-ups by a key, as frameworks write them") { $0.addJoins(12, join: "LEFT JOIN") },
        .silent("little is read") { $0.addJoins(12, blocksPerCall: 400) },
        .silent("much is returned") { $0.addJoins(12, rows: 50_000_000) },
        .silent("listed with commas: all are put in order") { $0.addJoins(12, commas: true) },
        .silent("a report that sums up") { $0.addJoins(12, targets: "count(*)") },
    ]
}

extension Snapshot {
    fileprivate mutating func addJoins(
        _ count: Int, join: String = "JOIN", commas: Bool = false, targets: String = "t1.id", rows: Int64 = 1000,
        blocksPerCall: Int64 = 90_000
    ) {
        for number in 1...count {
            addColumns("t\(number)", "id!", "next_id")
            addKey("t\(number)", "id")
        }
        let others = 2...count
        let from =
            commas
            ? "t1, " + others.map { "t\($0)" }.joined(separator: ", ") + " WHERE "
                + others.map { "t\($0).id = t\($0 - 1).next_id" }.joined(separator: " AND ")
            : "t1 " + others.map { "\(join) t\($0) ON t\($0).id = t\($0 - 1).next_id" }.joined(separator: " ")
        addCostly("SELECT \(targets) FROM \(from)", rows: rows, blocksPerCall: blocksPerCall)
    }
}
