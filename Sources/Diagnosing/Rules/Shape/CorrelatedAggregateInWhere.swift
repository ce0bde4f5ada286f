import Model
import Plans
import Statements

/// `WHERE o.at = (SELECT max(x.at) FROM orders x WHERE x.customer_id = o.customer_id)`: computed again for every row.
struct CorrelatedAggregateInWhere: StatementRule {
    private static let costShare = Threshold(
        "share of the plan's cost at the node that runs the subquery", 0.5, "share",
        source: "our choice: less, and something else costs more")
    private static let blocksPerRow = Threshold(
        "blocks a call touches for each row of the subquery's table", 1, "blocks",
        source: "measured on 15.18: below some 0.8, running the subquery is as quick as grouping the whole table")

    static let metadata = RuleMetadata(
        id: "shape.correlated-aggregate-in-where",
        title: "Value of a group computed again for each of its rows",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .columns],
        looksAt:
            "columns compared in WHERE with an aggregate of a subquery that depends on the row, in the parse trees of "
            + "statements that cost; the plan's node that runs the subquery, and the blocks a call touches against the "
            + "rows of the subquery's table",
        why:
            "The planner makes no join of such a subquery: it runs for every row that the other conditions leave, although "
            + "all rows of a group share one value. Grouped first, each value is computed once, and a hash join matches "
            + "the rows.",
        limits:
            "Measured on 15.18 and 18.1: over 300,000 rows of 50,000 groups 425 ms against 104 ms with max() and an index, "
            + "1,476 against 261 with avg(). For a few rows the subquery is the better plan: fires only where the blocks "
            + "touched show that it runs for very many. Subqueries with more than FROM and WHERE, and count(), which is 0 "
            + "and not NULL for a group without rows, get no written rewrite. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, costShare, blocksPerRow],
        references: [
            "https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-SCALAR-SUBQUERIES",
            "https://www.postgresql.org/docs/current/tutorial-window.html",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for comparison in analysis.shape.groupComparisons {
            let inner = analysis.shape.levels[comparison.inner].relations.compactMap(\.target)
                .compactMap(analysis.names.relation).max { $0.rows < $1.rows }
            guard let inner, inner.rows >= CostlyShape.largeTable.value, isFelt(comparison, inner, analysis) else {
                continue
            }
            return finding(comparison, inner, analysis)
        }
        return nil
    }

    private func isFelt(_ comparison: GroupComparison, _ inner: Relation, _ analysis: StatementAnalysis) -> Bool {
        guard analysis.isMeasured else { return runsForEveryRow(comparison, analysis) }
        guard analysis.load.counters.blocksPerCall >= Self.blocksPerRow.value * inner.rows,
            let plan = analysis.load.readPlan()
        else { return false }
        return plan.root.all { node in
            node.exclusiveCost >= Self.costShare.value * plan.root.totalCost
                && node.filter?.contains("(SubPlan") ?? false
                && node.children.contains { child in
                    child.isSubPlan && !child.all { $0.relation == inner.name.name }.isEmpty
                }
        }.count > 0
    }

    /// Nothing else excludes rows of the large table before the subquery is asked.
    private func runsForEveryRow(_ comparison: GroupComparison, _ analysis: StatementAnalysis) -> Bool {
        let level = analysis.shape.levels[comparison.level]
        guard comparison.isPlain, let relation = analysis.relation(of: comparison.column) else { return false }
        return relation.rows >= CostlyShape.largeTable.value && !level.hasLimit
            && level.sublinks.count == 1
            && level.joins.allSatisfy { !$0.isUnderOr && !$0.isNegated && $0.outerJoin == nil }
            && level.predicates.allSatisfy { $0.operand == .expression }
    }

    /// The statement with EXISTS over the grouped subquery, where it returns the same.
    static func proven(_ comparison: GroupComparison, _ analysis: StatementAnalysis) -> String? {
        // Of one type, so that grouping tells the same values apart as the comparison does.
        let isSameType = comparison.keys.allSatisfy { key in
            guard let inner = analysis.column(of: key.inner)?.type, let outer = analysis.column(of: key.outer)?.type
            else {
                return false
            }
            return inner == outer && !inner.isEmpty
        }
        return isSameType ? analysis.shape.groupedOnce(comparison, in: analysis.parsed) : nil
    }

