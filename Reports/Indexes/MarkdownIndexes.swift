import Model

/// Index advice for an issue or a merge request.
struct MarkdownIndexes {
    private let report: IndexReport

    init(_ report: IndexReport) { self.report = report }

    var text: String {
        let entries = report.entries
        let blocks = [header, table(entries)] + entries.map(details) + [rejected, coverage, origin]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        let facts = [report.server, Moments.plain(report.snapshot.takenAt)] + report.facts
        return [
            "## Indexes of \(MarkdownText.inline(report.target))", "", "**\(MarkdownText.inline(report.headline))**",
            "",
            facts.map(MarkdownText.inline).joined(separator: " · "),
        ]
    }

    private func table(_ entries: [IndexEntry]) -> [String] {
        guard !entries.isEmpty else { return [] }
        return ["| # | What | Gain | Size | Known by |", "|--:|---|---|--:|---|"]
            + entries.map { entry in
                let cells = [
                    String(entry.number), MarkdownText.inline(entry.title), entry.gain,
                    entry.bytes, entry.basis,
                ]
                return "| " + cells.joined(separator: " | ") + " |"
            }
    }

    private func details(_ entry: IndexEntry) -> [String] {
        var lines = ["### \(entry.number) \(MarkdownText.inline(entry.title))", ""]
        lines += MarkdownText.block(entry.recommendation.sql.joined(separator: "\n")) + [""]
        if !entry.served.isEmpty {
            lines += ["| Cost of a call | Of the workload | Statement |", "|---|---|---|"]
            lines += entry.served.map {
                "| \($0.cost) | \($0.share.replacing(" of the workload", with: "")) | \(MarkdownText.cell(code: $0.text)) |"
            }
            if entry.unlistedServed > 0 {
                lines += ["", "and \(Quantity.plural(entry.unlistedServed, "more statement"))"]
            }
            lines.append("")
        }
        lines.append("- gain: \(entry.gain) (\(entry.basis))")
        lines += entry.facts.map { "- \($0.label): \(MarkdownText.inline($0.text))" }
        for script in entry.scripts {
            let isSQL = script.lines.allSatisfy(SQLText.isSQL)
            guard isSQL else {
                lines += script.lines.map { "- \(script.label): \(MarkdownText.inline($0))" }
                continue
            }
            lines += ["- \(script.label):", ""]
            lines += MarkdownText.block(script.lines.joined(separator: "\n")).map { "  " + $0 } + [""]
        }
        return lines + entry.cautions.map { "- beware: \(MarkdownText.inline($0))" }
    }

    private var rejected: [String] {
        guard report.explains, !report.advice.rejected.isEmpty else { return [] }
        return ["### Rejected", "", "| Index | Alone | Why |", "|---|---|---|"]
            + report.listedRejections.map { candidate in
                let name = candidate.index.isEmpty ? candidate.relation.description : candidate.index
                let gain = candidate.gain.map(Quantity.percent) ?? ""
                return "| \(MarkdownText.cell(code: name)) | \(gain) | \(MarkdownText.inline(candidate.reason)) |"
            } + report.unlistedRejections.map { ["", $0] }.joined()
    }

    private var coverage: [String] {
        var lines = ["### Coverage", "", "- bounds: \(report.bounds.joined(separator: ", "))"]
        lines.append("- search: \(report.effort.joined(separator: ", "))")
        if let hint = report.hint { lines.append("- \(hint)") }
        return lines + report.advice.notes.map { "- not judged: \(MarkdownText.inline($0))" }
    }

    private var origin: [String] {
        var line = MarkdownText.inline(report.generator)
        if let command = report.options.command { line += " · " + MarkdownText.code(command) }
        return ["---", "", "Made by " + line]
    }
}
