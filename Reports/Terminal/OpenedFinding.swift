import Diagnosing
import Model
import Recommending

/// A finding, opened: the reader can act without another page, and can refuse with a reason.
extension TerminalReport {
    var openedEntries: [ReportContent.Entry] {
        let loud = content.entries.filter { options.verbose || $0.finding.severity > .notice }
        return options.verbose ? loud : Array(loud.prefix(Self.openedLimit))
    }

    /// Findings written out; who has more than these mends the first ones before reading on.
    private static let openedLimit = 12

    /// That there is more, and how it is had.
    var unopened: [String] {
        let opened = openedEntries.reduce(0) { $0 + $1.findings.count }
        let all = options.verbose ? opened : content.count(.critical) + content.count(.warning)
        guard all > opened else { return [] }
        return wrapped(
            "\(Quantity.plural(all - opened, "more finding")) not written out here: pgmedic diagnose --verbose, or "
                + "-o report.html", indentation: 0)
    }

    /// The finding and, where asked, what it explains.
    func opened(_ entry: ReportContent.Entry) -> [[String]] {
        var blocks = OpenedFinding(styling: styling, width: width).blocks(
            entry.finding, number: String(entry.number), cause: entry.cause, alike: options.verbose ? [] : entry.alike)
        guard options.verbose else { return blocks }
        for (offset, other) in (entry.symptoms + entry.alike).enumerated() {
            blocks += OpenedFinding(styling: styling, width: width).blocks(
                other, number: "\(entry.number).\(offset + 1)")
        }
        return blocks
    }
}

/// The text of one finding, for a diagnosis and for a plan alike.
struct OpenedFinding {
    let styling: Styling
    let width: Int

    /// `cause`: the causal graph below it. `alike`: findings that this one stands for.
    func blocks(_ finding: Finding, number: String, cause: CauseNode? = nil, alike: [Finding] = []) -> [[String]] {
        [title(finding, number), reasons(finding, cause), finding.actions.flatMap(action), others(alike)]
    }

    /// Lines for findings that are alike; the rest is counted.
    static let listedAlike = 6

    private func others(_ alike: [Finding]) -> [String] {
        guard !alike.isEmpty else { return [] }
        var lines = alike.prefix(Self.listedAlike).flatMap { other in
            Wrapping.lines("\(Visible.folded(other.title)) (\(other.fingerprint))", width: width - 11)
        }
        let more = alike.count - Self.listedAlike
        if more > 0 { lines.append("… and \(Quantity.count(Int64(more))) more (pgmedic diagnose --verbose)") }
        return reason("Alike", lines)
    }

    private func title(_ finding: Finding, _ number: String) -> [String] {
        let right = "\(finding.tier.rawValue) · \(finding.confidence.rawValue)"
        let head = "\(number) \(finding.severity.mark)"
        let room = width - DisplayWidth.of(head) - DisplayWidth.of(right) - 2
        let lines = Columns.rows(
            [
                .init(head, width: DisplayWidth.of(head)) { styling.severity(finding.severity, $0) },
                .init(Visible.folded(finding.title), width: room, style: styling.bold),
                .init(right, width: DisplayWidth.of(right)),
            ], indentation: 0, gap: 1)
        let facts =
            ["finding \(finding.fingerprint)", finding.rule, Visible.folded(finding.impact.text)]
            + (finding.past?.phrases ?? [])
        return lines + Wrapping.items(facts, width: width - 4).map { "    " + styling.faint($0) }
    }

    private func reasons(_ finding: Finding, _ cause: CauseNode?) -> [String] {
        let room = width - 11
        var lines = reason("Why", Wrapping.lines(Visible.folded(finding.summary), width: room))
        let facts = finding.evidence.map(\.phrase)
        lines += reason("Evidence", Wrapping.items(facts, width: room))
        if let cause { lines += reason("Explains", CauseText(width: room, faint: styling.faint).lines(below: cause)) }
        if let notIf = finding.notIf { lines += reason("Not if", Wrapping.lines(Visible.folded(notIf), width: room)) }
        return lines
    }

    private func reason(_ label: String, _ lines: [String]) -> [String] {
        styling.labelled(label, lines, indentation: 2, column: 11)
    }

    func action(_ action: Action) -> [String] {
        var lines = Columns.rows(
            [
                .init(action.tier.rawValue, width: 2, style: styling.bold),
                .init(Visible.folded(action.title), width: width - 6, style: styling.accent),
            ], indentation: 2)
        for statement in action.sql {
            lines += Visible.block(statement).split(separator: "\n", omittingEmptySubsequences: false).map {
                "      " + $0
            }
        }
        for step in action.steps { lines += bullet(step) }
        if let lock = action.lock { lines += note("lock", "\(lock.mode): \(lock.blocks)") }
        lines += note("gain", "\(action.gain.text) (\(action.gain.basisText))")
        if let verify = action.verify { lines += pasteable("check", verify) }
        if let undo = action.undo { lines += pasteable("undo", undo) }
        if let caution = action.caution { lines += note("beware", caution) }
        return lines
    }

    private func bullet(_ step: String) -> [String] {
        let parts = Visible.block(step).split(separator: "\n").map(String.init)
        return parts.enumerated().flatMap { part, text in
            let isCode = text.hasPrefix(" ")
            let lines = isCode ? [text] : Wrapping.lines(text, width: width - 8)
            return lines.enumerated().map { row, line in (part == 0 && row == 0 ? "      - " : "        ") + line }
        }
    }

    private func note(_ label: String, _ text: String) -> [String] {
        styling.labelled(label, Wrapping.lines(Visible.folded(text), width: width - 13), indentation: 6, column: 13)
    }

    /// SQL is left unbroken, so that it can be pasted; prose is wrapped.
    private func pasteable(_ label: String, _ text: String) -> [String] {
        guard SQLText.isSQL(text) else { return note(label, text) }
        let lines = Visible.block(text).split(separator: "\n").map(String.init)
        return styling.labelled(label, lines, indentation: 6, column: 13)
    }
}
