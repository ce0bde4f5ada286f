import Foundation
import History
import Testing
import Trends

@Suite struct NumericsForecastTests {
    private static let from = 1_767_571_200.0

    /// A gauge, read each hour.
    private func gauge(days: Int, _ value: (_ day: Double, _ deviate: Double) -> Double, seed: UInt64 = 1) -> TimeSeries
    {
        var planted = PlantedSeries(seed: seed)
        var series = TimeSeries()
        for hour in 0..<days * 24 {
            let day = Double(hour + 1) / 24
            let end = Self.from + day * 86_400
            series.append(from: end - 3600, to: end, value(day, planted.gaussian()))
        }
        return series
    }

    private func isInside(_ forecast: Forecast, day: Double) -> Bool {
        (forecast.earliest...forecast.latest).contains(Self.from + day * 86_400)
    }

    @Test func plantedDatesLieInTheInterval() {
        var (told, inside) = (0, 0)
        for seed in 0..<40 {
            // Every other one wanders: what is written on a day stays.
            var wandering = 0.0
            let series = gauge(
                days: 30,
                { day, deviate in
                    wandering += deviate * 0.05
                    return 100 + day + (seed.isMultiple(of: 2) ? wandering : 4 * deviate)
                }, seed: UInt64(seed))
            guard let forecast = Forecast.make(series, limit: 160) else { continue }
            told += 1
            #expect(forecast.earliest <= forecast.reached && forecast.reached <= forecast.latest)
            if isInside(forecast, day: 60) { inside += 1 }
        }
        #expect(told >= 36, "\(told)")
        #expect(Double(inside) >= 0.9 * Double(told), "\(inside) of \(told)")
    }

    @Test func aForecastTellsItsSlope() throws {
        let forecast = try #require(Forecast.make(gauge(days: 20) { 50 + 2 * $0 + 0.5 * $1 }, limit: 150))
        #expect(abs(forecast.slope - 2) < 0.1)
        #expect(forecast.limit == 150)
        #expect(abs(forecast.reached - Self.from - 50 * 86_400) < 2 * 86_400)
        #expect(isInside(forecast, day: 50))
    }

    @Test func whatFallsReachesALimitBelow() throws {
        let forecast = try #require(Forecast.make(gauge(days: 20) { 100 - 2 * $0 + 0.5 * $1 }, limit: 0))
        #expect(abs(forecast.slope + 2) < 0.1)
        #expect(isInside(forecast, day: 50))
        #expect(Forecast.make(gauge(days: 20) { 100 - 2 * $0 + 0.5 * $1 }, limit: 200) == nil)
    }

    @Test func noiseAndFlatDataAreSilent() {
        for seed in 0..<20 {
            #expect(Forecast.make(gauge(days: 30, { 100 + 5 * $1 + 0 * $0 }, seed: UInt64(seed)), limit: 120) == nil)
        }
        #expect(Forecast.make(gauge(days: 30) { _, _ in 100 }, limit: 120) == nil)
    }

    /// Emptied each week, each fortnight, each month.
    @Test(arguments: [7.0, 14, 30]) func aSawToothIsSilent(period: Double) {
        for shift in 0..<10 {
            let series = gauge(
                days: 45,
                { day, deviate in
                    100 + (day + Double(shift) * 3).truncatingRemainder(dividingBy: period) + 0.2 * deviate
                }, seed: UInt64(shift))
            #expect(Forecast.make(series, limit: 150) == nil, "\(shift)")
        }
    }

    @Test func whatWasEmptiedOnceLongAgoMayGrow() throws {
        let series = gauge(days: 60) { $0 < 6 ? 40 + $0 : 10 + $0 - 6 + 0.2 * $1 }
        #expect(try isInside(#require(Forecast.make(series, limit: 104)), day: 100))
    }

    @Test func aChangeOfPaceCounts() throws {
        let series = gauge(days: 40) { ($0 < 20 ? 100 + $0 : 120 + 4 * ($0 - 20)) + 0.2 * $1 }
        let forecast = try #require(Forecast.make(series, limit: 280))
        #expect(abs(forecast.slope - 4) < 0.3)
        #expect(isInside(forecast, day: 60))
        // Six days of a new pace are too few, and the old one is of the past.
        #expect(
            Forecast.make(gauge(days: 26) { ($0 < 20 ? 100 + $0 : 120 + 9 * ($0 - 20)) + 0.2 * $1 }, limit: 280) == nil)
    }

    @Test func oneLoadIsNoGrowth() {
        #expect(Forecast.make(gauge(days: 30) { ($0 < 15 ? 100 : 130) + 0.2 * $1 }, limit: 160) == nil)
    }

    @Test func weekdaysDoNotHideTheSlope() throws {
        let series = gauge(days: 28) { 100 + $0 + (Int($0) % 7 < 5 ? 6 : 0) + 0.5 * $1 }
        #expect(try abs(#require(Forecast.make(series, limit: 150)).slope - 1) < 0.15)
    }

    @Test func tooLittleOrTooFarIsSilent() {
        let slow: (Double, Double) -> Double = { 100 + $0 + 0.1 * $1 }
        #expect(Forecast.make(gauge(days: 6, slow), limit: 110) == nil)
        #expect(Forecast.make(gauge(days: 10, slow), limit: 160) != nil)
        // More than ten times as far as what was seen; then more than was asked for; then reached.
        #expect(Forecast.make(gauge(days: 10, slow), limit: 230) == nil)
        #expect(Forecast.make(gauge(days: 10, slow), limit: 160, horizonDays: 30) == nil)
        #expect(Forecast.make(gauge(days: 10, slow), limit: .infinity) == nil)
        #expect(Forecast.make(TimeSeries(), limit: 1) == nil)
    }
}
