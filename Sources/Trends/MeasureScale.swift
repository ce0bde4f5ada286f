import Foundation

/// The scale on which a measure's noise does not depend on its level.
///
/// Times, rates and sizes vary in proportion to their level, to the right more than to the left: their logarithm is what has
/// levels, steps and a rhythm that add up (Box and Cox 1964, λ = 0). Where there are zeros too, a start is added first (Tukey
/// 1977): half of the lower positive values, so that 0, 1, 2 calls are steps of like size. With negative values it is left as is.
struct MeasureScale {
    /// nil: as is.
    let start: Double?

    /// - Parameter values: known ones.
    init(_ values: [Double]) {
        guard let least = values.min(), least >= 0 else {
            start = nil
            return
        }
        if least > 0 {
            start = 0
        } else {
            let positive = values.filter { $0 > 0 }
            start = positive.isEmpty ? nil : max(Robust.quantile(positive, 0.2) / 2, .leastNormalMagnitude)
        }
    }

    var isLogarithmic: Bool { start != nil }

    func scaled(_ value: Double) -> Double { start.map { log(value + $0) } ?? value }

    func unscaled(_ value: Double) -> Double { start.map { max(0, exp(value) - $0) } ?? value }
}
