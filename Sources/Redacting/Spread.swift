/// Numbers in rising order at random places of a range: the range is cut into as many equal parts as are wanted, and one number is
/// drawn from each.
enum Spread {
    /// - Parameter size: how many numbers the range has; at least `count`.
    static func draw(
        _ count: Int, from first: UInt64, size: UInt64, _ random: inout some RandomNumberGenerator
    ) -> [UInt64] {
        guard count > 0 else { return [] }
        let part = size / UInt64(count)
        return (0..<UInt64(count)).map { first &+ $0 &* part &+ UInt64.random(in: 0..<part, using: &random) }
    }
}

/// Moments moved on at random: each by at least one step and by at most half of what is between it and the next, so that the order
/// stays. Where the next one is a step away, each moves to the place of the next.
enum Jitter {
    /// - Parameters:
    ///   - values: in rising order, each once.
    ///   - steps: what moments are whole multiples of, coarse before fine (`[1_000_000, 1]`): the first is taken that fits.
    ///   - reach: the furthest that a value may move; at least the finest step.
    ///   - limit: the greatest that the type holds.
    static func moved(
        _ values: [Int64], steps: [Int64], reach: (Int64) -> Int64, limit: Int64,
        _ random: inout some RandomNumberGenerator
    ) -> [Int64] {
        values.indices.map { place in
            let value = values[place]
            let next = place + 1 < values.count ? values[place + 1] : nil
            var furthest = max(0, reach(value))
            if let next { furthest = min(furthest, difference(next, value) / 2) }
            furthest = max(furthest, steps.last!)
            if next == nil { furthest = min(furthest, difference(limit, value)) }
            let step = steps.first { value % $0 == 0 && furthest >= $0 } ?? steps.last!
            guard furthest >= step else { return value }
            return value + Int64.random(in: 1...furthest / step, using: &random) * step
        }
    }

    private static func difference(_ greater: Int64, _ less: Int64) -> Int64 {
        let (difference, isTooLarge) = greater.subtractingReportingOverflow(less)
        return isTooLarge ? .max : difference
    }
}
