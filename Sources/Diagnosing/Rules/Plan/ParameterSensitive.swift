import Foundation
import Model
import Plans

/// A statement whose plan depends on its parameters: quick for one value, slow for another.
struct ParameterSensitive: StatementRule {
    private static let ratio = Threshold(
        "the dearer plan's cost, in costs of the cheaper", 10, "times",
        source:
            "our choice: less is within what the planner's estimates are wrong by (pev2 marks rows from 10 times on)")
    private static let slowest = Threshold(
        "slowest call, in means", 5, "times",
        source: "our choice: a spread that users notice; statements that take the same time always have no such trouble"
    )
    private static let felt = Threshold(
        "slowest call", 100, "ms", source: "Nielsen 1993: up to a tenth of a second is felt as immediate")

    static let metadata = RuleMetadata(
        id: "plan.parameter-sensitive",
        title: "Statement whose plan depends on its parameters",
        area: .plan,
        needs: [.statements, .statementTexts, .plans],
        looksAt:
            "the planner's plans of a statement with a common and with a rare value of the columns that its parameters are compared with, "
            + "from the column statistics; and how far its slowest call is from the mean",
        why:
            "Where values are unevenly spread no one plan is right for all: an index look-up for a rare value, a scan for a common one. The "
            + "same report is slow for some customers, regions or days only, indexes do not help, and after five executions of a prepared "
            + "statement PostgreSQL may settle on a generic plan that is wrong for the values that matter.",
        limits:
            "Only statements all of whose parameters are compared with columns (by equality, in lists or as bounds of a range), or are a LIMIT "
            + "or OFFSET, are planned so. Columns are taken for independent. That the slow calls had the common value is likely, not proven: their logged plans prove it. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, ratio, slowest, felt],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE",
            "https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES",
            "https://www.postgresql.org/docs/current/row-estimation-examples.html",
        ],
        explains: [.variesTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let statement = analysis.load.representative
        guard statement.maximumTime >= Self.felt.value,
            statement.maximumTime >= Self.slowest.value * statement.meanTime,
            let common = Variant(.common, of: statement), let rare = Variant(.rare, of: statement),
            common.plan.outline != rare.plan.outline
        else { return nil }
        let (dear, cheap) = common.cost >= rare.cost ? (common, rare) : (rare, common)
        guard dear.cost >= Self.ratio.value * max(cheap.cost, 1) else { return nil }
        return finding(dear, cheap, analysis, observation)
    }

    private struct Variant {
        var variant: PlanVariant
        var plan: Plan
        var cost: Double { plan.root.totalCost }
        var name: String {
            let share = variant.frequency.map { ", \(Quantity.percent($0)) of the rows" } ?? ""
            let values = "a \(variant.kind.rawValue) value\(share)"
            guard variant.hasRange else { return values }
            let range = variant.kind == .common ? "a wide range, half of the values" : "a narrow range, a hundredth"
            return variant.columns.count > 1 ? "\(values), and \(range)" : range
        }

        init?(_ kind: PlanVariant.Kind, of statement: Statement) {
            guard let variant = statement.variants.first(where: { $0.kind == kind }),
                let plan = try? Plan(json: variant.json)
            else { return nil }
            self.variant = variant
            self.plan = plan
        }
    }

    private func finding(
        _ dear: Variant, _ cheap: Variant, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> Finding {
        let statement = analysis.load.representative
        let columns = dear.variant.columns.map { "\($0.relation).\($0.column)" }.joined(separator: ", ")
        let generic = analysis.load.readPlan().map(\.outline)
        return analysis.finding(
            Self.metadata, confidence: .medium, title: "the plan of a statement hangs on the value of \(columns)",
            about: Array(Set(dear.variant.columns.map(\.relation))).sorted(),
            summary:
                "A statement with \(analysis.cost) took \(Quantity.milliseconds(statement.maximumTime)) at worst: with \(dear.name), "
                + "the planner expects \(Quantity.about(dear.cost / max(cheap.cost, 1))) times the cost, and takes another plan than with "
                + "\(cheap.name).",
            evidence: [
                Evidence("columns", "compared with parameters", .text(columns)),
                Evidence("dearPlan", "plan with \(dear.name)", .text(dear.plan.outline)),
                Evidence("dearCost", "its cost", .number(dear.cost)),
                Evidence("cheapPlan", "plan with \(cheap.name)", .text(cheap.plan.outline)),
                Evidence("cheapCost", "its cost", .number(cheap.cost)),
                Evidence("slowestCall", "slowest call", .milliseconds(statement.maximumTime)),
            ] + (generic.map { [Evidence("genericPlan", "plan for any value", .text($0))] } ?? []),
            notIf: "nobody asks for the value that makes it slow",
            actions: [
                analysis.load.captureSlowPlans(above: max(statement.meanTime * 5, 100), observation),
                Action.rewrite(
                    "serve the common value in its own way",
                    steps: [
                        "Ask for less of it: the last days only, a page at a time, counts from a summary table.",
                        "Write a statement of its own for it, so that each has the plan that it needs.",
                        "Prepared statements that settle on one plan: SET plan_cache_mode = force_custom_plan for the role that runs them "
                            + "plans each call anew.",
                    ], gain: Gain("the slowest calls come near the mean", .ruleOfThumb),
                    verify: "the deviation of its time, after pg_stat_statements was reset for it or over a window"),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("one customer has half of the orders", on: "f1") {
            $0.addVariants(common: (9000, "Seq Scan"), rare: (8, "Index Scan"))
        },
        .silent("the same plan for both") { $0.addVariants(common: (9000, "Seq Scan"), rare: (800, "Seq Scan")) },
        .silent("another plan, but not much dearer") {
            $0.addVariants(common: (90, "Bitmap Heap Scan"), rare: (60, "Index Scan"))
        },
        .silent("all calls take about the same time") {
            $0.addVariants(common: (9000, "Seq Scan"), rare: (8, "Index Scan"), maximum: 400)
        },
        .silent("only one of the plans is known") { $0.addVariants(common: (9000, "Seq Scan"), rare: nil) },
    ]
}

extension Snapshot {
    fileprivate mutating func addVariants(
        common: (cost: Double, node: String)?, rare: (cost: Double, node: String)?, maximum: Double = 4000
    ) {
        addColumns("orders", "id!", "customer_id")
        addCostly("SELECT * FROM orders WHERE customer_id = $1")
        func variant(_ kind: PlanVariant.Kind, _ plan: (cost: Double, node: String)) -> PlanVariant {
            .make {
                $0.kind = kind
                $0.columns = [ColumnReference(QualifiedName("public", "orders"), "customer_id")]
                $0.frequency = kind == .common ? 0.5 : nil
                $0.json =
                    #"[{"Plan": {"Node Type": "\#(plan.node)", "Relation Name": "orders", "Total Cost": \#(plan.cost)}}]"#
            }
        }
        statementStatistics!.statements[0].maximumTime = maximum
        statementStatistics!.statements[0].variants =
            [common.map { variant(.common, $0) }, rare.map { variant(.rare, $0) }].compactMap(\.self)
    }
}
