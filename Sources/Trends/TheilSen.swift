import Foundation

/// A line through the medians: its slope is the median of the slopes between all pairs (Theil 1950, Sen 1968).
///
/// Up to 29 % of the points may be wild without moving it far.
struct TheilSenLine {
    private(set) var slope = 0.0
    private(set) var intercept = 0.0

    init(level: Double) { intercept = level }

    init(_ places: [Double], _ values: [Double]) {
        var slopes = TheilSenLine.slopes(places, values)
        guard !slopes.isEmpty else {
            intercept = Robust.median(values)
            return
        }
        let slope = Robust.median(sorting: &slopes)
        self.slope = slope
        intercept = Robust.median(zip(places, values).map { $1 - slope * $0 })
    }

    /// Through medians of up to 40 pieces of a segment: all pairs of its values would be too many.
    init(binned values: [Double], in segment: Range<Int>) {
        let pieces = min(40, segment.count)
        var places: [Double] = []
        var medians: [Double] = []
        for piece in 0..<pieces {
            let low = segment.lowerBound + segment.count * piece / pieces
            let high = segment.lowerBound + segment.count * (piece + 1) / pieces
            places.append(Double(low + high - 1) / 2)
            medians.append(Robust.median(Array(values[low..<high])))
        }
        self.init(places, medians)
    }

    func value(at place: Double) -> Double { intercept + slope * place }

    /// Between all pairs that differ in place.
    static func slopes(_ places: [Double], _ values: [Double]) -> [Double] {
        var slopes: [Double] = []
        slopes.reserveCapacity(values.count * max(0, values.count - 1) / 2)
        for right in values.indices.dropFirst() {
            for left in 0..<right where places[right] != places[left] {
                slopes.append((values[right] - values[left]) / (places[right] - places[left]))
            }
        }
        return slopes
    }
}
