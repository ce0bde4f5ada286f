import Foundation

/// Splits values into segments, each with a level of its own.
///
/// What is sought is the least sum of min((value − level)², clip) over all values plus a penalty for each further segment: the
/// biweight loss of Fearnhead and Rigaill 2019 ("Changepoint Detection in the Presence of Outliers", JASA 114), with which a
/// value however wild costs no more than one of three standard deviations, so that a few of them never make a segment. The cost
/// of a segment has no closed form then, which rules out PELT (Killick, Fearnhead and Eckley 2012) in its plain form; the sum is
/// found as by their R-FPOP, by functional recursion over the level of the last segment (Maidstone, Hocking, Rigaill and
/// Fearnhead 2017), here over a grid of levels a quarter of a standard deviation apart, instead of exact intervals of it: a level
/// is off by an eighth at most, which adds under 2 % to a value's cost, and each step is one plain loop. Exact otherwise:
/// O(values × levels), whatever the number of changes.
enum Segmentation {
    /// (3 σ)²: K of the paper.
    static let clip = 9.0

    /// Where each segment but the first begins.
    ///
    /// - Parameters:
    ///   - values: in standard deviations of the noise.
    ///   - shortest: no level is tried that fewer values are near to.
    static func starts(_ values: [Double], penalty: Double, shortest: Int) -> [Int] {
        let grid = levels(values, shortest: shortest)
        guard values.count > 1, grid.count > 1 else { return [] }
        let count = grid.count
        // Where the last segment begins in the best split of the first values.
        var lastStart = [Int32](repeating: 0, count: values.count)
        grid.withUnsafeBufferPointer { grid in
            values.withUnsafeBufferPointer { values in
                lastStart.withUnsafeMutableBufferPointer { lastStart in
                    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { costs in
                        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { starts in
                            guard let grid = grid.baseAddress, let values = values.baseAddress,
                                let last = lastStart.baseAddress, let costs = costs.baseAddress,
                                let starts = starts.baseAddress
                            else { return }
                            recur(
                                values, lastStart.count, grid, count, penalty: penalty, costs: costs, starts: starts,
                                last: last)
                        }
                    }
                }
            }
        }
        var result: [Int] = []
        var start = Int(lastStart[values.count - 1])
        while start > 0 {
            result.append(start)
            start = Int(lastStart[start - 1])
        }
        return result.reversed()
    }

    /// By pointers and plain loops: this is the one part whose time grows with values × levels.
    private static func recur(
        _ values: UnsafePointer<Double>, _ valueCount: Int, _ grid: UnsafePointer<Double>, _ levelCount: Int,
        penalty: Double, costs: UnsafeMutablePointer<Double>, starts: UnsafeMutablePointer<Int32>,
        last: UnsafeMutablePointer<Int32>
    ) {
        costs.initialize(repeating: 0, count: levelCount)
        starts.initialize(repeating: 0, count: levelCount)
        var best = 0.0
        var time = 0
        while time < valueCount {
            let value = values[time]
            let anew = best + penalty
            let now = Int32(truncatingIfNeeded: time)
            var least = Double.infinity
            var level = 0
            while level < levelCount {
                let distance = value - grid[level]
                let square = distance * distance
                let before = costs[level]
                let isAnew = time > 0 && anew < before
                let cost = (isAnew ? anew : before) + (square < clip ? square : clip)
                starts[level] = isAnew ? now : starts[level]
                costs[level] = cost
                least = cost < least ? cost : least
                level += 1
            }
            level = 0
            while costs[level] > least { level += 1 }
            last[time] = starts[level]
            best = least
            time += 1
        }
    }

    /// Multiples of a step, a quarter of a standard deviation, that have enough values within one of them; of more than
    /// `mostLevels` a coarser step.
    private static func levels(_ values: [Double], shortest: Int) -> [Double] {
        var step = 0.25
        while true {
            var counts: [Int: Int] = [:]
            for value in values where abs(value) < 1e9 { counts[Int((value / step).rounded()), default: 0] += 1 }
            let reach = max(1, Int(1 / step))
            let bins = counts.keys.filter { bin in
                var near = 0
                for other in (bin - reach)...(bin + reach) { near += counts[other] ?? 0 }
                return near >= shortest
            }
            if bins.count <= mostLevels || step > 1e6 { return bins.sorted().map { Double($0) * step } }
            step *= 2
        }
    }

    private static let mostLevels = 300
}
