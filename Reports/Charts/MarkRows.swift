import Model

/// Marks of things that happened, and the two rows above a chart in which as many of their names stand as have room.
struct MarkRows {
    private struct Group {
        var marks: [TimeChart.Mark]
        var x: Double
        /// Where its name begins, and in which row; nil: no room, it is told on pointing at it.
        var place: (x: Double, row: Int)?
        var label = ""
    }

    private var groups: [Group] = []
    let rowCount: Int
    private let clock: WallClock

    /// Marks that lie closer are one, in units of the view box.
    private static let nearness = 7.0
    private static let longestNames = [40, 24]
    /// Lines of a title that a browser shows whole.
    private static let told = 12

    init(_ marks: [TimeChart.Mark], _ range: Range<Double>, left: Double, right: Double, clock: WallClock) {
        self.clock = clock
        let frame = ChartFrame(left: left, right: right, top: 0, bottom: 1, range: range, low: 0, high: 1)
        for mark in marks where mark.at >= range.lowerBound && mark.at <= range.upperBound {
            let x = frame.x(mark.at)
            if let last = groups.last, abs(x - last.x) < Self.nearness {
                groups[groups.count - 1].marks.append(mark)
            } else {
                groups.append(Group(marks: [mark], x: x))
            }
        }
        rowCount = Self.place(&groups, left: left, right: right)
    }

    /// - Returns: rows that are used.
    private static func place(_ groups: inout [Group], left: Double, right: Double) -> Int {
        // Where names begin that stand already: a line runs down from each, and no name may lie across it.
        var ends = [left, left]
        var rows = 0
        for place in groups.indices {
            for name in names(groups[place].marks) {
                let width = Double(DisplayWidth.of(name)) * TimeChart.advance + 6
                let x = min(groups[place].x + 3, right - width)
                // The line of the next one runs down through the second row.
                let next = place + 1 < groups.count ? groups[place + 1].x : .infinity
                guard let row = ends.indices.first(where: { ends[$0] <= x && ($0 == 0 || x + width <= next) }),
                    x + width <= right + 1, x >= left
                else { continue }
                groups[place].place = (x, row)
                groups[place].label = name
                ends[row] = x + width
                rows = max(rows, row + 1)
                break
            }
        }
        return rows
    }

    /// The longest that says something first.
    private static func names(_ marks: [TimeChart.Mark]) -> [String] {
        guard marks.count == 1 else {
            let kinds = Set(marks.map(\.label))
            let one = kinds.count == 1 ? Visible.folded(marks[0].label) : "changes"
            return ["\(marks.count) × \(one)", "\(marks.count) ×"]
        }
        let text = Visible.folded(marks[0].text)
        return longestNames.map { DisplayWidth.cut(text, to: $0) } + [
            DisplayWidth.cut(Visible.folded(marks[0].label), to: 24)
        ]
    }

    func drawn(_ frame: ChartFrame) -> String {
        groups.map { group in
            var told = group.marks.prefix(Self.told).map { "\(clock.moment($0.at)) \(Visible.folded($0.text))" }
            if group.marks.count > Self.told { told.append("and \(group.marks.count - Self.told) more") }
            let x = SVG.number(group.x)
            var content = SVG.element("title", [], Markup.escape(told.joined(separator: "\n")))
            let top = group.place.map { 18 + Double($0.row) * 14 } ?? frame.top - 4
            content += SVG.element(
                "line", [("x1", x), ("x2", x), ("y1", SVG.number(top)), ("y2", SVG.number(frame.bottom))])
            content += SVG.element(
                "path", [("d", "M\(SVG.number(group.x - 4)) \(SVG.number(frame.top - 5))h8l-4 6z")])
            if let place = group.place {
                content += SVG.text(group.label, x: SVG.number(place.x), y: 26 + Double(place.row) * 14)
            }
            return SVG.element("g", [("class", "mark")], content)
        }.joined()
    }
}
