/// Text side by side: each cell is wrapped within its column, lines are joined, trailing blanks dropped.
struct Columns {
    struct Cell {
        var lines: [String]
        var width: Int
        var isRight: Bool
        var style: (String) -> String

        init(
            _ text: String, width: Int, isRight: Bool = false, style: @escaping (String) -> String = { $0 }
        ) {
            lines = Wrapping.lines(text, width: width)
            self.width = width
            self.isRight = isRight
            self.style = style
        }
    }

    static func rows(_ cells: [Cell], indentation: Int, gap: Int = 2) -> [String] {
        let height = cells.map(\.lines.count).max() ?? 0
        return (0..<height).map { row in
            var line = String(repeating: " ", count: indentation)
            var pending = 0
            for (offset, cell) in cells.enumerated() {
                let text = row < cell.lines.count ? cell.lines[row] : ""
                let blank = max(0, cell.width - DisplayWidth.of(text))
                if offset > 0 { pending += gap }
                if text.isEmpty {
                    pending += cell.width
                    continue
                }
                line += String(repeating: " ", count: pending + (cell.isRight ? blank : 0)) + cell.style(text)
                pending = cell.isRight ? 0 : blank
            }
            return line
        }
    }
}
