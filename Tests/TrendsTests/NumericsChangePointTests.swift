import Foundation
import History
import Testing
import Trends

@Suite struct NumericsChangePointTests {
    /// Five days of 5 minutes: 1,440 intervals, with a daily rhythm in every other one.
    private func scores(deviation: Double, factor: Double) -> PlantedSeries.Score {
        var score = PlantedSeries.Score()
        for (number, noise) in PlantedNoise.allCases.enumerated() {
            for seed in 0..<12 {
                var planted = PlantedSeries(seed: UInt64(100 * number + seed), noise: noise, deviation: deviation)
                planted.dailyRhythm = seed.isMultiple(of: 2) ? 0.4 : 0
                let rise = 300 + planted.numbers.below(300)
                let fall = 850 + planted.numbers.below(300)
                let series = planted.make(1440) { $0 >= rise && $0 < fall ? factor : 1 }
                score.count(ChangePoint.find(in: series), in: series, planted: [rise, fall])
            }
        }
        return score
    }

    @Test func halfAsMuchAgainIsFoundWithinTwoIntervalsInTwelvePercentNoise() {
        let score = scores(deviation: 0.12, factor: 1.5)
        #expect(score.planted == 144)
        #expect(score.precision >= 0.95, "\(score)")
        #expect(score.recall >= 0.9, "\(score)")
    }

    @Test func threeDeviationsAreFoundWithinTwoIntervalsInThirtyPercentNoise() {
        let score = scores(deviation: 0.3, factor: exp(0.9))
        #expect(score.precision >= 0.95, "\(score)")
        #expect(score.recall >= 0.9, "\(score)")
    }

    /// Every third of 30 days of 5 minutes, the others of 10.
    @Test func fiftyStationaryHistoriesHaveNoChange() {
        for seed in 0..<50 {
            let noise = PlantedNoise.allCases[seed % PlantedNoise.allCases.count]
            var planted = PlantedSeries(seed: UInt64(seed), noise: noise, deviation: [0.1, 0.3, 0.8][seed / 3 % 3])
            planted.dailyRhythm = seed % 4 < 2 ? 0.5 : 0
            let changes = ChangePoint.find(in: planted.make(seed % 3 == 0 ? 8640 : 2880))
            #expect(changes.isEmpty, "seed \(seed), \(noise): \(changes)")
        }
    }

    @Test func aChangeTellsLevelsCountsAndStrength() throws {
        var planted = PlantedSeries(seed: 7, deviation: 0.1)
        let series = planted.make(200) { $0 < 120 ? 1 : 2 }
        let change = try #require(ChangePoint.find(in: series).first)
        #expect(change.at == series.starts[120])
        #expect(change.after == series.ends[119])
        #expect(abs(change.before - 20) < 1)
        #expect(abs(change.now - 40) < 2)
        #expect(change.countBefore == 120)
        #expect(change.countAfter == 80)
        #expect(abs(change.strength - log(2) / 0.1) < 2)
    }

    @Test func gapsArePassedOver() throws {
        var planted = PlantedSeries(seed: 8, deviation: 0.1)
        var series = planted.make(200) { $0 < 110 ? 1 : 3 }
        for place in 100..<110 { series.values[place] = .nan }
        series.values[50] = .infinity
        let change = try #require(ChangePoint.find(in: series).first)
        #expect(change.after == series.ends[99])
        #expect(change.at == series.starts[110])
    }

    /// A sweep sees a change soon after it.
    @Test func fourIntervalsOfANewLevelAreEnoughAtTheEnd() {
        var planted = PlantedSeries(seed: 9)
        let series = planted.make(300) { $0 < 296 ? 1 : 4 }
        #expect(ChangePoint.find(in: series).map(\.at) == [series.starts[296]])
        #expect(ChangePoint.find(in: series, minimumSegment: 5).isEmpty)
    }

    @Test func whatRepeatsItselfExactlyHasALevel() {
        var series = TimeSeries()
        for place in 0..<60 {
            series.append(from: Double(place) * 300, to: Double(place + 1) * 300, place < 30 ? 1 : 3)
        }
        #expect(ChangePoint.find(in: series).map(\.at) == [9000])
        series.values = series.values.map { $0 - 1 }
        #expect(ChangePoint.find(in: series).map(\.factor) == [.infinity])
        series.values = series.values.map { _ in 0 }
        #expect(ChangePoint.find(in: series).isEmpty)
    }

    @Test func aSlowGrowthIsNoMoment() {
        var planted = PlantedSeries(seed: 10)
        #expect(ChangePoint.find(in: planted.make(1500) { 1 + Double($0) / 700 }).isEmpty)
    }

    @Test func aTenthMoreIsNotMaterialHoweverSure() {
        var planted = PlantedSeries(seed: 11, deviation: 0.02)
        #expect(ChangePoint.find(in: planted.make(600) { $0 < 300 ? 1 : 1.1 }).isEmpty)
    }

    /// Three intervals of a batch are an outlier; so is a value of another order of magnitude.
    @Test func aBurstIsNoLevel() {
        var planted = PlantedSeries(seed: 12)
        #expect(ChangePoint.find(in: planted.make(800) { (400..<403).contains($0) || $0 == 100 ? 1000 : 1 }).isEmpty)
    }

    /// 28 days of 10 minutes.
    @Test func aWindowThatComesBackEachWeekIsNoChange() {
        var planted = PlantedSeries(seed: 13)
        planted.interval = 600
        planted.extra = { (8..<10).contains(Int($0 / 3600) % 168) ? log(5) : 0 }
        #expect(ChangePoint.find(in: planted.make(4032)).isEmpty)
        let series = planted.make(4032) { $0 < 2500 ? 1 : 2 }
        #expect(ChangePoint.find(in: series).map(\.at) == [series.starts[2500]])
    }

    @Test func aPenaltyCanBeGiven() {
        var planted = PlantedSeries(seed: 14)
        let series = planted.make(200) { $0 < 100 ? 1 : 2 }
        #expect(ChangePoint.find(in: series).count == 1)
        #expect(ChangePoint.find(in: series, penalty: 1e6).isEmpty)
    }

    @Test func damagedSeriesDoNoHarm() {
        #expect(ChangePoint.find(in: TimeSeries()).isEmpty)
        var planted = PlantedSeries(seed: 15)
        var series = planted.make(100)
        series.starts[3] = .infinity
        series.ends[4] = .nan
        series.starts[5] = -1e300
        series.values[6] = .greatestFiniteMagnitude
        series.values[7] = -.greatestFiniteMagnitude
        series.ends.removeLast(3)
        #expect(ChangePoint.find(in: series, minimumSegment: -1).count <= 1)
        series.values = series.values.map { _ in -.infinity }
        #expect(ChangePoint.find(in: series).isEmpty)
    }
}
