import Foundation
import Model
import History

/// Charts made of characters, for a terminal and for Markdown.
enum TextChart {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    /// Where a terminal has no blocks.
    private static let ascii: [Character] = ["_", ".", ":", "-", "=", "+", "*", "#"]

    /// One line of so many columns, from zero to the greatest; a blank is a hole.
    static func spark(
        _ series: TimeSeries, _ range: Range<Double>, width: Int, isPlain: Bool = false
    ) -> String {
        let columns = PlotSteps.columns(series, range, count: width)
        let greatest = columns.compactMap { $0?.peak }.max() ?? 0
        let marks = isPlain ? ascii : blocks
        return String(
            columns.map { column -> Character in
                guard let column else { return " " }
                guard greatest > 0 else { return marks[0] }
                return marks[min(max(Int(column.peak / greatest * Double(marks.count)), 0), marks.count - 1)]
            })
    }

    /// Several lines high, the highest first.
    static func area(
        _ series: TimeSeries, _ range: Range<Double>, width: Int, height: Int, top: Double, isPlain: Bool = false
    ) -> [String] {
        let columns = PlotSteps.columns(series, range, count: width)
        guard top > 0, top.isFinite else { return (0..<height).map { _ in String(repeating: " ", count: width) } }
        let marks = isPlain ? ascii : blocks
        return (0..<height).reversed().map { row in
            String(
                columns.map { column -> Character in
                    guard let column else { return row == 0 ? "·" : " " }
                    let filled = min(max(column.peak / top, 0), 1) * Double(height) - Double(row)
                    guard filled > 0.02 else { return row == 0 ? marks[0] : " " }
                    return marks[min(Int(filled * 8), 7)]
                })
        }
    }

    /// The names of moments below a chart, where they are.
    static func times(_ range: Range<Double>, width: Int, clock: WallClock) -> String {
        var line = ""
        for tick in TimeAxis(range, most: max(1, width / 10), clock: clock).ticks {
            let span = range.upperBound - range.lowerBound
            let place = Int((tick.at - range.lowerBound) / span * Double(width))
            guard place >= line.count + (line.isEmpty ? 0 : 1), place + tick.text.count <= width else { continue }
            line += String(repeating: " ", count: place - line.count) + tick.text
        }
        return line
    }
}
