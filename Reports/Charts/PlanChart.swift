import Diagnosing
import Model

/// The plan of the statement that takes most of the time, as a tree.
extension Page {
    /// A larger plan is no picture any more.
    static let drawnNodes = 40

    static func planChart(_ workload: Workload) -> Chart? {
        for load in workload.statements {
            guard let plan = load.plan, let outline = PlanOutline(json: plan.json) else { continue }
            guard outline.nodeCount <= drawnNodes else { return nil }
            let tree = TreeChart(label: "Plan as a tree", roots: [node(outline, of: outline)])
            let note = "\(load.label(90)) · \(Quantity.percent(load.share)) of time · \(basis(plan.basis))"
            return Chart(
                kind: "wide", title: "How the costliest statement is planned", note: Visible.folded(note),
                trees: [tree.svg])
        }
        return nil
    }

    private static func node(_ outline: PlanOutline, of whole: PlanOutline) -> TreeChart.Node {
        var title = outline.kind
        if let index = outline.index { title += " by \(index)" }
        if let relation = outline.relation { title += " on \(relation)" }
        if let condition = outline.condition { title += "  \(condition)" }
        let share = whole.totalCost > 0 ? outline.ownCost / whole.totalCost : 0
        let rows = Quantity.about(outline.rows) + (outline.rows == 1 ? " row" : " rows")
        // With one node nothing stands out.
        let isCostliest = whole.nodeCount > 1 && outline.ownCost > 0 && outline.ownCost == whole.costliest
        return TreeChart.Node(
            title: Visible.folded(title), detail: "\(rows) expected · \(Quantity.percent(min(share, 1))) of the cost",
            tone: isCostliest ? "warning" : "", children: outline.children.map { node($0, of: whole) })
    }

    private static func basis(_ basis: StatementPlan.Basis) -> String {
        switch basis {
        case .generic: "generic plan, no values known"
        case .custom: "planned with the values in its text"
        case .equivalentSelect: "plan of the SELECT that finds its rows"
        }
    }
}
