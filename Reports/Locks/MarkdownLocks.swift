import Diagnosing
import Model

/// A reading of locks for an issue or a chat.
struct MarkdownLocks {
    private let report: LockReport

    init(_ report: LockReport) { self.report = report }

    var text: String {
        var blocks = [header, forest, list(report.reading.deadlockSentences)]
        if !report.openTransactions.isEmpty {
            blocks.append(["Open transactions with strong locks:", ""] + list(report.openTransactions))
        }
        blocks += report.reading.trees.prefix(LockReport.openedTrees).map(opened)
        blocks += [watch, notes, origin]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        let facts = [report.server, Moments.plain(report.reading.takenAt)] + report.reading.sums
        return [
            "## Locks of \(MarkdownText.inline(report.target))", "",
            "**\(MarkdownText.inline(report.reading.headline))**", "",
            facts.map(MarkdownText.inline).joined(separator: " · "),
        ]
    }

    private var forest: [String] {
        let lines = report.outline.nodes.flatMap { branch($0, depth: 0) }
        return lines.isEmpty ? [] : MarkdownText.block(lines.joined(separator: "\n"), language: "text")
    }

    private func branch(_ node: TreeChart.Node, depth: Int) -> [String] {
        [String(repeating: "  ", count: depth) + node.title]
            + node.children.flatMap { branch($0, depth: depth + 1) }
    }

    private func list(_ texts: [String]) -> [String] { texts.map { "- " + MarkdownText.inline($0) } }

    private func opened(_ tree: BlockedSessions) -> [String] {
        let facts = RootFacts(tree: tree)
        var lines = ["### \(MarkdownText.inline(facts.title))", "", "| | |", "|---|---|"]
        lines += facts.facts.map { fact in
            let isCode = fact.label == "runs" || fact.label == "ran last"
            let value = isCode ? MarkdownText.cell(code: fact.text) : MarkdownText.inline(fact.text)
            return "| \(fact.label) | \(value) |"
        }
        for action in tree.ladder { lines += [""] + MarkdownReport.ladder(action) }
        return lines
    }

    private var watch: [String] {
        guard let watch = report.watch else { return [] }
        var lines = ["### Watched", "", report.watchFacts.map(MarkdownText.inline).joined(separator: " · ")]
        guard !watch.roots.isEmpty else { return lines }
        lines += ["", "| Root | Why | Session time | At most behind it | Longest wait |", "|---|---|--:|--:|--:|"]
        lines += watch.roots.map { root in
            let name = root.name + (root.relation.map { " on \($0)" } ?? "")
            return "| \(MarkdownText.inline(name)) | \(MarkdownText.inline(root.reason.label)) | "
                + "\(Quantity.seconds(root.secondsBlocked)) | \(Quantity.count(root.peak)) | "
                + "\(Quantity.seconds(root.longestWait)) |"
        }
        return lines
    }

    private var notes: [String] {
        report.notes.isEmpty ? [] : ["### Not read", ""] + list(report.notes)
    }

    private var origin: [String] {
        var line = MarkdownText.inline(report.generator)
        if let command = report.options.command { line += " · " + MarkdownText.code(command) }
        return ["---", "", "Made by " + line]
    }
}
