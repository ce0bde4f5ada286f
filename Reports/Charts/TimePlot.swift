import Foundation
import Model
import Trends

/// A chart over time, laid out: what lies deepest first.
struct TimePlot {
    let chart: TimeChart
    let axis: ValueAxis
    let frame: ChartFrame
    let steps: [PlotSteps]
    /// Of stacked areas, each on those below it.
    let layers: [[PlotSteps.Piece?]]
    let marks: MarkRows
    let limitIsDrawn: Bool

    init(_ chart: TimeChart) {
        self.chart = chart
        let lines = chart.lines.prefix(TimeChart.mostLines)
        let columns = chart.size.columns
        steps = lines.map { PlotSteps($0.series, chart.range, columns: columns) }
        layers =
            chart.isStacked ? Self.stacked(lines.map { PlotSteps.columns($0.series, chart.range, count: columns) }) : []
        let peaked = Self.peakedLines(chart)
        var greatest =
            chart.isStacked
            ? layers.flatMap { $0.compactMap { $0?.mean } }.max() ?? 0
            : steps.enumerated().map { $0.offset < peaked ? $0.element.greatest : $0.element.greatestMean }.max() ?? 0
        for level in [chart.change?.before, chart.change?.now] { greatest = max(greatest, level ?? 0) }
        // A limit far above all would press the lines flat: it is then written, not drawn.
        let limit = chart.limit?.value ?? chart.fan?.limit
        limitIsDrawn = limit.map { $0 <= max(greatest, 1e-12) * 4 || chart.fan != nil } ?? false
        if let limit, limitIsDrawn { greatest = max(greatest, limit) }
        let axis = ValueAxis(
            chart.unit, least: steps.filter { !$0.pieces.isEmpty }.map(\.least).min() ?? 0, greatest: greatest,
            fromZero: chart.fromZero || chart.isStacked)
        self.axis = axis
        let numbers = axis.ticks.map { DisplayWidth.of(axis.text($0)) }.max() ?? 1
        let names = lines.count > 1 ? lines.map { DisplayWidth.of(Self.name($0.name, chart)) }.max() ?? 0 : 0
        let left = max(26, Double(numbers) * TimeChart.advance + 10)
        let right = chart.size.width - (names > 0 ? Double(names) * TimeChart.advance + 32 : 14)
        marks = MarkRows(
            chart.marks, chart.range, left: left, right: max(right, left + 40), clock: chart.clock)
        frame = ChartFrame(
            left: left, right: max(right, left + 40), top: 26 + Double(marks.rowCount) * 14,
            bottom: chart.size.height - 24, range: chart.range, low: axis.low, high: axis.high)
    }

    /// Lines whose peaks are drawn: those of many would hide each other, and of a share (cache hits) the low ones hurt.
    private static func peakedLines(_ chart: TimeChart) -> Int {
        chart.unit == .share ? 0 : chart.lines.count <= 2 ? 2 : 1
    }

    static func name(_ name: String, _ chart: TimeChart) -> String {
        DisplayWidth.cut(Visible.folded(name), to: chart.size.labelColumns)
    }

    var content: String {
        let isEmpty = steps.allSatisfy { $0.pieces.isEmpty }
        let parts = [
            grid, isEmpty ? nothing : holes, changeBand, fan, chart.isStacked ? areas : linesDrawn, limitLine, levels,
            marks.drawn(frame), labels,
        ]
        return parts.joined()
    }

    // MARK: Axes

    private var grid: String {
        var content = SVG.text(axis.unit, x: "2", y: 12, style: "faint")
        for tick in axis.ticks {
            let y = frame.y(tick)
            content += line("grid", frame.left, y, frame.right, y)
            content += SVG.text(axis.text(tick), x: SVG.number(frame.left - 6), y: y + 4, style: "faint", anchor: "end")
        }
        let most = max(1, Int((frame.right - frame.left) / (8 * TimeChart.advance)))
        for tick in TimeAxis(chart.range, most: most, clock: chart.clock).ticks {
            let x = frame.x(tick.at)
            content += line(tick.isStrong ? "tick strong" : "tick", x, frame.bottom, x, frame.bottom + 5)
            let half = Double(DisplayWidth.of(tick.text)) * TimeChart.advance / 2
            let shown = min(max(x, half), chart.size.width - half)
            content += SVG.text(
                tick.text, x: SVG.number(shown), y: chart.size.height - 5, style: tick.isStrong ? "day" : "faint",
                anchor: "middle")
        }
        return content + line("base", frame.left, frame.bottom, frame.right, frame.bottom)
    }

