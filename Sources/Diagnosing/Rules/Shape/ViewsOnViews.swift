import Model
import Plans
import Statements

/// A statement on views that are made of views that are made of views.
struct ViewsOnViews: StatementRule {
    private static let depth = Threshold(
        "views on top of each other at most", 3, "views",
        source: "our choice: a view on a view hides detail; from the fourth on nobody sees what is read")

    static let metadata = RuleMetadata(
        id: "shape.views-on-views",
        title: "Views on views that read more than is seen",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .settings, .relations],
        looksAt:
            "the definitions of the views that statements that cost name, how deep they go, and how many scans of tables "
            + "stand in the plan, against join_collapse_limit",
        why:
            "Each view joins what somebody once needed. A statement on the topmost pays for all of it, used or not: the "
            + "same table is read several times, the joins are more than the planner puts in order, and conditions do not "
            + "get through DISTINCT, LIMIT or GROUP BY of a view in between.",
        limits:
            "Fires only where the plan really reads more relations than join_collapse_limit: outer joins to a unique key "
            + "that are not used are removed by the planner and do not count. Views that were not read are not seen. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, depth],
        references: [
            "https://www.postgresql.org/docs/current/rules-views.html",
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-JOIN-COLLAPSE-LIMIT",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let chain = analysis.shape.viewChain
        guard Double(chain.count) > Self.depth.value,
            let limit = observation.setting("join_collapse_limit")?.number, let plan = analysis.load.readPlan()
        else { return nil }
        let scans = plan.root.all { $0.relation != nil }.map { name(of: $0, analysis) }
        return Double(Set(scans).count) > limit || Double(scans.count) > limit && hasTwice(scans)
            ? finding(chain, scans, Int(limit), analysis) : nil
    }

    /// Partitions count as the table that they are part of.
    private func name(of scan: PlanNode, _ analysis: StatementAnalysis) -> String {
        let path = analysis.load.representative.searchPath
        let found = scan.relation.flatMap { analysis.names.relation($0, schema: scan.schema, searchPath: path) }
        return (found?.partitionRoot ?? found?.name)?.description ?? scan.relation ?? ""
    }

    /// Not partitions of one table alone.
    private func hasTwice(_ scans: [String]) -> Bool { Set(scans).count > 1 && Set(scans).count < scans.count }

    private func finding(
        _ chain: [QualifiedName], _ scans: [String], _ limit: Int, _ analysis: StatementAnalysis
    ) -> Finding {
        let repeated = Dictionary(grouping: scans, by: \.self).filter { $0.value.count > 1 }
            .map { "\($0.key) \($0.value.count) times" }.sorted()
        let again = repeated.isEmpty ? "" : ", " + repeated.joined(separator: ", ")
        return analysis.finding(
            Self.metadata, confidence: .medium,
            title: "\(chain[0]) is a view on \(chain.count - 1) more, and reads \(Set(scans).count) tables",
            about: chain,
            summary:
                "A statement with \(analysis.cost) names \(chain[0]), which goes down through "
                + "\(chain.dropFirst().map(\.description).joined(separator: ", ")): its plan has \(scans.count) scans"
                + again + ".",
            evidence: [
                Evidence("chain", "views from the top down", .list(chain.map(\.description))),
                Evidence("scans", "scans in the plan", .count(Int64(scans.count))),
                Evidence("repeated", "read more than once", .list(repeated)),
                Evidence("joinCollapseLimit", "join_collapse_limit", .count(Int64(limit))),
            ],
            notIf: "everything that the views join is wanted",
            actions: [
                Action.rewrite(
                    "read the tables that are needed",
                    steps: [
                        "Write the statement on the tables themselves, with the joins whose columns it returns or tests: "
                            + "`SELECT pg_catalog.pg_get_viewdef('…'::regclass, true);` shows each view.",
                        "Where many statements need the same, give them a view of their own on tables, one level deep.",
                    ], gain: analysis.gain)
            ])
    }

    static let examples: [RuleExample] = [
        .fires("five views down to one table, joined again on every level", on: "f1") { $0.addViews(5, scans: 10) },
        .silent("two views") { $0.addViews(2, scans: 10) },
        .silent("the planner has removed what is not needed") { $0.addViews(5, scans: 3) },
        .silent("partitions of one table") { $0.addViews(5, scans: 12, ofOneTable: true) },
        .silent("there is no plan") { $0.addViews(5, scans: nil) },
    ]
}

extension Snapshot {
    fileprivate mutating func addViews(_ depth: Int, scans: Int?, ofOneTable: Bool = false) {
        addColumns("orders", "id!", "status")
        for level in 1...depth {
            addTable("view_\(level)") {
                $0.kind = .view
                let below = level == depth ? "public.orders" : "public.view_\(level + 1)"
                $0.viewDefinition =
                    "SELECT v.id, v.status, o.status AS s\(level) FROM \(below) v JOIN public.orders o ON o.id = v.id"
            }
        }
        addCostly("SELECT id FROM view_1 WHERE status = $1")
        guard let scans else { return }
        let nodes = (1...scans).map { number in
            let name = ofOneTable ? "orders" : number % 2 == 0 ? "orders" : "table_\(number)"
            return #"{"Node Type": "Index Scan", "Relation Name": "\#(name)", "Plan Rows": 1}"#
        }
        explainLast(#"{"Node Type": "Nested Loop", "Plan Rows": 1, "Plans": [\#(nodes.joined(separator: ","))]}"#)
    }
}
