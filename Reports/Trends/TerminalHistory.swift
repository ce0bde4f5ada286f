import Diagnosing
import Model

/// A report of a history on a terminal: the sentence, then section by section, charts drawn of blocks.
struct TerminalHistory {
    private let document: HistoryDocument
    private let options: ReportOptions
    private let styling: Styling
    private let width: Int

    init(_ document: HistoryDocument, _ options: ReportOptions) {
        self.document = document
        self.options = options
        styling = Styling(isOn: options.color)
        width = min(max(options.width, 60), 120)
    }

    var text: String {
        var blocks = [header, headline]
        for section in document.sections where !section.blocks.isEmpty {
            if options.quiet { break }
            let body = bodies(section)
            guard !body.isEmpty else { continue }
            blocks.append([styling.bold(Visible.folded(section.title))] + body[0])
            blocks += body.dropFirst()
        }
        if options.verbose { blocks.append(method) }
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    /// A heading stays with what it heads.
    private func bodies(_ section: HistoryDocument.Section) -> [[String]] {
        var bodies: [[String]] = []
        var heading: [String] = []
        for block in section.blocks {
            let lines = lines(block)
            if case .heading = block {
                heading = lines
            } else if !lines.isEmpty {
                bodies.append(heading + lines)
                heading = []
            }
        }
        return bodies
    }

    private var header: [String] {
        let who = ["pgmedic", "\(document.title) \(document.target)"].map(Visible.folded)
        return Wrapping.items(who, width: width).map(styling.bold)
            + Wrapping.items(document.facts.map(Visible.folded), width: width).map(styling.faint)
    }

    private var headline: [String] {
        let style: (String) -> String =
            switch document.tone {
            case .good: { styling.good($0) }
            case .notice: { styling.bold($0) }
            case .warning: { styling.severity(.warning, $0) }
            case .critical: { styling.severity(.critical, $0) }
            }
        return Wrapping.lines(Visible.folded(document.headline), width: width - 2).map { "  " + style($0) }
    }

    private func lines(_ block: HistoryDocument.Block) -> [String] {
        switch block {
        case .text(let text): wrapped(text, indentation: 2)
        case .heading(let text): wrapped(text, indentation: 2).map(styling.bold)
        case .list(let items): items.flatMap { item($0, "  · ") }
        case .panels(let panels): panels.map(panel).filter { !$0.isEmpty }.flatMap { $0 }
        case .cards(let cards): Array(cards.map(card).joined(separator: [""]))
        case .table(let table): TerminalTable(table, styling: styling, width: width, options: options).lines
        }
    }

    private func wrapped(_ text: String, indentation: Int) -> [String] {
        let blanks = String(repeating: " ", count: indentation)
        return Wrapping.lines(Visible.folded(text), width: width - indentation).map { blanks + $0 }
    }

    private func item(_ item: HistoryDocument.Item, _ start: String) -> [String] {
        let blanks = String(repeating: " ", count: DisplayWidth.of(start))
        return Wrapping.lines(Visible.folded(item.text), width: width - blanks.count).enumerated().map { place, line in
            (place == 0 ? start : blanks) + (item.isFaint ? styling.faint(line) : line)
        }
    }

    // MARK: Charts

    private func panel(_ panel: HistoryDocument.Panel) -> [String] {
        let title = Visible.folded(panel.title)
        let body = wrapped(panel.sentence, indentation: 4)
        switch panel.drawing {
        case .chart(let chart):
            let isBig = chart.size == .wide || options.verbose
            let drawn = isBig ? area(chart) : spark(chart)
            return drawn.isEmpty ? ["  " + styling.bold(title)] + body : ["  " + styling.bold(title)] + drawn + body
        case .week(let map):
            return ["  " + styling.bold(title)] + TextChart.week(map.profile).map { "    " + $0 } + body
        case .bars, nil: return ["  " + styling.bold(title)] + body
        }
    }

    /// A line of blocks with its greatest value.
    private func spark(_ chart: TimeChart) -> [String] {
        guard let line = chart.main else { return [] }
        let steps = PlotSteps(line.series, chart.range, columns: 400)
        guard !steps.pieces.isEmpty else { return [] }
        let room = width - 6
        let name = chart.lines.count > 1 ? Visible.folded(line.name) + ", " : ""
        let label = DisplayWidth.cut("\(name)up to \(chart.unit.written(steps.greatest))", to: 34)
        let text = TextChart.spark(
            line.series, chart.range, width: max(10, room - DisplayWidth.of(label) - 2), isPlain: options.isPlain)
        return ["    " + styling.accent(text) + "  " + styling.faint(label)]
    }

    /// Some lines high, with an axis of values and one of time.
    private func area(_ chart: TimeChart) -> [String] {
        guard let series = chart.main?.series else { return [] }
        let steps = PlotSteps(series, chart.range, columns: 400)
        guard !steps.pieces.isEmpty else { return [] }
        let axis = ValueAxis(chart.unit, least: 0, greatest: steps.greatest, most: 2)
        let labels = [axis.text(axis.high), axis.text(0)]
        let left = max(labels.map { DisplayWidth.of($0) }.max() ?? 1, 1)
        let room = width - left - 6
        let rows = TextChart.area(
            series, chart.range, width: room, height: 4, top: axis.high, isPlain: options.isPlain)
        let lines = rows.enumerated().map { place, row in
            let label = place == 0 ? labels[0] : place == rows.count - 1 ? labels[1] : ""
            let blanks = String(repeating: " ", count: left - DisplayWidth.of(label))
            let drawn = String(row.reversed().drop { $0 == " " }.reversed())
            return "    " + blanks + styling.faint(label) + (drawn.isEmpty ? "" : " " + styling.accent(drawn))
        }
        let times = TextChart.times(chart.range, width: room, clock: chart.clock)
        let unit = axis.unit.isEmpty ? [] : ["    " + styling.faint(axis.unit)]
        return unit + lines + ["    " + String(repeating: " ", count: left + 1) + styling.faint(times)]
    }

    // MARK: Cards

    private func card(_ card: HistoryDocument.Card) -> [String] {
        let mark = card.tone == .worse ? "▲ " : card.tone == .better ? "▼ " : "● "
        let style: (String) -> String = card.tone == .worse ? { styling.severity(.warning, $0) } : { $0 }
        var lines = Wrapping.lines(Visible.folded(card.title), width: width - 4).enumerated().map {
            ($0.offset == 0 ? "  " + style(mark) : "    ") + styling.bold($0.element)
        }
        if !card.lead.isEmpty {
            lines += Wrapping.items(
                [card.lead, card.note].map(Visible.folded).filter { !$0.isEmpty }, width: width - 4
            )
            .map { "    " + style($0) }
        }
        lines += wrapped(card.sentence, indentation: 4)
        if case .chart(let chart) = card.drawings.first { lines += spark(chart) }
        for evidence in card.evidence { lines += item(evidence, "    · ") }
        if let code = card.code {
            let text = DisplayWidth.cut(Visible.folded(code), to: (width - 4) * 2)
            lines += Wrapping.lines(text, width: width - 4).map { "    " + styling.faint($0) }
        }
        return lines
    }

    private var method: [String] {
        document.method.flatMap { label, text in
            styling.labelled(label, Wrapping.lines(Visible.folded(text), width: width - 15), indentation: 2, column: 15)
        }
    }
}

extension TextChart {
    /// The week as rows of digits: 0 the least, 9 the most, a dot where nothing was seen.
    static func week(_ profile: [Double]) -> [String] {
        let known = profile.filter(\.isFinite)
        guard let least = known.min(), let greatest = known.max(), profile.count == 168 else { return [] }
        let head =
            "     " + stride(from: 0, to: 24, by: 6).map { DisplayWidth.padded(WallClock.two($0), to: 12) }.joined()
        return [String(head.reversed().drop { $0 == " " }.reversed())]
            + (0..<7).map { day in
                let cells = profile[day * 24..<day * 24 + 24].map { value -> String in
                    guard value.isFinite else { return "·" }
                    guard greatest > least else { return "0" }
                    let share = (value / 2 - least / 2) / (greatest / 2 - least / 2)
                    return share.isFinite ? String(min(max(Int(share * 10), 0), 9)) : "·"
                }
                return "\(WallClock.dayNames[day])  " + cells.joined(separator: " ")
            }
    }
}
