import Diagnosing
import Model

extension MarkdownReport {
    /// Folded away: what sessions wait for.
    var waitTable: [String] {
        guard let waits = content.waits else { return [] }
        var lines = [
            "<details><summary>What sessions wait for</summary>", "", MarkdownText.inline(waits.basis) + ".", "",
        ]
        lines += ["| Event | Sessions | Share (95 %) | Waits for | Would be confirmed by |", "|---|--:|--:|---|---|"]
        lines += waits.events.map { event in
            cells([
                MarkdownText.inline(event.row.name), event.row.sessionsText, event.row.shareText,
                MarkdownText.inline(event.note?.what ?? ""), MarkdownText.inline(event.note?.confirm ?? ""),
            ])
        }
        lines += statements(waits.statements)
        if let counted = waits.counted {
            lines += ["", MarkdownText.inline(counted.text) + ":", "", "| Event | Sessions | Share |", "|---|--:|--:|"]
            lines += counted.events.map { cells([MarkdownText.inline($0.name), $0.sessionsText, $0.shareText]) }
            lines += statements(counted.statements)
        }
        return lines + ["", MarkdownText.inline(ReportContent.Waits.method), "", "</details>"]
    }

    private func statements(_ statements: [ReportContent.Waits.StatementRow]) -> [String] {
        guard !statements.isEmpty else { return [] }
        return ["", "| Sessions | Share | Waits | Statement |", "|--:|--:|---|---|"]
            + statements.map { statement in
                let facts = [statement.waitsText, statement.kernelText].compactMap(\.self).joined(separator: "; ")
                return cells([
                    statement.row.sessionsText, statement.row.shareText, MarkdownText.inline(facts),
                    MarkdownText.cell(code: statement.text),
                ])
            }
    }

    private func cells(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
