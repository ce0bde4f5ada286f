import Diagnosing
import Model
import Recommending

/// The terminal's table: a line of numbers, a line or two of SQL, and the insights of each statement.
struct StatementsTable {
    private let report: StatementsReport
    private let styling: Styling
    private let width: Int
    /// Lines of SQL that are shown of a statement.
    private static let textLines = 3

    init(_ report: StatementsReport) {
        self.report = report
        styling = Styling(isOn: report.options.color)
        width = min(max(report.options.width, 60), 120)
    }

    var text: String {
        var blocks = [header]
        if report.shown.isEmpty {
            blocks.append(["  No statement matches."])
        } else {
            blocks.append(titles)
            blocks += report.shown.enumerated().map { rows($0.offset + 1, $0.element) }
        }
        let gaps = report.gaps.map { gap in
            Wrapping.lines(Visible.folded(gap.text + (gap.remedy.map { " → \($0)" } ?? "")), width: width - 4)
                .map { "  " + styling.faint($0) }
        }
        blocks += gaps
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        let content = report.content
        let who = ["pgmedic", content.target, content.server, Moments.plain(content.takenAt)].map(Visible.folded)
        let what = [report.title, "window \(content.window)"] + [content.coveredTime].compactMap(\.self)
        return Wrapping.items(who, width: width).map(styling.bold)
            + Wrapping.items(what, width: width).map(styling.faint)
    }

    private var titles: [String] {
        let names = ["#", "share", "calls", "mean", "slowest", "± spread", "rows/call", "blocks/call", "temp/call"]
        return line(names).map(styling.faint)
    }

    private static let widths = [3, 6, 9, 8, 8, 8, 9, 11, 9]

    private func line(_ cells: [String]) -> [String] {
        Columns.rows(
            zip(cells, Self.widths).map { Columns.Cell($0, width: $1, isRight: true) }, indentation: 0, gap: 1)
    }

    private func rows(_ number: Int, _ statement: RankedStatement) -> [String] {
        let load = statement.load
        let counters = load.counters
        let temporary =
            counters.calls > 0
            ? counters.temporaryBlocksWritten * 8192 / counters.calls : 0
        let numbers = line([
            "\(number)", Quantity.percent(load.share), Quantity.about(Double(counters.calls)),
            Quantity.milliseconds(counters.meanTime), Quantity.milliseconds(load.representative.maximumTime),
            Quantity.milliseconds(load.representative.deviationOfTime), Quantity.about(counters.rowsPerCall),
            Quantity.about(counters.blocksPerCall), temporary > 0 ? Quantity.bytes(temporary) : "–",
        ])
        return numbers.map(styling.bold) + texts(load) + [who(statement)].map(styling.faint)
            + told(statement).flatMap(insight)
    }

    /// That it is heavy stands in the numbers above, where something else is to be said of it.
    private func told(_ statement: RankedStatement) -> [Finding] {
        let others = statement.insights.filter { $0.rule != "workload.heavy-statement" }
        return others.isEmpty ? statement.insights : others
    }

    private func texts(_ load: StatementLoad) -> [String] {
        guard let text = load.text else {
            return ["    " + styling.faint("text not shown: statement \(load.key.name)")]
        }
        var lines = Wrapping.lines(Visible.folded(text), width: width - 4)
        if lines.count > Self.textLines {
            lines = Array(lines.prefix(Self.textLines))
            lines[Self.textLines - 1] += " …"
        }
        return lines.map { "    " + $0 }
    }

    /// `app in shop · checkout (seen 3 times) · WAL 12 MB`
    private func who(_ statement: RankedStatement) -> String {
        let load = statement.load
        var parts = ["\(load.roles.joined(separator: ", ")) in \(load.database)"]
        if !statement.applications.isEmpty {
            parts.append(
                statement.applications.prefix(3)
                    .map { "\($0.name) (seen \(Quantity.plural($0.samples, "time")))" }.joined(separator: ", "))
        }
        if load.queryIDs.count > 1 { parts.append("\(Quantity.count(load.queryIDs.count)) queryids") }
        if load.counters.planTime > 0 { parts.append("planned for \(Quantity.milliseconds(load.counters.planTime))") }
        if load.counters.jitTime > 0 { parts.append("JIT \(Quantity.milliseconds(load.counters.jitTime))") }
        if load.counters.walBytes > 0 { parts.append("WAL \(Quantity.bytes(load.counters.walBytes))") }
        return "    " + Visible.folded(parts.joined(separator: " · "))
    }

    private func insight(_ finding: Finding) -> [String] {
        let label = "\(finding.severity.mark) \(finding.tier.rawValue) "
        return Wrapping.lines(Visible.folded(finding.title), width: width - 4 - 5).enumerated().map { offset, line in
            "    " + (offset == 0 ? styling.severity(finding.severity, label) : "     ") + line
        }
    }
}
