import Diagnosing
import Model

/// A reading of locks on a terminal: the sentence, the forest, each root with what to do.
struct TerminalLocks {
    private let report: LockReport
    private let styling: Styling
    private let width: Int

    init(_ report: LockReport) {
        self.report = report
        styling = Styling(isOn: report.options.color)
        width = min(max(report.options.width, 60), 120)
    }

    var text: String {
        var blocks = [header, headline, forest, deadlocks, open, notes]
        if !report.options.quiet {
            blocks += report.reading.trees.prefix(LockReport.openedTrees).flatMap(opened)
            blocks.append(unopened)
        }
        blocks.append(watch)
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        let who = ["pgmedic", report.target, report.server, Moments.plain(report.reading.takenAt)].map(Visible.folded)
        return Wrapping.items(who, width: width).map(styling.bold)
            + Wrapping.items(["locks"] + report.reading.sums, width: width).map(styling.faint)
    }

    private var headline: [String] {
        let style: (String) -> String =
            switch report.tone {
            case "good": { styling.good($0) }
            case "warning": { styling.severity(.warning, $0) }
            default: { styling.severity(.critical, $0) }
            }
        return Wrapping.lines(Visible.folded(report.reading.headline), width: width - 2).map { "  " + style($0) }
    }

    private var forest: [String] { report.outline.nodes.flatMap { branch($0, before: "", below: "", isRoot: true) } }

    /// A line of the tree and all below it, with rules between them.
    private func branch(_ node: TreeChart.Node, before: String, below: String, isRoot: Bool) -> [String] {
        let room = width - DisplayWidth.of(before)
        let title = DisplayWidth.cut(node.title, to: room)
        var lines = [styling.faint(before) + (isRoot ? styling.bold(title) : title)]
        for (place, child) in node.children.enumerated() {
            let isLast = place == node.children.count - 1
            lines += branch(
                child, before: below + (isLast ? "└─ " : "├─ "), below: below + (isLast ? "   " : "│  "), isRoot: false)
        }
        return lines
    }

    private var deadlocks: [String] {
        report.reading.deadlockSentences.flatMap { labelled("deadlock", Visible.folded($0)) }
    }

    private var open: [String] {
        let texts = report.openTransactions
        return texts.enumerated().flatMap {
            labelled($0.offset == 0 ? "strong locks" : "", Visible.folded($0.element))
        }
    }

    /// What mends it is left unbroken, so that it can be pasted.
    private var notes: [String] {
        report.gaps.enumerated().flatMap { place, gap in
            labelled(place == 0 ? "not read" : "", Visible.folded(gap.text))
                + [gap.remedy].compactMap(\.self).map { String(repeating: " ", count: 15) + Visible.folded($0) }
        }
    }

    private func labelled(_ label: String, _ text: String) -> [String] {
        styling.labelled(label, Wrapping.lines(text, width: width - 15), indentation: 2, column: 15)
    }

    private func opened(_ tree: BlockedSessions) -> [[String]] {
        let facts = RootFacts(tree: tree)
        let title = Wrapping.lines(Visible.folded(facts.title), width: width - 2)
        var lines = title.enumerated().map { ($0.offset == 0 ? "● " : "  ") + styling.bold($0.element) }
        for fact in facts.facts { lines += labelled(fact.label, fact.text) }
        let finding = OpenedFinding(styling: styling, width: width)
        return [lines, tree.ladder.flatMap(finding.action)]
    }

    private var unopened: [String] {
        let more = report.reading.trees.count - LockReport.openedTrees
        guard more > 0 else { return [] }
        return [
            "  " + styling.faint("\(Quantity.plural(more, "more root")) in the picture; --format json has all of them")
        ]
    }

    private var watch: [String] {
        guard let watch = report.watch else { return [] }
        var lines = Wrapping.items(["watched"] + report.watchFacts, width: width - 2).map { "  " + styling.bold($0) }
        for root in watch.roots.prefix(10) {
            let place = root.relation.map { " on \($0)" } ?? ""
            let facts = [
                "\(root.name)\(place)", root.reason.label, "\(Quantity.seconds(root.secondsBlocked)) of session time",
                "at most \(Quantity.plural(root.peak, "session")) behind it",
                "longest wait \(Quantity.seconds(root.longestWait))",
            ]
            lines += Wrapping.items(facts.map(Visible.folded), width: width - 4).enumerated().map {
                ($0.offset == 0 ? "  ● " : "    ") + $0.element
            }
        }
        if watch.roots.count > 10 { lines.append("    and \(Quantity.plural(watch.roots.count - 10, "more root"))") }
        if watch.roots.isEmpty { lines.append("    nobody was seen to wait for a lock") }
        return lines
    }
}
