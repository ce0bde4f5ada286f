import Foundation
import History
import Trends

/// What varies around a level, in standard deviations.
enum PlantedNoise: CaseIterable, Sendable {
    case gaussian
    /// Student's t with 3 degrees of freedom, of the same median absolute deviation.
    case heavyTails
    /// Skewed to the right.
    case skewed
    /// Every 50th value ten times as far, upwards.
    case outliers
    /// Of first order, φ = 0.3 and 0.5.
    case lingering, lingeringLong

    var persistence: Double {
        switch self {
        case .lingering: 0.3
        case .lingeringLong: 0.5
        default: 0
        }
    }
}

/// Series whose truth is known, from a seed.
struct PlantedSeries {
    var numbers: SeededNumbers
    var noise = PlantedNoise.gaussian
    /// Standard deviation of the noise in the logarithm of the value.
    var deviation = 0.15
    /// Seconds.
    var interval = 300.0
    var base = 20.0
    /// Monday, 2026-01-05 00:00 GMT.
    var from = 1_767_571_200.0
    /// Of the day's rhythm, in the logarithm: 0.5 is 65 % more at its height than in the middle.
    var dailyRhythm = 0.0
    /// What else is in the logarithm at a moment (seconds since the series began).
    var extra: @Sendable (Double) -> Double = { _ in 0 }

    init(seed: UInt64, noise: PlantedNoise = .gaussian, deviation: Double = 0.15) {
        numbers = SeededNumbers(seed: seed)
        self.noise = noise
        self.deviation = deviation
    }

    /// Box and Muller 1958.
    mutating func gaussian() -> Double {
        let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &numbers))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &numbers))
    }

    private mutating func deviate(_ before: Double) -> Double {
        switch noise {
        case .gaussian: return gaussian()
        case .heavyTails:
            let chi = (0..<3).reduce(0) { sum, _ in
                let value = gaussian()
                return sum + value * value
            }
            // 0.6745 / 0.7649: quartiles of the normal and of the t distribution.
            return gaussian() / (chi / 3).squareRoot() * 0.8818
        case .skewed: return (exp(0.6 * gaussian()) - 1) / 0.6
        case .outliers:
            return numbers.below(50) == 0 ? 10 * abs(gaussian()) : gaussian()
        case .lingering, .lingeringLong:
            return noise.persistence * before + (1 - noise.persistence * noise.persistence).squareRoot() * gaussian()
        }
    }

    /// - Parameter level: what the base is multiplied with at the interval of this number.
    mutating func make(_ count: Int, level: (Int) -> Double = { _ in 1 }) -> TimeSeries {
        var series = TimeSeries()
        var deviate = 0.0
        for place in 0..<count {
            deviate = self.deviate(deviate)
            let time = Double(place) * interval
            let rhythm = dailyRhythm * sin(2 * .pi * time / 86_400)
            let start = from + time
            series.append(
                from: start, to: start + interval,
                base * level(place) * exp(deviation * deviate + rhythm + extra(time)))
        }
        return series
    }
}

extension PlantedSeries {
    /// How often levels that were planted are found, over some series.
    struct Score {
        var planted = 0
        var told = 0
        var found = 0
        var precision: Double { told > 0 ? Double(found) / Double(told) : 1 }
        var recall: Double { planted > 0 ? Double(found) / Double(planted) : 1 }

        /// - Parameter tolerance: intervals by which a change may be dated wrongly.
        mutating func count(_ changes: [ChangePoint], in series: TimeSeries, planted places: [Int], tolerance: Int = 2)
        {
            planted += places.count
            told += changes.count
            for place in places {
                if changes.contains(where: { change in
                    (max(0, place - tolerance)...(place + tolerance)).contains { series.starts[$0] == change.at }
                }) {
                    found += 1
                }
            }
        }
    }
}
