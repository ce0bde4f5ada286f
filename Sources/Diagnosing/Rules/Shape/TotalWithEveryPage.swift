import Model
import Plans
import Statements

/// `SELECT …, count(*) OVER () … LIMIT 20`: every row is read for each page, to tell how many there are.
struct TotalWithEveryPage: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.total-with-every-page",
        title: "Total number of rows counted with every page",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "count(*) OVER () beside LIMIT in the parse trees of statements that cost, and plans with many rows in a WindowAgg below "
            + "the Limit",
        why:
            "LIMIT stops as soon as a page is full; a count of all rows beside it does not let it. Every row is read, kept (in "
            + "temporary files where work_mem does not hold them) and numbered, for each page anew, though the total hardly changes "
            + "between two pages.",
        limits:
            "Fires where the total is counted over the whole result: count(*) OVER (PARTITION BY …) is something else. Counted "
            + "apart, the total is of a later moment than the page. A page beyond the end has no row that could carry the total; the "
            + "count apart has one. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.sortedRows,
            CostlyShape.sortedBlocks, CostlyShape.keptShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/tutorial-window.html",
            "https://www.postgresql.org/docs/current/queries-limit.html",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let top = analysis.shape.top else { return nil }
        let total = analysis.shape.pagedTotal
        guard analysis.isMeasured else {
            let counted = total == nil ? analysis.shape.innerPagedTotal.map { analysis.shape.levels[$0] } : top
            return counted.flatMap { analysis.mayReadMany($0) ? finding(total, $0, nil, analysis) : nil }
        }
        guard let total else { return nil }
        guard analysis.touchesManyRows, let plan = analysis.load.readPlan(),
            let window = plan.root.limited(["WindowAgg"], throughSorts: true), let input = window.children.first,
            input.rows >= CostlyShape.sortedRows.value,
            analysis.load.counters.rowsPerCall <= CostlyShape.keptShare.value * input.rows
        else { return nil }
        return finding(total, top, input.rows, analysis)
    }

    private func finding(
        _ total: PagedTotal?, _ counted: QueryLevel, _ rows: Double?, _ analysis: StatementAnalysis
    ) -> Finding {
        let relation = analysis.largest(counted)?.name
        let name = relation?.description ?? "a result"
        let number = rows.map { "\(Quantity.about($0)) rows" } ?? "all rows"
        let what = total == nil ? "the number of all its rows" : "count(*) OVER ()"
        var evidence = [Evidence("relation", "counted", .text(name))]
        if let rows {
            evidence.append(Evidence("countedRows", "rows that the planner expects to count", .number(rows)))
        }
        return analysis.finding(
            Self.metadata, severity: rows == nil ? .notice : .warning,
            title: "Every page of \(name) counts all its rows",
            about: [relation].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) returns a page of \(name) with \(what) beside it: \(number) are read "
                + "for each page, which LIMIT alone would not read.",
            evidence: evidence, notIf: "the conditions leave hardly more rows than a page has",
            actions: [
                Action.rewrite("count once, not with every page", steps: steps(total, analysis), gain: analysis.gain)
            ])
    }

    private static let without = [
        "To offer a next page without any number, ask for one row more than a page holds (LIMIT n + 1) and show n.",
        "For “about 12,000 results”, take the rows that EXPLAIN (FORMAT JSON) of the page without LIMIT expects.",
    ]

    private func steps(_ total: PagedTotal?, _ analysis: StatementAnalysis) -> [String] {
        guard let total, let page = analysis.shape.page(without: total, in: analysis.parsed) else {
            return [
                "Take \(total == nil ? "the number of all rows" : "count(*) OVER ()") out of the select list, and count in a statement of its own: once, when the list is opened."
            ] + Self.without
        }
        guard let count = analysis.shape.count(of: total, in: analysis.parsed) else {
            return [
                "The page:", page,
                "Count its rows without LIMIT in a statement of its own, once, when the list is opened.",
            ] + Self.without
        }
        return [
            "The page:", page,
            "The total, once, when the list is opened. check: differs by the rows that came and went since the page was read:",
            count,
        ] + Self.without
    }

    static let examples: [RuleExample] = [
        .fires("a list of orders in pages", on: "f1") {
            $0.addPage(
                "SELECT o.*, count(*) OVER () AS total FROM orders o ORDER BY created_at DESC LIMIT $1 OFFSET $2")
        },
        .fires("the total first, as an integer", on: "f1") {
            $0.addPage(
                "SELECT count(*) OVER ()::int, id FROM orders WHERE amount > $1 ORDER BY id LIMIT $2", sort: "Result")
        },
        .fires("of a join", on: "f1") {
            $0.addPage(
                "SELECT o.id, c.name, count(1) OVER () FROM orders o JOIN customers c ON c.id = o.customer_id "
                    + "ORDER BY o.id LIMIT $1")
        },
        .silent("without LIMIT all rows are wanted") {
            $0.addPage("SELECT o.*, count(*) OVER () AS total FROM orders o")
        },
        .silent("of each customer") {
            $0.addPage("SELECT id, count(*) OVER (PARTITION BY customer_id) FROM orders ORDER BY id LIMIT $1")
        },
        .silent("a running number") {
            $0.addPage("SELECT id, count(*) OVER (ORDER BY id) FROM orders ORDER BY id LIMIT $1")
        },
        .silent("a sum is no total of rows") {
            $0.addPage("SELECT id, sum(amount) OVER () FROM orders ORDER BY id LIMIT $1")
        },
        .silent("the limit stands inside") {
            $0.addPage("SELECT s.*, count(*) OVER () FROM (SELECT * FROM orders ORDER BY id LIMIT $1) s")
        },
        .silent("hardly more rows than a page") {
            $0.addPage("SELECT id, count(*) OVER () FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2", rows: 40)
        },
        .silent("the page is most of the result") {
            $0.addPage("SELECT id, count(*) OVER () FROM orders ORDER BY id LIMIT $1", returned: 900_000)
        },
        .silent("the page alone") { $0.addPage("SELECT id, created_at FROM orders ORDER BY id LIMIT $1") },
    ]
}

extension Snapshot {
    fileprivate mutating func addPage(
        _ text: String, rows: Int = 1_000_000, returned: Int64 = 20, sort: String = "Sort"
    ) {
        addColumns("orders", "id!", "customer_id", "created_at", "amount")
        addColumns("customers", "id!", "name")
        addCostly(text, calls: 100, rows: returned * 100)
        explainLast(
            """
            {"Node Type": "Limit", "Total Cost": 150000, "Plan Rows": 20, "Plans": [
            {"Node Type": "\(sort)", "Total Cost": 140000, "Plan Rows": \(rows), "Plans": [
            {"Node Type": "WindowAgg", "Total Cost": 60000, "Plan Rows": \(rows), "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "o", "Total Cost": 20000,
            "Plan Rows": \(rows)}]}]}]}
            """)
    }
}