    private func finding(
        _ comparison: GroupComparison, _ inner: Relation, _ analysis: StatementAnalysis
    ) -> Finding {
        let column = comparison.column.written
        let keys = comparison.keys.map(\.inner.name).joined(separator: ", ")
        let touched =
            analysis.isMeasured
            ? ": a call touches \(Quantity.about(analysis.load.counters.blocksPerCall)) blocks, and \(inner.name) has "
                + "\(Quantity.about(inner.rows)) rows in \(Quantity.about(Double(inner.pages))) pages."
            : ", and \(inner.name) has \(Quantity.about(inner.rows)) rows."
        let outer = analysis.relation(of: comparison.column)?.name
        return analysis.finding(
            Self.metadata, title: "\(comparison.function)() over \(inner.name) is computed again for every row",
            about: Set([inner.name] + [outer].compactMap(\.self)).sorted(),
            summary:
                "A statement with \(analysis.cost) compares \(column) with \(comparison.function)() of the rows with the "
                + "same \(keys). The subquery runs for every row instead of once for each \(keys)" + touched,
            evidence: [
                Evidence("column", "column compared", .text(column)),
                Evidence("groupedBy", "the subquery's rows belong together by", .text(keys)),
                Evidence("innerRows", "rows of \(inner.name)", .count(Int64(inner.rows))),
            ],
            notIf: "the other conditions leave a few rows only: then the subquery is quick, given an index on \(keys)",
            actions: [
                Action.rewrite(
                    "compute each group's value once", steps: steps(comparison, analysis), gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has a join with an aggregate, and no SubPlan")
            ])
    }

    private func steps(_ comparison: GroupComparison, _ analysis: StatementAnalysis) -> [String] {
        var steps: [String] = []
        if let rewrite = Self.proven(comparison, analysis) {
            steps += ["Group first, and look the value up (it returns the same rows):", rewrite]
        } else {
            let keys = comparison.keys.map { "s.\(SQL.identifier($0.inner.name)) = \($0.outer.written)" }
            steps.append(
                "Join the subquery, grouped: `JOIN (SELECT \(names(comparison)), \(comparison.function)(…) AS v FROM … "
                    + "GROUP BY \(names(comparison))) s ON \(keys.joined(separator: " AND "))`, and compare with `s.v` "
                    + "(check: differs for rows whose group the subquery does not have).")
        }
        if comparison.operation == "=", ["min", "max"].contains(comparison.function) {
            let direction = comparison.function == "max" ? " DESC" : ""
            steps.append(
                "Where one row of each group is enough, `SELECT DISTINCT ON (\(names(comparison))) … ORDER BY "
                    + "\(names(comparison)), \(comparison.column.written)\(direction)` needs no second look at the table "
                    + "(check: differs where several rows share the \(comparison.function)imum; it then returns one).")
        }
        return steps
    }

    private func names(_ comparison: GroupComparison) -> String {
        comparison.keys.map { SQL.identifier($0.inner.name) }.joined(separator: ", ")
    }

    static let examples: [RuleExample] = [
        .fires("each customer's latest order", on: "f1") {
            $0.addGroups(
                "SELECT o.* FROM orders o WHERE o.created_at = "
                    + "(SELECT max(x.created_at) FROM orders x WHERE x.customer_id = o.customer_id)")
        },
        .fires("orders above a customer's average, the subquery first", on: "f1") {
            $0.addGroups(
                "SELECT o.id FROM orders o WHERE o.amount > $1 AND "
                    + "(SELECT avg(x.amount) * $2 FROM orders x WHERE x.customer_id = o.customer_id) < o.amount")
        },
        .fires("counted, in a DELETE: no written rewrite", on: "f1") {
            $0.addGroups(
                "DELETE FROM orders o WHERE o.amount > "
                    + "(SELECT count(*) FROM orders x WHERE x.customer_id = o.customer_id)")
        },
        .silent("the other conditions leave few rows") {
            $0.addGroups(
                "SELECT o.* FROM orders o WHERE o.id < $1 AND o.created_at = "
                    + "(SELECT max(x.created_at) FROM orders x WHERE x.customer_id = o.customer_id)",
                blocksPerCall: 30_000)
        },
        .silent("the subquery is the same for all rows: it runs once") {
            $0.addGroups("SELECT * FROM orders o WHERE o.created_at = (SELECT max(x.created_at) FROM orders x)")
        },
        .silent("one row by LIMIT, no aggregate") {
            $0.addGroups(
                "SELECT o.* FROM orders o WHERE o.id = (SELECT x.id FROM orders x "
                    + "WHERE x.customer_id = o.customer_id ORDER BY x.created_at DESC LIMIT 1)")
        },
        .silent("in the select list: shape.correlated-subquery-in-select-list") {
            $0.addGroups(
                "SELECT (SELECT max(x.created_at) FROM orders x WHERE x.customer_id = o.customer_id) FROM orders o")
        },
        .silent("the time goes elsewhere") {
            $0.addGroups(
                "SELECT o.* FROM orders o WHERE o.created_at = "
                    + "(SELECT max(x.created_at) FROM orders x WHERE x.customer_id = o.customer_id)", cost: 900)
        },
        .silent("grouped already") {
            $0.addGroups(
                "SELECT o.* FROM orders o JOIN (SELECT customer_id, max(created_at) AS at FROM orders GROUP BY 1) m "
                    + "ON m.customer_id = o.customer_id WHERE o.created_at = m.at")
        },
        .silent("a small table") {
            $0.addGroups(
                "SELECT o.* FROM orders o WHERE o.created_at = "
                    + "(SELECT max(x.created_at) FROM orders x WHERE x.customer_id = o.customer_id)")
            $0.addTable("orders") { $0.estimatedRows = 900 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addGroups(_ text: String, blocksPerCall: Int64 = 3_000_000, cost: Int = 1_000_000) {
        addColumns("orders", "id!", "customer_id", "created_at", "amount")
        addCostly(text, blocksPerCall: blocksPerCall)
        explainLast(
            """
            {"Node Type": "Hash Join", "Total Cost": 1100000, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "o",
            "Filter": "(created_at = (SubPlan 1))", "Total Cost": \(cost), "Plans": [
            {"Node Type": "Aggregate", "Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1", "Total Cost": 4, "Plans": [
            {"Node Type": "Index Scan", "Relation Name": "orders", "Alias": "x", "Total Cost": 4}]}]}]}
            """)
    }
}
