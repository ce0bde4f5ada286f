import Model
import Statements

/// A subquery in the select list that runs for every row of the result.
struct CorrelatedSubqueryInSelectList: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.correlated-subquery-in-select-list",
        title: "Subquery that runs for every row of the result",
        area: .shape,
        needs: [.statements, .statementTexts],
        looksAt:
            "scalar subqueries in select lists that refer to the outer query, in the parse trees of statements that "
            + "cost, and the rows a call returns",
        why:
            "The planner cannot make a join of a subquery in the select list: it runs once for each row returned, as a "
            + "nested loop that nothing can turn into a hash join.",
        limits:
            "For a few rows, or with Memoize (14 and up) over few different values, that is a good plan; fewer rows "
            + "than the threshold are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows],
        references: [
            "https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-SCALAR-SUBQUERIES",
            "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL",
        ],
        explains: [.costsTime])

    private static let rows = Threshold(
        "rows a call returns from which the subquery's runs add up", 100, "rows",
        source: "our choice: a hundred index look-ups take about a millisecond")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.isMeasured else { return judgeUnmeasured(analysis) }
        guard analysis.parsed.kind == .select, analysis.mayReturn(atLeast: Self.rows.value),
            let top = analysis.shape.top
        else { return nil }
        let repeated = Self.repeated(top)
        return repeated.first.map { finding($0, repeated.count, analysis) }
    }

    private static func repeated(_ level: QueryLevel) -> [SublinkUse] {
        level.sublinks.filter { $0.place == .targets && $0.isCorrelated && $0.kind != .exists }
    }

    /// Any SELECT that is not itself a subquery of an expression, unless it returns few rows.
    private func judgeUnmeasured(_ analysis: StatementAnalysis) -> Finding? {
        for level in analysis.shape.levels where level.kind == .select && analysis.shape.isWritten(level.number) {
            if case .sublink = level.role { continue }
            let repeated = Self.repeated(level)
            // A step of a recursion yields no more than it finds.
            let isStep = level.relations.contains { $0.source == .cte && $0.inner == nil }
            guard let first = repeated.first, !isStep, !analysis.findsFewRows(level), !returnsPage(level, analysis)
            else {
                continue
            }
            return finding(first, repeated.count, analysis)
        }
        return nil
    }

    /// A small LIMIT: with one, PostgreSQL computes what is costly in the select list after the sort, unless it sorts by it
    /// (`make_sort_input_target` of its planner).
    private func returnsPage(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        analysis.hasSmallLimit(level) && !level.hasOffset && !level.isDistinct && level.groupBy.isEmpty
            && level.orderBy.allSatisfy(\.isWithoutSubquery)
    }

    private func finding(_ sublink: SublinkUse, _ count: Int, _ analysis: StatementAnalysis) -> Finding {
        let inner = analysis.shape.levels[sublink.level]
        let relation = inner.relations.first?.target
        let name = relation?.description ?? "a subquery"
        let rows = analysis.load.counters.rowsPerCall
        let runs = rows * Double(count)
        let outer = sublink.outerColumns.map(\.written).joined(separator: ", ")
        let isAggregate = inner.hasAggregates
        let key = inner.joins.first.map { $0.left.level == inner.number ? $0.left.written : $0.right.written }
        let grouped = key.map { "`LEFT JOIN (SELECT \($0), … FROM … GROUP BY \($0)) s ON s.… = \(outer)`" }
        return analysis.finding(
            Self.metadata, title: "\(name) is read again for every row of a result", about: relation.map { [$0] } ?? [],
            summary: "A statement with \(analysis.cost) has \(Quantity.plural(count, "subquery", "subqueries")) in its "
                + "select list that depend\(count == 1 ? "s" : "") on \(outer): "
                + (analysis.isMeasured
                    ? "\(Quantity.about(runs)) runs a call, for \(Quantity.about(rows)) rows."
                    : "as many runs as the result has rows."),
            evidence: [
                Evidence("subqueries", "such subqueries", .count(Int64(count))),
                Evidence("runsPerCall", "runs a call", .number(runs)),
                Evidence("outerColumns", "outer columns", .text(outer)),
            ],
            notIf: "the time goes elsewhere: see the loops of the SubPlan in the plan",
            actions: [
                Action(
                    .fix, "make each run cheap",
                    steps: ["See that an index serves the subquery's condition" + (key.map { " on \($0)." } ?? ".")],
                    gain: Gain("each run then touches a few blocks", .ruleOfThumb),
                    verify: StatementAnalysis.verifyRewrite),
                Action.rewrite(
                    "join it instead",
                    steps: [
                        isAggregate && grouped != nil
                            ? "Compute the aggregate once for all rows, and join it: \(grouped!)."
                            : "Move it to FROM as `LEFT JOIN LATERAL (…) s ON true`, or as a plain LEFT JOIN where it "
                                + "returns one row.",
                        "A count over no rows is 0 in the subquery and NULL after the join: use coalesce.",
                    ], gain: analysis.gain),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("orders counted for each of a thousand customers", on: "f1") {
            $0.addColumns("customers", "id!", "name")
            $0.addColumns("orders", "id!", "customer_id")
            $0.addCostly(
                "SELECT c.name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
                rows: 1_000_000)
        },
        .silent("one row is returned") {
            $0.addColumns("customers", "id!", "name")
            $0.addColumns("orders", "id!", "customer_id")
            $0.addCostly(
                "SELECT c.name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c "
                    + "WHERE c.id = $1", rows: 1000)
        },
        .silent("the subquery is the same for all rows") {
            $0.addColumns("customers", "id!", "name")
            $0.addCostly("SELECT name, (SELECT max(id) FROM customers) FROM customers", rows: 1_000_000)
        },
    ]
}
