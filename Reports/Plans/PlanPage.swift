import Diagnosing
import Model
import Plans

/// The values of the plan's template.
struct PlanPage {
    struct Section {
        var title: String
        var facts: [String]
        var headline: String
        var tone: String
        var nodes: [Row]
        var findings: [FindingCard]
        var hasFindings: Bool
    }

    struct Row {
        var time: String
        /// Per cent, with a dot: for a style.
        var share: String
        var percent: String
        /// em from the left.
        var indentation: String
        var name: String
        var mark: [String]
        var details: [String]
        var tone: String
    }

    var generator: String
    var title: String
    var style = TemplateFiles.style + TemplateFiles.planStyle
    var plans: [Section]

    init(_ report: PlanReport) {
        generator = report.options.generator ?? "pgmedic"
        title = Quantity.plural(report.plans.count, "plan")
        var anchors: Set<String> = []
        var sections: [Section] = []
        for (offset, plan) in report.plans.enumerated() {
            var cards: [FindingCard] = []
            for (number, finding) in plan.findings.enumerated() {
                cards.append(
                    FindingCard(finding, number: String(number + 1), open: number == 0, anchors: &anchors))
            }
            sections.append(
                Section(
                    title: report.plans.count > 1 ? "Plan \(offset + 1) of \(report.plans.count)" : "Plan",
                    facts: plan.facts, headline: plan.headline,
                    tone: plan.measures.times == nil
                        ? "" : plan.findings.contains { $0.severity > .notice } ? "warning" : "good",
                    nodes: plan.plan.nodes.map { Self.row($0, plan) }, findings: cards, hasFindings: !cards.isEmpty))
        }
        plans = sections
    }

    private static func row(_ node: ExplainedNode, _ plan: MeasuredPlan) -> Row {
        let share = min(max(plan.share(of: node), 0), 1)
        let time = plan.measures.times.map { Quantity.milliseconds($0[node.id]) } ?? ""
        // Beyond thirty levels the text would leave the page.
        return Row(
            time: time, share: Quantity.decimal(share * 100, places: 1), percent: Quantity.percent(share),
            indentation: "\(min(node.depth, 30))", name: plan.title(node),
            mark: plan.misestimate(node).map { [$0] } ?? [],
            details: plan.details(node), tone: share >= 0.3 ? "hot" : node.isNeverExecuted ? "idle" : "")
    }
}
