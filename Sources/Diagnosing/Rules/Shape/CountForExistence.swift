import Model
import Statements

/// `(SELECT count(*) …) > 0`: all rows are counted to learn whether there is one.
struct CountForExistence: StatementRule {
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")

    static let metadata = RuleMetadata(
        id: "shape.count-for-existence",
        title: "Rows counted to see whether there are any",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "comparisons of count(*) with a constant in the parse trees of statements that cost, the tables that are "
            + "counted, and the blocks a call touches",
        why:
            "count(*) reads every row that matches; EXISTS stops at the first. In a condition EXISTS is a semi-join too, "
            + "which the planner may hash, while a count is a subquery that runs for every row.",
        limits:
            "Constants of normalised texts are parameters: of `> $1` it is not known whether it means more than none, "
            + "which is why it is a notice of low confidence. `= $1` and `>= $1` are left out, HAVING count(*) too, and "
            + "counts of a row found by its key. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, blocks],
        references: [
            "https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
            "https://www.postgresql.org/docs/current/functions-aggregate.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.mayTouchInAll(atLeast: Self.blocks.value) else { return nil }
        for test in analysis.shape.countTests {
            let level = analysis.shape.levels[test.level]
            let relations = level.relations.compactMap(\.target).compactMap(analysis.names.relation)
            let largest = relations.max { $0.rows < $1.rows }
            guard let largest, largest.rows >= CostlyShape.largeTable.value,
                !UniqueRows(level, analysis, by: []).areUnique(), countsRows(test, level, analysis),
                let rewrite = analysis.shape.existence(test, in: analysis.parsed)
            else { continue }
            return finding(test, largest.name, rewrite, analysis)
        }
        return nil
    }

    /// `count(a)` counts rows where the column is never NULL.
    private func countsRows(_ test: CountTest, _ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        guard let column = test.column else { return true }
        guard let place = column.relation, !level.relations[place].isNullable, analysis.isDirect(column) else {
            return false
        }
        return analysis.column(of: column)?.isNotNull ?? false
    }

    private func finding(
        _ test: CountTest, _ relation: QualifiedName, _ rewrite: String, _ analysis: StatementAnalysis
    ) -> Finding {
        let (condition, severity, confidence): (String, Severity, Confidence) =
            switch test.meaning {
            case .exists, .isEmpty: ("", .warning, .high)
            case .existsWhereZero(let number): (" Where $\(number) is 0, it asks for no more than that.", .notice, .low)
            }
        let check: [String] =
            if case .existsWhereZero(let number) = test.meaning {
                ["Only where $\(number) is always 0 (another number asks for more than one row):"]
            } else {
                ["The same with EXISTS:"]
            }
        return analysis.finding(
            Self.metadata, severity: severity, confidence: confidence,
            title: "Rows of \(relation) are counted to see whether there are any", about: [relation],
            summary:
                "A statement with \(analysis.cost) compares count(*) over \(relation) with a constant: every row that "
                + "matches is read, where the first would tell." + condition,
            evidence: [
                Evidence(
                    "comparesWithParameter", "compared with a parameter",
                    .flag(test.meaning != .exists && test.meaning != .isEmpty)),
                Evidence("countedRelation", "counted", .text(relation.description)),
            ],
            notIf: "there is hardly ever more than one row to count",
            actions: [
                Action.rewrite(
                    "ask with EXISTS", steps: check + [rewrite], gain: analysis.gain)
            ])
    }

    static let examples: [RuleExample] = [
        .fires("customers who have ordered", on: "f1") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0")
        },
        .fires("a parameter, most likely 0", on: "f1") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > $1")
        },
        .fires("customers who have not, in an UPDATE", on: "f1") {
            $0.addCount(
                "UPDATE customers c SET name = $1 WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) = 0")
        },
        .fires("a flag in the select list", on: "f1") {
            $0.addCount(
                "SELECT c.name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) >= 1 AS has FROM customers c"
            )
        },
        .fires("the whole statement is the question", on: "f1") {
            $0.addCount("SELECT count(*) > $2 AS found FROM orders WHERE customer_id = $1")
        },
        .silent("more than one is asked for") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 5")
        },
        .silent("exactly so many") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) = $1")
        },
        .silent("at least so many") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) >= $1")
        },
        .silent("the number itself is wanted") {
            $0.addCount("SELECT c.name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c")
        },
        .silent("the count of a group") {
            $0.addCount("SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) > $1")
        },
        .silent("at most one row, by its key") {
            $0.addCount("SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.id = c.id) > 0")
        },
        .silent("rows with a value are counted") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(o.note) FROM orders o WHERE o.customer_id = c.id) > 0"
            )
        },
        .silent("EXISTS") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)")
        },
        .silent("few blocks are touched") {
            $0.addCount(
                "SELECT c.name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0 "
                    + "AND c.id = $1", blocksPerCall: 8)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addCount(_ text: String, blocksPerCall: Int64 = 90_000) {
        addColumns("customers", "id!", "name")
        addColumns("orders", "id!", "customer_id", "note")
        addKey("orders", "id")
        addCostly(text, blocksPerCall: blocksPerCall)
    }
}
