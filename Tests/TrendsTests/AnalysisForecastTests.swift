import Foundation
import History
import Testing
import Trends

@Suite struct AnalysisForecastTests {
    private static let days = 30
    private static let start = 1_767_571_200.0

    private func series(_ value: (Double) -> Double) -> TimeSeries {
        let starts = (0..<Self.days * 24).map { Self.start + Double($0) * 3600 }
        return TimeSeries(
            starts: starts, ends: starts.map { $0 + 3600 }, values: starts.map { value(($0 - Self.start) / 86_400) })
    }

    private func report(_ series: [Timeline.Series], _ options: TrendAnalysis.Options = .init()) -> TrendReport {
        var timeline = Timeline()
        timeline.range = Self.start..<Self.start + Double(Self.days) * 86_400
        timeline.moments = [Self.start] + self.series { $0 }.ends
        timeline.series = series
        return TrendAnalysis(timeline, options: options).report
    }

    private func sequence(_ name: String, _ perDay: Double, limit: Double) -> Timeline.Series {
        Timeline.Series(
            key: SeriesKey(.sequence, name, in: "shop"),
            measures: ["lastValue": series { 1e6 + perDay * $0 }, "limit": series { _ in limit }])
    }

    @Test func aSequenceThatEndsWithinAYearIsToldAndAnotherIsNot() throws {
        let report = report([
            sequence("public.orders_id_seq", 1e7, limit: 2_147_483_647),
            sequence("public.calm_id_seq", 1e3, limit: 2_147_483_647),
        ])
        let forecast = try #require(report.forecasts.first)
        #expect(report.forecasts.count == 1)
        #expect(forecast.object == "public.orders_id_seq")
        // 2,147 million less 1 million at 10 million a day: 214.6 days.
        #expect(abs(forecast.forecast.reached - (Self.start + 214.6 * 86_400)) < 3 * 86_400)
        #expect(forecast.sentence.hasPrefix("Sequence public.orders_id_seq reaches its end of 2.1 billion about "))
        #expect(report.headline == forecast.sentence)
    }

    @Test func anAgeThatIsFrozenAgainAndAgainIsNoForecast() {
        func database(_ age: (Double) -> Double) -> [Timeline.Series] {
            [Timeline.Series(key: SeriesKey(.database, "shop", in: "shop"), measures: ["frozenXIDAge": series(age)])]
        }
        let sawtooth = report(database { 5e7 + $0.truncatingRemainder(dividingBy: 10) * 1.5e7 })
        #expect(sawtooth.forecasts.isEmpty)
        let runaway = report(database { 1e9 + $0 * 2e7 })
        #expect(runaway.forecasts.map(\.kind) == [.wraparound])
    }

    @Test func sizesAreForecastAgainstAGivenLimitOnly() {
        let size = Timeline.Series(
            key: SeriesKey(.database, "shop", in: "shop"), measures: ["size": series { 1e11 + $0 * 1e9 }])
        let without = report([size])
        #expect(without.forecasts.isEmpty)
        #expect(without.growth.map(\.sentence) == ["Database shop grows by 954 MB a day, 121 GB now."])
        var options = TrendAnalysis.Options()
        options.diskSize = 2e11
        #expect(report([size], options).forecasts.map(\.kind) == [.size])
    }

    @Test func whatIsSlowOnMondaysOnlyIsToldWithItsHours() throws {
        func isMonday(_ day: Double) -> Bool {
            let hour = day.truncatingRemainder(dividingBy: 7) * 24
            return hour >= 7.99 && hour < 8.99
        }
        var noise = SeededNumbers(seed: 5)
        let wobble = (0..<Self.days * 24).map { _ in Double.random(in: 0.8...1.2, using: &noise) }
        func statement(_ name: String, _ role: String, _ time: (Double) -> Double) -> Timeline.Series {
            let calls = series { _ in 5 }
            var spent = series(time)
            for place in spent.values.indices {
                spent.values[place] *= wobble[(place + name.count * 31) % wobble.count]
            }
            spent.peaks = spent.values
            return Timeline.Series(
                key: SeriesKey(.statement, name, in: "shop", role: role), fingerprint: name, text: "SELECT \(name)",
                measures: ["calls": calls, "executionTime": spent])
        }
        let report = report([
            statement("victim", "app") { isMonday($0) ? 2_000_000 : 100_000 },
            statement("export", "reporting") { isMonday($0) ? 900_000 : 1000 },
            statement("quiet", "app") { _ in 50_000 },
        ])
        let slow = try #require(report.slowSometimes.first)
        #expect(slow.statement.identity == "export" || slow.statement.identity == "victim")
        let victim = try #require(report.slowSometimes.first { $0.statement.identity == "victim" })
        #expect(victim.rhythm?.peaks == ["Mon 08–09"])
        #expect(victim.sentence.contains("only Mon 08–09"))
    }
}
