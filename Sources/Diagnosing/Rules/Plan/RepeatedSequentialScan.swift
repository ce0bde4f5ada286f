import IndexAdvising
import Model
import Plans

/// A relation that one call of a statement reads whole again and again.
struct RepeatedSequentialScan: StatementRule {
    private static let repeats = Threshold(
        "blocks a call touches, in sizes of the relation", 3, "times",
        source: "our choice: once is the scan itself, and another time may be the rest of the statement")
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")

    static let metadata = RuleMetadata(
        id: "plan.repeated-sequential-scan",
        title: "Table that one call reads whole again and again",
        area: .plan,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "sequential scans below the inner side of a nested loop, or in a subplan that is not hashed, in the planner's plans of the "
            + "statements that cost; and the blocks that their calls really touched, against the relation's size",
        why:
            "A nested loop runs its inner side for each row of the outer side, and a plain SubPlan runs for each row that it is asked "
            + "about. Where that is a sequential scan the work is the product of two tables: it is quick on the developer's machine, "
            + "and grows with the square of the data.",
        limits:
            "Plans are generic: with real values the planner may choose better, which the blocks touched would then show, so that the "
            + "rule stays silent. Where Materialize or Memoize stands in between the table is read once and is left out. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, repeats, blocks],
        references: [
            "https://www.postgresql.org/docs/current/using-explain.html",
            "https://www.postgresql.org/docs/current/planner-optimizer.html",
        ],
        explains: [
            .costsTime, Edge(.readsBlocks, "waits.data-file-read"), Edge(.usesCPU, "waits.more-active-than-cores"),
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let plan = analysis.load.readPlan(),
            let survey = observation.surveys[analysis.load.database]
        else { return nil }
        let touched = analysis.load.counters.blocksPerCall
        guard touched >= Self.blocks.value else { return nil }
        for (scan, repeater) in Self.repeatedScans(plan.root) {
            let path = analysis.load.representative.searchPath
            guard let relation = survey.search.relation(of: scan, path),
                relation.pages > 0, touched >= Self.repeats.value * Double(relation.pages)
            else { continue }
            return finding(Repetition(relation: relation, isSubPlan: repeater.isSubPlan), plan, survey, analysis)
        }
        return nil
    }

    private struct Repetition {
        var relation: Relation
        /// It runs in a subplan, not on the inner side of a nested loop.
        var isSubPlan: Bool
    }

    /// Sequential scans that run once for each row of something else, each with what repeats it.
    private static func repeatedScans(_ root: PlanNode) -> [(scan: PlanNode, repeater: PlanNode)] {
        var found: [(PlanNode, PlanNode)] = []
        root.walk { node, above in
            guard node.isSequentialScan, let repeater = repeater(of: node, above) else { return }
            found.append((node, repeater))
        }
        return found
    }

    /// The nearest node above that runs the scan again for each row; nil where something keeps what it read.
    private static func repeater(of scan: PlanNode, _ above: [PlanNode]) -> PlanNode? {
        var below = scan
        for node in above.reversed() {
            if below.isSubPlan { return isHashed(below, above) ? nil : below }
            // Initplans and CTEs run once.
            if below.relationship == "InitPlan" { return nil }
            if node.type == "Nested Loop" && below.relationship == "Inner" { return node }
            if ["Materialize", "Memoize", "Hash", "Sort"].contains(node.type) { return nil }
            below = node
        }
        return nil
    }

    /// A hashed subplan runs once: the condition that asks it says so.
    private static func isHashed(_ subplan: PlanNode, _ above: [PlanNode]) -> Bool {
        guard let name = subplan.subplan else { return false }
        return above.contains { [$0.filter, $0.joinFilter].contains { $0?.contains("hashed \(name)") ?? false } }
    }

    private func finding(
        _ repetition: Repetition, _ plan: Plan, _ survey: IndexSurvey, _ analysis: StatementAnalysis
    ) -> Finding {
        let relation = repetition.relation
        let touched = analysis.load.counters.blocksPerCall
        let times = touched / Double(relation.pages)
        let place =
            repetition.isSubPlan
            ? "a subquery that runs for every row" : "the inner side of a nested loop"
        return analysis.finding(
            Self.metadata, title: "\(relation.name) is read whole \(Quantity.about(times)) times a call",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) scans \(relation.name) (\(Quantity.bytes(relation.sizeOrEstimate))) in \(place): "
                + "a call touches \(Quantity.about(touched)) blocks, \(Quantity.about(times)) times the table.",
            evidence: [
                Evidence("timesOfTable", "blocks touched, in sizes of the table", .number(times)),
                Evidence("tablePages", "pages of the table", .count(relation.pages)),
                Evidence("planNode", "what repeats the scan", .text(place)),
                Evidence("basis", "plan", .text(analysis.load.plan?.basis.rawValue ?? "")),
            ],
            notIf:
                "the other tables of the statement account for the blocks: compare the loops in EXPLAIN (ANALYZE, BUFFERS)",
            actions: index(repetition, plan, survey, analysis) + [rewrite(repetition, analysis)])
    }

