import IndexAdvising
import Model
import Plans
import Statements

/// A look-up that has to ask every partition.
struct PartitionsNotPruned: StatementRule {
    private static let partitions = Threshold(
        "partitions that a call reads", 8, "partitions",
        source: "our choice: below that the planner's and the executor's work for them is not felt")
    private static let rows = Threshold(
        "rows a call returns at most", 1000, "rows",
        source: "our choice: what returns more is a report, which may well have to read every partition")

    static let metadata = RuleMetadata(
        id: "plan.partitions-not-pruned",
        title: "Look-up that reads every partition",
        area: .plan,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "plans of statements that cost: how many partitions of one table stand in them, of all that it has; rows a call",
        why:
            "A partitioned table is quick where the condition names the partition key: the planner, or the executor at its start, leaves "
            + "all other partitions out. Without the key every partition is planned, opened, locked and searched, and each new "
            + "partition makes the statement a little slower.",
        limits:
            "Statements that aggregate, or that return many rows, are left out: they may need every partition. Partitions that are left out "
            + "only while the statement runs (nested loops) are shown as read. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, partitions, rows],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING",
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES",
        ],
        explains: [
            .costsTime, Edge(.plansLong, "workload.planning-dominates"),
            Edge(.locksMore, "locks.partitions-locked"),
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.load.counters.rowsPerCall <= Self.rows.value, !(analysis.shape.top?.hasAggregates ?? true),
            let plan = analysis.load.readPlan(),
            let survey = observation.surveys[analysis.load.database]
        else { return nil }
        let (catalog, search) = (survey.catalog, survey.search)
        let path = analysis.load.representative.searchPath
        let read = plan.root.all { $0.relation != nil }.compactMap { search.relation(of: $0, path) }
        let byRoot = Dictionary(grouping: read.filter { $0.partitionRoot != nil }, by: { $0.partitionRoot! })
        for (root, partitions) in byRoot.sorted(by: { $0.key.description < $1.key.description }) {
            let names = Set(partitions.map(\.name))
            let all = catalog.relations.filter { $0.partitionRoot == root && $0.kind != .partitioned }.count
            if Double(names.count) >= Self.partitions.value, names.count == all {
                return finding(root, all, analysis)
            }
        }
        return nil
    }

    private func finding(_ root: QualifiedName, _ count: Int, _ analysis: StatementAnalysis) -> Finding {
        analysis.finding(
            Self.metadata, title: "a look-up reads all \(Quantity.count(count)) partitions of \(root)", about: [root],
            summary:
                "A statement with \(analysis.cost) returns \(Quantity.about(analysis.load.counters.rowsPerCall)) rows a call and "
                + "searches all \(Quantity.count(count)) partitions of \(root) for them: its condition does not name the partition key.",
            evidence: [Evidence("partitions", "partitions in the plan", .count(Int64(count)))],
            notIf: "the caller cannot know the partition key: then an index on each partition keeps the search short",
            actions: [
                Action(
                    .containment, "see the partition key",
                    sql: ["SELECT pg_catalog.pg_get_partkeydef(\(SQL.literal(root.quoted))::pg_catalog.regclass);"],
                    lock: LockNote("ACCESS SHARE", "blocks only DDL; an instant"),
                    gain: Gain("tells which column the condition has to name", .byDefinition)),
                Action.rewrite(
                    "name the partition key in the condition",
                    steps: [
                        "Add the key, or a range of it that surely holds the row, to WHERE: compare the bare column with a constant or a "
                            + "parameter, since an expression around it, or another type, prunes nothing.",
                        "Where most look-ups go by another column, that column is the better partition key, or the table is better off "
                            + "without partitions.",
                    ], gain: analysis.gain,
                    verify: "EXPLAIN of the statement shows one partition, or `Subplans Removed`"),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a look-up by another column", on: "f1") { $0.addPartitioned(12, read: 12) },
        .silent("one partition is left") { $0.addPartitioned(12, read: 1) },
        .silent("few partitions") { $0.addPartitioned(4, read: 4) },
        .silent("a report over all of it") {
            $0.addPartitioned(12, read: 12, text: "SELECT count(*) FROM events WHERE kind = $1")
        },
        .silent("returns many rows") { $0.addPartitioned(12, read: 12, rows: 5_000_000) },
    ]
}

extension Snapshot {
    fileprivate mutating func addPartitioned(
        _ count: Int, read: Int, text: String = "SELECT * FROM events WHERE device = $1", rows: Int64 = 1000
    ) {
        addTable("events") { $0.kind = .partitioned }
        let names = (1...count).map { "events_\($0)" }
        for name in names {
            addTable(name) {
                $0.isPartition = true
                $0.partitionRoot = QualifiedName("public", "events")
            }
        }
        addCostly(text, rows: rows)
        let scans = names.prefix(read).map {
            #"{"Node Type": "Index Scan", "Parent Relationship": "Member", "Relation Name": "\#($0)", "Total Cost": 8}"#
        }
        statementStatistics!.statements[0].searchPath = ["public"]
        statementStatistics!.statements[0].plan = .make {
            $0.json =
                #"[{"Plan": {"Node Type": "Append", "Total Cost": 99, "Plans": [\#(scans.joined(separator: ","))]}}]"#
        }
    }
}
