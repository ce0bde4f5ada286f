import IndexAdvising
import Model
import Plans
import Statements

/// A condition on an expression, of which the planner knows nothing.
struct ExpressionWithoutStatistics: MisjudgedScanRule {
    private static let guess = Threshold(
        "share of the rows that an equality with an unknown expression is taken for", 0.005, "share",
        source: "PostgreSQL: one of DEFAULT_NUM_DISTINCT (200) values, src/include/utils/selfuncs.h")
    private static let tolerance = Threshold(
        "difference from that guess", 0.35, "share",
        source: "our choice: the rows of a worker are planned at 1/1.7 to 1/3 of the whole, and rows are rounded")

    static let metadata = RuleMetadata(
        id: "statistics.expression-without-statistics",
        title: "Condition on an expression without statistics",
        area: .statistics,
        needs: [.statements, .statementTexts, .relations], uses: [.plans, .loggedPlans],
        looksAt:
            "scans in logged plans, and statements that return what one scan finds, whose only condition is an equality of "
            + "an expression: planned for 0.5 % of the table, and far from it",
        why:
            "pg_stats has columns. For `lower(state) = 'open'` the planner takes 0.5 % of the rows, whatever the truth, and plans "
            + "what stands above for that. Statistics of the expression, or an index on it (which has them too), end the guess.",
        limits:
            "Only conditions that stand alone show the guess. Statistics of expressions exist from 14 on. Partitions are left "
            + "out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, guess, tolerance] + MisjudgedScan.thresholds,
        references: [
            "https://www.postgresql.org/docs/current/sql-createstatistics.html",
            "https://www.postgresql.org/docs/current/row-estimation-examples.html",
        ],
        explains: [.costsTime, Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func judge(_ scan: MisjudgedScan, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let text = Self.expression(of: scan), Self.isGuess(scan) else { return nil }
        let name = scan.relation.name
        let shown = Redactor.expression(text)?.text ?? "an expression"
        return analysis.finding(
            Self.metadata, severity: scan.feedsNestedLoop ? .warning : .notice, confidence: .medium,
            title: "no statistics of \(shown) of \(name): 0.5 % of its rows are assumed", about: [name],
            summary: "In a statement with \(analysis.cost) the planner knows nothing of \(shown) and takes 0.5 % of "
                + "\(Quantity.about(scan.relation.rows)) rows: \(scan.words).",
            evidence: scan.evidence + [Evidence("expression", "expression", .text(shown))],
            notIf: "an index on the expression was created and the table analysed since", tier: .fix,
            actions: scan.withoutNestedLoop + [action(scan, analysis)],
            explains: [.statistics(name, database: analysis.load.database)])
    }

    private func action(_ scan: MisjudgedScan, _ analysis: StatementAnalysis) -> Action {
        if let key = scan.conditions.first?.key, key.isExpression {
            return MisestimateCause.expression(key, relation: scan.relation.name).action
        }
        let table = scan.relation.name.quoted
        let statistics = SQL.freeName([scan.relation.name.name, "expression"], suffix: "_stat", besides: [])
        return Action(
            .fix, "have statistics of the expression made", sql: [],
            steps: [
                "CREATE STATISTICS \(SQL.identifier(scan.relation.name.schema)).\(SQL.identifier(statistics)) ON (the expression as the "
                    + "statement has it) FROM \(table); then ANALYZE \(table);",
                "Its functions must be IMMUTABLE. An index on the expression has the same statistics, and may serve the condition too.",
            ],
            lock: .analyze, gain: Gain("a plan for the rows that come", .ruleOfThumb),
            verify: "EXPLAIN of the statement: rows planned come near to those returned",
            undo: "DROP STATISTICS of that name")
    }

    /// The rows planned are those of the guess, of all processes or of one.
    private static func isGuess(_ scan: MisjudgedScan) -> Bool {
        let guessed = max(1, guess.value * scan.relation.rows)
        var processes = [1.0]
        if case .loggedPlan(_, let node) = scan.source, node.isParallelAware {
            // A leader's part shrinks with its workers: get_parallel_divisor().
            processes = [1.7, 2.4, 3.1, 4]
        }
        return processes.contains { abs(scan.planned * $0 - guessed) <= guessed * tolerance.value }
    }

    /// The expression of the one condition that there is; nil where there are others, or it is a column.
    private static func expression(of scan: MisjudgedScan) -> String? {
        guard scan.texts.count == 1, let parsed = try? ParsedStatement(parsing: "SELECT " + scan.texts[0]),
            let node = parsed.root.list("targetList").first?.node("val"), node.kind == "A_Expr",
            node.string("kind") == "AEXPR_OP", node.strings("name").last == "=",
            let left = node.node("lexpr"), let right = node.node("rexpr")
        else { return nil }
        let sides = [left, right].filter { !$0.all("ColumnRef").isEmpty }
        guard sides.count == 1, let side = sides.first, !isColumn(side), side.all("SubLink").isEmpty,
            ["FuncCall", "A_Expr", "TypeCast", "CoalesceExpr", "CaseExpr"].contains(side.kind)
        else { return nil }
        return scan.conditions.first?.key.sql ?? operand(scan.texts[0])
    }

    /// A cast of a column between kinds of text is no expression to the planner.
    private static func isColumn(_ node: Node) -> Bool {
        if node.kind == "TypeCast", let inner = node.node("arg") { return isColumn(inner) }
        return node.kind == "ColumnRef"
    }

    /// What stands before ` = ` at the outermost level of a condition that EXPLAIN printed: `(date_trunc('…'::text, at) = $1)`.
    private static func operand(_ text: String) -> String {
        var depth = 0
        var bare = text[...]
        if bare.first == "(" && bare.last == ")" { bare = bare.dropFirst().dropLast() }
        for place in bare.indices {
            if bare[place] == "(" { depth += 1 }
            if bare[place] == ")" { depth -= 1 }
            if depth == 0, bare[place...].hasPrefix(" = ") { return String(bare[..<place]) }
        }
        return String(bare)
    }

    static let examples: [RuleExample] = [
        .fires("lower(state), half of the rows", on: "f1") {
            $0.addMisjudged("(lower(state) = '…'::text)", planned: 5000, actual: 500_000)
        },
        .fires("a day of a timestamp, hardly any rows", on: "f1") {
            $0.addMisjudged("(date_trunc('…'::text, state) = '…')", planned: 5000, actual: 12)
        },
        .fires("the rows that a lookup returns", on: "f1") {
            $0.addMisjudged("(lower(state) = $1)", planned: 5000, actual: 300_000, isLogged: false)
        },
        .silent("a column") { $0.addMisjudged("(state = '…'::text)", planned: 5000, actual: 500_000) },
        .silent("statistics are there: another estimate") {
            $0.addMisjudged("(lower(state) = '…'::text)", planned: 40_000, actual: 500_000)
        },
        .silent("another condition beside it") {
            $0.addMisjudged("((lower(state) = '…'::text) AND (zip = '…'::text))", planned: 5000, actual: 500_000)
        },
        .inconclusive("nothing logged and nothing that returns a scan's rows") {
            $0.addMisjudged("(lower(state) = $1)", planned: 5000, actual: 5000, isLogged: false)
            $0.notes.append(
                .make {
                    $0.evidence = .loggedPlans
                    $0.text = "auto_explain is not loaded."
                })
        },
    ]
}
