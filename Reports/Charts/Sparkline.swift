import Foundation
import History
import Trends

/// A trend of a table's row: one line without axes, its greatest value named on pointing at it.
struct Sparkline {
    var series: TimeSeries
    var range: Range<Double>
    var unit: TrendUnit
    /// A moment that stands out: where the window begins that is judged.
    var mark: Double?

    private static let width = 96.0
    private static let height = 24.0

    var svg: String {
        let steps = PlotSteps(series, range, columns: 48)
        let greatest = steps.pieces.map(\.mean).max() ?? 0
        let frame = ChartFrame(
            left: 1, right: Self.width - 1, top: 3, bottom: Self.height - 2, range: range, low: 0,
            high: greatest > 0 ? greatest : 1)
        var path = PathText()
        for run in steps.runs(tolerance: frame.seconds(1)) {
            path.move(frame.x(run[0].start), frame.y(run[0].mean))
            for piece in run {
                path.down(frame.y(piece.mean))
                path.across(frame.x(piece.end))
            }
        }
        let label =
            steps.pieces.last.map { "up to \(unit.written(greatest)), at last \(unit.written($0.mean))" }
            ?? "no readings"
        var content = SVG.element("title", [], Markup.escape(label))
        if let mark, range.contains(mark), mark > range.lowerBound {
            let x = SVG.number(frame.x(mark))
            content += SVG.element(
                "line", [("class", "since"), ("x1", x), ("x2", x), ("y1", "0"), ("y2", SVG.number(Self.height))])
        }
        if !path.text.isEmpty { content += SVG.element("path", [("class", "line s0"), ("d", path.text)]) }
        return SVG.element(
            "svg",
            [
                ("class", "spark"), ("viewBox", "0 0 \(SVG.number(Self.width)) \(SVG.number(Self.height))"),
                ("role", "img"), ("aria-label", label),
            ], content)
    }
}
