import Diagnosing
import Foundation
import History
import Model
import Trends

/// The slow statements of a window, written.
package struct WrittenSlowReport: HistoryReport {
    let report: SlowReport
    let details: SlowDetails
    let options: ReportOptions

    /// - Parameter details: of the last snapshot: plans, shapes and advice.
    package init(
        _ report: SlowReport, details: SlowDetails = SlowDetails(), options: ReportOptions = ReportOptions()
    ) {
        self.report = report
        self.details = details
        self.options = options
    }

    static let shownEntries = 10
    static let shownRoles = 12
    static let shownNews = 30
    static let textColumns = 240

    var clock: WallClock { WallClock(report.timeZone) }

    var document: HistoryDocument {
        var document = HistoryDocument(
            title: "Slow statements of", target: report.target.name, headline: report.headline)
        document.facts = facts
        document.tone = report.statements.isEmpty && !report.notes.isEmpty ? .warning : tone
        let sections = [news] + report.roles.prefix(Self.shownRoles).enumerated().map { role($0.offset, $0.element) }
        document.sections = sections + [advised, ranked, coverage]
        document.method = [
            ("share", "of the sum over all statements of the window, and up to this line"),
            ("spread", "standard deviation of a call's time, from the sums of squares"),
            ("trend", "time of a call over the window before and this one; the line is where this one begins"),
            ("times", clock.name),
        ]
        return document
    }

    private var facts: [String] {
        return [
            report.target.address, "window \(clock.span(report.window)) \(clock.name)",
            "read for \(Quantity.seconds(min(max(report.seconds, 0), 1e12)))",
            report.before.map { "against \(clock.span($0))" } ?? "no window before to judge against",
        ].filter { !$0.isEmpty }
    }

    private var tone: HistoryDocument.Tone {
        if report.statements.contains(where: { [.new, .slower].contains($0.news) }) { return .warning }
        // Without a window before nobody knows whether it is worse than it was.
        return report.before == nil || report.statements.isEmpty ? .notice : .good
    }

    private var range: Range<Double> {
        let start = report.before.map { min($0.lowerBound, report.window.lowerBound) } ?? report.window.lowerBound
        return start..<max(start, report.window.upperBound)
    }

    // MARK: News

    private var news: HistoryDocument.Section {
        let kinds: [(SlowStatement.News, String)] = [
            (.slower, "Slower"), (.new, "New"), (.faster, "Faster"),
        ]
        var blocks: [HistoryDocument.Block] = []
        for (kind, title) in kinds {
            let all = report.statements.filter { $0.news == kind }
            if !all.isEmpty { blocks += [.heading(title), .table(table(all))] }
        }
        if !report.gone.isEmpty { blocks += [.heading("Gone"), .table(table(report.gone))] }
        if blocks.isEmpty && report.before != nil {
            blocks = [.text("Nothing is new, slower, faster or gone against the window before.")]
        }
        return .init("news", "Against the window before", blocks)
    }

    private func table(_ statements: [SlowStatement]) -> HistoryDocument.Table {
        let more = statements.count - Self.shownNews
        return HistoryDocument.Table(
            columns: [
                .init("time"), .init("calls"), .init("a call before"), .init("now"), .init("trend", .trend),
                .init("statement", .code),
            ],
            rows: statements.prefix(Self.shownNews).map { statement in
                [
                    .init(TrendUnit.seconds.written(statement.time)), .init(Self.count(statement.calls)),
                    .init(Self.milliseconds(statement.meanBefore)), .init(Self.milliseconds(statement.mean)),
                    trend(statement), text(statement),
                ]
            }, more: more > 0 ? "and \(Quantity.count(more)) more" : nil)
    }

    private func text(_ statement: SlowStatement) -> HistoryDocument.Table.Cell {
        let name = statement.statement
        let who = [name.role, name.database].compactMap(\.self).joined(separator: "@")
        let note = [who, statement.sentence].filter { !$0.isEmpty }.joined(separator: " · ")
        // A long text stands in JSON whole: here it comes once for each ranking.
        return .init(DisplayWidth.cut(Visible.folded(name.text ?? name.shown), to: Self.textColumns), note: note)
    }

    private func trend(_ statement: SlowStatement) -> HistoryDocument.Table.Cell {
        .init(
            "",
            trend: statement.trend.knownCount > 1
                ? Sparkline(
                    series: statement.trend, range: range, unit: .milliseconds, mark: report.window.lowerBound) : nil)
    }

    private static func count(_ value: Double) -> String { TrendUnit.count.written(value) }

    private static func milliseconds(_ value: Double?) -> String {
        value.map { TrendUnit.milliseconds.written($0) } ?? "–"
    }

    // MARK: Plans and advice

    /// Statements that took most, and those that are new or slower: how each is planned and written, and what is advised.
    private var advised: HistoryDocument.Section {
        let news = report.statements.filter { [.slower, .new].contains($0.news) }
        let first =
            report.rankings.first { $0.order == .elapsed }?.entries
            .compactMap { report.statements.indices.contains($0.statement) ? report.statements[$0.statement] : nil }
            ?? []
        var seen: Set<String> = []
        let cards = (news + first).filter { seen.insert($0.statement.identity).inserted }.compactMap(card)
        guard !cards.isEmpty else { return .init("plans", "Plans and advice") }
        return .init("plans", "Plans and advice", [.cards(Array(cards.prefix(Self.shownEntries)))])
    }

    private func card(_ statement: SlowStatement) -> HistoryDocument.Card? {
        guard let detail = details[statement.statement.fingerprint] else { return nil }
        var items = detail.advice.map { advice in
            HistoryDocument.Item(
                text: "\(advice.severity.mark) \(advice.tier.rawValue) \(advice.title)"
                    + (advice.step.map { ": \($0)" } ?? "") + " (finding \(advice.fingerprint))")
        }
        if items.isEmpty { items = [.init(text: "no rule has anything to say of it", isFaint: true)] }
        items += detail.plans.map { .init(text: "plan: " + $0, isFaint: true) }
        let name = statement.statement
        return HistoryDocument.Card(
            tone: statement.news == .slower ? .worse : statement.news == .faster ? .better : .none,
            title: detail.shape ?? name.shown,
            lead: TrendUnit.seconds.written(statement.time) + ", " + Self.milliseconds(statement.mean) + " a call",
            note: [name.role, name.database].compactMap(\.self).joined(separator: "@"), sentence: statement.sentence,
            code: name.text.map { DisplayWidth.cut(Visible.folded($0), to: Self.textColumns) }, evidence: items)
    }

    // MARK: Rankings

    private var ranked: HistoryDocument.Section {
        .init("rankings", "Rankings", blocks(report.rankings, report.statements))
    }

    private func blocks(
        _ rankings: [SlowReport.Ranking], _ statements: [SlowStatement]
    ) -> [HistoryDocument.Block] {
        rankings.filter { !$0.entries.isEmpty }.flatMap { ranking -> [HistoryDocument.Block] in
            [.heading(ranking.order.title), .table(table(ranking, statements))]
        }
    }

    private func table(_ ranking: SlowReport.Ranking, _ statements: [SlowStatement]) -> HistoryDocument.Table {
        let isSum = ranking.entries.contains { $0.share != nil }
        let shares: [HistoryDocument.Table.Column] = isSum ? [.init("share"), .init("up to here")] : []
        let others = Self.others(ranking.order)
        let entries = ranking.entries.filter { statements.indices.contains($0.statement) }
        let more = entries.count - Self.shownEntries
        return HistoryDocument.Table(
            columns: [.init("#"), .init(ranking.order.label)] + shares + others.map { .init($0.label) }
                + [.init("trend", .trend), .init("statement", .code)],
            rows: entries.prefix(Self.shownEntries).enumerated().map { place, entry in
                let statement = statements[entry.statement]
                let parts: [HistoryDocument.Table.Cell] =
                    isSum ? [.init(Self.share(entry.share)), .init(Self.share(entry.cumulative))] : []
                return [.init(String(place + 1)), .init(ranking.order.written(entry.value))] + parts
                    + others.map { .init($0.of(statement).map($0.written) ?? "–") } + [
                        trend(statement), text(statement),
                    ]
            }, more: more > 0 ? "and \(Quantity.count(more)) more (--format json lists all)" : nil)
    }

    /// What is told beside the order's own number.
    private static func others(_ order: SlowReport.Order) -> [SlowReport.Order] {
        let wanted: [SlowReport.Order] =
            switch order {
            case .elapsed: [.calls, .mean, .deviation]
            case .mean, .deviation: [.elapsed, .calls, order == .mean ? .deviation : .mean]
            case .calls: [.elapsed, .mean]
            case .io, .temporary, .wal: [.elapsed, .calls]
            }
        return wanted
    }

    private static func share(_ share: Double?) -> String { share.map { Quantity.percent($0) } ?? "–" }

    // MARK: Roles

    private func role(_ place: Int, _ role: SlowReport.RoleReport) -> HistoryDocument.Section {
        var blocks: [HistoryDocument.Block] = [.text(role.sentence)]
        if !role.slowSometimes.isEmpty {
            blocks.append(
                .cards(
                    role.slowSometimes.prefix(WrittenTrends.shownSometimes).map { SlowSometimesCard.card($0, clock) }))
        }
        // A role's own list by time and by length says what there is to say of it.
        blocks += self.blocks(role.rankings.filter { [.elapsed, .mean].contains($0.order) }, role.statements)
        return .init("role-\(place + 1)", "Role \(role.role), \(Quantity.percent(role.share)) of all time", blocks)
    }

    private var coverage: HistoryDocument.Section {
        .init(
            "coverage", "Not read, not judged",
            report.notes.isEmpty ? [] : [.list(report.notes.map { .init(text: $0) })])
    }
}

