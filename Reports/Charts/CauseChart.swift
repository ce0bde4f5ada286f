import Diagnosing
import Model
import Recommending

/// The causal graph as a picture: roots on the left, what they bring about below and to the right, each arrow with its name
/// and what bears it out.
extension Page {
    /// Boxes that one picture shows; of several causes fewer, so that the findings are not pushed out of sight.
    static let causeBoxes = 30
    static let causeBoxesOfMany = 14

    static func causeChart(_ diagnosis: Diagnosis) -> Chart? {
        var boxes = 0
        let roots = diagnosis.causes.prefix { root in
            let limit = boxes == 0 ? causeBoxes : causeBoxesOfMany
            boxes += root.all.count
            return boxes <= limit
        }
        guard !roots.isEmpty else { return nil }
        let symptoms = roots.reduce(0) { $0 + $1.all.count - 1 }
        let left = diagnosis.causes.count - roots.count
        let drawing = TreeChart(label: "Causes and what they bring about", roots: roots.map(node))
        return Chart(
            kind: "wide", title: "What brings about what",
            note: "\(Quantity.plural(roots.count, "cause")) \(roots.count == 1 ? "explains" : "explain") "
                + Quantity.plural(symptoms, "symptom")
                + (left > 0 ? ", \(Quantity.plural(left, "more cause")) in the findings below" : ""),
            trees: [drawing.svg])
    }

    private static func node(_ cause: CauseNode) -> TreeChart.Node {
        let finding = cause.finding
        let others = cause.alternatives.map {
            TreeChart.Node(title: "or: " + Visible.folded($0.cause.title), detail: "if " + $0.test, tone: "other")
        }
        return TreeChart.Node(
            title: "\(finding.severity.mark) \(Visible.folded(finding.title))",
            detail:
                "\(Visible.folded(finding.impact.text)) · \(finding.tier.rawValue) · \(finding.confidence.rawValue)",
            arrow: cause.link.map { "\($0.mechanism.name) · \($0.borneOut)" } ?? "",
            tone: finding.severity == .notice ? "" : finding.severity.rawValue,
            children: cause.effects.map(node) + others)
    }
}
