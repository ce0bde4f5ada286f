import IndexAdvising
import Model
import Plans
import Statements

/// An index that brings the order but not the rows: it is walked until a filter has let enough of them through.
struct LimitWalksIndex: StatementRule {
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")
    private static let perRow = Threshold(
        "blocks touched for each row returned", 50, "blocks",
        source: "our choice: an index finds a row in some five blocks; ten times as many are rows thrown away")

    static let metadata = RuleMetadata(
        id: "plan.limit-walks-index",
        title: "LIMIT that walks an index in search of rows",
        area: .plan,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes],
        looksAt:
            "plans of statements that cost, with a Limit above an index scan that has a filter and no index condition; and the blocks that "
            + "their calls really touched for each row",
        why:
            "For ORDER BY … LIMIT the planner likes an index in the wanted order: it hopes to meet enough matching rows soon. Where "
            + "matching rows are rare, or lie at the other end, it reads the whole table through the index, one random page a row. The "
            + "same statement is quick for one value and takes minutes for another.",
        limits:
            "The plan is generic; the blocks touched are measured, so that a walk which ends soon is left out. Joins between the limit "
            + "and the scan are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, blocks, perRow],
        references: [
            "https://www.postgresql.org/docs/current/indexes-ordering.html",
            "https://pganalyze.com/docs/explain/insights/inefficient-index",
        ],
        explains: [.costsTime, .variesTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let counters = analysis.load.counters
        guard counters.blocksPerCall >= Self.blocks.value,
            counters.blocksPerCall >= Self.perRow.value * max(counters.rowsPerCall, 1),
            let plan = analysis.load.readPlan(), let walk = Self.walk(plan.root),
            let survey = observation.surveys[analysis.load.database],
            let relation = survey.search.relation(of: walk, analysis.load.representative.searchPath),
            // There the walk is the right plan, and what is missing is where to begin.
            KeysetPagingByOr().judge(analysis, observation) == nil
        else { return nil }
        return finding(walk, relation, survey.catalog, analysis)
    }

    /// The scan below a Limit, with nothing between them that needs all rows.
    private static func walk(_ root: PlanNode) -> PlanNode? {
        var found: PlanNode?
        root.walk { node, above in
            guard found == nil, ["Index Scan", "Index Only Scan"].contains(node.type), node.filter != nil,
                node.indexCondition == nil, let place = above.lastIndex(where: { $0.type == "Limit" })
            else { return }
            let between = above[(place + 1)...].map(\.type)
            if between.allSatisfy({ ["Gather", "Gather Merge", "LockRows", "Result", "ProjectSet"].contains($0) }) {
                found = node
            }
        }
        return found
    }

    private func finding(
        _ walk: PlanNode, _ relation: Relation, _ catalog: DatabaseCatalog, _ analysis: StatementAnalysis
    ) -> Finding {
        let counters = analysis.load.counters
        let perRow = counters.blocksPerCall / max(counters.rowsPerCall, 1)
        let index = walk.index ?? "an index"
        return analysis.finding(
            Self.metadata, title: "\(index) is walked in search of rows of \(relation.name)", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) reads \(relation.name) in the order of \(index) until its filter has let enough "
                + "rows through: \(Quantity.about(perRow)) blocks for each row that it returns.",
            evidence: [
                Evidence("index", "index walked", .text(index)),
                Evidence("filter", "filter on the way", .text(walk.filter ?? "")),
                Evidence("blocksPerRow", "blocks touched for each row returned", .number(perRow)),
            ],
            notIf: "the plan with real values is another: compare EXPLAIN (ANALYZE, BUFFERS) of a slow call",
            tier: .fix, actions: create(walk, relation, catalog, analysis) + [keepAway(analysis)])
    }

    /// Equalities of the filter first, then the columns of the order.
    private func create(
        _ walk: PlanNode, _ relation: Relation, _ catalog: DatabaseCatalog, _ analysis: StatementAnalysis
    ) -> [Action] {
        let aliases = Set([walk.alias, walk.relation].compactMap(\.self))
        let equalities = ScanCondition.read(walk.filter ?? "", aliases: aliases).filter { $0.kind == .equality }.map(
            \.key)
        let walked = catalog.indexes.first { $0.name.name == walk.index && $0.relation == relation.name }
        let order = (walked?.keys ?? []).compactMap { key in
            key.name.map { IndexCandidate.Key(key: .column($0), isDescending: key.isDescending) }
        }
        guard !equalities.isEmpty, !order.isEmpty, equalities.count + order.count <= CandidateSearch.mostKeys + 1 else {
            return []
        }
        let keys = equalities.map { IndexCandidate.Key(key: $0) } + order.filter { !equalities.contains($0.key) }
        let candidate = IndexCandidate(relation: relation.name, keys: keys)
        let taken = Set(catalog.indexes.map(\.name.name))
        return [
            IndexStep.create(
                candidate.hypothetical(estimatedSize: 0, besides: taken), gain: analysis.gain,
                notes: [
                    "It holds the rows of one value side by side, in the order that is wanted: the walk ends after the LIMIT."
                ])
        ]
    }

    private func keepAway(_ analysis: StatementAnalysis) -> Action {
        let column = analysis.shape.top?.orderBy.first?.column?.written ?? "the column"
        return Action.rewrite(
            "keep the planner from the walk",
            steps: [
                "Where no index can be added: sort by an expression, `ORDER BY \(column) + 0` (or `|| ''` for a text), which the index does "
                    + "not serve, so that the filter comes first.",
                "Where the filter's columns go together, CREATE STATISTICS on them lets the planner see how rare their rows are.",
            ], gain: analysis.gain)
    }

    static let examples: [RuleExample] = [
        .fires("the newest order of a rare state", on: "f1") { $0.addWalk() },
        .silent("the index finds the rows") { $0.addWalk(condition: #""Index Cond": "(status = $1)","#) },
        .silent("matching rows are met soon") { $0.addWalk(blocksPerCall: 40) },
        .silent("many rows are returned") { $0.addWalk(rows: 10_000_000) },
        .silent("all rows are sorted anyway") { $0.addWalk(between: true) },
        .silent("pages by OR: shape.keyset-paging-by-or") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addWalk(
                "SELECT * FROM orders WHERE created_at > $1 OR (created_at = $1 AND id > $2) ORDER BY created_at, id LIMIT $3"
            )
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addWalk(
        _ text: String = "SELECT * FROM orders WHERE status = $1 ORDER BY created_at LIMIT $2", condition: String = "",
        blocksPerCall: Int64 = 90_000, rows: Int64 = 1000, between: Bool = false
    ) {
        addTable("orders")
        addIndex("orders_created_at_idx", on: "created_at")
        addCostly(text, rows: rows, blocksPerCall: blocksPerCall)
        let scan = """
            {"Node Type": "Index Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "orders",
            "Index Name": "orders_created_at_idx", \(condition) "Filter": "(status = $1)", "Total Cost": 90000, "Plan Rows": 50}
            """
        let inner = between ? #"{"Node Type": "Sort", "Total Cost": 91000, "Plans": [\#(scan)]}"# : scan
        statementStatistics!.statements[0].searchPath = ["public"]
        statementStatistics!.statements[0].plan = .make {
            $0.json = #"[{"Plan": {"Node Type": "Limit", "Total Cost": 900, "Plan Rows": 1, "Plans": [\#(inner)]}}]"#
        }
    }
}
