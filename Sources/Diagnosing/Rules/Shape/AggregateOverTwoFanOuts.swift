import Model
import Plans
import Statements

/// Sums over a join in which rows of two tables multiply each other.
struct AggregateOverTwoFanOuts: StatementRule {
    private static let perParent = Threshold(
        "rows of each table for a row of the parent", 1.2, "rows",
        source: "our choice: where hardly a row has a second one, the model may allow one only")
    private static let rows = Threshold(
        "rows that are aggregated, where the result is right", 10_000, "rows",
        source: "our choice: hashing or sorting fewer takes a few milliseconds")

    static let metadata = RuleMetadata(
        id: "shape.aggregate-over-two-fan-outs",
        title: "Sums over a join that multiplies rows",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns], uses: [.plans],
        looksAt:
            "sum, count and the like in the parse trees of statements that cost, over a table joined to two others that each hold "
            + "several rows for one of its own, by their keys and statistics",
        why:
            "A customer with 10 orders and 5 payments makes 50 rows: each order is summed up five times, each payment ten times. "
            + "sum() and count() are then wrong, without an error. count(DISTINCT …) is right, but makes and sorts 50 rows "
            + "where 15 would do.",
        limits:
            "Whether a table holds several rows is judged by its unique keys and, where there are any, its statistics. Left out are "
            + "tables that an equality with a unique key or a test for NULL may leave one row of, sums of products of both, count(*) "
            + "alone, min, max and avg, which no repetition changes, and groups by columns of the two or by expressions. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, perParent, rows],
        references: [
            "https://www.postgresql.org/docs/current/tutorial-agg.html",
            "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-FROM",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels where analysis.shape.isWritten(level.number) {
            guard let pair = TwoFanOuts(level, analysis),
                pair.children.allSatisfy({ $0.rowsPerParent ?? Self.perParent.value >= Self.perParent.value }),
                !pair.wrong.isEmpty || isCostly(analysis)
            else { continue }
            return finding(pair, analysis)
        }
        return nil
    }

    /// What is right costs only where many rows are made.
    private func isCostly(_ analysis: StatementAnalysis) -> Bool {
        guard let plan = analysis.load.readPlan() else { return false }
        return plan.root.all { ["Aggregate", "Group"].contains($0.type) }
            .contains { $0.children.first?.rows ?? 0 >= Self.rows.value }
    }

    private func finding(_ pair: TwoFanOuts, _ analysis: StatementAnalysis) -> Finding {
        let names = pair.children.map(\.relation.name.description)
        let both = names.joined(separator: " and ")
        let isWrong = !pair.wrong.isEmpty
        let harmed = (isWrong ? pair.wrong : pair.repaired).map(Self.written)
        let known = pair.children.compactMap(\.rowsPerParent)
        let measure =
            known.count == 2
            ? " By the statistics a row of \(pair.parent) has \(Quantity.about(known[0])) of the one and "
                + "\(Quantity.about(known[1])) of the other."
            : ""
        let effect =
            isWrong
            ? "\(harmed.joined(separator: ", ")) \(harmed.count == 1 ? "takes" : "take") each row as often as the other table has "
                + "rows for the same \(pair.parent): the result is too large."
            : "\(harmed.joined(separator: ", ")) \(harmed.count == 1 ? "is" : "are") right only by DISTINCT, over all pairs of rows."
        return analysis.finding(
            Self.metadata, severity: isWrong ? .warning : .notice,
            confidence: isWrong && known.count == 2 ? .high : .medium,
            title: isWrong
                ? "\(both) multiply each other in a sum" : "\(both) multiply each other before they are counted",
            about: [pair.parent] + pair.children.map(\.relation.name),
            summary:
                "A statement with \(analysis.cost) joins \(pair.parent) to \(both), which each hold several rows for one of its own. "
                + effect + measure,
            evidence: [
                Evidence("aggregates", "aggregates that it harms", .list(harmed)),
                Evidence("joinColumns", "joined by", .list(pair.children.map(Self.joined))),
            ]
                + (known.count == 2
                    ? [Evidence("pairs", "pairs for each row of \(pair.parent)", .number(known[0] * known[1]))] : []),
            notIf: "one of the two never holds a second row: then a unique key should say so",
            actions: [
                Action.rewrite(
                    "aggregate each table by itself, then join", steps: steps(pair), gain: analysis.gain,
                    verify: "the sums of one \(pair.parent.name) against those of each table alone",
                    caution: isWrong ? "the results change: they were wrong" : nil)
            ])
    }

    private static func written(_ aggregate: AggregateUse) -> String {
        let inner = aggregate.argument?.written ?? aggregate.columns.first.map { "… \($0.written) …" } ?? "*"
        return "\(aggregate.name)(\(aggregate.isDistinct ? "DISTINCT " : "")\(inner))"
    }

    private static func joined(_ child: TwoFanOuts.Child) -> String {
        "\(child.relation.name) by \(child.columns.joined(separator: ", "))"
    }

    private func steps(_ pair: TwoFanOuts) -> [String] {
        let parts = pair.children.map { child -> String in
            let columns = child.columns.map(SQL.identifier).joined(separator: ", ")
            let sums = (pair.wrong + pair.repaired).filter { aggregate in
                aggregate.columns.contains { $0.relation == child.place }
            }.compactMap { aggregate in
                aggregate.argument.map { "\(aggregate.name)(\(SQL.identifier($0.name)))" }
            }
            let list = ([columns] + (sums.isEmpty ? ["count(*)"] : sums)).joined(separator: ", ")
            return "`(SELECT \(list) FROM \(child.relation.name.quoted) GROUP BY \(columns))`"
        }
        return [
            "In FROM, put in place of each table a subquery that has one row for each row of \(pair.parent), with its conditions "
                + "inside: \(parts.joined(separator: " and ")).",
            "Join these with LEFT JOIN where a row without a match is wanted, and return their sums as they are (coalesce(…, 0) for a "
                + "row without a match).",
            "Where the sums are of few rows of \(pair.parent), use LEFT JOIN LATERAL with the condition inside, which reads only theirs.",
        ]
    }

