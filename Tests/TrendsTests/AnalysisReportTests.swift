import Foundation
import History
import Model
import Testing
import Trends

@Suite struct AnalysisReportTests {
    /// Tuesday, 2026-03-03 14:00 GMT is the 100th interval's beginning.
    private static let start = 1_772_546_400.0 - 100 * 300

    private func series(_ count: Int, _ value: (Int) -> Double) -> TimeSeries {
        let starts = (0..<count).map { Self.start + Double($0) * 300 }
        return TimeSeries(starts: starts, ends: starts.map { $0 + 300 }, values: (0..<count).map(value))
    }

    /// A statement that takes 9 ms, and 412 ms from Tuesday 14:00 on, when its index was dropped. Without noise.
    private func timeline(_ count: Int = 200) -> Timeline {
        var timeline = Timeline()
        timeline.target.database = "shop"
        timeline.range = Self.start..<Self.start + Double(count) * 300
        timeline.moments = (0...count).map { Self.start + Double($0) * 300 }
        let calls = series(count) { _ in 10 }
        timeline.series = [
            Timeline.Series(
                key: SeriesKey(.statement, "42", in: "shop", role: "app"), fingerprint: "50fde20626009aba",
                text: "SELECT id, customer, status, placed_at, total FROM orders WHERE status = $1",
                relations: ["public.orders"],
                measures: [
                    "calls": calls, "executionTime": series(count) { $0 < 100 ? 90_000 : 4_120_000 },
                    "sharedBlocksHit": series(count) { $0 < 100 ? 120 : 98_000 },
                ]),
            Timeline.Series(
                key: SeriesKey(.database, "shop", in: "shop"),
                measures: ["activeTime": series(count) { $0 < 100 ? 100_000 : 4_200_000 }]),
        ]
        timeline.changes = [
            .make {
                $0.kind = .indexDropped
                $0.object = "public.orders_status_idx"
                $0.relations = ["public.orders"]
                $0.after = Date(timeIntervalSince1970: 1_772_546_400)
                $0.at = Date(timeIntervalSince1970: 1_772_546_700)
            }
        ]
        return timeline
    }

    private func panel(_ kind: TrendPanel.Kind, _ timeline: Timeline) -> TrendPanel? {
        TrendAnalysis(timeline).report.panels.first { $0.kind == kind }
    }

