import Diagnosing
import Model
import Plans

/// Plans with what was found in them, written.
package struct PlanReport: WrittenReport {
    let plans: [MeasuredPlan]
    let options: ReportOptions

    package init(_ plans: [MeasuredPlan], options: ReportOptions) {
        self.plans = plans
        self.options = options
    }

    package func terminal() -> String { TerminalPlan(self).text }
    package func json() -> String { jsonValue.text }
    package func markdown() -> String { MarkdownPlan(self).text }
    package func html() -> String { PageTemplates.render(PlanPage(self)) }
}

/// What all formats say of a plan and its nodes.
extension MeasuredPlan {
    /// Where the time goes, in a sentence.
    var headline: String {
        let plan = plan
        guard let times = measures.times, measures.total > 0 else {
            let what = plan.isAnalyzed ? "Times were not measured (TIMING OFF)" : "Nothing was measured (no ANALYZE)"
            return "\(what): shares are of the planner's cost, and no finding is possible."
        }
        let costliest = times.indices.max { times[$0] < times[$1] } ?? 0
        let share = times[costliest] / measures.total
        var text =
            "\(plan.nodes[costliest].name) takes \(Quantity.percent(share)) of \(Quantity.milliseconds(measures.total))."
        if findings.isEmpty { text += " Nothing found that wastes it." }
        if let first = findings.first, first.impact.value >= 0.1 { text += " First to mend: \(first.title)." }
        return Visible.folded(text)
    }

    /// `3.3 ms · 8 nodes · planning 0.3 ms · line 4`
    var facts: [String] {
        var facts: [String] = []
        if let time = plan.executionTime ?? plan.duration {
            facts.append("execution \(Quantity.milliseconds(time))")
        }
        if let time = plan.planningTime { facts.append("planning \(Quantity.milliseconds(time))") }
        if let jit = plan.jit { facts.append("JIT \(Quantity.milliseconds(jit.time))") }
        let triggers = plan.triggers.reduce(0) { $0 + $1.time }
        if !plan.triggers.isEmpty { facts.append("triggers \(Quantity.milliseconds(triggers))") }
        facts.append(Quantity.plural(plan.nodes.count, "node"))
        if !plan.settings.isEmpty {
            facts.append(plan.settings.map { Visible.folded("\($0.name) = \($0.value)") }.joined(separator: ", "))
        }
        return facts
    }

    /// Of the time; of the cost where no time was measured.
    func share(of node: ExplainedNode) -> Double {
        if measures.times != nil { return measures.share(of: node.id) }
        let whole = plan.nodes.reduce(0) { $0 + exclusiveCost($1) }
        return whole > 0 ? exclusiveCost(node) / whole : 0
    }

    /// Without what its inputs cost; a LIMIT above them can make it less than nothing.
    private func exclusiveCost(_ node: ExplainedNode) -> Double {
        max(0, node.totalCost - node.children.reduce(0) { $0 + plan.nodes[$1].totalCost })
    }

    /// `CTE big: HashAggregate`
    func title(_ node: ExplainedNode) -> String {
        Visible.folded((node.subplan.map { "\($0.prefix { $0 != "(" }.trimmingBlanks): " } ?? "") + node.name)
    }

    /// `59,055 rows of 59,110 planned · 3 loops · Filter: …`
    func details(_ node: ExplainedNode) -> [String] {
        var details: [String] = []
        if node.isNeverExecuted {
            details.append("never executed")
        } else if let actual = node.actual {
            details.append("\(Self.rows(actual.rows)) of \(Quantity.about(node.plannedRows)) planned")
            if actual.loops != 1 { details.append("\(Quantity.about(actual.loops)) loops") }
        } else {
            details.append("\(Self.rows(node.plannedRows)) planned")
        }
        if let launched = node.workersLaunched, let planned = node.workersPlanned {
            details.append("\(Quantity.about(launched)) of \(Quantity.about(planned)) workers")
        }
        if node.isDisabled { details.append("disabled") }
        if let sort = node.sorts.first {
            details.append("\(sort.method) \(Quantity.bytes(Int64(min(sort.space, 1e12) * 1024)))")
        }
        if let batches = node.batches, batches > 1 { details.append("\(Quantity.about(batches)) batches") }
        let shown = node.conditions.filter { $0.label != "Output" }
        details += shown.map { Visible.folded("\($0.label): \($0.text)") }
        if node.removedByFilter > 0 { details.append("\(Quantity.about(node.removedByFilter)) rows removed") }
        return details
    }

    private static func rows(_ rows: Double) -> String {
        rows == 1
            ? "1 row"
            : rows < 10 && rows != rows.rounded()
                ? Quantity.decimal(rows, places: 2) + " rows" : Quantity.about(rows) + " rows"
    }

    /// `▲ 340× more`; nil: planned well enough.
    func misestimate(_ node: ExplainedNode) -> String? {
        guard let factor = misestimateFactor(of: node), let actual = node.actual else { return nil }
        return "▲ \(Quantity.about(factor))× \(actual.rows > node.plannedRows ? "more" : "fewer") rows"
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
