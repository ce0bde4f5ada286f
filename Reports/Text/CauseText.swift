import Diagnosing
import Model
import Recommending

/// The causal graph below a finding, in lines: each arrow with its name and what bears it out, then the symptom, then what
/// that brings about in turn.
struct CauseText {
    /// Levels and lines beyond these are counted, not written.
    static let deepest = 6
    static let longest = 40

    let width: Int
    var faint: (String) -> String = { $0 }

    func lines(below node: CauseNode) -> [String] {
        let all = tree(node.effects, depth: 1, width: width)
        guard all.count > Self.longest else { return all }
        return all.prefix(Self.longest) + ["… (\(all.count - Self.longest) more lines in the HTML report)"]
    }

    private func tree(_ effects: [CauseNode], depth: Int, width: Int) -> [String] {
        effects.enumerated().flatMap { offset, effect in
            let isLast = offset == effects.count - 1
            return branch(effect, depth: depth, width: max(width - 3, 20)).enumerated().map { row, line in
                (row == 0 ? (isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  ")) + line
            }
        }
    }

    private func branch(_ node: CauseNode, depth: Int, width: Int) -> [String] {
        var lines = node.link.map { Wrapping.lines($0.phrase, width: width).map(faint) } ?? []
        let title = "\(node.finding.severity.mark) \(Visible.folded(node.finding.title)) (\(node.finding.fingerprint))"
        lines += Wrapping.lines(title, width: width)
        for other in node.alternatives { lines += Wrapping.lines(other.phrase, width: width).map(faint) }
        if depth < Self.deepest { return lines + tree(node.effects, depth: depth + 1, width: width) }
        let hidden = node.all.count - 1
        return hidden > 0 ? lines + ["… and \(Quantity.count(Int64(hidden))) behind it"] : lines
    }
}

extension CausalLink {
    /// `makes the statement slow: the same statement · rows a call 4,000 · execution time 2 min`
    var phrase: String { "\(mechanism.name): \(borneOut)" }

    /// What bears it out: what both name, and a figure of each.
    var borneOut: String {
        let doubt = confidence == .high ? [] : ["\(confidence.rawValue) confidence"]
        return ([Visible.folded(meeting)] + evidence.map(\.phrase) + doubt).joined(separator: " · ")
    }
}

extension CauseNode.Alternative {
    /// `or: statistics of orders are stale (1a2b3c4d), if EXPLAIN shows another plan after ANALYZE of the table`
    var phrase: String { "or: \(Visible.folded(cause.title)) (\(cause.fingerprint)), if \(test)" }
}
