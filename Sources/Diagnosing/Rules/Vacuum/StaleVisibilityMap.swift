import IndexAdvising
import Model
import Plans

/// Index-only scans that visit the table all the same, since VACUUM has not marked its pages.
struct StaleVisibilityMap: StatementRule {
    private static let visible = Threshold(
        "share of pages that are all-visible at most", 0.5, "share",
        source: "our choice: where most are, an index-only scan is worth its name")
    private static let fetches = Threshold(
        "rows a call that are looked up in the table", 1000, "rows",
        source: "our choice: a thousand visits take about a millisecond")
    private static let pages = Threshold(
        "pages of the table", 1000, "pages", source: "our choice: 8 MB are in the cache")

    static let metadata = RuleMetadata(
        id: "vacuum.stale-visibility-map",
        title: "Index-only scans that visit the table",
        area: .vacuum,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "Index Only Scan nodes in the plans of statements that cost, relallvisible against relpages of their tables, blocks that their calls touched",
        why:
            "An index-only scan saves the visit to the table only for pages that VACUUM has marked all-visible. Where they are not marked, each row is looked up "
            + "in the table at random: it costs as much as a plain index scan, and nothing in the plan says so.",
        limits:
            "Rows are the planner's, of a generic plan; the blocks that calls touched must bear them out. relallvisible is as of the last VACUUM or ANALYZE. EXPLAIN "
            + "(ANALYZE) proves it: Heap Fetches. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, visible, fetches, pages],
        references: [
            "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
            "https://www.postgresql.org/docs/current/storage-vm.html",
        ],
        explains: [.costsTime, Edge(.readsBlocks, "waits.data-file-read")])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let plan = analysis.load.readPlan(), let survey = observation.surveys[analysis.load.database] else {
            return nil
        }
        for scan in plan.root.all(where: { $0.type == "Index Only Scan" }) {
            let path = analysis.load.representative.searchPath
            guard let relation = survey.search.relation(of: scan, path),
                Double(relation.pages) >= Self.pages.value
            else { continue }
            let share = Double(relation.allVisiblePages) / Double(relation.pages)
            let fetches = scan.rows * (1 - share)
            guard share <= Self.visible.value, fetches >= Self.fetches.value,
                analysis.load.counters.blocksPerCall >= Self.fetches.value
            else { continue }
            return finding(relation, share, fetches, analysis, observation)
        }
        return nil
    }

    private func finding(
        _ relation: Relation, _ share: Double, _ fetches: Double, _ analysis: StatementAnalysis,
        _ observation: Observation
    ) -> Finding {
        let last = observation.lastVisit(of: relation)
        let name = relation.name.quoted
        let check = "EXPLAIN (ANALYZE) of the statement: Heap Fetches near 0"
        return analysis.finding(
            Self.metadata, confidence: .medium,
            title: "index-only scans of \(relation.name) visit the table", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) scans \(relation.name) index-only, but only \(Quantity.percent(share)) of its pages are marked "
                + "all-visible: some \(Quantity.about(fetches)) rows a call are looked up in the table. VACUUM came last \(last).",
            evidence: [
                Evidence("visibleShare", "pages marked all-visible", .share(share)),
                Evidence("heapFetches", "rows looked up in the table a call, by the planner", .number(fetches)),
                Evidence("tablePages", "pages of the table", .count(relation.pages)),
                Evidence("insertedSinceVacuum", "rows inserted since VACUUM", .count(relation.insertedSinceVacuum)),
            ],
            notIf: "the table changes all over all the time: then no VACUUM keeps its pages marked for long",
            tier: .containment,
            actions: [
                Action(
                    .containment, "vacuum it", sql: ["VACUUM (ANALYZE) \(name);"], lock: LockNote.vacuum,
                    gain: Gain("rows of marked pages are not looked up", .estimated), verify: check)
            ] + (Action.vacuumSooner(relation, verify: check, observation).map { [$0] } ?? []),
            symptomOf: [.relation(relation.name, database: analysis.load.database)])
    }

    static let examples: [RuleExample] = [
        .fires("a tenth of the pages is marked", on: "f1") { $0.addIndexOnly(visible: 10_000) },
        .silent("nearly all are") { $0.addIndexOnly(visible: 98_000) },
        .silent("a few rows a call") { $0.addIndexOnly(visible: 10_000, rows: 12) },
        .silent("the calls touch few blocks, whatever the planner thinks") {
            $0.addIndexOnly(visible: 10_000, blocksPerCall: 40)
        },
        .silent("a plain index scan") { $0.addIndexOnly(visible: 10_000, node: "Index Scan") },
        .inconclusive("hardly anything ran") { $0.statementStatistics!.totals.executionTime = 10 },
    ]
}

extension Snapshot {
    fileprivate mutating func addIndexOnly(
        visible: Int64, rows: Int = 40_000, blocksPerCall: Int64 = 41_000, node: String = "Index Only Scan"
    ) {
        addColumns("orders", "id!", "customer_id")
        addTable("orders") { $0.allVisiblePages = visible }
        addIndex("orders_customer_id_idx", on: "customer_id")
        addCostly("SELECT count(*) FROM orders WHERE customer_id = $1", blocksPerCall: blocksPerCall)
        explainLast(
            #"{"Node Type": "\#(node)", "Relation Name": "orders", "Schema": "public", "Plan Rows": \#(rows), "Index Name": "orders_customer_id_idx", "Total Cost": 9000}"#
        )
    }
}
