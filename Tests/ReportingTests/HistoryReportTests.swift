import Foundation
import History
import Model
import Testing

@testable import Reporting
@testable import Trends

@Suite("Reports of a history say the same in every format")
struct HistoryReportTests {
    static let reports: [(name: String, report: any HistoryReport)] = [
        ("trends", WrittenTrends(HistorySample.trends, options: HistorySample.options)),
        ("compare", WrittenComparison(HistorySample.comparison, options: HistorySample.options)),
        ("slow", WrittenSlowReport(HistorySample.slow, options: HistorySample.options)),
    ]
    static let empty: [(name: String, report: any HistoryReport)] = [
        ("trends", WrittenTrends(TrendReport())), ("compare", WrittenComparison(Comparison())),
        ("slow", WrittenSlowReport(SlowReport())),
    ]

    @Test(arguments: [0, 1, 2])
    func everyFormatIsUnchanged(_ place: Int) throws {
        let (name, report) = Self.reports[place]
        try Golden.check(report.terminal(), "\(name).txt")
        try Golden.check(report.markdown(), "\(name).md")
        try Golden.check(report.html(), "\(name).html")
        // The numbers of a chart would bury the rest.
        let json = report.json().replacing(try Regex("(?m)^ +\\[[-0-9., e]*\\],?\\n"), with: "")
        try Golden.check(json, "\(name).json")
    }

    @Test(arguments: [0, 1, 2])
    func jsonIsAsTheSchemaSays(_ place: Int) throws {
        let (name, report) = Self.reports[place]
        let all = [report.json(), Self.empty[place].report.json(), Self.hostile[place].report.json()]
        let complaints = try Schema.complaints(all, of: "\(name)-1")
        #expect(complaints == "")
        let broken = report.json().replacing("\"schemaVersion\": 1,", with: "\"schemaVersion\": 1, \"x\": 2,")
        #expect(try Schema.complaints([broken], of: "\(name)-1").contains("'x' was unexpected"))
    }

    @Test(arguments: [0, 1, 2])
    func pagesLoadNothingAndCloseWhatTheyOpen(_ place: Int) throws {
        for (_, report) in [Self.reports[place], Self.empty[place], Self.hostile[place]] {
            let page = report.html()
            #expect(Markup.unbalanced(page) == [])
            #expect(!page.contains("<script") && !page.contains("url(") && !page.contains("{{" + "#"))
            let anchors = page.matches(of: try Regex(" id=\"([^\"]*)\"")).compactMap { $0[1].substring }
            let links = page.matches(of: try Regex("href=\"#([^\"]*)\"")).compactMap { $0[1].substring }
            #expect(Set(anchors).count == anchors.count && Set(links).isSubset(of: Set(anchors)))
            let drawings = page.matches(of: try Regex("(?s)<svg .*?</svg>")).map { String(page[$0.range]) }
            #expect(try TimeChartTests.complaints(drawings) == "")
        }
    }

    @Test(arguments: [0, 1, 2])
    func hostileNamesActOnNobody(_ place: Int) throws {
        let report = Self.hostile[place].report
        for text in [report.terminal(), report.markdown(), report.html(), report.json()] {
            let hidden = text.unicodeScalars.filter { $0 != "\n" && Visible.line(String($0)) != String($0) }
            #expect(hidden.isEmpty, "\(hidden)")
        }
        #expect(!report.html().contains("<script>alert"))
    }

    @Test(arguments: [0, 1, 2], [60, 80, 120])
    func theTerminalKeepsToItsWidth(_ place: Int, _ width: Int) {
        var options = HistorySample.options
        (options.width, options.verbose) = (width, true)
        let reports: [any HistoryReport] = [
            WrittenTrends(HistorySample.trends, options: options),
            WrittenComparison(HistorySample.comparison, options: options),
            WrittenSlowReport(HistorySample.slow, options: options),
        ]
        let text = reports[place].terminal()
        for line in text.split(separator: "\n") { #expect(DisplayWidth.of(line) <= width, "\(line)") }
        #expect(!text.contains("\u{1B}"))
        options.color = true
        #expect(WrittenTrends(HistorySample.trends, options: options).terminal().contains("\u{1B}["))
    }

    @Test func aPlainTerminalGetsNoBlocks() {
        var options = HistorySample.options
        options.isPlain = true
        let text = WrittenTrends(HistorySample.trends, options: options).terminal()
        #expect(!text.unicodeScalars.contains { ("▁"..."█").contains($0) })
        #expect(WrittenTrends(HistorySample.trends).terminal().contains("█"))
    }

    @Test func whatMattersStandsInEveryFormat() {
        let report = Self.reports[0].report
        for text in [report.terminal(), report.markdown(), report.html(), report.json()] {
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for part in [
                "orders_status_idx was dropped", "412 ms", "public.orders_id_seq", "Mon 08–09", "reset on Wed 11 Feb",
            ] {
                #expect(words.contains(part), "\(part)")
            }
        }
    }

    @Test func whatPassedAndWhatCreptIsTold() {
        var report = HistorySample.trends
        report.regressions = [HistorySample.regressions[0], HistorySample.regressions[1]]
        report.regressions[0].until = HistorySample.drop + 3600
        report.regressions[1].isGradual = true
        let written = WrittenTrends(report)
        for text in [written.terminal(), written.markdown(), written.html()] {
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("since Tue 24 Feb 14:05 until Tue 24 Feb 15:05"))
            #expect(words.contains("slowly, over the whole range"))
        }
        #expect(written.html().components(separatedBy: "class=\"change\"").count == 2, "what creeps has no moment")
        #expect(written.json().contains("\"gradual\": true"))
    }

