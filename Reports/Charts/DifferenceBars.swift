import Foundation
import Model

/// Bars to either side of a middle: what adds to a difference to the right, what takes from it to the left.
struct DifferenceBars {
    struct Bar {
        var label: String
        var value: Double
        var text: String
    }

    var title: String
    var bars: [Bar]

    private static let width = 960.0
    private static let row = 24.0
    private static let names = 400.0

    var svg: String {
        let shown = bars.filter { $0.value.isFinite }
        let greatest = shown.map { abs($0.value) }.max() ?? 0
        let (least, most) = (min(0, shown.map(\.value).min() ?? 0), max(0, shown.map(\.value).max() ?? 0))
        // Room for the number behind each bar, on the sides that are used.
        let left = Self.names + (least < 0 ? 92 : 8)
        let right = Self.width - (most > 0 ? 92 : 8)
        let span = most / 2 - least / 2
        let scale = span > 0 && span.isFinite ? (right - left) / 2 / span : 0
        let zero = left + (greatest > 0 ? -least * scale : 0)
        var content = SVG.element("title", [], Markup.escape(Visible.folded(title)))
        for (place, bar) in shown.enumerated() {
            let y = Double(place) * Self.row
            let length = abs(bar.value) * scale
            let start = bar.value < 0 ? zero - length : zero
            content += SVG.text(
                DisplayWidth.cut(Visible.folded(bar.label), to: 56), x: "0", y: y + 16, style: "name")
            content += SVG.element(
                "rect",
                [
                    ("class", bar.value < 0 ? "less" : "more"), ("x", SVG.number(start)), ("y", SVG.number(y + 4)),
                    ("width", SVG.number(max(length, 1))), ("height", "15"),
                ])
            let end = bar.value < 0 ? start - 6 : start + length + 6
            content += SVG.text(
                Visible.folded(bar.text), x: SVG.number(end), y: y + 16, anchor: bar.value < 0 ? "end" : "start")
        }
        let height = max(Double(shown.count) * Self.row, 1)
        content += SVG.element(
            "line",
            [
                ("class", "base"), ("x1", SVG.number(zero)), ("x2", SVG.number(zero)), ("y1", "0"),
                ("y2", SVG.number(height)),
            ])
        return SVG.element(
            "svg",
            [
                ("class", "time wide"), ("viewBox", "0 0 \(SVG.number(Self.width)) \(SVG.number(height))"),
                ("role", "img"), ("aria-label", Visible.folded(title)),
            ], content)
    }
}
