import Foundation
import History
import Testing
import Trends

@Suite struct NumericsCompanionTests {
    /// Four weeks of half an hour unless told otherwise, each with the same daily rhythm.
    private func series(
        _ planted: inout PlantedSeries, _ extra: @escaping @Sendable (Double) -> Double = { _ in 0 }
    ) -> TimeSeries {
        planted.extra = extra
        return planted.make(Int(28 * 86_400 / planted.interval))
    }

    private func planted(_ seed: UInt64, _ noise: PlantedNoise = .lingeringLong) -> PlantedSeries {
        var planted = PlantedSeries(seed: seed, noise: noise, deviation: 0.2)
        planted.interval = 1800
        planted.dailyRhythm = 0.7
        return planted
    }

    /// In one of forty hours, at no time of its own.
    private static func now(_ time: Double) -> Bool {
        var numbers = SeededNumbers(seed: UInt64(time / 3600))
        return numbers.below(40) == 0
    }

    @Test func whatIsHighInTheBadWindowsIsFoundAmongManyOfTheSameDay() throws {
        var planted = planted(1)
        let slow = series(&planted) { Self.now($0) ? log(4) : 0 }
        var others = (0..<40).map { (name: "other \($0)", series: series(&planted)) }
        others[20] = ("neighbour", series(&planted) { Self.now($0) ? log(4) : 0 })
        let found = Companion.find(of: slow, among: others)
        #expect(found.map(\.name) == ["neighbour"])
        let first = try #require(found.first)
        #expect(first.correlation > 0.5 && first.correlation <= 1)
        #expect(first.chance > 0 && first.chance <= 0.01)
    }

    @Test func aWindowOnMondaysThatBothShareIsFound() {
        var planted = planted(2)
        let monday: @Sendable (Double) -> Double = { Int($0 / 3600) % 168 == 8 ? log(5) : 0 }
        let slow = series(&planted, monday)
        let tuesday = series(&planted) { Int($0 / 3600) % 168 == 32 ? log(5) : 0 }
        let found = Companion.find(of: slow, among: [("Y", series(&planted, monday)), ("Z", tuesday)])
        #expect(found.map(\.name) == ["Y"])
    }

    @Test func ofTwoHundredThatOnlyShareTheDayNoneIsTold() {
        for (number, noise) in [PlantedNoise.lingeringLong, .heavyTails].enumerated() {
            var planted = planted(UInt64(3 + number), noise)
            planted.interval = 3600
            let slow = series(&planted)
            let others = (0..<200).map { (name: "other \($0)", series: series(&planted)) }
            #expect(Companion.find(of: slow, among: others).isEmpty, "\(number)")
        }
    }

    /// Two days of trouble in one, which lie in four of the other: one coincidence, though each has many bad windows.
    @Test func longEpisodesAreFewCases() {
        var planted = planted(6)
        let slow = series(&planted) { (10..<12).contains(Int($0 / 86_400)) ? 0.5 : 0 }
        let other = series(&planted) { (9..<13).contains(Int($0 / 86_400)) ? 0.5 : 0 }
        #expect(Companion.find(of: slow, among: [("Y", other)]).isEmpty)
    }

    @Test func whatFallsThenIsNoCompanion() {
        var planted = planted(7)
        let slow = series(&planted) { Self.now($0) ? log(4) : 0 }
        #expect(Companion.find(of: slow, among: [("less", series(&planted) { Self.now($0) ? -log(4) : 0 })]).isEmpty)
    }

    /// Readings of 10 minutes beside those of 30, which begin in between.
    @Test func seriesAreAlignedInTime() {
        var planted = planted(8)
        let slow = series(&planted) { Self.now($0) ? log(4) : 0 }
        planted.interval = 600
        planted.from += 300
        planted.extra = { Self.now($0 + 300) ? log(4) : 0 }
        #expect(Companion.find(of: slow, among: [("Y", planted.make(28 * 144 - 1))]).map(\.name) == ["Y"])
        planted.from += 90 * 86_400
        #expect(Companion.find(of: slow, among: [("later", planted.make(28 * 144))]).isEmpty)
    }

    @Test func theSameSeedSaysTheSame() {
        var planted = planted(9)
        let slow = series(&planted) { Self.now($0) ? log(2) : 0 }
        let others = [(name: "Y", series: series(&planted) { Self.now($0) ? log(2) : 0 })]
        #expect(Companion.find(of: slow, among: others, seed: 4) == Companion.find(of: slow, among: others, seed: 4))
        #expect(Companion.find(of: TimeSeries(), among: others).isEmpty)
        #expect(Companion.find(of: slow, among: []).isEmpty)
    }
}
