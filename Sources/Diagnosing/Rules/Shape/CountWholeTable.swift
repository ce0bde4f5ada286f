import Model
import Plans
import Statements

/// `SELECT count(*) FROM big`, again and again.
struct CountWholeTable: StatementRule {
    private static let rows = Threshold(
        "rows that are counted", 100_000, "rows",
        source: "our choice: counting 100,000 takes some 5 ms (measured on 15.18), fewer are not felt")
    private static let calls = Threshold(
        "calls in the window", 20, "calls", source: "our choice: what runs a few times is a report, not a screen")
    private static let counted = Threshold(
        "share of the table's rows that is counted", 0.9, "share",
        source: "our choice: an estimate of the whole table then stands for it")
    private static let visible = Threshold(
        "share of pages that are all-visible", 0.8, "share",
        source: "our choice: an index-only scan looks into the table for rows of all other pages")

    static let metadata = RuleMetadata(
        id: "shape.count-whole-table",
        title: "All rows of a large table counted over and over",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "SELECT count(*) of one large table, without a condition or with one that holds for nearly all rows, in statements that "
            + "cost and are called often; its plan; and how many pages are all-visible",
        why:
            "PostgreSQL keeps no number of rows: each transaction may see others, so that each count reads every row, or every entry of "
            + "an index. The time grows with the table, while whoever looks at the number hardly needs its last digit.",
        limits:
            "How exact the number has to be is not known. Counts for a customer or a period, and of joins and groups, are left out, and "
            + "so are counts that run a few times only. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, calls, counted, visible],
        references: [
            "https://www.postgresql.org/docs/current/functions-aggregate.html",
            "https://www.postgresql.org/docs/current/catalog-pg-class.html",
            "https://wiki.postgresql.org/wiki/Count_estimate",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        // In a file nobody knows how often it runs, nor over how many rows.
        guard analysis.isMeasured, Double(analysis.load.counters.calls) >= Self.calls.value,
            let top = analysis.shape.top, analysis.parsed.kind == .select, top.isCountOfTable,
            let relation = top.relations[0].target.flatMap(analysis.names.relation),
            [.table, .partitioned, .materializedView].contains(relation.kind), relation.rows >= Self.rows.value,
            let plan = analysis.load.readPlan(), let scan = Self.scan(plan.root)
        else { return nil }
        let rows = Self.counted(plan.root)
        guard rows >= Self.counted.value * relation.rows else { return nil }
        return finding(relation, scan, analysis)
    }

    /// The first scan; of a partitioned table there are several.
    private static func scan(_ root: PlanNode) -> PlanNode? {
        root.all { ["Seq Scan", "Index Only Scan", "Index Scan", "Bitmap Heap Scan"].contains($0.type) }.first
    }

    /// Rows of all scans that reach the aggregate; below a Gather those of one process.
    private static func counted(_ root: PlanNode) -> Double {
        var rows = 0.0
        root.walk { node, above in
            guard ["Seq Scan", "Index Only Scan", "Index Scan", "Bitmap Heap Scan"].contains(node.type) else { return }
            let workers = above.first { $0.type.hasPrefix("Gather") }?.workersPlanned ?? 0
            rows += node.rows * divisor(node.isParallelAware ? workers : 0)
        }
        return rows
    }

    /// How many processes share the rows: the leader takes less, the more workers there are (`get_parallel_divisor`).
    private static func divisor(_ workers: Int) -> Double {
        workers == 0 ? 1 : Double(workers) + max(0, 1 - 0.3 * Double(workers))
    }

    private func finding(_ relation: Relation, _ scan: PlanNode, _ analysis: StatementAnalysis) -> Finding {
        let name = relation.name
        let share = relation.pages > 0 ? Double(relation.allVisiblePages) / Double(relation.pages) : 0
        return analysis.finding(
            Self.metadata, title: "All rows of \(name) are counted over and over", about: [name],
            summary:
                "A statement with \(analysis.cost) counts all \(Quantity.about(relation.rows)) rows of \(name), each time by "
                + "\(scan.type == "Index Only Scan" ? "an index" : "reading the table"), for a number that changes with every insert.",
            evidence: [
                Evidence("tableRows", "rows of \(name)", .count(Int64(relation.rows))),
                Evidence("scan", "the plan reads it by", .text(scan.type)),
                Evidence("allVisible", "share of its pages that are all-visible", .share(share)),
            ],
            notIf: "the exact number is needed each time",
            actions: [estimate(relation, analysis)] + vacuum(relation, share, analysis) + [counter(relation, analysis)])
    }

    private func estimate(_ relation: Relation, _ analysis: StatementAnalysis) -> Action {
        let name = "'" + relation.name.quoted.replacing("'", with: "''") + "'::regclass"
        // ANALYZE of a partitioned table counts the partitions together, and autovacuum does not run it.
        let sql =
            relation.kind == .partitioned
            ? "SELECT sum(greatest(c.reltuples, 0))::bigint AS estimate FROM pg_catalog.pg_partition_tree(\(name)) p "
                + "JOIN pg_catalog.pg_class c ON c.oid = p.relid WHERE p.isleaf;"
            : "SELECT greatest(reltuples, 0)::bigint AS estimate FROM pg_catalog.pg_class WHERE oid = \(name);"
        return Action(
            .cure, "show the planner's estimate", sql: [sql],
            steps: [
                "VACUUM and ANALYZE keep it; it is right but for a few per cent. check: differs by the rows that came and went since.",
                "For a list in pages, ask for one row more than a page holds (LIMIT n + 1) to know whether there is a next one.",
            ], lock: LockNote.none, gain: analysis.gain,
            verify: "the number against count(*), once")
    }

    private func vacuum(_ relation: Relation, _ share: Double, _ analysis: StatementAnalysis) -> [Action] {
        guard relation.kind == .table, relation.pages > 0, share < Self.visible.value else { return [] }
        return [
            Action(
                .fix, "VACUUM \(relation.name), so that an index can be counted",
                sql: ["VACUUM \(relation.name.quoted);"],
                steps: [
                    "An index-only scan of a narrow index reads far fewer pages, where most pages are marked all-visible; VACUUM marks them.",
                    "Where it helps, let autovacuum come by more often: autovacuum_vacuum_insert_scale_factor of the table.",
                ], lock: .vacuum, gain: Gain("part of \(Quantity.percent(analysis.load.share))", .ruleOfThumb),
                verify: "EXPLAIN (ANALYZE) of the count: an Index Only Scan with few Heap Fetches",
                undo: "nothing to undo")
        ]
    }

    private func counter(_ relation: Relation, _ analysis: StatementAnalysis) -> Action {
        Action.rewrite(
            "keep the number",
            steps: [
                "Where it has to be exact: a table with the number, kept by a trigger that adds one row per statement (+n or −n) and a "
                    + "job that sums them up: one row that all writers update would make them queue.",
                "Where it may be a minute old: count in a job, or keep it in the application's cache.",
            ], gain: analysis.gain)
    }

    static let examples: [RuleExample] = [
        .fires("the number of all orders", on: "f1") { $0.addCount("SELECT count(*) FROM orders") },
        .fires("a condition that holds for nearly all", on: "f1") {
            $0.addCount("SELECT count(id) AS n FROM orders o WHERE deleted = $1", scanned: 980_000)
        },
        .fires("by three processes", on: "f1") {
            $0.addCount("SELECT count(*) FROM orders", scanned: 416_667, workers: 2)
        },
        .silent("a few times a day") { $0.addCount("SELECT count(*) FROM orders", calls: 5) },
        .silent("those of a customer") {
            $0.addCount("SELECT count(*) FROM orders WHERE customer_id = $1", scanned: 90)
        },
        .silent("half of the rows") { $0.addCount("SELECT count(*) FROM orders WHERE deleted", scanned: 500_000) },
        .silent("a small table") {
            $0.addTable("orders") { $0.estimatedRows = 5000 }
            $0.addCount("SELECT count(*) FROM orders", scanned: 5000)
        },
        .silent("by state") { $0.addCount("SELECT status, count(*) FROM orders GROUP BY status") },
        .silent("different values") { $0.addCount("SELECT count(DISTINCT customer_id) FROM orders") },
        .silent("a sum, which no estimate has") { $0.addCount("SELECT count(*), sum(amount) FROM orders") },
        .silent("a subquery that counts something else") {
            $0.addCount("SELECT count(*) FROM (SELECT DISTINCT customer_id FROM orders) s")
        },
        .silent("of those that pass FILTER") {
            $0.addCount("SELECT count(*) FILTER (WHERE deleted) FROM orders")
        },
        .silent("there is no plan") {
            $0.addCount("SELECT count(*) FROM orders")
            $0.statementStatistics!.statements[0].plan = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addCount(
        _ text: String, calls: Int64 = 1000, scanned: Int = 1_000_000, workers: Int = 0
    ) {
        addColumns("orders", "id!", "customer_id", "status", "amount", "deleted")
        addCostly(text, calls: calls, rows: calls)
        let scan = """
            {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Total Cost": 20000,
            "Parallel Aware": \(workers > 0), "Plan Rows": \(scanned)}
            """
        let below =
            workers == 0
            ? scan
            : #"{"Node Type": "Gather", "Workers Planned": \#(workers), "Total Cost": 21000, "Plans": [\#(scan)]}"#
        explainLast(
            #"{"Node Type": "Aggregate", "Strategy": "Plain", "Total Cost": 22000, "Plan Rows": 1, "Plans": [\#(below)]}"#
        )
    }
}
