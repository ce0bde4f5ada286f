import Foundation
import Model

/// The hours of a week, a row a day: the darker, the higher. What stands out most has a dot too.
struct WeekHeatMap {
    /// Monday 00h = 0 … 167; over the level; NaN: not seen.
    var profile: [Double]
    var title: String
    /// `2.3 sessions`
    var text: (Double) -> String

    private static let cell = (width: 17.0, height: 16.0)
    private static let left = 34.0
    private static let levels = 5

    var svg: String {
        let known = profile.prefix(168).filter(\.isFinite)
        let (least, greatest) = (known.min() ?? 0, known.max() ?? 0)
        var content = SVG.element("title", [], Markup.escape(Visible.folded(title)))
        for level in 0..<Self.levels { content += cells(level, least, greatest) }
        content += dots(least, greatest)
        for day in 0..<7 {
            content += SVG.text(
                WallClock.dayNames[day], x: "0", y: Double(day) * (Self.cell.height + 1) + 12, style: "faint")
        }
        let bottom = 7 * (Self.cell.height + 1)
        for hour in stride(from: 0, to: 24, by: 3) {
            content += SVG.text(WallClock.two(hour), x: SVG.number(x(hour)), y: bottom + 13, style: "faint")
        }
        if !known.isEmpty { content += key(least, greatest, y: bottom + 24) }
        let width = Self.left + 24 * (Self.cell.width + 1)
        let box = "0 0 \(SVG.number(width)) \(SVG.number(bottom + 40))"
        return SVG.element(
            "svg", [("class", "week"), ("viewBox", box), ("role", "img"), ("aria-label", Visible.folded(title))],
            content)
    }

    private func x(_ hour: Int) -> Double { Self.left + Double(hour) * (Self.cell.width + 1) }
    private func y(_ day: Int) -> Double { Double(day) * (Self.cell.height + 1) }

    private func level(_ value: Double, _ least: Double, _ greatest: Double) -> Int? {
        guard value.isFinite else { return nil }
        guard greatest > least else { return 0 }
        let share = (value / 2 - least / 2) / (greatest / 2 - least / 2)
        return share.isFinite ? min(max(Int(share * Double(Self.levels)), 0), Self.levels - 1) : 0
    }

    private func cells(_ wanted: Int, _ least: Double, _ greatest: Double) -> String {
        var path = PathText()
        for place in profile.indices.prefix(168) where level(profile[place], least, greatest) == wanted {
            box(x(place % 24), y(place / 24), Self.cell.width, Self.cell.height, &path)
        }
        return path.text.isEmpty ? "" : SVG.element("path", [("class", "heat h\(wanted)"), ("d", path.text)])
    }

    private func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ path: inout PathText) {
        path.move(x, y)
        path.across(x + width)
        path.down(y + height)
        path.across(x)
        path.close()
    }

    private func dots(_ least: Double, _ greatest: Double) -> String {
        guard greatest > least else { return "" }
        var path = PathText()
        for place in profile.indices.prefix(168) where level(profile[place], least, greatest) == Self.levels - 1 {
            let (x, y) = (x(place % 24) + Self.cell.width / 2, y(place / 24) + Self.cell.height / 2)
            box(x - 2, y - 2, 4, 4, &path)
        }
        return SVG.element("path", [("class", "heat-dot"), ("d", path.text)])
    }

    private func key(_ least: Double, _ greatest: Double, y: Double) -> String {
        let low = Visible.folded(text(least))
        var x = Self.left
        var content = SVG.text(low, x: SVG.number(x), y: y + 12, style: "faint")
        x += Double(DisplayWidth.of(low)) * TimeChart.advance + 8
        for level in 0..<Self.levels {
            var path = PathText()
            box(x, y, Self.cell.width, Self.cell.height, &path)
            content += SVG.element("path", [("class", "heat h\(level)"), ("d", path.text)])
            x += Self.cell.width + 1
        }
        return content + SVG.text(Visible.folded(text(greatest)), x: SVG.number(x + 7), y: y + 12, style: "faint")
    }
}
