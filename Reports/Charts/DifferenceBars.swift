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

    private static let width = 460.0
    private static let row = 40.0
    /// Room for the number behind a bar.
    private static let numbers = 60.0

    var svg: String {
        let shown = bars.filter { $0.value.isFinite }
        let (least, most) = (min(0, shown.map(\.value).min() ?? 0), max(0, shown.map(\.value).max() ?? 0))
        let left = least < 0 ? Self.numbers : 2
        let right = Self.width - (most > 0 ? Self.numbers : 2)
        let span = most / 2 - least / 2
        let scale = span > 0 && span.isFinite ? (right - left) / 2 / span : 0
        let zero = left - least * scale
        var content = SVG.element("title", [], Markup.escape(Visible.folded(title)))
        for (place, bar) in shown.enumerated() {
            content += row(bar, top: Double(place) * Self.row, zero: zero, scale: scale)
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
                ("class", "time half"), ("viewBox", "0 0 \(SVG.number(Self.width)) \(SVG.number(height))"),
                ("role", "img"), ("aria-label", Visible.folded(title)),
            ], content)
    }

    /// Its name, and below it the bar with its number.
    private func row(_ bar: Bar, top: Double, zero: Double, scale: Double) -> String {
        let isLess = bar.value < 0
        let length = abs(bar.value) * scale
        let end = isLess ? zero - length - 6 : zero + length + 6
        // Names stand to the side of the middle that has room for them.
        let isEnd = zero > Self.width / 2
        return SVG.text(
            DisplayWidth.cut(Visible.folded(bar.label), to: 48), x: SVG.number(isEnd ? zero - 4 : zero + 4),
            y: top + 14,
            style: "name", anchor: isEnd ? "end" : "start")
            + SVG.element(
                "rect",
                [
                    ("class", isLess ? "less" : "more"), ("x", SVG.number(isLess ? zero - length : zero)),
                    ("y", SVG.number(top + 20)), ("width", SVG.number(max(length, 1))), ("height", "13"),
                ])
            + SVG.text(
                Visible.folded(bar.text), x: SVG.number(end), y: top + 31, style: "value",
                anchor: isLess ? "end" : "start")
    }
}
