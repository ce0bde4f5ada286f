import Model
import Statements

/// WITH RECURSIVE … UNION ALL that only the data can end.
struct RecursionWithoutGuard: StatementRule {
    private static let rows = Threshold(
        "rows a call from which a recursion is large", 10_000, "rows",
        source: "our choice: trees that people keep by hand, of groups or places, are smaller")
    private static let temporaryBlocks = Threshold(
        "temporary blocks written a call from which it is large", 1000, "blocks",
        source: "our choice: 8 MB, twice the default work_mem, within which a recursion keeps its rows in memory")

    static let metadata = RuleMetadata(
        id: "shape.recursion-without-guard",
        title: "Recursion that nothing limits",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "WITH RECURSIVE in the parse trees of statements that cost: UNION ALL, CYCLE, LIMIT, conditions on a depth or "
            + "a path; rows and temporary blocks a call",
        why: "UNION ALL goes on as long as it finds a row. One row whose ancestors lead back to it, and the statement "
            + "never ends: it fills temporary files until the disk is full. A branch that is reached by two ways is "
            + "walked twice, and what hangs below it too.",
        limits:
            "Fires only where a call really returns or spills much. Any condition on the recursion's own rows beside the "
            + "join counts as a guard. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, temporaryBlocks],
        references: [
            "https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CYCLE",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-TEMP-FILE-LIMIT",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let counters = analysis.load.counters
        let temporary = Double(counters.temporaryBlocksWritten) / Double(max(counters.calls, 1))
        guard analysis.mayReturn(atLeast: Self.rows.value) || temporary >= Self.temporaryBlocks.value,
            let recursion = analysis.shape.recursions.first(where: { $0.keepsDuplicates && !$0.isGuarded })
        else { return nil }
        return finding(recursion, temporary, analysis)
    }

    private func finding(_ recursion: Recursion, _ temporary: Double, _ analysis: StatementAnalysis) -> Finding {
        let relation = recursion.relation?.target
        let over = relation.map { " over \($0)" } ?? ""
        let key = recursion.key.map(SQL.identifier) ?? "the key"
        let rewrite = analysis.shape.endingCycles(recursion, in: analysis.parsed)
        return analysis.finding(
            Self.metadata, confidence: .medium, title: "Recursion \(recursion.name)\(over) has nothing that ends it",
            about: [relation].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) walks \(recursion.name)\(over) with UNION ALL, without CYCLE, a limit "
                + "or a condition on depth: \(Quantity.about(analysis.load.counters.rowsPerCall)) rows and "
                + "\(Quantity.about(temporary)) temporary blocks a call. A circle in the data would never end.",
            evidence: [
                Evidence("recursion", "recursion", .text(recursion.name)),
                Evidence("temporaryBlocksPerCall", "temporary blocks written a call", .number(temporary)),
            ],
            notIf: "a constraint or a trigger keeps circles out, and so many rows are wanted",
            actions: [
                Action(
                    .containment, "bound what one run can take",
                    sql: ["SET statement_timeout = '1min';"],
                    steps: ["In the sessions that run it, until it is mended: a circle then ends with an error."],
                    lock: LockNote.none, gain: Gain("keeps one run from filling the disk", .ruleOfThumb),
                    verify: "SHOW statement_timeout;", undo: "RESET statement_timeout;"),
                Action.rewrite(
                    "let the statement see where it has been",
                    steps: [
                        "CYCLE (14 and up) stops where \(key) comes again on the same way:",
                        rewrite ?? "WITH RECURSIVE \(SQL.identifier(recursion.name)) AS (…) CYCLE \(key) SET is_cycle "
                            + "USING cycle_path SELECT …",
                        "Check: it differs where the data has a circle. The row that closes it comes once more, with "
                            + "is_cycle true: add `WHERE NOT is_cycle` outside, and name the columns instead of `*`.",
                        "Where every row is wanted once, whatever the way, UNION in place of UNION ALL is enough, and quicker.",
                    ], gain: analysis.gain),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a bill of materials", on: "f1") { $0.addRecursion() },
        .fires("it spills", on: "f1") { $0.addRecursion(rows: 1000, temporaryBlocks: 50_000) },
        .silent("a CYCLE clause") { $0.addRecursion(after: "CYCLE id SET is_cycle USING way") },
        .silent("a depth that is limited") { $0.addRecursion(condition: "WHERE t.depth < $2") },
        .silent("a path that is looked at") { $0.addRecursion(condition: "WHERE p.id <> ALL (t.way)") },
        .silent("a limit outside") { $0.addRecursion(limit: "LIMIT $2") },
        .silent("UNION leaves out what was there") { $0.addRecursion(union: "UNION") },
        .silent("a small tree") { $0.addRecursion(rows: 40_000) },
        .silent("no recursion under RECURSIVE") {
            $0.addColumns("parts", "id!", "parent_id")
            $0.addCostly(
                "WITH RECURSIVE t AS (SELECT id FROM parts UNION ALL SELECT parent_id FROM parts) SELECT id FROM t",
                rows: 50_000_000)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addRecursion(
        union: String = "UNION ALL", condition: String = "", after: String = "", limit: String = "",
        rows: Int64 = 50_000_000, temporaryBlocks: Int64 = 0
    ) {
        addColumns("parts", "id!", "parent_id")
        addCostly(
            "WITH RECURSIVE t AS (SELECT id, $3 AS depth, ARRAY[id] AS way FROM parts WHERE id = $1 \(union) "
                + "SELECT p.id, t.depth + $4, t.way || p.id FROM parts p JOIN t ON p.parent_id = t.id \(condition)) "
                + "\(after) SELECT id FROM t \(limit)", rows: rows)
        statementStatistics!.statements[0].counters.temporaryBlocksWritten = temporaryBlocks * 1000
    }
}
