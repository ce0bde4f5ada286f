import Model

/// A table on a terminal: the numbers of a row beside each other, its texts below them.
struct TerminalTable {
    private let table: HistoryDocument.Table
    private let styling: Styling
    private let width: Int
    private let options: ReportOptions
    private static let sparkWidth = 16
    /// A text that takes no more may stand beside the numbers.
    private static let narrow = 26

    init(_ table: HistoryDocument.Table, styling: Styling, width: Int, options: ReportOptions) {
        self.table = table
        self.styling = styling
        self.width = width
        self.options = options
    }

    var lines: [String] {
        let inline = inlineColumns
        let widths = inline.map(columnWidth)
        let titles = zip(inline, widths).map { column, width in
            (DisplayWidth.cut(table.columns[column].title, to: width), width, table.columns[column].kind == .number)
        }
        var lines = table.rows.isEmpty || inline.isEmpty ? [] : [styling.faint(row(titles))]
        for cells in table.rows {
            if !inline.isEmpty {
                lines.append(
                    row(
                        zip(inline, widths).map { column, width in
                            (text(cells[column], column, width), width, table.columns[column].kind == .number)
                        }))
            }
            for column in table.columns.indices where !inline.contains(column) {
                lines += below(cells[column], table.columns[column])
            }
            for column in inline { lines += note(cells[column]) }
        }
        if let more = table.more { lines += ["  " + styling.faint(more)] }
        return lines
    }

    /// As many as fit beside each other; a long text stands below.
    private var inlineColumns: [Int] {
        var used = 2
        return table.columns.indices.filter { column in
            guard ![.code, .prose].contains(table.columns[column].kind) else { return false }
            let next = columnWidth(column)
            guard table.columns[column].kind != .text || next <= Self.narrow, used + next + 2 <= width else {
                return false
            }
            used += next + 2
            return true
        }
    }

    private func columnWidth(_ column: Int) -> Int {
        if table.columns[column].kind == .trend { return Self.sparkWidth }
        let texts = table.rows.map { DisplayWidth.of(Visible.folded($0[column].text)) }
        return max(texts.max() ?? 0, DisplayWidth.of(table.columns[column].title))
    }

    private func text(_ cell: HistoryDocument.Table.Cell, _ column: Int, _ width: Int) -> String {
        guard table.columns[column].kind == .trend else { return Visible.folded(cell.text) }
        guard let trend = cell.trend else { return "" }
        return TextChart.spark(trend.series, trend.range, width: width, isPlain: options.isPlain)
    }

    private func row(_ cells: [(text: String, width: Int, isRight: Bool)]) -> String {
        let line = cells.map { cell in
            let blanks = String(repeating: " ", count: max(0, cell.width - DisplayWidth.of(cell.text)))
            return cell.isRight ? blanks + cell.text : cell.text + blanks
        }.joined(separator: "  ")
        return "  " + String(line.reversed().drop { $0 == " " }.reversed())
    }

    private func below(_ cell: HistoryDocument.Table.Cell, _ column: HistoryDocument.Table.Column) -> [String] {
        guard !cell.text.isEmpty else { return note(cell) }
        let isCode = column.kind == .code
        // A number that found no room beside the others needs its name.
        let name = column.kind == .number ? column.title + " " : ""
        let text = DisplayWidth.cut(name + Visible.folded(cell.text), to: isCode ? (width - 6) * 2 : width * 4)
        return Wrapping.lines(text, width: width - 6).map { "      " + (isCode ? styling.faint($0) : $0) } + note(cell)
    }

    private func note(_ cell: HistoryDocument.Table.Cell) -> [String] {
        guard !cell.note.isEmpty else { return [] }
        return Wrapping.lines(Visible.folded(cell.note), width: width - 6).map { "      " + styling.faint($0) }
    }
}
