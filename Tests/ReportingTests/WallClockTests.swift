import Foundation
import Model
import Testing

@testable import Reporting

/// In 2026 the clocks of Amsterdam go from 02:00 to 03:00 on 29 March, and from 03:00 back to 02:00 on 25 October.
@Suite struct WallClockTests {
    private let clock = WallClock(TimeZone(identifier: "Europe/Amsterdam")!)

    /// Of UTC.
    private func seconds(_ text: String) throws -> Double {
        try Date(text, strategy: .iso8601).timeIntervalSince1970
    }

    @Test func momentsAreWrittenAsTheClockShowsThem() throws {
        #expect(clock.name == "Europe/Amsterdam" && WallClock().name == "UTC")
        #expect(WallClock(TimeZone(identifier: "UTC")!).name == "UTC")
        #expect(clock.full(try seconds("2026-03-29T00:59:00Z")) == "2026-03-29 01:59")
        #expect(clock.full(try seconds("2026-03-29T01:00:00Z")) == "2026-03-29 03:00")
        #expect(clock.day(try seconds("2026-07-01T22:30:00Z")) == "2026-07-02")
        #expect(clock.moment(try seconds("2026-07-05T23:05:00Z")) == "Mon 6 Jul 01:05")
        let night = try seconds("2026-07-05T21:00:00Z")..<seconds("2026-07-05T22:30:00Z")
        #expect(clock.span(night) == "2026-07-05 23:00 – 2026-07-06 00:30")
        #expect(clock.full(.infinity) == "–" && clock.moment(-.infinity) == "–")
    }

    @Test func whatTheClockShowsIsFoundOnceNeverOrTheFirstOfTwice() throws {
        #expect(WallClock().moment(near: 0) == 0)
        func reading(_ text: String) throws -> Double { try seconds(text + "Z") }
        #expect(clock.moment(ofReading: try reading("2026-03-29T01:30:00")) == (try seconds("2026-03-29T00:30:00Z")))
        #expect(clock.moment(ofReading: try reading("2026-03-29T02:30:00")) == nil)
        #expect(clock.moment(near: try reading("2026-03-29T02:30:00")) == (try seconds("2026-03-29T01:30:00Z")))
        #expect(clock.moment(ofReading: try reading("2026-10-25T02:30:00")) == (try seconds("2026-10-25T00:30:00Z")))
        #expect(clock.moment(ofReading: try reading("2026-10-25T03:00:00")) == (try seconds("2026-10-25T02:00:00Z")))
        // Each quarter of an hour of a year is found again.
        let start = try seconds("2026-01-01T00:00:00Z")
        for quarter in 0..<(365 * 96) {
            let shown = start + Double(quarter) * 900
            guard let found = clock.moment(ofReading: shown) else {
                #expect(WallClock().full(shown).hasPrefix("2026-03-29 02:"))
                continue
            }
            #expect(clock.reading(found) == shown)
        }
    }

    @Test(arguments: ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-07-01T07:13:00Z"], [1.0, 2, 5, 40, 400])
    func theAxisIsMarkedByTheClock(_ from: String, _ days: Double) throws {
        let start = try seconds(from)
        for most in [3, 6, 12] {
            let ticks = TimeAxis(start..<start + days * 86_400, most: most, clock: clock).ticks
            #expect(ticks.count >= 1 && ticks.count <= most + 1)
            #expect(ticks.map(\.at) == ticks.map(\.at).sorted() && Set(ticks.map(\.at)).count == ticks.count)
            for tick in ticks {
                #expect(tick.at >= start && tick.at <= start + days * 86_400)
                let shown = WallClock.time(clock.reading(tick.at))
                if tick.text.contains(":") {
                    #expect(tick.text == shown)
                } else {
                    #expect(shown == "00:00", "\(tick.text) at \(shown)")
                }
            }
        }
    }

    @Test func hoursThatAreLeftOutOrComeTwiceAreMarkedOnceAtMost() throws {
        func names(_ from: String) throws -> [String] {
            let start = try seconds(from)
            return TimeAxis(start..<start + 5 * 3600, most: 5, clock: clock).ticks.map(\.text)
        }
        #expect(try names("2026-03-28T23:00:00Z") == ["29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"])
        #expect(try names("2026-10-24T22:00:00Z") == ["25 Oct", "01:00", "02:00", "03:00", "04:00"])
    }
}
