import Foundation
import History
import Model
import Trends

/// Lines or stacked areas over time, with real axes. Holes stay holes, and peaks stay even where many readings share a column.
struct TimeChart {
    struct Line {
        var name: String
        var series: TimeSeries
    }

    /// Something that happened: a tick with a name, and all of it on pointing at it.
    struct Mark {
        var at: Double
        /// Written where there is room: `index dropped`.
        var label: String
        var text: String
    }

    /// A level that became another.
    struct Change {
        /// The change lies between the two.
        var after: Double
        var at: Double
        var before: Double
        var now: Double
    }

    /// What is told to come: from what was measured last to a limit.
    struct Fan {
        var from: Double
        var value: Double
        var limit: Double
        var reached: Double
        var earliest: Double
        /// Infinite: perhaps never.
        var latest: Double
    }

    enum Size {
        /// One of two beside each other, or all of a phone's width.
        case half
        case wide

        var width: Double { self == .half ? 460 : 960 }
        var height: Double { self == .half ? 184 : 230 }
        var labelColumns: Int { self == .half ? 17 : 34 }
        /// Pieces of a line: finer ones cannot be told apart.
        var columns: Int { self == .half ? 160 : 320 }
    }

    /// What it shows, for those who do not see it.
    var title: String
    var description = ""
    var range: Range<Double>
    var unit: TrendUnit
    /// Whose hours and days stand at the axis.
    var clock = WallClock()
    var lines: [Line] = []
    var isStacked = false
    /// Small changes of a great value are shown without its beginning at zero.
    var fromZero = true
    var limit: (name: String, value: Double)?
    var marks: [Mark] = []
    var change: Change?
    var fan: Fan?
    var size = Size.half

    /// Lines that can be told apart.
    static let mostLines = 6
    /// Average width of a character at 12 units, as `TreeChart` has it, with room for a phone's larger letters.
    static let advance = 7.0

    var svg: String {
        let plot = TimePlot(self)
        let attributes = [
            ("class", "time \(size == .half ? "half" : "wide")"),
            ("viewBox", "0 0 \(SVG.number(size.width)) \(SVG.number(size.height))"), ("role", "img"),
            ("aria-label", Visible.folded(title)),
        ]
        let head =
            SVG.element("title", [], Markup.escape(Visible.folded(title)))
            + (description.isEmpty ? "" : SVG.element("desc", [], Markup.escape(Visible.folded(description))))
        return SVG.element("svg", attributes, head + plot.content)
    }
}

extension TimeChart {
    /// What is drawn where there is room for one line: of parts their sum, else the most important; nil: nothing is known.
    var main: Line? {
        let line = isStacked && lines.count > 1 ? Line(name: "all", series: Self.sum(lines, range)) : lines.first
        return line.flatMap { $0.series.knownCount > 0 ? $0 : nil }
    }

    /// All lines together, where one at least is known.
    static func sum(_ lines: [Line], _ range: Range<Double>) -> TimeSeries {
        let columns = lines.map { PlotSteps.columns($0.series, range, count: 400) }
        var sum = TimeSeries()
        for place in columns.first?.indices ?? 0..<0 {
            let known = columns.compactMap { $0[place] }
            guard let first = known.first else { continue }
            sum.append(from: first.start, to: first.end, known.reduce(0) { $0 + $1.mean })
        }
        return sum
    }

    /// As many lines as can be told apart. The parts of a sum that are left become one of this name, so that the sum stays;
    /// without a name they are left out.
    mutating func foldLines(into others: String?) {
        guard lines.count > Self.mostLines else { return }
        guard let others else {
            lines = Array(lines.prefix(Self.mostLines))
            return
        }
        let rest = Array(lines.dropFirst(Self.mostLines - 1))
        lines = lines.prefix(Self.mostLines - 1) + [Line(name: others, series: Self.sum(rest, range))]
    }
}
