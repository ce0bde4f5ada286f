import Foundation

/// How much the values of a series vary without any change of their level.
struct Noise {
    /// Standard deviation of one value.
    let deviation: Double
    /// φ: correlation of a value with the one before.
    let persistence: Double
    /// By how much the variance of a mean of many values is greater than that of as many independent ones: 1 when they are.
    let inflation: Double

    /// From differences between near values, which a change of level touches in a few places only: half the squared spread of
    /// differences at lag k is σ²(1 − φᵏ) for noise of first order (the variogram: Cressie and Hawkins 1980, for its robust
    /// form), so that lags 1 and 2 give both φ and σ. The plain median of first differences over √2 alone would take noise
    /// that lingers for too little noise.
    ///
    /// - Parameter floor: never less: of a series that repeats itself exactly, or nearly.
    init(_ values: [Double], floor: Double) {
        let (variance, persistence) = Noise.variogram(values)
        let single = max(variance, floor * floor, .leastNormalMagnitude)
        deviation = single.squareRoot()
        self.persistence = persistence
        var inflation = (1 + persistence) / (1 - persistence)
        // Noise that lingers for longer than it shows from one value to the next: seen between medians of twelve.
        let blocks = values.count / Noise.block
        if blocks >= 40 {
            let medians = (0..<blocks).map { Robust.median(Array(values[$0 * Noise.block..<($0 + 1) * Noise.block])) }
            let (variance, persistence) = Noise.variogram(medians)
            // A median's variance is π/2 of a mean's.
            let mean = variance * 2 / .pi * Double(Noise.block)
            inflation = max(inflation, mean * (1 + persistence) / (1 - persistence) / single)
        }
        // Of a level that wanders without any bound nothing could be said; ours then errs on its side.
        self.inflation = min(max(1, inflation), 20)
    }

    private static let block = 12

    private static func variogram(_ values: [Double]) -> (variance: Double, persistence: Double) {
        let near = halfSquare(values, lag: 1)
        guard near > 0, values.count > 8 else { return (near, 0) }
        let persistence = min(max(halfSquare(values, lag: 2) / near - 1, 0), 0.9)
        return (near / (1 - persistence), persistence)
    }

    private static func halfSquare(_ values: [Double], lag: Int) -> Double {
        guard values.count > lag else { return 0 }
        let spread = Robust.deviationFromZero((lag..<values.count).map { values[$0] - values[$0 - lag] })
        return spread * spread / 2
    }
}
