import Diagnosing

/// Plans for an issue or a merge request: the tree as a block, findings folded.
struct MarkdownPlan {
    private let report: PlanReport

    init(_ report: PlanReport) { self.report = report }

    var text: String {
        let plans = report.plans.enumerated().map { offset, plan in
            section(plan, title: report.plans.count > 1 ? "Plan \(offset + 1) of \(report.plans.count)" : "Plan")
        }
        return plans.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func section(_ plan: MeasuredPlan, title: String) -> [String] {
        let plain = PlanReport([plan], options: ReportOptions(width: 100))
        var lines = ["## \(title)", "", MarkdownText.inline(plan.headline), ""]
        lines += [plan.facts.map(MarkdownText.inline).joined(separator: " · "), ""]
        lines += MarkdownText.block(TerminalPlan(plain).tree(plan).joined(separator: "\n"), language: "text")
        for (offset, finding) in plan.findings.enumerated() {
            let summary = "\(offset + 1) \(finding.severity.mark) \(MarkdownText.html(finding.title))"
            lines += ["", "<details><summary>\(summary)</summary>", "", MarkdownText.inline(finding.summary), ""]
            lines.append("Rule \(MarkdownText.code(finding.rule)), finding \(MarkdownText.code(finding.fingerprint))")
            lines += MarkdownReport.evidence(finding)
            if let notIf = finding.notIf { lines += ["", "Not if: " + MarkdownText.inline(notIf)] }
            for action in finding.actions { lines += [""] + MarkdownReport.ladder(action) }
            lines += ["", "</details>"]
        }
        return lines
    }
}
