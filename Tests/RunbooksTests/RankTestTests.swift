import Foundation
import History
import TestKit
import Testing

@Suite struct RankTestTests {
    /// The greatest U that is significant at 0.05, one-sided, for two groups of this size (Siegel 1956, table K; Mann and
    /// Whitney 1947).
    @Test(arguments: [
        (3, 0), (4, 1), (5, 4), (6, 7), (7, 11), (8, 15), (9, 21), (10, 27), (11, 34), (12, 42), (13, 51), (14, 61),
        (15, 72),
        (16, 83), (17, 96), (18, 109), (19, 123), (20, 138),
    ])
    func criticalValues(_ size: Int, _ greatest: Int) {
        #expect(RankTest.chance(of: low(size, u: greatest), below: high(size)) <= 0.05)
        #expect(RankTest.chance(of: low(size, u: greatest + 1), below: high(size)) > 0.05)
    }

    private func high(_ size: Int) -> [Double] { (1...size).map { Double($0) } }

    /// Readings without ties that stand above `u` pairs of `high(size)`.
    private func low(_ size: Int, u: Int) -> [Double] {
        (0..<size).map { place in
            let above = min(size, max(0, u - place * size))
            return Double(above) + 0.1 + Double(place) * 0.01
        }
    }

    @Test func equalsCountingEveryDivisionAlsoWithTies() {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<300 {
            let low = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                Double(Int.random(in: 0...5, using: &random))
            }
            let high = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                Double(Int.random(in: 0...5, using: &random))
            }
            #expect(abs(RankTest.chance(of: low, below: high) - counted(low, high)) < 1e-12, "\(low) \(high)")
        }
    }

    /// Of all choices of as many readings, those with as few pairs above, half a pair for a tie.
    private func counted(_ low: [Double], _ high: [Double]) -> Double {
        func pairs(_ low: [Double], _ high: [Double]) -> Double {
            low.reduce(0) { sum, one in sum + high.reduce(0) { $0 + (one > $1 ? 1 : one == $1 ? 0.5 : 0) } }
        }
        let all = low + high
        var (count, fewer) = (0.0, 0.0)
        for mask in 0..<(1 << all.count) where mask.nonzeroBitCount == low.count {
            let chosen = all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
            let rest = all.indices.filter { mask >> $0 & 1 == 0 }.map { all[$0] }
            count += 1
            fewer += pairs(chosen, rest) <= pairs(low, high) ? 1 : 0
        }
        return fewer / count
    }

    @Test func leastChanceIsThatOfTotalSeparation() {
        #expect(abs(RankTest.leastChance(3, below: 4) - 1.0 / 35) < 1e-12)
        for (low, high) in [(3, 4), (2, 5), (6, 3), (1, 19), (5, 5)] {
            let separated = RankTest.chance(
                of: (0..<low).map { Double($0) }, below: (0..<high).map { Double($0 + 100) })
            #expect(abs(separated - RankTest.leastChance(low, below: high)) < 1e-12)
        }
        #expect(RankTest.leastChance(0, below: 4) == 1 && RankTest.chance(of: [], below: [1]) == 1)
    }

    /// Against SciPy 1.17 (`mannwhitneyu(…, alternative="less", method="asymptotic")`).
    @Test func manyReadingsTakeTheNormalDistribution() {
        let plain = RankTest.chance(of: (0..<40).map { Double($0) }, below: (5..<45).map { Double($0) })
        #expect(abs(plain - 0.035947886709456714) < 1e-9)
        let tied = RankTest.chance(of: (0..<60).map { Double($0 / 3) }, below: (0..<50).map { Double($0 / 3 + 1) })
        #expect(abs(tied - 0.7251125226878894) < 1e-9)
        #expect(RankTest.chance(of: [Double](repeating: 1, count: 40), below: [Double](repeating: 1, count: 40)) == 1)
    }

    @Test func holmStopsAtTheFirstThatFails() {
        #expect(RankTest.holding([0.01, 0.04, 0.03, 0.005], level: 0.05) == [true, false, false, true])
        #expect(RankTest.holding([], level: 0.05).isEmpty)
    }

    /// A fix that does nothing is seldom called verified, whatever the readings are distributed like.
    @Test func falseAlarmsStayBelowTheLevel() {
        var random = SeededGenerator(seed: 9)
        let runs = 2500
        var verified = 0
        for _ in 0..<runs {
            let readings = (0..<14).map { _ in -log(Double.random(in: 1e-9...1, using: &random)) }
            let outcome = FixVerification.judge(before: Array(readings.prefix(8)), after: Array(readings.suffix(6)))
            verified += outcome?.verdict == .verified ? 1 : 0
        }
        // Four standard deviations above 0.05.
        #expect(Double(verified) / Double(runs) < 0.05 + 4 * (0.05 * 0.95 / Double(runs)).squareRoot())
        #expect(verified > 0)
    }
}
