import IndexAdvising
import Model
import Plans
import Statements

/// A column that has many times more different values than its statistics say.
struct DistinctMisjudged: StatementRule {
    private static let factor = Threshold(
        "times more groups than the statistics know of values", 10, "times",
        source:
            "our choice, as for other misestimates: the estimator of ANALYZE (Haas and Stokes) is known to be low on large tables, "
            + "and by less it chooses the same plans")
    private static let groups = Threshold(
        "groups that came", 10_000, "groups", source: "our choice: fewer fit into any memory and change no plan")
    /// Beyond such a share of the rows ANALYZE itself takes the number for one that grows with the table.
    private static let grows = Threshold(
        "share of the rows from which n_distinct is set as a share", 0.1, "share",
        source: "PostgreSQL: compute_scalar_stats() in src/backend/commands/analyze.c")

    static let metadata = RuleMetadata(
        id: "statistics.distinct-misjudged",
        title: "Number of different values far too low in the statistics",
        area: .statistics,
        needs: [.statements, .statementTexts, .relations, .columnStatistics, .loggedPlans], uses: [.columns],
        looksAt:
            "logged plans that group or deduplicate by one column: the groups that came, of which there cannot be more than "
            + "values, against n_distinct in pg_stats",
        why:
            "From a sample of 30,000 rows the number of different values of a large table is extrapolated, and too low where equal "
            + "values stand together on few pages. Every equality and join on the column is then planned for too many rows, and every "
            + "GROUP BY for too few groups: hashes that outgrow their memory, sequential scans in place of an index. The "
            + "number can be set by hand.",
        limits:
            "The groups that one plan found are a lower bound of the truth, so that the number to set is at least theirs. "
            + "Only statements that group and were logged show it. Partitions are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, factor, groups, grows],
        references: [
            "https://www.postgresql.org/docs/current/sql-altertable.html",
            "https://www.postgresql.org/docs/current/planner-stats.html",
        ],
        explains: [.costsTime, .spills, Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for call in analysis.load.loggedPlans {
            for node in call.plan.nodes {
                guard let counted = Counted(node, in: call, analysis), counted.groups >= Self.groups.value,
                    counted.groups >= Self.factor.value * max(1, counted.known)
                else { continue }
                return finding(counted, analysis)
            }
        }
        return nil
    }

    /// Groups by one column of a table, in a plan that ran.
    private struct Counted {
        let relation: Relation
        let column: Column
        /// Groups that came, and that were planned.
        let groups: Double
        let planned: Double
        /// Different values by the statistics.
        let known: Double
        /// Its hash was larger than its memory.
        let spilled: Bool

        init?(_ node: ExplainedNode, in call: MeasuredCall, _ analysis: StatementAnalysis) {
            guard ["Aggregate", "Group", "Unique"].contains(node.type), let actual = node.actual, actual.loops == 1,
                let (relation, name) = Self.key(of: node, in: call, analysis),
                let column = analysis.names.column(name, of: relation.name), let statistics = column.statistics
            else { return nil }
            self.relation = relation
            self.column = column
            groups = actual.rows
            planned = node.plannedRows
            known = statistics.distinctValues(inRows: relation.rows)
            spilled = (node.disk ?? 0) > 0 || (node.batches ?? 1) > 1
        }

        /// The column that is grouped by, where it is one of the only relation below: what a join makes of it is no proof.
        private static func key(
            of node: ExplainedNode, in call: MeasuredCall, _ analysis: StatementAnalysis
        ) -> (Relation, String)? {
            let below = call.plan.nodes.filter { other in
                other.relation != nil && call.plan.ancestors(of: other.id).contains { $0.id == node.id }
            }
            guard below.count == 1, let scan = below.first, let name = scan.relation,
                let text = node.condition("Group Key"),
                let keys = ScanCondition.keys(text, aliases: scan.scanNames), keys.count == 1,
                case .column(let column) = keys[0],
                let relation = analysis.names.relation(
                    name, schema: scan.schema, searchPath: analysis.load.representative.searchPath),
                relation.kind == .table, !relation.isPartition
            else { return nil }
            return (relation, column)
        }
    }

    private func finding(_ counted: Counted, _ analysis: StatementAnalysis) -> Finding {
        let name = counted.relation.name
        let spilled = counted.spilled ? " The hash outgrew its memory and went to disk." : ""
        return analysis.finding(
            Self.metadata, severity: counted.spilled ? .warning : .notice,
            title: "\(name).\(counted.column.name) has \(Quantity.about(counted.groups)) different values, not "
                + Quantity.about(counted.known),
            about: [name],
            summary:
                "A statement with \(analysis.cost) found \(Quantity.about(counted.groups)) groups of \(counted.column.name) where "
                + "\(Quantity.about(counted.planned)) were planned: by its statistics the column has "
                + "\(Quantity.about(counted.known)) different values.\(spilled)",
            evidence: [
                Evidence("groups", "groups that came", .number(counted.groups)),
                Evidence("rows", "groups planned", .number(counted.planned)),
                Evidence("distinct", "different values by the statistics", .number(counted.known)),
                Evidence("factor", "times off", .number(counted.groups / max(1, counted.known))),
                Evidence("tableRows", "rows of the table", .number(counted.relation.rows)),
            ],
            notIf: "the table grew much since ANALYZE: analyse it first", tier: .fix,
            actions: [AnalyzeStep.action(counted.relation), action(counted)],
            explains: [.statistics(name, database: analysis.load.database)])
    }

    private func action(_ counted: Counted) -> Action {
        let table = counted.relation.name.quoted
        let column = "ALTER TABLE \(table) ALTER COLUMN \(SQL.identifier(counted.column.name))"
        let share = counted.groups / max(1, counted.relation.rows)
        // A negative number is a share of the rows: it stays true while the table grows.
        let value =
            share >= Self.grows.value
            ? "-" + Quantity.decimal(min(1, share), places: 2) : String(Int64(counted.groups.rounded()))
        return Action(
            .fix, "set n_distinct of \(counted.column.name) to \(value)",
            sql: ["\(column) SET (n_distinct = \(value));", "ANALYZE \(table);"], lock: .analyze,
            gain: Gain("groups, joins and equalities planned for the rows that come", .estimated),
            verify: "EXPLAIN of the statement: groups planned come near to those that came",
            undo: "\(column) RESET (n_distinct); ANALYZE \(table);",
            caution:
                "it stays as set when the data change: note it where the schema is kept; a value that was set before "
                + "stands in pg_attribute.attoptions: note that one too, RESET does not bring it back")
    }

    static let examples: [RuleExample] = [
        .fires("customers of a large table", on: "f1") { $0.addGrouped(groups: 400_000, known: 9000) },
        .fires("nearly as many as rows: a share", on: "f1") {
            $0.addGrouped(groups: 800_000, known: 30_000, disk: 9000)
        },
        .silent("as many as are known") { $0.addGrouped(groups: 9500, known: 9000) },
        .silent("few groups") { $0.addGrouped(groups: 2000, known: 100) },
        .silent("grouped behind a join") { $0.addGrouped(groups: 400_000, known: 9000, isJoined: true) },
    ]
}

extension Snapshot {
    fileprivate mutating func addGrouped(groups: Int, known: Double, disk: Int = 0, isJoined: Bool = false) {
        addColumns("orders", "customer")
        catalogs[0].columns[0].statistics = .make { $0.distinct = known }
        addCostly("SELECT customer, count(*) FROM orders GROUP BY customer")
        let scan =
            #"{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "orders", "Total Cost": 900, "Plan Rows": 1000000, "Actual Total Time": 900, "Actual Rows": 1000000, "Actual Loops": 1}"#
        let input =
            isJoined
            ? #"{"Node Type": "Hash Join", "Parent Relationship": "Outer", "Total Cost": 950, "Plan Rows": 1000000, "Actual Total Time": 950, "Actual Rows": 1000000, "Actual Loops": 1, "Plans": [\#(scan), \#(scan)]}"#
            : scan
        let plan = """
            [{"Plan": {"Node Type": "Sort", "Sort Key": ["(count(*))"], "Total Cost": 999, "Plan Rows": \(Int(known)), "Actual Total Time": 3995, "Actual Rows": \(groups), "Actual Loops": 1, "Plans": [
            {"Node Type": "Aggregate", "Parent Relationship": "Outer", "Strategy": "Hashed", "Total Cost": 990, "Plan Rows": \(Int(known)), "Group Key": ["orders.customer"], "Disk Usage": \(disk), "HashAgg Batches": \(disk > 0 ? 9 : 1), "Actual Total Time": 3990, "Actual Rows": \(groups), "Actual Loops": 1, "Plans": [\(input)]}]}}]
            """
        statementStatistics!.statements[0].loggedPlans = [
            .make {
                $0.calls = 3
                $0.totalTime = 12_000
                $0.json = ExamplePlan.explained(plan)
            }
        ]
    }
}