    /// An index on what the scan is asked for, where the plan names it.
    private func index(
        _ repetition: Repetition, _ plan: Plan, _ survey: IndexSurvey, _ analysis: StatementAnalysis
    ) -> [Action] {
        let candidate = survey.search.propose([(plan, analysis.load.representative.searchPath)])
            .first { $0.relation == repetition.relation.name }
        guard let candidate else { return [] }
        let taken = Set(survey.catalog.indexes.map(\.name.name))
        return [
            IndexStep.create(
                candidate.hypothetical(estimatedSize: 0, besides: taken), gain: analysis.gain,
                notes: ["Each run then finds its rows and reads nothing else."])
        ]
    }

    private func rewrite(_ repetition: Repetition, _ analysis: StatementAnalysis) -> Action {
        let steps =
            repetition.isSubPlan
            ? [
                "Write the subquery as a join, or as EXISTS or NOT EXISTS: the planner can then hash or merge it, and reads the table once.",
                "Where it computes an aggregate, compute it once for all rows in FROM with GROUP BY, and join that.",
            ]
            : [
                "See why the planner expects so few rows on the outer side: EXPLAIN (ANALYZE, BUFFERS) with real values, estimated rows "
                    + "against actual rows, node by node from the bottom.",
                "Give it a join by equality: conditions with OR, functions or inequality between the tables leave a nested loop only.",
            ]
        return Action.rewrite(
            "let the table be read once", steps: steps, gain: analysis.gain)
    }

    static let examples: [RuleExample] = [
        .fires("the inner side of a nested loop has no index", on: "f1") {
            $0.addLoop(inner: #"{"Node Type": "Seq Scan", "Parent Relationship": "Inner", \#(Self.scan)}"#)
        },
        .fires("a subquery that cannot be hashed", on: "f1") {
            $0.addSubPlan(filter: "(NOT (SubPlan 1))")
        },
        .silent("the subquery is hashed") { $0.addSubPlan(filter: "(NOT (hashed SubPlan 1))") },
        .silent("what is read is kept") {
            $0.addLoop(
                inner: #"{"Node Type": "Materialize", "Parent Relationship": "Inner", "Plans": "#
                    + #"[{"Node Type": "Seq Scan", "Parent Relationship": "Outer", \#(Self.scan)}]}"#)
        },
        .silent("the plan says so, but calls touch the table once") {
            $0.addLoop(
                inner: #"{"Node Type": "Seq Scan", "Parent Relationship": "Inner", \#(Self.scan)}"#, blocksPerCall: 1200
            )
        },
        .silent("the scan is the outer side: it runs once") {
            $0.addLoop(inner: #"{"Node Type": "Index Scan", "Parent Relationship": "Inner", \#(Self.scan)}"#)
        },
    ]

    private static let scan =
        #""Relation Name": "refunds", "Alias": "r", "Startup Cost": 0, "Total Cost": 2000, "Plan Rows": 1, "Plan Width": 8"#
}

extension Snapshot {
    fileprivate mutating func addLoop(inner: String, blocksPerCall: Int64 = 90_000) {
        addJoined("SELECT count(*) FROM orders o JOIN refunds r ON r.order_id = o.id OR r.note = o.note", blocksPerCall)
        {
            """
            [{"Plan": {"Node Type": "Nested Loop", "Total Cost": 90000, "Plan Rows": 10, "Join Filter": "((r.order_id = o.id) OR true)",
            "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "o",
            "Total Cost": 500, "Plan Rows": 100}, \(inner)]}}]
            """
        }
    }

    fileprivate mutating func addSubPlan(filter: String) {
        addJoined("SELECT count(*) FROM orders o WHERE o.id NOT IN (SELECT r.order_id FROM refunds r)", 90_000) {
            """
            [{"Plan": {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "o", "Total Cost": 90000, "Plan Rows": 10,
            "Filter": "\(filter)", "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1",
            "Relation Name": "refunds", "Alias": "r", "Total Cost": 2000, "Plan Rows": 100000}]}}]
            """
        }
    }

    private mutating func addJoined(_ text: String, _ blocksPerCall: Int64, plan: () -> String) {
        addTable("orders") { $0.pages = 200_000 }
        addTable("refunds") { $0.pages = 1000 }
        addCostly(text, blocksPerCall: blocksPerCall)
        let json = plan()
        statementStatistics!.statements[0].searchPath = ["public"]
        statementStatistics!.statements[0].plan = .make { $0.json = json }
    }
}
