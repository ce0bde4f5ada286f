import Diagnosing
import Model
import Recommending

/// The evidence and the ladder of a finding, folded.
extension MarkdownReport {
    func details(_ entry: ReportContent.Entry) -> [String] {
        let finding = entry.finding
        let summary = "\(entry.number) \(finding.severity.mark) \(MarkdownText.html(entry.title))"
        var lines = ["<details><summary>\(summary)</summary>", "", MarkdownText.inline(finding.summary), ""]
        lines.append("Rule \(MarkdownText.code(finding.rule)), finding \(MarkdownText.code(finding.fingerprint))")
        if let past = finding.past { lines[lines.count - 1] += ", " + past.phrases.joined(separator: ", ") }
        lines += Self.evidence(finding)
        if let notIf = finding.notIf { lines += ["", "Not if: " + MarkdownText.inline(notIf)] }
        if let cause = entry.cause { lines += ["", "Explains:", ""] + Self.causes(cause.effects, depth: 0) }
        for action in finding.actions { lines += [""] + Self.ladder(action) }
        return lines + Self.alike(entry.alike) + ["", "</details>"]
    }

    /// Findings listed that are like the one above.
    private static let listedAlike = 50

    private static func alike(_ findings: [Finding]) -> [String] {
        guard !findings.isEmpty else { return [] }
        let more = findings.count - listedAlike
        return ["", "Alike:", ""]
            + findings.prefix(listedAlike).map {
                "- \(MarkdownText.inline($0.title)) · \(MarkdownText.inline($0.impact.text)) · \(MarkdownText.code($0.fingerprint))"
            } + (more > 0 ? ["- and \(more) more (see the JSON report)"] : [])
    }

    /// Each arrow with its name and what bears it out, then the symptom; what that brings about is indented below it.
    private static func causes(_ effects: [CauseNode], depth: Int) -> [String] {
        let blanks = String(repeating: "  ", count: depth)
        return effects.flatMap { node in
            let finding = node.finding
            let arrow = node.link.map { "\(MarkdownText.inline($0.mechanism.name)) → " } ?? ""
            var lines = ["\(blanks)- \(arrow)\(finding.severity.mark) **\(MarkdownText.inline(finding.title))**"]
            if let link = node.link { lines[0] += " (\(MarkdownText.inline(link.borneOut)))" }
            lines[0] += ": " + MarkdownText.inline(finding.summary)
            lines += node.alternatives.map { "\(blanks)  - \(MarkdownText.inline($0.phrase))" }
            return lines + causes(node.effects, depth: depth + 1)
        }
    }

    static func evidence(_ finding: Finding) -> [String] {
        guard !finding.evidence.isEmpty else { return [] }
        return ["", "| Evidence | |", "|---|---|"]
            + finding.evidence.map { fact in
                let value = fact.isLong ? MarkdownText.cell(code: fact.text) : MarkdownText.inline(fact.text)
                return "| \(MarkdownText.inline(fact.label)) | \(value) |"
            }
    }

    static func ladder(_ action: Action) -> [String] {
        var lines = ["**\(action.tier.rawValue)** \(MarkdownText.inline(action.title))"]
        for statement in SQLText.blocks(action.sql) { lines += [""] + MarkdownText.block(statement) }
        lines.append("")
        for step in action.steps { lines += self.step(step) }
        if let lock = action.lock { lines.append("- lock: \(MarkdownText.inline("\(lock.mode): \(lock.blocks)"))") }
        lines.append("- gain: \(MarkdownText.inline(action.gain.text)) (\(action.gain.basisText))")
        if let verify = action.verify { lines += note("check", verify) }
        if let undo = action.undo { lines += note("undo", undo) }
        if let caution = action.caution { lines.append("- beware: \(MarkdownText.inline(caution))") }
        return lines
    }

    /// Prose, and under it the indented lines as a block of SQL.
    private static func step(_ step: String) -> [String] {
        let (prose, code) = StepText.split(step)
        var lines = prose.isEmpty ? [] : ["- " + MarkdownText.inline(prose)]
        if !code.isEmpty { lines += [""] + MarkdownText.block(code).map { "  " + $0 } + [""] }
        return lines
    }

    private static func note(_ label: String, _ text: String) -> [String] {
        guard SQLText.isSQL(text) || text.hasPrefix("pgmedic ") else {
            return ["- \(label): \(MarkdownText.inline(text))"]
        }
        let block = Visible.block(text)
        guard block.contains("\n") else { return ["- \(label): \(MarkdownText.code(text))"] }
        return ["- \(label):", ""] + MarkdownText.block(text).map { "  " + $0 } + [""]
    }
}
