import Foundation
import History
import Model
import Trends

/// `pgmedic compare`, written: a good and a bad window side by side.
package struct WrittenComparison: HistoryReport {
    let comparison: Comparison
    let options: ReportOptions

    package init(_ comparison: Comparison, options: ReportOptions = ReportOptions()) {
        self.comparison = comparison
        self.options = options
    }

    static let shownBars = 8
    static let shownStatements = 25
    static let shownRows = 30

    var clock: WallClock { WallClock(comparison.timeZone) }

    var document: HistoryDocument {
        var document = HistoryDocument(
            title: "Two windows of", target: comparison.target.name, headline: comparison.headline)
        document.facts = [
            comparison.target.address,
            "good \(clock.span(comparison.good)), read for \(read(comparison.goodSeconds))",
            "bad \(clock.span(comparison.bad)), read for \(read(comparison.badSeconds))", clock.name,
        ].filter { !$0.isEmpty }
        document.tone = tone
        document.sections = [profile, statements, waits, sizes, changes, coverage]
        document.method = [
            ("rates", "growth over the seconds that were read, so that windows of unlike length compare"),
            ("share", "of the whole difference in execution time; negative: it goes against it"),
            ("parts", "from more calls and from longer calls, the means of both orders (Bennet 1920)"),
        ]
        return document
    }

    private func read(_ seconds: Double) -> String { Quantity.seconds(min(max(seconds, 0), 1e12)) }

    private var tone: HistoryDocument.Tone {
        guard comparison.goodSeconds > 0, comparison.badSeconds > 0 else { return .warning }
        return comparison.difference > 0.1 * comparison.goodTime ? .critical : .notice
    }

    // MARK: Load profile

    private var profile: HistoryDocument.Section {
        guard !comparison.profile.isEmpty else { return .init("profile", "Load profile") }
        let table = HistoryDocument.Table(
            columns: [.init("", .text), .init("good"), .init("bad"), .init("difference"), .init("factor")],
            rows: comparison.profile.map { line in
                [
                    .init(line.title), Self.cell(line.good, line.unit), Self.cell(line.bad, line.unit),
                    .init(Self.difference(line.good, line.bad, line.unit)), .init(Self.factor(line.factor)),
                ]
            })
        return .init("profile", "Load profile", [.table(table)])
    }

    private static func cell(_ value: Double?, _ unit: TrendUnit) -> HistoryDocument.Table.Cell {
        .init(value.map { unit.written($0) } ?? "not known")
    }

    static func difference(_ good: Double?, _ bad: Double?, _ unit: TrendUnit) -> String {
        guard let good, let bad, (bad - good).isFinite else { return "–" }
        if unit == .share { return signed((bad - good) * 100) { Quantity.decimal($0, places: 1) } + " points" }
        return signed(bad - good) { unit.written($0) }
    }

    static func signed(_ value: Double, _ text: (Double) -> String) -> String {
        guard !value.isNaN else { return "–" }
        return value == 0 ? text(0) : (value > 0 ? "+" : "−") + text(abs(value))
    }

    static func factor(_ factor: Double?) -> String {
        guard let factor, factor.isFinite else { return "–" }
        return Quantity.decimal(factor, places: factor < 9.95 ? 2 : 0) + " ×"
    }

    // MARK: Statements

    private var statements: HistoryDocument.Section {
        guard !comparison.statements.isEmpty || comparison.others != nil else {
            return .init("statements", "Statements by their part of the difference")
        }
        let shown = comparison.statements.prefix(Self.shownStatements)
        let rest = comparison.statements.dropFirst(Self.shownStatements)
        var table = HistoryDocument.Table(
            columns: [
                .init("#"), .init("difference"), .init("share"), .init("good"), .init("bad"),
                .init("calls/s good → bad"),
                .init("a call good → bad"), .init("blocks a call"), .init("statement", .code),
            ], rows: shown.enumerated().map { Self.row($0.offset + 1, $0.element) })
        if let others = comparison.others { table.rows.append(Self.row(nil, others)) }
        table.more = rest.isEmpty ? nil : "and \(Quantity.count(rest.count)) more (--format json lists all)"
        return .init("statements", "Statements by their part of the difference", [bars, .table(table)])
    }

    private var bars: HistoryDocument.Block {
        let shown = comparison.statements.prefix(Self.shownBars)
        let chart = DifferenceBars(
            title: "Statements by their part of the difference",
            bars: shown.map {
                .init(
                    label: $0.statement.shown, value: $0.difference,
                    text: Self.signed($0.difference) { Quantity.decimal($0, places: 2) })
            })
        let (good, bad) = (comparison.goodTime, comparison.badTime)
        return .panels([
            .init(
                title: "Where the time went",
                sentence: "\(TrendUnit.sessions.written(good, bad)) of execution: "
                    + "\(Self.signed(bad - good) { Quantity.decimal($0, places: 2) }), by statement.",
                drawing: .bars(chart))
        ])
    }

    private static func row(_ number: Int?, _ line: StatementDifference) -> [HistoryDocument.Table.Cell] {
        let tone: HistoryDocument.Table.Tone = line.difference > 0 ? .up : line.difference < 0 ? .down : .none
        let text = number == nil ? "all other statements" : line.statement.text ?? line.statement.shown
        let parts =
            number == nil || line.verdict == .same ? [] : [(line.fromCalls, "calls"), (line.fromMean, "their length")]
        let split = parts.filter { abs($0.0) >= 0.005 }.map { value, name in
            "\(signed(value) { Quantity.decimal($0, places: 2) }) from \(name)"
        }.joined(separator: ", ")
        let who = [line.statement.role, line.statement.database].compactMap(\.self).joined(separator: "@")
        let blamed = line.attributions.first.map(\.text)
        let note = [line.verdict.label, split, who, blamed ?? ""].filter { !$0.isEmpty }
        return [
            .init(number.map(String.init) ?? ""),
            .init(signed(line.difference) { Quantity.decimal($0, places: 2) }, tone: tone),

            .init(share(line.share)), .init(Quantity.decimal(line.goodTime, places: 2)),
            .init(Quantity.decimal(line.badTime, places: 2)),
            .init(pair(line.goodCalls, line.badCalls) { Quantity.decimal($0, places: $0 < 9.95 ? 2 : 0) }),
            .init(pair(line.goodMean, line.badMean) { TrendUnit.milliseconds.written($0) }),
            .init(pair(line.goodBlocks, line.badBlocks) { Quantity.decimal($0, places: $0 < 9.95 ? 1 : 0) }),
            .init(
                DisplayWidth.cut(Visible.folded(text), to: WrittenSlowReport.textColumns),
                note: note.joined(separator: " · ")),
        ]
    }

    private static func share(_ share: Double) -> String {
        share.isNaN ? "–" : (share < 0 ? "−" : "") + Quantity.percent(abs(share))
    }

    private static func pair(_ good: Double?, _ bad: Double?, _ text: (Double) -> String) -> String {
        "\(good.map(text) ?? "–") → \(bad.map(text) ?? "–")"
    }

    // MARK: Waits and sizes

    private var waits: HistoryDocument.Section {
        guard !comparison.waits.isEmpty else { return .init("waits", "Waits") }
        let number = { (value: Double) in Quantity.decimal(value, places: 2) }
        let rows = comparison.waits.prefix(Self.shownRows).map { wait -> [HistoryDocument.Table.Cell] in
            let change = wait.bad.flatMap { bad in wait.good.map { bad - $0 } }
            return [
                .init(wait.wait), .init(wait.good.map(number) ?? "not sampled"),
                .init(wait.bad.map(number) ?? "not sampled"),
                .init(change.map { Self.signed($0, number) } ?? "–", tone: (change ?? 0) > 0.05 ? .up : .none),
            ]
        }
        let table = HistoryDocument.Table(
            columns: [.init("sessions on average", .text), .init("good"), .init("bad"), .init("difference")], rows: rows
        )
        return .init("waits", "Waits", [.table(table)])
    }

    private var sizes: HistoryDocument.Section {
        guard !comparison.sizes.isEmpty else { return .init("sizes", "Sizes") }
        let rows = comparison.sizes.prefix(Self.shownRows).map { size -> [HistoryDocument.Table.Cell] in
            [
                .init(WrittenTrends.object(size.kind, size.object, size.database)),
                Self.cell(size.good, .bytes), Self.cell(size.bad, .bytes),
                .init(Self.difference(size.good, size.bad, .bytes)),
            ]
        }
        let table = HistoryDocument.Table(
            columns: [.init("", .text), .init("good"), .init("bad"), .init("difference")], rows: rows)
        return .init("sizes", "Sizes", [.table(table)])
    }

    // MARK: Changes

    private var changes: HistoryDocument.Section {
        guard !comparison.changes.isEmpty else {
            return .init("changes", "What changed between them", [.text("Nothing that the history knows of.")])
        }
        // What a statement is put down to stands first.
        let sorted = comparison.changes.filter(\.isBlamed) + comparison.changes.filter { !$0.isBlamed }
        var items = sorted.prefix(Self.shownRows).map { change in
            HistoryDocument.Item(
                text: "\(clock.moment(change.change.at.timeIntervalSince1970)) \(change.text)"
                    + (change.isBlamed ? " · a statement above is put down to it" : ""), isFaint: !change.isBlamed)
        }
        if sorted.count > Self.shownRows {
            items.append(.init(text: "and \(Quantity.count(sorted.count - Self.shownRows)) more", isFaint: true))
        }
        return .init("changes", "What changed between them", [.list(items)])
    }

    private var coverage: HistoryDocument.Section {
        .init(
            "coverage", "Not compared",
            comparison.notes.isEmpty ? [] : [.list(comparison.notes.map { .init(text: $0) })])
    }
}

extension StatementDifference.Verdict {
    var label: String {
        switch self {
        case .new: "new"
        case .gone: "gone"
        case .slower: "slower"
        case .faster: "faster"
        case .busier: "more calls"
        case .calmer: "fewer calls"
        case .same: "much the same"
        }
    }
}
