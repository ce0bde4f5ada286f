import Foundation
import History
import Testing
import Trends

@Suite struct NumericsRhythmTests {
    /// Four weeks of 30 minutes unless told otherwise.
    private func rhythm(
        _ seed: UInt64, _ noise: PlantedNoise = .gaussian, days: Int = 28, timeZone: TimeZone = .gmt,
        _ extra: @escaping @Sendable (_ day: Int, _ hour: Int) -> Double
    ) -> Rhythm? {
        var planted = PlantedSeries(seed: seed, noise: noise, deviation: 0.3)
        planted.interval = 1800
        planted.extra = { extra(Int($0 / 86_400), Int($0 / 3600) % 24) }
        return Rhythm.find(in: planted.make(days * 48), timeZone: timeZone)
    }

    @Test(arguments: [PlantedNoise.gaussian, .heavyTails, .outliers])
    func aWindowOnMondaysIsFound(noise: PlantedNoise) throws {
        let found = try #require(rhythm(1, noise) { $0 % 7 == 0 && $1 == 8 ? log(4) : 0 })
        #expect(found.peaks == ["Mon 08–09"])
        #expect((2.5...6).contains(found.profile[8]))
        #expect(found.profile[24 + 8] < 1.3)
        #expect(found.strength > 0.15 && found.strength < 1)
    }

    @Test func aDailyWindowIsFoundInFiveDays() throws {
        let found = try #require(rhythm(2, days: 5) { $1 == 2 ? log(4) : 0 })
        #expect(found.peaks == ["daily 02–03"])
        #expect(found.profile.allSatisfy { !$0.isNaN })
    }

    @Test func workingHoursAreOneText() {
        #expect(rhythm(3) { $0 % 7 < 5 && (9..<17).contains($1) ? log(3) : 0 }?.peaks == ["Mon–Fri 09–17"])
    }

    @Test func theWeekendIsOneText() {
        #expect(rhythm(4) { day, _ in day % 7 >= 5 ? log(3) : 0 }?.peaks == ["Sat–Sun"])
    }

    @Test func aWindowAcrossMidnightIsOne() {
        #expect(rhythm(5) { $1 >= 23 || $1 < 2 ? log(4) : 0 }?.peaks == ["daily 23–02"])
    }

    @Test func hoursAreThoseOfTheTimeZone() throws {
        let zone = try #require(TimeZone(secondsFromGMT: 5 * 3600))
        #expect(rhythm(6, timeZone: zone) { $0 % 7 == 0 && $1 == 8 ? log(4) : 0 }?.peaks == ["Mon 13–14"])
        #expect(rhythm(6, timeZone: zone) { $0 % 7 == 0 && $1 == 22 ? log(4) : 0 }?.peaks == ["Tue 03–04"])
    }

    @Test func aWindowThatGoesByTheClockIsOneWhenTheClockIsChanged() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Amsterdam"))
        var planted = PlantedSeries(seed: 8, deviation: 0.15)
        // 2 March to 13 April 2026: put forward on 29 March.
        planted.from = 1_772_406_000
        let from = planted.from
        planted.extra = { seconds in
            let moment = from + seconds
            let local = moment + Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: moment)))
            return Int(local / 3600) % 24 == 8 ? log(6) : 0
        }
        let series = planted.make(42 * 288)
        #expect(Rhythm.find(in: series, timeZone: zone)?.peaks == ["daily 08–09"])
        #expect(ChangePoint.find(in: series, timeZone: zone).isEmpty)
    }

    @Test func aNewLevelIsNoRhythmAndHidesNone() throws {
        #expect(rhythm(7) { day, _ in day < 12 ? 0 : log(3) } == nil)
        let found = try #require(rhythm(7) { ($0 < 12 ? 0 : log(3)) + ($0 % 7 == 3 && $1 == 6 ? log(4) : 0) })
        #expect(found.peaks == ["Thu 06–07"])
    }

    @Test func noiseHasNoRhythm() {
        for (number, noise) in PlantedNoise.allCases.enumerated() {
            for seed in 0..<5 {
                #expect(rhythm(UInt64(1000 * number + seed), noise) { _, _ in 0 } == nil, "\(noise), seed \(seed)")
            }
        }
    }

    @Test func tooLittleIsNoRhythm() {
        #expect(rhythm(8, days: 2) { $1 == 2 ? log(4) : 0 } == nil)
        // Once is no week's rhythm.
        #expect(rhythm(9, days: 13) { $0 == 7 && $1 == 8 ? log(9) : 0 } == nil)
        #expect(Rhythm.find(in: TimeSeries()) == nil)
    }
}
