import Foundation
import History
import Testing
import Trends

@Suite struct AnalysisComparisonTests {
    private func windows(_ planted: PlantedHistory) -> (good: Range<Double>, bad: Range<Double>) {
        let hours = 6 * 3600.0
        return (planted.moment - hours..<planted.moment, planted.moment..<planted.moment + hours)
    }

    @Test(arguments: PlantedCause.allCases) func contributionsSumUpToTheDifference(_ cause: PlantedCause) {
        var planted = PlantedHistory(seed: 11, cause: cause, days: 1, statements: 40)
        let (good, bad) = windows(planted)
        let result = TrendAnalysis(planted.make()).comparison(good: good, bad: bad)
        let all = result.statements + [result.others].compactMap { $0 }
        #expect(result.others != nil)
        #expect(abs(all.reduce(0) { $0 + $1.share } - 1) < 1e-9)
        #expect(abs(all.reduce(0) { $0 + $1.difference } - result.difference) < 1e-9)
        for one in all { #expect(abs(one.fromCalls + one.fromMean - one.difference) < 1e-9) }
        let order = result.statements.map { abs($0.difference) }
        #expect(order == order.sorted(by: >))
    }

    @Test func trafficIsToldFromSlowness() throws {
        var busy = PlantedHistory(seed: 12, cause: .traffic)
        let (good, bad) = windows(busy)
        let more = TrendAnalysis(busy.make()).comparison(good: good, bad: bad)
        #expect(more.statements.first?.verdict == .busier)
        #expect(more.headline.contains("each call about as long"))

        var slow = PlantedHistory(seed: 12, cause: .droppedIndex)
        let (fine, poor) = windows(slow)
        let result = TrendAnalysis(slow.make()).comparison(good: fine, bad: poor)
        let first = try #require(result.statements.first)
        #expect(first.verdict == .slower)
        #expect(first.attributions.first?.cause == .indexDropped)
        #expect(result.changes.contains { $0.isBlamed && $0.change.kind == .indexDropped })
        #expect(result.headline.contains("was dropped"))
    }

    @Test func theBadWindowMayBeTheEarlierOne() throws {
        var slow = PlantedHistory(seed: 12, cause: .droppedIndex)
        let (fine, poor) = windows(slow)
        var timeline = slow.make()
        // Seen backwards: the index was created, and all became well.
        for place in timeline.changes.indices where timeline.changes[place].kind == .indexDropped {
            timeline.changes[place].kind = .indexCreated
        }
        for place in timeline.series.indices {
            timeline.series[place].measures = timeline.series[place].measures.mapValues { series in
                var series = series
                series.values.reverse()
                series.peaks.reverse()
                return series
            }
        }
        let turn = slow.moment - PlantedHistory.start
        let middle = timeline.range.upperBound - turn
        for place in timeline.changes.indices {
            timeline.changes[place].at = Date(timeIntervalSince1970: middle)
            timeline.changes[place].after = Date(timeIntervalSince1970: middle - 300)
        }
        let hours = poor.upperBound - poor.lowerBound
        #expect(fine.upperBound == poor.lowerBound)
        let result = TrendAnalysis(timeline).comparison(
            good: middle..<middle + hours, bad: middle - hours..<middle)
        let first = try #require(result.statements.first)
        #expect(first.verdict == .slower)
        #expect(first.attributions.first?.cause == .indexCreated)
    }

    @Test func aWindowWithoutReadingsIsSaid() {
        var planted = PlantedHistory(seed: 13)
        let timeline = planted.make()
        let past = PlantedHistory.start - 7200..<PlantedHistory.start - 3600
        let result = TrendAnalysis(timeline).comparison(
            good: past, bad: PlantedHistory.start..<PlantedHistory.start + 3600)
        #expect(result.headline == "The windows cannot be compared: statements were not read in both.")
        #expect(result.notes.contains { $0.hasPrefix("No statement was read in the good window") })
    }

    @Test func aStatementThatIsNewIsToldAsNew() throws {
        var planted = PlantedHistory(seed: 14)
        var timeline = planted.make()
        let (good, bad) = windows(planted)
        for place in timeline.series.indices where timeline.series[place].key.name == "7000" {
            timeline.series[place].measures = timeline.series[place].measures.mapValues { series in
                series.within(planted.moment..<timeline.range.upperBound)
            }
        }
        let first = try #require(TrendAnalysis(timeline).comparison(good: good, bad: bad).statements.first)
        #expect(first.statement.queryID == "7000")
        #expect(first.verdict == .new)
        #expect(first.goodMean == nil)
        #expect(first.fromMean == 0)
    }
}
