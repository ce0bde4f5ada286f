import Model

/// A report of a history for an issue or a chat: charts become a line of blocks.
struct MarkdownHistory {
    private let document: HistoryDocument
    private let options: ReportOptions
    private static let sparkWidth = 32

    init(_ document: HistoryDocument, _ options: ReportOptions) {
        self.document = document
        self.options = options
    }

    var text: String {
        var blocks = [header]
        for section in document.sections where !section.blocks.isEmpty {
            blocks.append(["### \(MarkdownText.inline(section.title))"])
            blocks += section.blocks.flatMap(block)
        }
        blocks += [method, origin]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        [
            "## \(MarkdownText.inline("\(document.title) \(document.target)"))", "",
            "**\(MarkdownText.inline(document.headline))**", "",
            document.facts.map(MarkdownText.inline).joined(separator: " · "),
        ]
    }

    private func block(_ block: HistoryDocument.Block) -> [[String]] {
        switch block {
        case .text(let text): [[MarkdownText.inline(text)]]
        case .heading(let text): [["#### \(MarkdownText.inline(text))"]]
        case .list(let items): [items.map { "- " + MarkdownText.inline($0.text) }]
        case .panels(let panels): [panels.map(panel)]
        case .cards(let cards): cards.map(card)
        case .table(let table): [rows(table)]
        }
    }

    private func panel(_ panel: HistoryDocument.Panel) -> String {
        let line = spark(panel.drawing).map { " `\($0)`" } ?? ""
        return "- **\(MarkdownText.inline(panel.title))**\(line) \(MarkdownText.inline(panel.sentence))"
    }

    private func spark(_ drawing: HistoryDocument.Drawing?) -> String? {
        guard case .chart(let chart) = drawing, let line = chart.main else { return nil }
        let text = TextChart.spark(line.series, chart.range, width: Self.sparkWidth)
        return text.allSatisfy { $0 == " " } ? nil : text
    }

    private func card(_ card: HistoryDocument.Card) -> [String] {
        var lines = ["#### \(MarkdownText.inline(card.title))", ""]
        if !card.lead.isEmpty {
            let note = card.note.isEmpty ? "" : " · " + MarkdownText.inline(card.note)
            let line = spark(card.drawings.first).map { " `\($0)`" } ?? ""
            lines += ["**\(MarkdownText.inline(card.lead))**\(note)\(line)", ""]
        }
        lines.append(MarkdownText.inline(card.sentence))
        if !card.evidence.isEmpty { lines += [""] + card.evidence.map { "- " + MarkdownText.inline($0.text) } }
        if let code = card.code { lines += [""] + MarkdownText.block(code) }
        return lines
    }

    private func rows(_ table: HistoryDocument.Table) -> [String] {
        let columns = table.columns.indices.filter { table.columns[$0].kind != .trend }
        let titles = columns.map { table.columns[$0].title }.joined(separator: " | ")
        let rules = columns.map { table.columns[$0].kind == .number ? "--:" : "---" }.joined(separator: "|")
        var lines = ["| \(titles) |", "|\(rules)|"]
        lines += table.rows.map { row in
            let cells = columns.filter { $0 < row.count }.map { cell(row[$0], table.columns[$0].kind) }
            return "| " + cells.joined(separator: " | ") + " |"
        }
        if let more = table.more { lines += ["", MarkdownText.inline(more)] }
        return lines
    }

    private func cell(_ cell: HistoryDocument.Table.Cell, _ kind: HistoryDocument.Table.Column.Kind) -> String {
        let text =
            kind == .code && !cell.text.isEmpty ? MarkdownText.cell(code: cell.text) : MarkdownText.inline(cell.text)
        return cell.note.isEmpty ? text : "\(text)<br>\(MarkdownText.inline(cell.note))"
    }

    private var method: [String] {
        document.method.isEmpty
            ? []
            : ["### Method", ""]
                + document.method.map { "- \(MarkdownText.inline($0.label)): \(MarkdownText.inline($0.text))" }
    }

    private var origin: [String] {
        var line = MarkdownText.inline(options.generator ?? "pgmedic")
        if let command = options.command { line += " · " + MarkdownText.code(command) }
        return ["---", "", "Made by " + line]
    }
}