extension SlowReport.Order {
    var title: String {
        switch self {
        case .elapsed: "By time altogether"
        case .mean: "By time of a call"
        case .calls: "By calls"
        case .io: "By blocks read and written"
        case .temporary: "By temporary blocks"
        case .wal: "By WAL"
        case .deviation: "By spread of a call's time"
        }
    }

    /// The head of its column.
    var label: String {
        switch self {
        case .elapsed: "time"
        case .mean: "a call"
        case .calls: "calls"
        case .io: "read and written"
        case .temporary: "temporary"
        case .wal: "WAL"
        case .deviation: "± spread"
        }
    }

    func written(_ value: Double) -> String {
        switch self {
        case .elapsed: TrendUnit.seconds.written(value)
        case .mean, .deviation: TrendUnit.milliseconds.written(value)
        case .calls: TrendUnit.count.written(value)
        // Blocks as PostgreSQL is built: 8 kB.
        case .io, .temporary: TrendUnit.bytes.written(value * 8192)
        case .wal: TrendUnit.bytes.written(value)
        }
    }

    /// The same of a statement in another's ranking; nil: not known.
    func of(_ statement: SlowStatement) -> Double? {
        switch self {
        case .elapsed: statement.time
        case .mean: statement.mean
        case .calls: statement.calls
        case .io: statement.blocksRead + statement.blocksWritten
        case .temporary: statement.temporaryBlocks
        case .wal: statement.wal
        case .deviation: statement.deviation
        }
    }
}
