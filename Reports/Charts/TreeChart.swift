/// A tree drawn downwards and to the right: each node a box with one or two lines, its children indented below it.
struct TreeChart {
    struct Node {
        var title: String
        var detail: String
        /// `critical`, `warning` or empty.
        var tone = ""
        var children: [Node] = []
    }

    var label: String
    var roots: [Node]

    private static let indentation = 28.0
    private static let rowHeight = 52.0
    private static let boxHeight = 42.0
    /// Average width of a character of the system fonts at 13 and 12 pixels, a little wider than measured on Arial and
    /// Roboto: a box may be too wide, never too narrow.
    private static let titleAdvance = 7.4
    private static let detailAdvance = 6.6
    private static let longestText = 108

    var svg: String {
        var content = ""
        var row = 0
        var width = 0.0
        for root in roots { content += draw(root, depth: 0, parentRow: nil, row: &row, width: &width) }
        let height = Double(row) * Self.rowHeight - (Self.rowHeight - Self.boxHeight) + 2
        let size = (SVG.number(width + 2), SVG.number(max(0, height)))
        let attributes = [
            ("width", size.0), ("height", size.1), ("viewBox", "0 0 \(size.0) \(size.1)"), ("role", "img"),
            ("aria-label", label),
        ]
        return SVG.element("svg", attributes, content)
    }

    private func draw(_ node: Node, depth: Int, parentRow: Int?, row: inout Int, width: inout Double) -> String {
        let left = Double(depth) * Self.indentation + 1
        let top = Double(row) * Self.rowHeight + 1
        let ownRow = row
        row += 1
        let title = DisplayWidth.cut(node.title, to: Self.longestText)
        let detail = DisplayWidth.cut(node.detail, to: Self.longestText)
        let box =
            max(
                Double(DisplayWidth.of(title)) * Self.titleAdvance, Double(DisplayWidth.of(detail)) * Self.detailAdvance
            ) + 26
        width = max(width, left + box)
        var content = parentRow.map { edge(fromRow: $0, left: left, top: top) } ?? ""
        content += SVG.element(
            "rect",
            [
                ("class", node.tone.isEmpty ? "node" : "node \(node.tone)"), ("x", SVG.number(left)),
                ("y", SVG.number(top)), ("width", SVG.number(box)), ("height", SVG.number(Self.boxHeight)), ("rx", "6"),
            ])
        let isSingle = detail.isEmpty
        content += SVG.text(title, x: SVG.number(left + 12), y: top + (isSingle ? 26 : 18), style: "strong")
        if !isSingle { content += SVG.text(detail, x: SVG.number(left + 12), y: top + 34, style: "faint") }
        for child in node.children {
            content += draw(child, depth: depth + 1, parentRow: ownRow, row: &row, width: &width)
        }
        return content
    }

    /// Down from below the parent's left edge, then right to the child.
    private func edge(fromRow parent: Int, left: Double, top: Double) -> String {
        let x = left - Self.indentation + 14
        let start = Double(parent) * Self.rowHeight + 1 + Self.boxHeight
        let middle = top + Self.boxHeight / 2
        return SVG.element(
            "path",
            [
                ("class", "edge"),
                ("d", "M\(SVG.number(x)) \(SVG.number(start))V\(SVG.number(middle))H\(SVG.number(left))"),
            ])
    }
}
