import Diagnosing
import Model

/// The evidence and the ladder of a finding, folded.
extension MarkdownReport {
    func details(_ entry: ReportContent.Entry) -> [String] {
        let finding = entry.finding
        let summary = "\(entry.number) \(finding.severity.mark) \(MarkdownText.html(finding.title))"
        var lines = ["<details><summary>\(summary)</summary>", "", MarkdownText.inline(finding.summary), ""]
        lines.append("Rule \(MarkdownText.code(finding.rule)), finding \(MarkdownText.code(finding.fingerprint))")
        lines += Self.evidence(finding)
        if let notIf = finding.notIf { lines += ["", "Not if: " + MarkdownText.inline(notIf)] }
        if !entry.symptoms.isEmpty {
            lines += ["", "Explains:", ""]
            lines += entry.symptoms.map {
                "- \($0.severity.mark) \(MarkdownText.inline($0.title)): \(MarkdownText.inline($0.summary))"
            }
        }
        for action in finding.actions { lines += [""] + Self.ladder(action) }
        return lines + ["", "</details>"]
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
