import Foundation
import Model
import Trends

/// What a chart over time is read against: levels before and after a change, limits, and where a forecast leads.
extension TimePlot {
    var changeBand: String {
        guard let change = chart.change, change.after.isFinite, change.at.isFinite else { return "" }
        let text = "changed between \(chart.clock.moment(change.after)) and \(chart.clock.moment(change.at))"
        return rectangle("change", min(change.after, change.at)..<max(change.after, change.at), text)
    }

    var levels: String {
        guard let change = chart.change else { return "" }
        let reach = (frame.right - frame.left) * 0.4
        let (left, right) = (frame.x(change.after), frame.x(change.at))
        return level(change.before, max(frame.left, left - reach), left, anchor: "end")
            + level(change.now, right, min(frame.right, right + reach), anchor: "start")
    }

    private func level(_ value: Double, _ from: Double, _ to: Double, anchor: String) -> String {
        guard value.isFinite else { return "" }
        let y = frame.y(value)
        let text = chart.unit.written(value)
        let room = Double(DisplayWidth.of(text)) * TimeChart.advance + 4
        // Beside the change; at an edge that is too near, away from it.
        let isStart = anchor == "start" ? to + 2 - from >= room || from - room < frame.left : from + room > to
        let x = isStart ? (anchor == "start" ? from + 4 : from) : to - 4
        return line("level", from, y, to, y)
            + SVG.text(
                text, x: SVG.number(min(x, chart.size.width - (isStart ? room : 0))), y: y - 5 < 10 ? y + 14 : y - 5,
                style: "value", anchor: isStart ? "start" : "end")
    }

    var limitLine: String {
        guard let limit = chart.limit ?? chart.fan.map({ ("limit", $0.limit) }), limit.1.isFinite else { return "" }
        let text = "\(Visible.folded(limit.0)) \(chart.unit.written(limit.1))"
        let shown = DisplayWidth.cut(text, to: Int((frame.right - frame.left) / TimeChart.advance))
        guard limitIsDrawn else {
            return SVG.text("↑ " + shown, x: SVG.number(frame.right), y: 12, style: "limit-text", anchor: "end")
        }
        let y = frame.y(limit.1)
        return line("limit", frame.left, y, frame.right, y)
            + SVG.text(shown, x: SVG.number(frame.left + 4), y: y - 5 < 10 ? y + 13 : y - 5, style: "limit-text halo")
    }

    var fan: String {
        guard let fan = chart.fan, fan.from.isFinite, fan.value.isFinite, fan.limit.isFinite else { return "" }
        func arrival(_ at: Double) -> (x: Double, y: Double) {
            let end = chart.range.upperBound
            guard at.isFinite, at > fan.from else {
                return at.isFinite ? (frame.x(fan.from), frame.y(fan.limit)) : (frame.x(end), frame.y(fan.value))
            }
            let share = min(1, (end - fan.from) / (at - fan.from))
            return (frame.x(min(at, end)), frame.y(fan.value + (fan.limit - fan.value) * share))
        }
        let (early, late, middle) = (arrival(fan.earliest), arrival(fan.latest), arrival(fan.reached))
        var band = PathText()
        band.move(frame.x(fan.from), frame.y(fan.value))
        band.line(early.x, early.y)
        // Along the limit, or up the end of the chart, or both.
        if late.x > early.x && early.y <= frame.y(fan.limit) + 0.05 {
            band.line(late.x, early.y)
        }
        band.line(late.x, late.y)
        band.close()
        var center = PathText()
        center.move(frame.x(fan.from), frame.y(fan.value))
        center.line(middle.x, middle.y)
        return path("fan", band.text, "where it will lie, likely") + path("forecast", center.text, "forecast")
    }
}
