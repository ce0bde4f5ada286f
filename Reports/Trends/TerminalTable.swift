import Model

/// A table on a terminal: the numbers of a row beside each other, its texts below them.
struct TerminalTable {
    private let table: HistoryDocument.Table
    private let styling: Styling
    private let width: Int
    private let options: ReportOptions
    private static let sparkWidth = 16
    /// To which a text is wrapped, at the narrowest, so that it stands beside its numbers.
    private static let narrow = 16

    init(_ table: HistoryDocument.Table, styling: Styling, width: Int, options: ReportOptions) {
        self.table = table
        self.styling = styling
        self.width = width
        self.options = options
    }

    var lines: [String] {
        let widths = inlineWidths
        var lines: [String] = []
        if !table.rows.isEmpty && !widths.isEmpty {
            lines = row(widths.map { ($0.column, table.columns[$0.column].title, $0.width) }, style: styling.faint)
        }
        for cells in table.rows {
            lines += row(widths.map { ($0.column, text(cells[$0.column], $0.column, $0.width), $0.width) }) { $0 }
            for column in table.columns.indices where !widths.contains(where: { $0.column == column }) {
                lines += below(cells[column], table.columns[column])
            }
            for place in widths { lines += note(cells[place.column]) }
        }
        if let more = table.more { lines += ["  " + styling.faint(more)] }
        return lines
    }

    /// The columns that stand beside each other: as many as fit, texts wrapped where they must be.
    private var inlineWidths: [(column: Int, width: Int)] {
        var places: [(column: Int, width: Int)] = []
        var left = width - 2
        for column in table.columns.indices where ![.code, .prose].contains(table.columns[column].kind) {
            let natural = columnWidth(column)
            let least = table.columns[column].kind == .text ? min(natural, Self.narrow) : natural
            guard least + 2 <= left else { continue }
            places.append((column, least))
            left -= least + 2
        }
        for place in places.indices where table.columns[places[place].column].kind == .text {
            let more = min(columnWidth(places[place].column) - places[place].width, max(left, 0))
            places[place].width += more
            left -= more
        }
        return places
    }

    private func columnWidth(_ column: Int) -> Int {
        if table.columns[column].kind == .trend { return Self.sparkWidth }
        let texts = table.rows.map { DisplayWidth.of(Visible.folded($0[column].text)) }
        return max(texts.max() ?? 0, DisplayWidth.of(table.columns[column].title), 1)
    }

    private func text(_ cell: HistoryDocument.Table.Cell, _ column: Int, _ width: Int) -> String {
        guard table.columns[column].kind == .trend else { return Visible.folded(cell.text) }
        guard let trend = cell.trend else { return "" }
        return TextChart.spark(trend.series, trend.range, width: width, isPlain: options.isPlain)
    }

    private func row(_ cells: [(column: Int, text: String, width: Int)], style: @escaping (String) -> String)
        -> [String]
    {
        let columns = cells.map { cell in
            var shown = Columns.Cell(
                cell.text, width: cell.width, isRight: table.columns[cell.column].kind == .number, style: style)
            // Blanks in a trend are holes.
            if table.columns[cell.column].kind == .trend { shown.lines = [cell.text] }
            return shown
        }
        return Columns.rows(columns, indentation: 2)
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
