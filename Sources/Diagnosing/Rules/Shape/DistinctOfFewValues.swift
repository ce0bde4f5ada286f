import Model
import Plans
import Statements

/// `SELECT DISTINCT status FROM orders`: a whole index is read to find three values.
struct DistinctOfFewValues: StatementRule {
    private static let rowsPerValue = Threshold(
        "rows of the table for each value returned", 1000, "rows",
        source:
            "measured on 15.18, 17 and 18 with 400,000 rows: walking the index is some ten times as fast with 1,000 rows a value, "
            + "twice with 100, and four to five times as slow with 10")
    private static let blocks = Threshold(
        "blocks a call touches for each value that it returns", 20, "blocks",
        source: "our choice: the walk touches some four blocks for each value")

    static let metadata = RuleMetadata(
        id: "shape.distinct-of-few-values",
        title: "Whole table read for its few distinct values",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "SELECT DISTINCT (or GROUP BY without aggregates) of one column of one table without conditions, in statements that "
            + "cost; the rows it returns, against the rows of the table; and the indexes that begin with the column",
        why:
            "PostgreSQL finds distinct values by reading every row or every entry of an index, though each value stands there a thousand "
            + "times. A recursive query jumps from each value to the next one: a look-up in the index for each value.",
        limits:
            "PostgreSQL has no such plan of its own; the skip scan of 18 serves conditions, not DISTINCT (measured). Values are compared "
            + "as the index sorts them; of numbers that are equal but written otherwise (1.0 and 1.00) another may be returned, as with "
            + "every other plan. Statements with conditions or several columns, partitioned tables, and indexes that are partial, or of "
            + "another operator class or collation than the default, are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, rowsPerValue, blocks],
        references: [
            "https://wiki.postgresql.org/wiki/Loose_indexscan",
            "https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-RECURSIVE",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        // Without measurements nobody knows how many values there are.
        guard analysis.isMeasured, let walk = ValueWalk(analysis), analysis.load.counters.calls > 0 else { return nil }
        let counters = analysis.load.counters
        let values = max(counters.rowsPerCall, 1)
        guard walk.relation.rows >= CostlyShape.largeTable.value,
            walk.relation.rows >= Self.rowsPerValue.value * values,
            counters.blocksPerCall >= Self.blocks.value * values,
            let plan = analysis.load.readPlan(),
            let scan = plan.root.all(where: { $0.relation == walk.relation.name.name }).first,
            scan.indexCondition == nil
        else { return nil }
        return finding(walk, values, scan, analysis)
    }

    private func finding(
        _ walk: ValueWalk, _ values: Double, _ scan: PlanNode, _ analysis: StatementAnalysis
    ) -> Finding {
        let (relation, column) = (walk.relation.name, walk.column.name)
        let nulls = walk.column.isNotNull ? "" : " The last part returns NULL, where there is one."
        return analysis.finding(
            Self.metadata, title: "\(relation) is read whole for the few values of \(column)", about: [relation],
            summary:
                "A statement with \(analysis.cost) returns \(Quantity.about(values)) distinct values of \(column), and reads all "
                + "\(Quantity.about(walk.relation.rows)) rows of \(relation) for them. Index \(walk.index.name.name) could be asked for "
                + "each next value instead.",
            evidence: [
                Evidence("tableRows", "rows of \(relation)", .count(Int64(walk.relation.rows))),
                Evidence("scan", "the plan reads it by", .text(scan.type)),
                Evidence("index", "index that begins with the column", .text(walk.index.name.description)),
            ],
            notIf: "the values could be read from a small table that they refer to",
            actions: [
                Action.rewrite(
                    "walk the index from value to value",
                    steps: [
                        "The same values, each found by a look-up of the next greater one.\(nulls)", walk.statement,
                        "Better still where there is, or could be, a table of these values with a foreign key: read that.",
                    ],
                    gain: Gain("most of \(Quantity.percent(analysis.load.share)) of the execution time", .estimated),
                    verify: "EXPLAIN of the new statement has a Recursive Union over \(walk.index.name.name)")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("the states of orders", on: "f1") { $0.addValues("SELECT DISTINCT status FROM orders") },
        .fires("grouped and sorted", on: "f1") {
            $0.addValues("SELECT o.status AS s FROM orders o GROUP BY o.status ORDER BY s DESC")
        },
        .silent("many values") { $0.addValues("SELECT DISTINCT status FROM orders", values: 50_000) },
        .silent("no index begins with it") { $0.addValues("SELECT DISTINCT amount FROM orders") },
        .silent("the index holds some rows only") {
            $0.addValues("SELECT DISTINCT status FROM orders") { $0.predicate = "(amount > 0)" }
        },
        .silent("the index sorts otherwise") {
            $0.addValues("SELECT DISTINCT status FROM orders") {
                $0.columns[0].operatorClassName = "text_pattern_ops"
            }
        },
        .silent("the index has a collation of its own") {
            $0.addValues("SELECT DISTINCT status FROM orders") { $0.columns[0].collation = 950 }
        },
        .silent("a hash index has no next value") {
            $0.addValues("SELECT DISTINCT status FROM orders") { $0.accessMethod = "hash" }
        },
        .silent("a condition") { $0.addValues("SELECT DISTINCT status FROM orders WHERE amount > $1") },
        .silent("two columns") { $0.addValues("SELECT DISTINCT status, amount FROM orders") },
        .silent("the rows of each value are counted") {
            $0.addValues("SELECT status, count(*) FROM orders GROUP BY status")
        },
        .silent("a function of the column") { $0.addValues("SELECT DISTINCT lower(status) FROM orders") },
        .silent("a join") {
            $0.addValues("SELECT DISTINCT o.status FROM orders o JOIN customers c ON c.id = o.customer_id")
        },
        .silent("groups are tested") {
            $0.addValues("SELECT status FROM orders GROUP BY status HAVING count(*) > $1")
        },
        .silent("the first ones only") { $0.addValues("SELECT DISTINCT status FROM orders LIMIT $1") },
        .silent("few blocks are touched") { $0.addValues("SELECT DISTINCT status FROM orders", blocksPerCall: 30) },
        .silent("TABLESAMPLE reads a part") {
            $0.addValues("SELECT DISTINCT status FROM orders TABLESAMPLE SYSTEM (1)")
        },
        .silent("ONLY leaves out what inherits") { $0.addValues("SELECT DISTINCT status FROM ONLY orders") },
        .silent("there is no plan") {
            $0.addValues("SELECT DISTINCT status FROM orders")
            $0.statementStatistics!.statements[0].plan = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addValues(
        _ text: String, values: Int64 = 4, blocksPerCall: Int64 = 9000, _ configure: (inout Index) -> Void = { _ in }
    ) {
        addColumns("orders", "id!", "status", "amount", "customer_id")
        addColumns("customers", "id!")
        addIndex("orders_status_idx", on: "status", "id") { index in configure(&index) }
        addCostly(text, calls: 100, rows: values * 100, blocksPerCall: blocksPerCall)
        explainLast(
            """
            {"Node Type": "Unique", "Total Cost": 9000, "Plan Rows": \(values), "Plans": [
            {"Node Type": "Index Only Scan", "Relation Name": "orders", "Index Name": "orders_status_idx",
            "Total Cost": 8000, "Plan Rows": 1000000}]}
            """)
    }
}
