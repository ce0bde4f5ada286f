import Model
import Statements

/// `at > clock_timestamp() - $1`: the value changes from row to row, so that no index can look for it.
struct VolatileComparison: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.volatile-comparison",
        title: "Indexed column compared with a volatile function",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt:
            "comparisons of columns with built-in functions that are VOLATILE, in the parse trees of statements that cost; "
            + "the columns' indexes, the plan, and the blocks a call touches",
        why:
            "clock_timestamp(), random(), nextval() and their like return another value at each call, so that PostgreSQL "
            + "must call them for every row: the comparison can be no index condition, and the table is read whole. now() "
            + "and statement_timestamp() are STABLE, and use the index.",
        limits:
            "Volatility as of pg_proc on 15.18 and 18.1; that the scan is whole, and that statement_timestamp() and a "
            + "scalar subquery use the index, was measured on both. Functions of extensions and users are left out. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/xfunc-volatility.html",
            "https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for comparison in analysis.shape.volatileTests {
            guard let relation = analysis.relation(of: comparison.column),
                case let column = analysis.name(of: comparison.column),
                let index = analysis.index(on: column, of: relation),
                analysis.readsWhole(relation, at: comparison.level, for: [column]),
                let once = analysis.shape.computedOnce(comparison, in: analysis.parsed)
            else { continue }
            return finding(comparison, column, relation, index, once, analysis)
        }
        return nil
    }

    private func finding(
        _ comparison: VolatileTest, _ column: String, _ relation: Relation, _ index: Index, _ once: String,
        _ analysis: StatementAnalysis
    ) -> Finding {
        let function = comparison.function + "()"
        // A value of its own for each row may be what is wanted of chance, hardly of a clock or a sequence.
        let isChance = comparison.function.hasPrefix("random")
        return analysis.finding(
            Self.metadata, confidence: isChance ? .medium : .high,
            title: "\(function) keeps \(relation.name) from using its index on \(column)",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) compares \(column) with \(function), which is VOLATILE and is called "
                + "again for every row: index \(index.name.name) cannot serve, and each call reads \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) whole.",
            evidence: [
                Evidence("function", "volatile function", .text(function)),
                Evidence("index", "index that cannot serve", .text(index.name.description)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "each row is meant to have a value of its own, or the condition holds for most rows",
            actions: [
                Action.rewrite(
                    "compute the value once", steps: steps(comparison, once, analysis), gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has an Index Cond on \(column)")
            ])
    }

    private func steps(
        _ comparison: VolatileTest, _ once: String, _ analysis: StatementAnalysis
    ) -> [String] {
        guard let moment = analysis.shape.statementTime(comparison, in: analysis.parsed) else {
            return [
                "As a scalar subquery the value is computed once for the statement (check: differs where each row is "
                    + "meant to have its own):", once,
            ]
        }
        return [
            "Take the time at which the statement arrived (check: differs by the time that the statement runs):",
            moment,
            "Where the time of the first row is meant, compute it once:", once,
        ]
    }

    static let examples: [RuleExample] = [
        .fires("the last hour by the clock", on: "f1") {
            $0.addVolatile("SELECT * FROM orders WHERE created_at > clock_timestamp() - $1::interval")
        },
        .fires("BETWEEN, in a DELETE", on: "f1") {
            $0.addVolatile(
                "DELETE FROM orders WHERE created_at BETWEEN $1 AND pg_catalog.clock_timestamp() - $2::interval")
        },
        .fires("a random row", on: "f1") {
            $0.addVolatile("SELECT * FROM orders WHERE id = (random() * $1)::integer")
        },
        .silent("now() is STABLE") {
            $0.addVolatile("SELECT * FROM orders WHERE created_at > now() - $1::interval")
        },
        .silent("computed once already") {
            $0.addVolatile("SELECT * FROM orders WHERE created_at > (SELECT clock_timestamp()) - $1::interval")
        },
        .silent("a sample of the rows: no column is compared") {
            $0.addVolatile("SELECT * FROM orders WHERE random() < $1")
        },
        .silent("no index on the column") {
            $0.addVolatile("SELECT * FROM orders WHERE amount < random() * $1")
        },
        .silent("a function of the same name in another schema") {
            $0.addVolatile("SELECT * FROM orders WHERE id = app.random()")
        },
        .silent("inequality: no index serves it anyway") {
            $0.addVolatile("SELECT * FROM orders WHERE id <> nextval($1)")
        },
        .silent("another condition finds the rows") {
            $0.addVolatile(
                "SELECT * FROM orders WHERE id = $1 AND created_at > clock_timestamp()", blocksPerCall: 4,
                scan: "Index Scan")
        },
        .silent("the walk along an index ends soon") {
            $0.addVolatile(
                "SELECT * FROM orders WHERE id > (random() * $1)::integer ORDER BY id LIMIT 1", blocksPerCall: 60,
                scan: "Index Scan")
        },
        .silent("a small table") {
            $0.addVolatile("SELECT * FROM orders WHERE created_at > clock_timestamp() - $1::interval")
            $0.addTable("orders") { $0.estimatedRows = 900 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addVolatile(
        _ text: String, blocksPerCall: Int64 = 90_000, scan: String = "Seq Scan"
    ) {
        addColumns("orders", "id!", "created_at", "amount")
        addKey("orders", "id")
        addIndex("orders_created_at_idx", on: "created_at")
        addCostly(text, blocksPerCall: blocksPerCall)
        explainLast(#"{"Node Type": "\#(scan)", "Relation Name": "orders", "Alias": "orders", "Plan Rows": 300000}"#)
    }
}