    static let examples: [RuleExample] = [
        .fires("orders and payments of each customer", on: "f1") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount), sum(p.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY c.id")
        },
        .fires("by outer joins, counted, in a subquery", on: "f1") {
            $0.addFanOuts(
                "SELECT * FROM (SELECT c.name, count(o.id) AS n, max(p.amount) FROM customers c "
                    + "LEFT JOIN orders o ON c.id = o.customer_id LEFT JOIN payments p ON c.id = p.customer_id "
                    + "WHERE p.paid > $1 GROUP BY c.name) s WHERE n > $2")
        },
        .fires("right by DISTINCT, and costly", on: "f1") {
            $0.addFanOuts(
                "SELECT c.id, count(DISTINCT o.id), count(DISTINCT p.id) FROM customers c, orders o, payments p "
                    + "WHERE o.customer_id = c.id AND p.customer_id = c.id GROUP BY c.id")
        },
        .fires("without statistics, by the keys alone", on: "f1") {
            $0.addFanOuts(
                "SELECT sum(o.amount), count(p.id) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id", perParent: nil)
        },
        .silent("one fan-out") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id")
        },
        .silent("the other has one row for each, by a unique key") {
            $0.addIndex("payments_customer", on: "customer_id", table: "payments") { $0.isUnique = true }
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY c.id")
        },
        .silent("one row of those with a state, by a partial unique key") {
            $0.addIndex("payments_current", on: "customer_id", table: "payments") {
                $0.isUnique = true
                $0.predicate = "(is_current)"
            }
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id AND p.is_current GROUP BY c.id")
        },
        .silent("the row that is valid now") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id AND p.paid IS NULL GROUP BY c.id")
        },
        .silent("one row of the other by its key") {
            $0.addFanOuts(
                "SELECT sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id WHERE p.id = $1")
        },
        .silent("a chain: each payment has one customer, each customer many orders") {
            $0.addColumns("items", "id!", "order_id", "price")
            $0.addKey("items", "id")
            $0.addFanOuts(
                "SELECT c.id, sum(i.price) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN items i ON i.order_id = o.id GROUP BY c.id")
        },
        .silent("parents of a row, not its children") {
            $0.addColumns("invoices", "id!", "customer_id", "order_id", "amount")
            $0.addKey("invoices", "id")
            $0.addFanOuts(
                "SELECT c.name, sum(i.amount) FROM invoices i JOIN customers c ON c.id = i.customer_id "
                    + "JOIN orders o ON o.id = i.order_id GROUP BY c.name")
        },
        .silent("the two belong together") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id AND p.order_id = o.id GROUP BY c.id")
        },
        .silent("the pairs are meant: hours by rates") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount * p.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY c.id")
        },
        .silent("the greatest and the mean stay what they are") {
            $0.addFanOuts(
                "SELECT c.id, max(o.amount), avg(p.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY c.id")
        },
        .silent("the rows of the join are counted") {
            $0.addFanOuts(
                "SELECT count(*) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id")
        },
        .silent("grouped by one of the two") {
            $0.addFanOuts(
                "SELECT o.id, sum(p.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY o.id")
        },
        .silent("each in a subquery of its own") {
            $0.addFanOuts(
                "SELECT c.id, o.total, p.total FROM customers c "
                    + "LEFT JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) o "
                    + "ON o.customer_id = c.id "
                    + "LEFT JOIN (SELECT customer_id, sum(amount) AS total FROM payments GROUP BY customer_id) p "
                    + "ON p.customer_id = c.id")
        },
        .silent("hardly a second row for any, by the statistics") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id GROUP BY c.id", perParent: 1.05)
        },
        .silent("one value of each kind, by the statistics") {
            $0.addFanOuts(
                "SELECT c.id, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id WHERE p.kind = $1 GROUP BY c.id")
        },
        .silent("right by DISTINCT, over few rows") {
            $0.addFanOuts(
                "SELECT count(DISTINCT o.id) FROM customers c JOIN orders o ON o.customer_id = c.id "
                    + "JOIN payments p ON p.customer_id = c.id WHERE c.id = $1", rows: 80)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addFanOuts(_ text: String, rows: Int = 5_000_000, perParent: Double? = 10) {
        addColumns("customers", "id!", "name")
        addColumns("orders", "id!", "customer_id", "amount")
        addColumns("payments", "id!", "customer_id", "order_id", "amount", "paid", "is_current", "kind")
        for table in ["customers", "orders", "payments"] { addKey(table, "id") }
        if let perParent {
            for place in catalogs[0].columns.indices where catalogs[0].columns[place].name == "customer_id" {
                catalogs[0].columns[place].statistics = .make { $0.distinct = -1 / perParent }
            }
            for place in catalogs[0].columns.indices where catalogs[0].columns[place].name == "kind" {
                catalogs[0].columns[place].statistics = .make { $0.distinct = 10 }
            }
        }
        addCostly(text)
        explainLast(
            """
            {"Node Type": "Aggregate", "Strategy": "Hashed", "Group Key": ["c.id"], "Plan Rows": 1000, "Plans": [
            {"Node Type": "Hash Join", "Plan Rows": \(rows)}]}
            """)
    }
}