    @Test func aDroppedIndexIsTheHeadline() {
        let report = TrendAnalysis(timeline()).report
        #expect(
            report.headline
                == "SELECT … FROM orders WHERE status = $1 (role app) takes 412 ms a call since Tue 14:00, 9.0 ms before; "
                + "reads 12 → 9,800 blocks a call: index public.orders_status_idx was dropped between Tue 14:00 and 14:05. "
                + "1 more change for the worse.")
        #expect(
            report.regressions.map(\.measure) == [.load, .latency]
                || report.regressions.map(\.measure) == [.latency, .load])
    }

    @Test func theLoadsSentenceTellsItsLevels() {
        #expect(panel(.load, timeline())?.sentence == "0.1 → 4.2 sessions since Tue 14:00.")
        #expect(panel(.load, timeline())?.marks.map(\.text) == ["index public.orders_status_idx dropped"])
    }

    @Test func aGapIsNamedAndStaysAGap() throws {
        var holed = timeline()
        let gap = 1_772_546_400.0 - 7200..<1_772_546_400.0 - 3600
        holed.moments.removeAll { $0 > gap.lowerBound && $0 < gap.upperBound }
        for place in holed.series.indices {
            holed.series[place].measures = holed.series[place].measures.mapValues { series in
                var kept = series.within(0..<gap.lowerBound)
                let late = series.within(gap.upperBound..<1e11)
                for place in late.values.indices {
                    kept.append(from: late.starts[place], to: late.ends[place], late.values[place])
                }
                return kept
            }
        }
        let report = TrendAnalysis(holed).report
        #expect(report.gaps == [gap])
        let load = try #require(report.panels.first)
        #expect(load.sentence == "0.1 → 4.2 sessions since Tue 14:00; no reading between Tue 12:00 and 13:00.")
        let line = try #require(load.lines.first?.series)
        #expect(zip(line.ends, line.starts.dropFirst()).contains { $1 - $0 == 3600 })
    }

    @Test func panelsStandInTheirOrderAndSayWhyTheyAreEmpty() {
        let report = TrendAnalysis(timeline()).report
        #expect(report.panels.map(\.kind) == TrendPanel.Kind.allCases)
        for panel in report.panels {
            #expect(panel.sentence.hasSuffix("."))
            for line in panel.lines { #expect(line.series.count <= 400) }
        }
        let wal = report.panels.first { $0.kind == .wal }
        #expect(wal?.lines.isEmpty == true)
        #expect(wal?.sentence == "No snapshot of this range tells WAL.")
        #expect(TrendAnalysis(Timeline()).report.headline == "No snapshot of this target lies in this range.")
    }

    @Test func connectionsStandAgainstTheirLimit() throws {
        var full = timeline()
        full.series.append(
            Timeline.Series(
                key: SeriesKey(.server),
                measures: ["backends": series(200) { $0 == 100 ? 87 : 40 }, "maxConnections": series(200) { _ in 100 }])
        )
        let connections = try #require(panel(.connections, full))
        #expect(connections.limit?.value == 100)
        #expect(connections.sentence == "At most 87 of 100 (87 %), Tue 14:05; 40 on average.")
    }

    @Test func namesThatMoveTheCursorAreDefused() {
        var hostile = timeline()
        hostile.changes[0].object = "public.\u{1B}[2J\u{202E}" + String(repeating: "x", count: 5000)
        hostile.series[0].text = "SELECT \u{1B}]0;pwned\u{7} FROM\n\n  orders"
        let report = TrendAnalysis(hostile).report
        let said =
            [report.headline] + report.regressions.map(\.sentence) + report.panels.map(\.sentence)
            + report.panels.flatMap { $0.marks.map(\.text) + $0.lines.map(\.name) }
        for text in said {
            #expect(!text.unicodeScalars.contains { $0.isInvisible })
            #expect(text.count < 1000)
        }
    }

    @Test func damagedNumbersDoNotStopTheReport() {
        var damaged = timeline()
        for place in damaged.series.indices {
            for name in damaged.series[place].measures.keys {
                damaged.series[place].measures[name]?.values[50] = .infinity
                damaged.series[place].measures[name]?.values[51] = -1e300
                damaged.series[place].measures[name]?.values[52] = .nan
            }
        }
        let report = TrendAnalysis(damaged).report
        #expect(report.panels.count == TrendPanel.Kind.allCases.count)
    }

    @Test func findingsAreCountedByWhatHappenedToThem() throws {
        var known = timeline()
        var record = FindingRecord()
        record.fingerprint = "7f3c9a1e"
        record.title = "order_items has no index on order_id"
        record.recurrences = 2
        known.findings = [record]
        known.findingEvents = [(1_772_540_000, "7f3c9a1e", .resolved), (1_772_546_700, "7f3c9a1e", .recurred)]
        let report = TrendAnalysis(known).report
        #expect(
            report.findings.map(\.sentence) == [
                "order_items has no index on order_id: came back Tue 14:05, 2 times back after it was resolved."
            ])
        let panel = try #require(report.panels.last)
        #expect(
            panel.sentence == "0 opened, 1 recurred and 1 resolved; 1 open at the end, of late again: "
                + "order_items has no index on order_id.")
    }

    @Test func numbersAreToldWithTheirUnitOnce() {
        #expect(TrendUnit.sessions.change(2.34, 5.11) == "2.3 → 5.1 sessions")
        #expect(TrendUnit.milliseconds.change(9.1, 412) == "9.1 → 412 ms")
        #expect(TrendUnit.milliseconds.change(412, 4100) == "412 ms → 4.1 s")
        #expect(TrendUnit.bytes.change(12 * 1_073_741_824, 14 * 1_073_741_824) == "12 → 14 GB")
        #expect(TrendUnit.milliseconds.text(.nan) == "–")
    }
}
