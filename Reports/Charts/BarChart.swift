import Foundation

/// Horizontal bars, one a row, each labelled where it stands, on one axis from zero.
///
/// Coordinates across are percentages, so that the bars follow the width of the page while their texts keep their size.
struct BarChart {
    struct Bar {
        var label: String
        var value: Double
        var text: String
    }

    var bars: [Bar]
    var unit: String
    /// A limit that the values are read against, with its name: `2 cores`.
    var limit: (value: Double, name: String)?
    /// The axis reaches at least here: charts that are compared share a scale.
    var least = 0.0
    /// Writes a number of the axis.
    var tickText: (Double) -> String

    var view: Page.Bars {
        let rows = bars.map { bar in
            Page.Bars.Row(label: bar.label, value: bar.text, svg: row(bar))
        }
        return Page.Bars(rows: rows, axis: axis, unit: unit)
    }

    /// The end of the axis: the greatest value and the limit are on it.
    private var scale: (end: Double, step: Double) {
        let greatest = max(bars.map(\.value).max() ?? 0, limit?.value ?? 0, least)
        return Self.scale(greatest)
    }

    /// One to three steps of 1, 2 or 5 times a power of ten.
    static func scale(_ greatest: Double) -> (end: Double, step: Double) {
        guard greatest > 0, greatest.isFinite else { return (1, 1) }
        let magnitude = pow(10, floor(log10(greatest)))
        let step = [0.2, 0.5, 1, 2, 5].map { $0 * magnitude }.first { greatest / $0 <= 3 } ?? 10 * magnitude
        return ((greatest / step).rounded(.up) * step, step)
    }

    private var ticks: [Double] {
        let (end, step) = scale
        return (0...Int((end / step).rounded())).map { Double($0) * step }
    }

    private func row(_ bar: Bar) -> String {
        let end = scale.end
        var content = ticks.map { line(at: $0 / end, style: "grid") }.joined()
        content += SVG.element(
            "rect",
            [("class", "bar"), ("y", "6"), ("height", "14"), ("rx", "2"), ("width", SVG.percent(bar.value / end))])
        if let limit { content += line(at: limit.value / end, style: "limit") }
        let label = "\(bar.label): \(bar.text)"
        return SVG.element("svg", [("role", "img"), ("aria-label", label)], content)
    }

    private func line(at share: Double, style: String) -> String {
        SVG.element(
            "line",
            [("class", style), ("x1", SVG.percent(share)), ("x2", SVG.percent(share)), ("y1", "0"), ("y2", "100%")])
    }

    private var axis: String {
        let end = scale.end
        var content = ""
        for tick in ticks {
            // A name for the limit takes the place of a number that it would cover.
            if let limit, abs(limit.value - tick) < end * 0.26 { continue }
            let anchor = tick == 0 ? "start" : tick == ticks.last ? "end" : "middle"
            content += SVG.text(tickText(tick), x: SVG.percent(tick / end), y: 13, style: "faint", anchor: anchor)
        }
        if let limit {
            let share = limit.value / end
            let anchor = share < 0.15 ? "start" : share > 0.85 ? "end" : "middle"
            content += SVG.text(limit.name, x: SVG.percent(share), y: 13, style: "limit-text", anchor: anchor)
        }
        return SVG.element("svg", [("aria-hidden", "true")], content)
    }
}
