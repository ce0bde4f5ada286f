import Diagnosing
import Model
import Plans

/// Plans on a terminal: where the time goes, the tree, and what to do.
struct TerminalPlan {
    private static let barWidth = 8
    /// Deeper levels are not indented further: the tree would leave the screen.
    static let indentedLevels = 12

    private let plans: [MeasuredPlan]
    private let styling: Styling
    private let width: Int
    private let isQuiet: Bool

    init(_ report: PlanReport) {
        plans = report.plans
        styling = Styling(isOn: report.options.color)
        width = min(max(report.options.width, 60), 120)
        isQuiet = report.options.quiet
    }

    var text: String {
        plans.enumerated().flatMap { blocks($1, number: $0 + 1) }.filter { !$0.isEmpty }
            .map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func blocks(_ plan: MeasuredPlan, number: Int) -> [[String]] {
        let name = plans.count > 1 ? "plan \(number) of \(plans.count)" : "plan"
        let header = Wrapping.items(["pgmedic", name] + plan.facts, width: width).map(styling.faint)
        var blocks = [
            header, Wrapping.lines(plan.headline, width: width - 2).map { "  " + styling.bold($0) }, tree(plan),
        ]
        guard !isQuiet else { return blocks }
        for (offset, finding) in plan.findings.enumerated() {
            blocks += OpenedFinding(styling: styling, width: width).blocks(
                finding, number: String(offset + 1))
        }
        return blocks
    }

    func tree(_ plan: MeasuredPlan) -> [String] {
        let unit = plan.measures.times == nil ? "" : "own ms"
        let heading =
            "  " + DisplayWidth.padded(String(repeating: " ", count: max(0, 8 - unit.count)) + unit, to: 8) + "  share"
        return [styling.faint(heading)] + plan.plan.nodes.flatMap { lines($0, plan) }
    }

    private func lines(_ node: ExplainedNode, _ plan: MeasuredPlan) -> [String] {
        let share = plan.share(of: node)
        let time = plan.measures.times.map { Quantity.decimal($0[node.id], places: $0[node.id] < 99.95 ? 2 : 0) } ?? ""
        let percent = Quantity.decimal(share * 100, places: 0) + " %"
        let numbers =
            right(time, 8) + right(percent, 7) + " " + DisplayWidth.padded(bar(share), to: Self.barWidth) + " "
        let indentation = Self.indentation(node)
        let mark = plan.misestimate(node).map { "  " + $0 } ?? ""
        let used = 2 + DisplayWidth.of(numbers) + DisplayWidth.of(indentation)
        let room = max(10, width - used - DisplayWidth.of(mark))
        let name = DisplayWidth.cut(plan.title(node), to: room)
        let tone = share >= 0.3 ? styling.bold(name) : name
        let gap = String(repeating: " ", count: used + (node.depth > 0 ? 2 : 0))
        let detail = DisplayWidth.cut(plan.details(node).joined(separator: " · "), to: max(10, width - gap.count))
        return ["  \(numbers)\(indentation)\(tone)\(styling.severity(.warning, mark))", gap + styling.faint(detail)]
    }

    private static func indentation(_ node: ExplainedNode) -> String {
        guard node.depth > 0 else { return "" }
        let level = min(node.depth, indentedLevels)
        let deep = node.depth > indentedLevels ? "\(node.depth) " : ""
        return String(repeating: "  ", count: level - 1) + deep + "└ "
    }

    /// Eighths of a column.
    private func bar(_ share: Double) -> String {
        let eighths = Int((min(max(share, 0), 1) * Double(Self.barWidth) * 8).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - DisplayWidth.of(text))) + text
    }
}
