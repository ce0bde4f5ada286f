import Diagnosing
import Model
import Recommending

/// The report for a ticket.
struct MarkdownReport {
    /// Statements listed.
    static let listedStatements = 10

    let content: ReportContent
    let statements: ArraySlice<StatementLoad>
    let options: ReportOptions

    init(_ content: ReportContent, _ diagnosis: Diagnosis, _ options: ReportOptions) {
        self.content = content
        self.options = options
        statements = diagnosis.observation.workload.statements.filter { $0.share >= Page.leastShare }
            .prefix(Self.listedStatements)
    }

    var text: String {
        let loud = content.entries.filter { $0.finding.severity > .notice }
        let blocks =
            [header, actions] + section("### Findings", loud) + notices
            + [statementTable, waitTable, coverage, rulesNotJudged, suppressions, thresholds, origin]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        var facts = [content.server, Moments.plain(content.takenAt), "window \(content.window)"]
        if let covered = content.coveredTime { facts.append(covered) }
        if let load = content.load {
            let parts = load.parts.map { "\($0.label) \(Quantity.decimal($0.sessions, places: 1))" }
            facts.append("load \(load.text): \(parts.joined(separator: ", "))")
        }
        return [
            "## Diagnosis of \(MarkdownText.inline(content.target))", "",
            "**\(MarkdownText.inline(content.headline))**", "",
            facts.map(MarkdownText.inline).joined(separator: " · "),
        ]
    }

    private var actions: [String] {
        guard !content.steps.isEmpty else { return [] }
        return ["### Actions", ""]
            + content.steps.map { step in
                var line = "- [ ] **\(step.tier.rawValue)** \(step.label): \(MarkdownText.inline(step.title))"
                if let gain = step.gain { line += " — \(MarkdownText.inline(gain.text)) (\(gain.basisText))" }
                if let finding = step.fingerprint { line += " · finding \(MarkdownText.code(finding))" }
                return line
            }
    }

    /// The table, and each finding folded below it.
    private func section(_ title: String?, _ entries: [ReportContent.Entry]) -> [[String]] {
        guard !entries.isEmpty else { return [] }
        let head =
            (title.map { [$0, ""] } ?? [])
            + ["| # | | Finding | Impact | Tier | Sure | Id |", "|--:|:-:|---|---|---|---|---|"]
        return [head + entries.map(row)] + entries.map(details)
    }

    private func row(_ entry: ReportContent.Entry) -> String {
        let finding = entry.finding
        var title = MarkdownText.inline(entry.title)
        if !entry.symptoms.isEmpty {
            let symptoms = entry.symptoms.prefix(Self.listedSymptoms).map { MarkdownText.inline($0.title) }
            let more = entry.symptoms.count - symptoms.count
            title += "<br>└ explains " + symptoms.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
        }
        let cells = [
            String(entry.number), finding.severity.mark, title, MarkdownText.inline(entry.impact),
            finding.tier.rawValue, finding.confidence.rawValue, MarkdownText.code(finding.fingerprint),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// Symptoms named in the table; all of them stand in the finding's tree.
    private static let listedSymptoms = 6

    /// Good to know, and in nobody's way.
    private var notices: [[String]] {
        guard !content.notices.isEmpty else { return [] }
        let summary = Quantity.plural(content.count(.notice), "notice")
        return [["<details><summary>\(summary)</summary>"]] + section(nil, content.notices) + [["</details>"]]
    }

    private var statementTable: [String] {
        guard !statements.isEmpty else { return [] }
        let head = [
            "<details><summary>Statements that took most of the time</summary>", "",
            "| Share | Calls | Mean | Total | Statement |", "|--:|--:|--:|--:|---|",
        ]
        let rows = statements.map { load in
            let cells = [
                Quantity.percent(load.share), Quantity.count(load.counters.calls),
                Quantity.milliseconds(load.counters.meanTime), Quantity.milliseconds(load.counters.executionTime),
                MarkdownText.cell(code: load.label(160)),
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        return head + rows + ["", "</details>"]
    }

    private var coverage: [String] {
        var lines = ["### Coverage", "", "- \(Quantity.plural(content.evaluated, "rule")) judged"]
        if !content.cleared.isEmpty {
            lines.append("- cleared: " + content.cleared.map(MarkdownText.inline).joined(separator: ", "))
        }
        for gap in content.gaps {
            let remedy = gap.remedy.map { " → " + MarkdownText.code($0) } ?? ""
            lines.append("- not judged: \(MarkdownText.inline(gap.text))\(remedy)")
        }
        return lines
    }

    private var suppressions: [String] {
        let content = content.suppressions
        guard !content.all.isEmpty else { return [] }
        return ["### Suppressed", "", content.count.map { "\($0) suppressed" } ?? "Nothing is suppressed", ""]
            + content.all.map { "- " + MarkdownText.inline($0) }
    }

    private var thresholds: [String] {
        let content = content.thresholds
        guard let count = content.count else { return [] }
        return ["### Adjusted thresholds", "", count + ".", ""] + content.all.map { "- " + MarkdownText.inline($0) }
    }

    /// Every rule by its name, for those who look for one.
    private var rulesNotJudged: [String] {
        let gaps = content.gaps.filter { !$0.rules.isEmpty }
        guard !gaps.isEmpty else { return [] }
        return ["<details><summary>Rules that could not judge, or not wholly</summary>", ""]
            + gaps.map { gap in
                "- \(MarkdownText.inline(gap.text)): " + gap.rules.map(MarkdownText.code).joined(separator: ", ")
            } + ["", "</details>"]
    }

    private var origin: [String] {
        var facts = [content.generator, "window \(content.window)", "literals \(content.redactionText)"]
        facts += content.cost
        var line = facts.map(MarkdownText.inline).joined(separator: " · ")
        if let command = options.command { line += " · " + MarkdownText.code(command) }
        if let moment = options.generatedAt { line += " · written " + Moments.plain(moment) }
        return ["---", "", "Made by " + line]
    }
}
