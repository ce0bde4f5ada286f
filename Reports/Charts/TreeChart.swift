/// A tree drawn downwards and to the right: each node a box with one or two lines, its children indented below it.
struct TreeChart {
    struct Node {
        var title: String
        var detail: String
        /// What the line from the node above means; empty: nothing is written on it.
        var arrow = ""
        /// `critical`, `warning`, `other` (dashed) or empty.
        var tone = ""
        var children: [Node] = []
    }

    var label: String
    var roots: [Node]

    private static let indentation = 28.0
    private static let rowHeight = 52.0
    /// Of the line that says what an arrow means.
    private static let arrowHeight = 20.0
    private static let boxHeight = 42.0
    /// Average width of a character of the system fonts at 13 and 12 pixels, wider than measured on Arial and
    /// Roboto, for DejaVu in capitals: a box may be too wide, never too narrow.
    private static let titleAdvance = 8.0
    private static let detailAdvance = 6.6
    private static let longestText = 108
    private static let longestArrow = 140

    var svg: String {
        var content = ""
        var next = 1.0
        var width = 0.0
        for root in roots { content += draw(root, depth: 0, parentTop: nil, next: &next, width: &width) }
        let height = next - (Self.rowHeight - Self.boxHeight) + 1
        let size = (SVG.number(width + 2), SVG.number(max(0, height)))
        let attributes = [
            ("width", size.0), ("height", size.1), ("viewBox", "0 0 \(size.0) \(size.1)"), ("role", "img"),
            ("aria-label", label),
        ]
        return SVG.element("svg", attributes, content)
    }

    /// `next`: where the next row begins.
    private func draw(
        _ node: Node, depth: Int, parentTop: Double?, next: inout Double, width: inout Double
    ) -> String {
        let left = Double(depth) * Self.indentation + 1
        var content = ""
        if !node.arrow.isEmpty {
            let arrow = DisplayWidth.cut(node.arrow, to: Self.longestArrow)
            content += SVG.text(arrow, x: SVG.number(left + 2), y: next + 11, style: "faint")
            width = max(width, left + Double(DisplayWidth.of(arrow)) * Self.detailAdvance)
            next += Self.arrowHeight
        }
        let top = next
        next += Self.rowHeight
        let title = DisplayWidth.cut(node.title, to: Self.longestText)
        let detail = DisplayWidth.cut(node.detail, to: Self.longestText)
        let box =
            max(
                Double(DisplayWidth.of(title)) * Self.titleAdvance, Double(DisplayWidth.of(detail)) * Self.detailAdvance
            ) + 26
        width = max(width, left + box)
        content += parentTop.map { edge(fromTop: $0, left: left, top: top) } ?? ""
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
            content += draw(child, depth: depth + 1, parentTop: top, next: &next, width: &width)
        }
        return content
    }

    /// Down from below the parent's left edge, then right to the child.
    private func edge(fromTop parent: Double, left: Double, top: Double) -> String {
        let x = left - Self.indentation + 14
        let middle = top + Self.boxHeight / 2
        return SVG.element(
            "path",
            [
                ("class", "edge"),
                (
                    "d",
                    "M\(SVG.number(x)) \(SVG.number(parent + Self.boxHeight))V\(SVG.number(middle))H\(SVG.number(left))"
                ),
            ])
    }
}
