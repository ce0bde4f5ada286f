import Foundation

/// Where the true share lies, with 95 % confidence, when so much of a sample has a property.
///
/// Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), which keeps its promise for small samples and for
/// shares near 0 and 1 (Brown, Cai, DasGupta, Statistical Science 16, 2001).
package struct WilsonInterval: Sendable, Equatable {
    package let low: Double
    package let high: Double

    /// 97.5 % quantile of the normal distribution.
    static let quantile = 1.959964

    /// - Parameters:
    ///   - share: 0…1.
    ///   - observations: independent ones; need not be whole. 0: nothing is known.
    package init(share: Double, observations: Double) {
        guard observations > 0 else {
            (low, high) = (0, 1)
            return
        }
        let square = Self.quantile * Self.quantile
        let middle = (share + square / (2 * observations)) / (1 + square / observations)
        let spread =
            Self.quantile / (1 + square / observations)
            * (share * (1 - share) / observations + square / (4 * observations * observations)).squareRoot()
        low = max(0, middle - spread)
        high = min(1, middle + spread)
    }

    /// Points of a hundred to either side, the larger: `± 4`.
    package func error(of share: Double) -> Double { max(high - share, share - low) }
}
