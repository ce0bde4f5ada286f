import Foundation

/// The test of Mann and Whitney: do the readings of one time lie lower than those of another, whatever their distribution?
/// (On a test of whether one of two random variables is stochastically larger than the other, Annals of Mathematical
/// Statistics 18, 1947.)
package enum RankTest {
    /// Readings up to which every division into two groups is counted; of more the normal distribution is near enough.
    private static let mostCounted = 64

    /// The chance that `low` lies as low against `high` as it does, or lower, when both are drawn from one source; 1 when one
    /// is empty. Exact for few readings, with ties too: of all ways to divide them (by the shift algorithm of Streitberg and
    /// Röhmel 1986), those whose sum of ranks is not greater.
    package static func chance(of low: [Double], below high: [Double]) -> Double {
        guard !low.isEmpty, !high.isEmpty else { return 1 }
        let ranks = doubledRanks(low + high)
        let sum = ranks.prefix(low.count).reduce(0, +)
        guard ranks.count <= mostCounted else { return normalChance(ranks, low.count, sum) }
        // ways[k][s]: choices of k readings whose doubled ranks add up to s.
        let width = ranks.reduce(0, +) + 1
        var ways = [[Double]](repeating: [], count: low.count + 1)
        for place in ways.indices { ways[place] = [Double](repeating: 0, count: place == 0 ? 1 : width) }
        ways[0][0] = 1
        var reached = 0
        for (number, rank) in ranks.enumerated() {
            for size in stride(from: min(number + 1, low.count), through: 1, by: -1) {
                if size == 1 {
                    ways[1][rank] += 1
                } else {
                    for total in 0...reached where ways[size - 1][total] > 0 {
                        ways[size][total + rank] += ways[size - 1][total]
                    }
                }
            }
            reached += rank
        }
        let all = ways[low.count].reduce(0, +)
        return min(1, ways[low.count].prefix(sum + 1).reduce(0, +) / all)
    }

    /// The least chance that so many readings can show: 1 ÷ the ways to divide them. 3 after 4: 1/35.
    package static func leastChance(_ low: Int, below high: Int) -> Double {
        guard low > 0, high > 0 else { return 1 }
        return (1...low).reduce(1.0) { $0 * Double($1) / Double(high + $1) }
    }

    /// Which of many tests hold together, so that the chance of one false alarm among all of them stays below `level` (Holm, A
    /// simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979).
    package static func holding(_ chances: [Double], level: Double) -> [Bool] {
        var held = [Bool](repeating: false, count: chances.count)
        let order = chances.indices.sorted { (chances[$0], $0) < (chances[$1], $1) }
        for (passed, place) in order.enumerated() {
            guard chances[place] <= level / Double(chances.count - passed) else { break }
            held[place] = true
        }
        return held
    }

    /// Twice the ranks, so that the mean rank of ties is whole.
    private static func doubledRanks(_ values: [Double]) -> [Int] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Int](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = start + end + 2 }
            start = end + 1
        }
        return ranks
    }

    /// With the correction for continuity, and for ties (Siegel, Nonparametric Statistics, 1956).
    private static func normalChance(_ ranks: [Int], _ size: Int, _ sum: Int) -> Double {
        let count = Double(ranks.count)
        let low = Double(size)
        var ties = 0.0
        for length in Dictionary(ranks.map { ($0, 1.0) }, uniquingKeysWith: +).values {
            ties += length * length * length - length
        }
        let spread: Double = count + 1 - ties / (count * (count - 1))
        let variance: Double = low * (count - low) * spread / 12
        guard variance > 0 else { return 1 }
        let expected: Double = low * (count + 1) / 2
        let distance: Double = (Double(sum) / 2 - expected + 0.5) / variance.squareRoot()
        let chance: Double = erfc(-distance / Double(2).squareRoot()) / 2
        return min(1, chance)
    }
}
