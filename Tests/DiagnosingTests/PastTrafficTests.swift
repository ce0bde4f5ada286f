import Foundation
import Model
import TestKit
import Testing

@testable import Diagnosing

/// What is a surge against a past of two weeks, on generated ones.
@Suite struct PastTrafficTests {
    /// Sweeps each five minutes from a Tuesday on: office hours, half the load on weekends, a batch each night, and chance.
    private struct Shop {
        static let start: Int64 = 1_772_496_000_000  // Tue 2026-03-03 00:00 UTC
        var chance: SeededGenerator
        var past = PastTraffic()
        var now = Self.start
        /// Standard deviation of the logarithm of an interval's rate.
        var spread = 0.1
        private var batch = 120.0

        init(seed: UInt64) { chance = SeededGenerator(seed: seed) }

        /// Box and Muller.
        private mutating func gauss() -> Double {
            let first = Double.random(in: Double.leastNonzeroMagnitude...1, using: &chance)
            let second = Double.random(in: 0..<1, using: &chance)
            return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
        }

        /// Calls a second of the next five minutes.
        mutating func next() -> Double {
            let minute = Double((now - Self.start) / 60_000 % 1440)
            let weekday = (now - Self.start) / 86_400_000 % 7  // 0: Tuesday
            // At 02:00, give or take some minutes.
            if minute == 0 { batch = 120 + 3 * gauss() }
            let office = 0.5 + 0.5 * cos((minute - 840) / 1440 * 2 * .pi)
            var rate = 60 + (weekday == 4 || weekday == 5 ? 60 : 120) * office
            if minute >= batch - 5, minute < batch + 20 { rate += 200 }
            return rate * exp(spread * gauss())
        }

        mutating func pass(_ rate: Double) {
            now += 300_000
            past.add(.init(end: now, length: 300_000, rate: rate))
        }

        func judged(_ rate: Double) -> UsualTraffic? {
            let start = Date(timeIntervalSince1970: Double(now) / 1000)
            return UsualTraffic(past, from: start, to: start.addingTimeInterval(300), rate: rate)
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func twoUsualWeeksAreSilentOnceADayIsKnown(_ seed: UInt64) {
        var shop = Shop(seed: seed)
        for number in 0..<15 * 288 {
            let rate = shop.next()
            let usual = shop.judged(rate)
            #expect((usual == nil) == (number < 12))
            if let usual, usual.since != nil {
                #expect(usual.known == .intervals && number < 288, "\(shop.now): \(rate) against \(usual)")
            }
            shop.pass(rate)
        }
    }

    /// What is missed lies within half an hour of the batch, whose load is 3 times the night's.
    @Test func trafficThatTriplesAtARandomMomentIsToldByTheNextInterval() {
        var told = 0
        var moments = SeededGenerator(seed: 7)
        for seed in 3...12 as ClosedRange<UInt64> {
            var shop = Shop(seed: seed)
            for _ in 0..<7 * 288 { shop.pass(shop.next()) }
            for _ in 0..<100 {
                for _ in 0..<Int.random(in: 5...35, using: &moments) { shop.pass(shop.next()) }
                let start = Date(timeIntervalSince1970: Double(shop.now) / 1000)
                let rate = shop.next()
                if shop.judged(3 * rate)?.since == start { told += 1 }
                shop.pass(rate)
            }
        }
        #expect(told >= 950, "\(told) of 1000")
    }

    @Test func aSurgeThatLastsIsDatedByItsBeginningUntilItIsUsual() {
        var shop = Shop(seed: 5)
        shop.spread = 0.05
        for _ in 0..<8 * 288 + 144 { shop.pass(shop.next()) }
        let start = Date(timeIntervalSince1970: Double(shop.now) / 1000)
        for number in 0..<24 {
            let rate = 4 * shop.next()
            let since = shop.judged(rate)?.since
            if number <= 12 { #expect(since == start, "interval \(number)") }
            if number >= 13 { #expect(since == nil, "interval \(number)") }
            shop.pass(rate)
        }
    }

    /// Thousand sweeps at any distance from each other, of windows that hold few calls.
    @Test func irregularSweepsOfASteadyServerAreSilent() {
        var chance = SeededGenerator(seed: 11)
        var shop = Shop(seed: 11)
        var judged = 0
        for _ in 0..<1000 {
            let length = Int64.random(in: 20...7200, using: &chance) * 1000
            let calls = 25 * Double(length) / 1000
            // A count of so many varies by its root.
            let rate =
                (calls + calls.squareRoot() * Double.random(in: -3...3, using: &chance)) / (Double(length) / 1000)
            let start = Date(timeIntervalSince1970: Double(shop.now) / 1000)
            let usual = UsualTraffic(
                shop.past, from: start, to: start.addingTimeInterval(Double(length) / 1000), rate: rate)
            if let usual { judged += 1; #expect(usual.since == nil, "\(rate) against \(usual)") }
            shop.now += length
            shop.past.add(.init(end: shop.now, length: length, rate: rate))
        }
        #expect(judged > 700)
    }

    @Test func aShortSampleIsNotHeldAgainstLongIntervals() {
        var shop = Shop(seed: 1)
        for _ in 0..<300 { shop.pass(shop.next()) }
        let start = Date(timeIntervalSince1970: Double(shop.now) / 1000)
        #expect(UsualTraffic(shop.past, from: start, to: start.addingTimeInterval(30), rate: 5000) == nil)
        #expect(UsualTraffic(shop.past, from: start, to: start.addingTimeInterval(150), rate: 5000)?.since == start)
        // Of a window that began before the last sweeps, these are a part.
        let earlier = start.addingTimeInterval(-86_400)
        #expect(UsualTraffic(shop.past, from: earlier, to: start, rate: 5000) == nil)
    }

    @Test func theRecordIsBoundedAndForgetsNothingOfTwoWeeks() throws {
        var shop = Shop(seed: 1)
        var greatest: [Int64: Double] = [:]
        for _ in 0..<40 * 288 {
            let rate = shop.next()
            shop.pass(rate)
            let slot = PastTraffic.slot(at: shop.now - 1)
            greatest[slot] = max(greatest[slot] ?? 0, rate)
        }
        #expect(shop.past.recent.count == PastTraffic.mostIntervals && shop.past.levels.count == PastTraffic.mostSlots)
        let last = PastTraffic.slot(at: shop.now - 1)
        for slot in last - 14 * 144...last {
            let kept = try #require(shop.past.rate(ofSlot: slot)) / greatest[slot]!
            #expect((0.999...1.1).contains(kept), "\(slot): \(kept)")
        }
        #expect(shop.past.rate(ofSlot: last + 1) == nil && shop.past.rate(ofSlot: last - 2200) == nil)
        // Away for a year, and back: nothing old is taken for new.
        shop.now += 366 * 86_400_000
        shop.pass(7)
        #expect(shop.past.levels.count <= 2 && shop.past.rate(ofSlot: last) == nil)
        // What makes no sense is left out.
        let before = shop.past
        shop.past.add(.init(end: shop.now, length: 1000, rate: 1))
        shop.past.add(.init(end: shop.now + 1, length: 0, rate: 1))
        shop.past.add(.init(end: shop.now + 1, length: 1, rate: .infinity))
        #expect(shop.past == before)
    }
}
