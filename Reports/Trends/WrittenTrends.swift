import Foundation
import History
import Model
import Trends

/// `pgmedic trends`, written.
package struct WrittenTrends: HistoryReport {
    let report: TrendReport
    let options: ReportOptions

    package init(_ report: TrendReport, options: ReportOptions = ReportOptions()) {
        self.report = report
        self.options = options
    }

    /// Changes that are told in full, each way.
    static let shownWorse = 12
    static let shownBetter = 4
    static let shownSometimes = 8
    static let shownForecasts = 12
    static let shownRows = 40

    var clock: WallClock { WallClock(report.timeZone) }

    var document: HistoryDocument {
        var document = HistoryDocument(title: "Trends of", target: report.target.name, headline: report.headline)
        document.facts = facts
        document.tone = tone
        document.sections = [
            changes("worse", "What became worse", worse, most: Self.shownWorse), load,
            changes("better", "What became better", better, most: Self.shownBetter), sometimes, forecasts, panels,
            growth,
            findings, coverage,
        ]
        document.method = method
        return document
    }

    private var worse: [Regression] { report.regressions.filter(\.isWorse) }
    private var better: [Regression] { report.regressions.filter { !$0.isWorse } }

    private var tone: HistoryDocument.Tone {
        if report.snapshots == 0 { return .warning }
        if worse.contains(where: { ($0.cost ?? 0) >= 1 }) { return .critical }
        return worse.isEmpty ? .good : .warning
    }

    private var facts: [String] {
        let range = report.range
        let gone = report.gaps.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        return [
            report.target.address, "\(clock.span(range)) \(clock.name)",
            Quantity.plural(report.snapshots, "snapshot"),
            report.gaps.isEmpty
                ? "no gaps"
                : "\(Quantity.plural(report.gaps.count, "gap")), \(Quantity.seconds(min(gone, 1e12))) without readings",
        ].filter { !$0.isEmpty }
    }

    // MARK: Changes of level

    private func changes(_ id: String, _ title: String, _ all: [Regression], most: Int) -> HistoryDocument.Section {
        guard !all.isEmpty else { return .init(id, title) }
        var blocks = [HistoryDocument.Block.cards(all.prefix(most).map { RegressionCard.card($0, clock) })]
        let rest = all.dropFirst(most)
        if !rest.isEmpty {
            blocks.append(.list(rest.prefix(Self.shownRows).map { .init(text: $0.sentence, isFaint: true) }))
        }
        if rest.count > Self.shownRows {
            blocks.append(.text("and \(Quantity.count(rest.count - Self.shownRows)) more (--format json lists all)"))
        }
        return .init(id, title, blocks)
    }

    // MARK: Charts

    private var load: HistoryDocument.Section {
        var shown = report.panels.filter { [.load, .statements].contains($0.kind) }.map { panel($0, .wide) }
        if let rhythm = report.loadRhythm {
            let map = WeekHeatMap(profile: rhythm.profile, title: "Load by hour of the week, over its level") {
                WrittenComparison.signed($0) { TrendUnit.sessions.written($0) }
            }
            shown.append(.init(title: "Rhythm of the week", sentence: report.loadRhythmSentence, drawing: .week(map)))
        } else if !report.loadRhythmSentence.isEmpty {
            shown.append(.init(title: "Rhythm of the week", sentence: report.loadRhythmSentence, drawing: nil))
        }
        shown += report.panels.filter { $0.kind == .waits }.map { panel($0, .half) }
        return .init("load", "Load", shown.isEmpty ? [] : [.panels(shown)])
    }

    private var panels: HistoryDocument.Section {
        let shown = report.panels.filter { ![.load, .statements, .waits, .findings].contains($0.kind) }.map {
            panel($0, .half)
        }
        return .init("panels", "Server and storage", shown.isEmpty ? [] : [.panels(shown)])
    }

    private func panel(_ panel: TrendPanel, _ size: TimeChart.Size) -> HistoryDocument.Panel {
        guard !panel.isEmpty else { return .init(title: panel.title, sentence: panel.sentence, drawing: nil) }
        var chart = TimeChart(
            title: panel.title, description: panel.sentence, range: report.range, unit: panel.unit,
            lines: panel.lines.map { .init(name: $0.name, series: $0.series) })
        chart.foldLines(into: panel.isStacked ? "others" : nil)
        chart.isStacked = panel.isStacked
        chart.fromZero = ![.bytes, .share].contains(panel.unit)
        chart.limit = panel.limit.map { ($0.name, $0.value) }
        chart.clock = clock
        chart.marks = panel.marks.map { .init(at: $0.at, label: $0.kind.label, text: $0.text) }
        chart.size = size
        return .init(title: panel.title, sentence: panel.sentence, drawing: .chart(chart))
    }

    // MARK: Slow at times

    private var sometimes: HistoryDocument.Section {
        let all = report.slowSometimes
        guard !all.isEmpty else { return .init("sometimes", "Slow at some times only") }
        var blocks = [
            HistoryDocument.Block.cards(all.prefix(Self.shownSometimes).map { SlowSometimesCard.card($0, clock) })
        ]
        if all.count > Self.shownSometimes {
            blocks.append(
                .list(
                    all.dropFirst(Self.shownSometimes).prefix(Self.shownRows).map {
                        .init(text: $0.sentence, isFaint: true)
                    }))
        }
        return .init("sometimes", "Slow at some times only", blocks)
    }

    // MARK: Limits

    private var forecasts: HistoryDocument.Section {
        guard !report.forecasts.isEmpty else { return .init("limits", "Limits ahead") }
        let panels = report.forecasts.prefix(Self.shownForecasts).map { forecast in
            HistoryDocument.Panel(
                title: "\(forecast.kind.label) \(forecast.object)", sentence: forecast.sentence,
                drawing: forecast.chart(clock).map(HistoryDocument.Drawing.chart))
        }
        var blocks = [HistoryDocument.Block.panels(Array(panels))]
        let rest = report.forecasts.dropFirst(Self.shownForecasts)
        if !rest.isEmpty { blocks.append(.list(rest.map { .init(text: $0.sentence) })) }
        return .init("limits", "Limits ahead", blocks)
    }

    private var growth: HistoryDocument.Section {
        guard !report.growth.isEmpty else { return .init("growth", "Growth") }
        var table = HistoryDocument.Table(
            columns: [.init("size"), .init("a day"), .init("grows", .prose)],
            rows: report.growth.prefix(Self.shownRows).map { growth in
                [
                    .init(TrendUnit.bytes.written(growth.size)), .init(TrendUnit.bytes.written(growth.perDay)),
                    .init(Self.object(growth.kind, growth.object, growth.database), note: growth.sentence),
                ]
            })
        let more = report.growth.count - Self.shownRows
        table.more = more > 0 ? "and \(Quantity.count(more)) more (--format json lists all)" : nil
        return .init("growth", "Growth", [.table(table)])
    }

    /// `relation public.orders in shop`
    static func object(_ kind: SeriesKind, _ name: String, _ database: String?) -> String {
        guard kind != .database else { return "database \(name.isEmpty ? database ?? "" : name)" }
        return "\(kind) \(name)" + (database.map { " in \($0)" } ?? "")
    }

    // MARK: Findings

    private var findings: HistoryDocument.Section {
        let panels = report.panels.filter { $0.kind == .findings }.map { panel($0, .half) }
        let charts = panels.isEmpty ? [] : [HistoryDocument.Block.panels(panels)]
        guard !report.findings.isEmpty else { return .init("findings", "Findings", charts) }
        var table = HistoryDocument.Table(
            columns: [
                .init("state", .text), .init("tier", .text), .init("first seen"), .init("last seen"), .init("seen"),
                .init("came back"), .init("finding", .prose),
            ],
            rows: report.findings.prefix(Self.shownRows).map { finding in
                let record = finding.record
                return [
                    .init(
                        Self.state(record),
                        tone: record.state == .open ? .up : record.state == .resolved ? .down : .none),
                    .init(record.tier), .init(clock.day(record.firstSeen.timeIntervalSince1970)),
                    .init(clock.day(record.lastSeen.timeIntervalSince1970)),
                    .init("\(Quantity.count(record.sightings)) ×"),
                    .init(record.recurrences == 0 ? "–" : "\(Quantity.count(record.recurrences)) ×"),
                    .init(record.title, note: Self.course(finding)),
                ]
            })
        let more = report.findings.count - Self.shownRows
        table.more = more > 0 ? "and \(Quantity.count(more)) more (--format json lists all)" : nil
        return .init("findings", "Findings", charts + [.table(table)])
    }

    /// What the sentence says beside the title, which stands above it.
    private static func course(_ finding: FindingTrend) -> String {
        let start = finding.record.title + ": "
        return finding.sentence.hasPrefix(start) ? String(finding.sentence.dropFirst(start.count)) : finding.sentence
    }

    private static func state(_ record: FindingRecord) -> String {
        let mark = record.state == .open ? "■" : record.state == .quiet ? "▲" : "✓"
        return "\(mark) \(record.state.rawValue)" + (record.isFlapping ? ", flapping" : "")
    }

    // MARK: Coverage

    private var coverage: HistoryDocument.Section {
        let gaps = report.gaps.prefix(Self.shownRows).map {
            HistoryDocument.Item(text: "no readings \(clock.span($0))")
        }
        let items = report.notes.map { HistoryDocument.Item(text: $0) } + gaps
        return .init("coverage", "Not read, not judged", items.isEmpty ? [] : [.list(items)])
    }

    private var method: [(label: String, text: String)] {
        [
            ("counters", "differences between snapshots; across a reset, restart or eviction nothing is told"),
            ("levels", "change points by segmentation with a robust loss (Fearnhead and Rigaill 2019)"),
            ("rhythm", "medians by hour of the week; strength of seasonality (Wang, Smith, Hyndman 2006)"),
            (
                "company",
                "rank correlation, permutation test, corrected for all that was tried (Benjamini, Hochberg 1995)"
            ),
            ("forecasts", "median of the slopes between pairs of days (Theil 1950, Sen 1968), with its interval"),
            (
                "times",
                "\(clock.name); shaded stretches have no readings, light areas reach up to the greatest value seen"
            ),
        ]
    }
}