    func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        SVG.element(
            "line",
            [
                ("class", style), ("x1", SVG.number(x1)), ("y1", SVG.number(y1)), ("x2", SVG.number(x2)),
                ("y2", SVG.number(y2)),
            ])
    }

    func rectangle(_ style: String, _ range: Range<Double>, _ title: String) -> String {
        let (left, right) = (frame.x(range.lowerBound), frame.x(range.upperBound))
        return SVG.element(
            "rect",
            [
                ("class", style), ("x", SVG.number(left)), ("y", SVG.number(frame.top)),
                ("width", SVG.number(max(right - left, 1))), ("height", SVG.number(frame.bottom - frame.top)),
            ], SVG.element("title", [], Markup.escape(title)))
    }

    // MARK: What is not known

    private var nothing: String {
        SVG.text(
            "no readings", x: SVG.number((frame.left + frame.right) / 2), y: (frame.top + frame.bottom) / 2,
            style: "faint", anchor: "middle")
    }

    /// Where no line has a value; to come is not missing.
    private var holes: String {
        let known = chart.fan.map { chart.range.lowerBound..<max($0.from, chart.range.lowerBound) } ?? chart.range
        return PlotSteps.holes(steps, known, tolerance: frame.seconds(3)).map { hole in
            let title = "no readings \(chart.clock.moment(hole.lowerBound)) – \(chart.clock.moment(hole.upperBound))"
            let width = frame.x(hole.upperBound) - frame.x(hole.lowerBound)
            let text =
                width < 80
                ? ""
                : SVG.text(
                    "no readings", x: SVG.number(frame.x(hole.lowerBound) + width / 2), y: frame.bottom - 8,
                    style: "faint", anchor: "middle")
            return rectangle("hole", hole, title) + text
        }.joined()
    }

    // MARK: Lines

    private var linesDrawn: String {
        let peaks = steps.indices.prefix(Self.peakedLines(chart)).map { peakArea(steps[$0], $0) }.joined()
        let lines = steps.indices.reversed().map { place in
            var path = PathText()
            for run in steps[place].runs(tolerance: frame.seconds(1.5)) { follow(run, &path, \.mean, moves: true) }
            return self.path("line s\(place)", path.text, chart.lines[place].name)
        }
        return peaks + lines.joined()
    }

    func path(_ style: String, _ text: String, _ title: String = "") -> String {
        guard !text.isEmpty else { return "" }
        let name = title.isEmpty ? "" : SVG.element("title", [], Markup.escape(Visible.folded(title)))
        return SVG.element("path", [("class", style), ("d", text)], name)
    }

    private func follow(
        _ run: [PlotSteps.Piece], _ path: inout PathText, _ value: (PlotSteps.Piece) -> Double, moves: Bool
    ) {
        for (place, piece) in run.enumerated() {
            if place == 0 && moves {
                path.move(frame.x(piece.start), frame.y(value(piece)))
            } else {
                path.across(frame.x(piece.start))
                path.down(frame.y(value(piece)))
            }
            path.across(frame.x(piece.end))
        }
    }

    private func back(_ run: [PlotSteps.Piece], _ path: inout PathText, _ value: (PlotSteps.Piece) -> Double) {
        for piece in run.reversed() {
            path.down(frame.y(value(piece)))
            path.across(frame.x(piece.start))
        }
        path.close()
    }

    /// From the mean up to the greatest that was seen.
    private func peakArea(_ steps: PlotSteps, _ place: Int) -> String {
        guard steps.pieces.contains(where: { $0.peak > $0.mean * 1.02 }) else { return "" }
        var path = PathText()
        for run in steps.runs(tolerance: frame.seconds(1.5)) {
            follow(run, &path, \.peak, moves: true)
            back(run, &path, \.mean)
        }
        return self.path("peaks s\(place)", path.text, "up to the greatest that was seen")
    }

    // MARK: Areas

    private static func stacked(_ columns: [[PlotSteps.Piece?]]) -> [[PlotSteps.Piece?]] {
        var layers: [[PlotSteps.Piece?]] = []
        for layer in columns {
            let below = layers.last
            layers.append(
                layer.indices.map { place in
                    // Where one is not known and another is, it adds nothing.
                    guard var piece = columns.lazy.compactMap({ $0[place] }).first else { return nil }
                    let bottom = below?[place]?.mean ?? 0
                    piece.mean = bottom + max(layer[place]?.mean ?? 0, 0)
                    piece.peak = bottom
                    return piece
                })
        }
        return layers
    }

    private var areas: String {
        layers.indices.map { place in
            var path = PathText()
            for run in PlotSteps(pieces: layers[place].compactMap(\.self)).runs(tolerance: frame.seconds(0.5)) {
                follow(run, &path, \.mean, moves: true)
                back(run, &path, \.peak)
            }
            return self.path("area s\(place)", path.text, chart.lines[place].name)
        }.joined()
    }

    // MARK: Names

    private var labels: String {
        guard steps.count > 1 else { return "" }
        let shown = steps.indices.filter { !steps[$0].pieces.isEmpty }
        let wanted = shown.map { frame.y(end($0)) }
        let places = LineLabels.spread(wanted, room: (frame.top + 4)...max(frame.top + 4, frame.bottom - 2), gap: 14)
        return zip(shown, zip(wanted, places)).map { place, at in
            let start = frame.right + 2
            var lead = PathText()
            lead.move(start, at.0)
            lead.line(start + 8, at.1)
            var key = PathText()
            key.move(start + 9, at.1)
            key.across(start + 22)
            let name = Self.name(chart.lines[place].name, chart)
            return self.path("lead", lead.text)
                + self.path((chart.isStacked ? "key s" : "line s") + String(place), key.text)
                + SVG.text(name, x: SVG.number(start + 26), y: at.1 + 4, style: "name")
        }.joined()
    }

    /// The height at which a line ends, an area in its middle.
    private func end(_ place: Int) -> Double {
        guard chart.isStacked else { return steps[place].pieces.last?.mean ?? 0 }
        guard let last = layers[place].last(where: { $0 != nil }).flatMap(\.self) else { return 0 }
        return (last.mean + last.peak) / 2
    }
}
