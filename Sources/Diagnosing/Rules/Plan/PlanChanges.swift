import Foundation
import Model
import Plans

/// A statement that ran with different plans: quick with one, slow with another. Seen in the log, not supposed.
struct PlanChanges: StatementRule {
    private static let ratio = Threshold(
        "mean time with the slow plan, in means with the quick one", 5, "times",
        source: "our choice: a spread that users notice, as in plan.parameter-sensitive")
    private static let felt = Threshold(
        "mean time with the slow plan", 100, "ms",
        source: "Nielsen 1993: up to a tenth of a second is felt as immediate")

    static let metadata = RuleMetadata(
        id: "plan.changes-between-calls",
        title: "Statement that runs with different plans",
        area: .plan,
        needs: [.statements, .statementTexts, .loggedPlans],
        looksAt:
            "plans of the same statement that auto_explain wrote to the server's log, with the times of their calls",
        why:
            "The same statement is quick with one plan and slow with another. Which one it gets depends on its parameters, on statistics "
            + "that were renewed in between, or on a generic plan that a prepared statement settled on. The mean hides it, and an index "
            + "that the slow plan does not use does not help.",
        limits:
            "Only calls that took longer than auto_explain.log_min_duration are in the log, and of a log that is read over the connection "
            + "only the end. A plan that was logged once may have met a cold cache. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, ratio, felt],
        references: [
            "https://www.postgresql.org/docs/current/auto-explain.html",
            "https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES",
            "https://www.postgresql.org/docs/current/planner-stats.html",
        ],
        explains: [.variesTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let plans = analysis.load.loggedPlans.sorted { $0.logged.meanTime < $1.logged.meanTime }
        guard let quick = plans.first, let slow = plans.last, slow.plan.outline != quick.plan.outline,
            slow.logged.meanTime >= Self.felt.value,
            slow.logged.meanTime >= Self.ratio.value * max(quick.logged.meanTime, 0.001)
        else { return nil }
        return finding(slow, quick, plans.count, analysis, observation)
    }

    private func finding(
        _ slow: MeasuredCall, _ quick: MeasuredCall, _ count: Int, _ analysis: StatementAnalysis,
        _ observation: Observation
    ) -> Finding {
        let worst = slow.measured.findings.first
        return analysis.finding(
            Self.metadata,
            title: "A statement takes \(Quantity.milliseconds(slow.logged.meanTime)) with one plan and "
                + "\(Quantity.milliseconds(quick.logged.meanTime)) with another",
            about: slow.relations(in: analysis),
            summary:
                "A statement with \(analysis.cost) was logged with \(Quantity.plural(count, "plan")): \(slow.times) with "
                + "\(slow.plan.root.kind) at the top, \(quick.times) with another plan. "
                + (worst.map { "In the slow one: \($0.title)." } ?? "An index helps only if the slow plan would use it."),
            evidence: [
                Evidence("slowPlan", "slow plan", .text(slow.plan.outline)),
                Evidence("slowCalls", "logged calls with it", .count(slow.logged.calls)),
                Evidence("slowMean", "their mean time", .milliseconds(slow.logged.meanTime)),
                Evidence("quickPlan", "quick plan", .text(quick.plan.outline)),
                Evidence("quickCalls", "logged calls with it", .count(quick.logged.calls)),
                Evidence("quickMean", "their mean time", .milliseconds(quick.logged.meanTime)),
            ],
            notIf: "the slow calls ask for far more rows: then no plan is quick",
            tier: worst?.tier ?? .cure, actions: actions(worst))
    }

    private func actions(_ worst: Finding?) -> [Action] {
        (worst?.actions ?? []) + [
            Action.rewrite(
                "let each kind of call have its plan",
                steps: [
                    "Compare the two plans: the node at which they part was chosen by an estimate of rows that was right for one call "
                        + "and wrong for the other.",
                    "Of a prepared statement: SET plan_cache_mode = force_custom_plan for the role that runs it plans each call anew.",
                    "Of a value that is common: give it a statement of its own, a page at a time or from a summary table.",
                ], gain: Gain("the slow calls come near the quick ones", .ruleOfThumb),
                verify: "its spread over a window, and one plan in the log")
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a nested loop now and then", on: "f1") {
            $0.addLogged((calls: 40, mean: 8, .quick), (calls: 3, mean: 4000, .slow))
        },
        .silent("the same plan always") { $0.addLogged((calls: 40, mean: 8, .slow), (calls: 3, mean: 4000, .slow)) },
        .silent("one plan only") { $0.addLogged((calls: 3, mean: 4000, .slow)) },
        .silent("another plan, about as quick") {
            $0.addLogged((calls: 40, mean: 900, .quick), (calls: 3, mean: 1000, .slow))
        },
        .silent("nobody notices") { $0.addLogged((calls: 40, mean: 0.2, .quick), (calls: 3, mean: 4, .slow)) },
        .silent("nothing was logged") { $0.addLogged() },
    ]
}