    @Test func aHistoryWithoutReadingsIsNotCalledGood() {
        let page = WrittenTrends(TrendReport()).html()
        #expect(page.contains("headline warning") && !page.contains("headline good"))
    }

    /// Every panel with its most lines, at full length: what a month of five minutes comes to.
    @Test func aMonthStaysBelow400Kilobytes() {
        var report = HistorySample.trends
        for place in report.panels.indices {
            report.panels[place].lines = (0..<6).map { line in
                TrendLine("line \(line)", HistorySample.series { HistorySample.daily($0 + Double(line) * 9999) * 3 })
            }
        }
        report.regressions = Array(repeating: report.regressions[0], count: 12) + report.regressions.suffix(1)
        report.slowSometimes = Array(repeating: report.slowSometimes[0], count: 12)
        let page = WrittenTrends(report).html()
        #expect(page.utf8.count < 400_000, "\(page.utf8.count)")
    }

    // MARK: Names of attackers, numbers of damaged files

    static let hostile: [(name: String, report: any HistoryReport)] = {
        let evil = Sample.evil
        let name = HistorySample.name("SELECT \"\(evil)\"", role: evil)
        let wild = TimeSeries(
            starts: [0, 10, 20, 1e300], ends: [10, 20, 30, .infinity], values: [.infinity, 1e308, .nan, -1],
            peaks: [.nan, .infinity])
        var trends = HistorySample.trends
        trends.target.name = evil
        trends.target.address = evil
        trends.headline = evil
        trends.notes = [evil]
        trends.gaps = [-1e300..<1e300]
        for place in trends.panels.indices {
            trends.panels[place].title = evil
            trends.panels[place].sentence = evil
            trends.panels[place].marks = [
                .init(kind: .setting, at: .nan, text: evil), .init(kind: .plan, at: HistorySample.drop, text: evil),
            ]
            trends.panels[place].lines = [
                TrendLine(evil, wild), TrendLine(evil, HistorySample.series(50) { _ in 1e300 }),
            ]
            trends.panels[place].limit = .init(name: evil, value: .infinity)
        }
        trends.regressions = trends.regressions.map {
            Regression(
                subject: .statement(name), measure: $0.measure, unit: $0.unit,
                change: ChangePoint(
                    at: .nan, after: .infinity, before: .nan, now: 1e308, countBefore: 0, countAfter: 0, strength: .nan),
                isWorse: $0.isWorse, cost: .nan,
                attributions: [Attribution(.setting, evil, object: evil, confidence: .nan)],
                line: wild, sentence: evil)
        }
        trends.slowSometimes = [
            SlowSometimes(
                statement: name, usual: .nan, slow: .infinity,
                rhythm: Rhythm(profile: [.nan, 1e308, -1e308], strength: .nan, peaks: [evil]),
                companions: [Companion(name: evil, correlation: .nan, chance: .infinity)], line: wild, sentence: evil)
        ]
        trends.forecasts = [
            TrendForecast(
                kind: .size, object: evil, unit: .bytes,
                forecast: Forecast(reached: .infinity, earliest: .nan, latest: -.infinity, slope: .nan, limit: 1e308),
                line: HistorySample.series(50) { _ in 5 }, sentence: evil)
        ]
        trends.growth = [
            Growth(kind: .relation, database: evil, object: evil, size: .infinity, perDay: .nan, sentence: evil)
        ]
        trends.findings[0].record.title = evil
        trends.findings[0].sentence = evil

        var comparison = HistorySample.comparison
        comparison.target.name = evil
        comparison.headline = evil
        comparison.statements[0].statement = name
        comparison.statements[0].goodTime = .infinity
        comparison.statements[0].share = .nan
        comparison.waits = [WaitDifference(wait: evil, good: .nan, bad: .infinity)]
        comparison.sizes[0].object = evil
        comparison.changes[0].text = evil
        comparison.changes[0].change.object = evil
        comparison.notes = [evil]

        var slow = HistorySample.slow
        slow.headline = evil
        slow.statements[0].statement = name
        slow.statements[0].sentence = evil
        slow.statements[0].time = .infinity
        slow.statements[0].trend = wild
        slow.rankings[0].entries[0] = .init(statement: 99, value: .nan, share: .infinity, cumulative: nil)
        slow.roles[0].role = evil
        slow.roles[0].sentence = evil
        slow.notes = [evil]
        return [
            ("trends", WrittenTrends(trends)), ("compare", WrittenComparison(comparison)),
            ("slow", WrittenSlowReport(slow)),
        ]
    }()
}
