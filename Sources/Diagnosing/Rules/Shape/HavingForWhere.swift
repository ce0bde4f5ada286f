import Model
import Plans
import Statements

/// A condition on the columns of GROUP BY that is tested when all groups are made.
struct HavingForWhere: StatementRule {
    private static let rows = Threshold(
        "rows that are grouped", 10_000, "rows", source: "our choice: grouping fewer takes a few milliseconds")

    static let metadata = RuleMetadata(
        id: "shape.having-for-where",
        title: "HAVING where WHERE would do",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "conditions of HAVING that name nothing but columns of GROUP BY, in the parse trees of statements that cost, "
            + "and plans that test them with a subquery above the aggregation",
        why:
            "All rows are read, grouped and summed up, and then most groups are thrown away. In WHERE the same condition "
            + "keeps their rows out from the beginning, and IN or EXISTS can be a join.",
        limits:
            "The planner moves a condition without an aggregate from HAVING to WHERE by itself, but for those with "
            + "subqueries or volatile functions and those above grouping sets (measured on 15.18): only IN and EXISTS are "
            + "therefore judged, and only where the plan has them above the aggregation; of statements in files, where no index "
            + "finds the rows that are grouped. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows],
        references: [
            "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-GROUP",
            "https://www.postgresql.org/docs/current/tutorial-agg.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let condition = analysis.shape.havingConditions.first else { return nil }
        let rewrite = analysis.shape.movingToWhere(condition, in: analysis.parsed)
        guard analysis.isMeasured else {
            let level = analysis.shape.levels[condition.level]
            return analysis.mayReadWhole(level) ? finding(condition, nil, rewrite, analysis) : nil
        }
        guard let rewrite, let plan = analysis.load.readPlan(), let filter = Self.filter(in: plan.root),
            let input = filter.children.first, input.rows >= Self.rows.value
        else { return nil }
        return finding(condition, (input.rows, filter.filter ?? ""), rewrite, analysis)
    }

    /// The aggregation that tests its groups with a subquery.
    private static func filter(in root: PlanNode) -> PlanNode? {
        root.all { ["Aggregate", "Group"].contains($0.type) && $0.filter?.contains("SubPlan") ?? false }.first
    }

    private func finding(
        _ condition: StatementShape.HavingCondition, _ planned: (rows: Double, filter: String)?, _ rewrite: String?,
        _ analysis: StatementAnalysis
    ) -> Finding {
        let rows = planned.map { "\(Quantity.about($0.rows)) rows" } ?? "all rows"
        let evidence = planned.map {
            [
                Evidence("groupedRows", "rows that the planner expects to group", .number($0.rows)),
                Evidence("filter", "filter above the aggregation", .text($0.filter)),
            ]
        }
        let columns = Set(condition.columns.map(\.written)).sorted().joined(separator: ", ")
        let relation = condition.columns.first.flatMap(analysis.relation)
        return analysis.finding(
            Self.metadata, severity: planned == nil ? .notice : .warning,
            title: "Groups are made first and excluded by \(columns) afterwards",
            about: [relation?.name].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) groups \(rows), and tests \(columns) with a "
                + "subquery in HAVING: rows of groups that are not wanted are read and summed up all the same.",
            evidence: evidence ?? [],
            notIf: "the condition keeps nearly all groups",
            actions: [
                Action.rewrite(
                    "move the condition to WHERE",
                    steps: ["It names columns of GROUP BY only, which all rows of a group share:"]
                        + [rewrite ?? "there, AND joins it with the other conditions."],
                    gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has no SubPlan in the aggregation's filter")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("sums of a few customers", on: "f1") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id "
                    + "HAVING customer_id IN (SELECT id FROM customers WHERE region = $1)")
        },
        .fires("beside a condition on the sum", on: "f1") {
            $0.addHaving(
                "SELECT o.customer_id, sum(o.amount) FROM orders o WHERE o.amount > $1 GROUP BY o.customer_id "
                    + "HAVING sum(o.amount) > $2 AND EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id)")
        },
        .silent("the planner moves it itself") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id HAVING customer_id = $1",
                filter: nil)
        },
        .silent("the sum is tested") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id "
                    + "HAVING sum(amount) IN (SELECT id FROM customers)")
        },
        .silent("above grouping sets the column may be NULL") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY ROLLUP (customer_id) "
                    + "HAVING customer_id IN (SELECT id FROM customers)")
        },
        .silent("an OR with the sum") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id "
                    + "HAVING sum(amount) > $1 OR customer_id IN (SELECT id FROM customers)")
        },
        .silent("in WHERE already") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders WHERE customer_id IN (SELECT id FROM customers) "
                    + "GROUP BY customer_id")
        },
        .silent("few rows are grouped") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id "
                    + "HAVING customer_id IN (SELECT id FROM customers)", rows: 400)
        },
        .silent("the plan has no such filter") {
            $0.addHaving(
                "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id "
                    + "HAVING customer_id IN (SELECT id FROM customers)", filter: nil)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addHaving(
        _ text: String, rows: Int = 1_000_000, filter: String? = "(hashed SubPlan 1)"
    ) {
        addColumns("orders", "id!", "customer_id", "amount")
        addColumns("customers", "id!", "region")
        addCostly(text)
        let condition = filter.map { #""Filter": "\#($0)","# } ?? ""
        explainLast(
            """
            {"Node Type": "Aggregate", "Strategy": "Hashed", \(condition) "Plan Rows": 1000, "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Plan Rows": \(rows)}]}
            """)
    }
}
