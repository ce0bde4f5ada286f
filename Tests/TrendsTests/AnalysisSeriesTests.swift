import Foundation
import History
import Testing

@testable import Trends

@Suite struct AnalysisSeriesTests {
    private func series(_ values: [Double], from: Double = 0, interval: Double = 300) -> TimeSeries {
        let starts = values.indices.map { from + Double($0) * interval }
        return TimeSeries(starts: starts, ends: starts.map { $0 + interval }, values: values)
    }

    @Test func thinningKeepsPeaksTotalsAndGaps() {
        var values = (0..<8640).map { Double($0 % 7) }
        values[5000] = 900
        for place in 3000..<3300 { values[place] = .nan }
        let whole = series(values)
        let thin = whole.thinned()
        #expect(thin.count <= 400)
        #expect(thin.peaks.filter { !$0.isNaN }.max() == 900)
        #expect(thin.values.contains { $0.isNaN })
        #expect(abs((thin.mean ?? 0) / (whole.mean ?? 1) - 1) < 0.02)

        var holed = whole.within(0..<600_000)
        let late = whole.within(900_000..<2_592_000)
        for place in late.values.indices {
            holed.append(from: late.starts[place], to: late.ends[place], late.values[place])
        }
        let gaps = zip(holed.thinned().ends, holed.thinned().starts.dropFirst()).filter { $1 - $0 > 3000 }
        #expect(gaps.count == 1)
    }

    @Test func sumsTakeWhatIsKnown() {
        let sum = TimeSeries.sum([series([1, .nan, 3]), series([10, .nan, 30]), series([100, 200], from: 300)])
        #expect(sum.values == [11, 100, 233])
        let unknown = TimeSeries.sum([series([.nan]), series([.nan])])
        #expect(unknown.knownCount == 0)
    }

    @Test func ratiosAreNotKnownWhereNothingWasCounted() {
        let ratio = series([10, 10, .nan]).ratio(to: series([2, 0, 1]))
        #expect(ratio.values[0] == 5)
        #expect(ratio.values[1].isNaN && ratio.values[2].isNaN)
    }

    @Test(arguments: [
        ([100.0, 200, 300], false), ([100, 200, 20, 150], true), ([200, 195, 190], false),
    ]) func anAgeThatFallsWasFrozen(_ values: [Double], _ isFrozen: Bool) {
        #expect(series(values).hasFallen == isFrozen)
    }
}
