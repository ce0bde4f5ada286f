import Foundation

/// Where a chart's values and moments lie, in units of its view box.
struct ChartFrame {
    var left: Double
    var right: Double
    var top: Double
    var bottom: Double
    var range: Range<Double>
    var low: Double
    var high: Double

    /// Points out of sight lie on the edge.
    func x(_ moment: Double) -> Double {
        let span = range.upperBound - range.lowerBound
        guard span > 0, moment.isFinite else { return moment == .infinity ? right : left }
        return min(max(left + (moment - range.lowerBound) / span * (right - left), left), right)
    }

    func y(_ value: Double) -> Double {
        guard high > low, value.isFinite else { return bottom }
        return min(max(bottom - (value - low) / (high - low) * (bottom - top), top), bottom)
    }

    /// Seconds that so many units across stand for.
    func seconds(_ units: Double) -> Double {
        right > left ? units / (right - left) * (range.upperBound - range.lowerBound) : 0
    }
}

/// Names at the end of lines, each as near its line as the others let it.
enum LineLabels {
    /// - Parameters:
    ///   - wanted: where each would stand.
    ///   - room: from the highest to the lowest place.
    /// - Returns: where each stands, `gap` apart, in their order from above; squeezed where there is no room.
    static func spread(_ wanted: [Double], room: ClosedRange<Double>, gap: Double) -> [Double] {
        guard !wanted.isEmpty else { return [] }
        let step = wanted.count > 1 ? min(gap, (room.upperBound - room.lowerBound) / Double(wanted.count - 1)) : gap
        let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        var places = wanted
        var next = room.lowerBound
        for place in order {
            places[place] = max(wanted[place], next)
            next = places[place] + step
        }
        var last = room.upperBound
        for place in order.reversed() {
            places[place] = max(min(places[place], last), room.lowerBound)
            last = places[place] - step
        }
        return places
    }
}
