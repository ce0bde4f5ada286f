import Foundation
import History

// What is done with time series here and is no statistics: sums, ratios, levels, and fewer points for a chart.

extension TimeSeries {
    func scaled(by factor: Double) -> TimeSeries {
        var result = self
        result.values = values.map { $0 * factor }
        // The same array is kept once.
        result.peaks = values == peaks ? result.values : peaks.map { $0 * factor }
        return result
    }

    /// This one over another times a factor, interval by interval; NaN where nothing was counted below.
    func ratio(to other: TimeSeries, times factor: Double = 1) -> TimeSeries {
        let below = ends == other.ends ? other : other.aligned(to: self)
        var result = self
        result.values = values.indices.map { place in
            let divisor = below.values[place]
            return divisor > 0 ? values[place] / divisor * factor : .nan
        }
        result.peaks = result.values
        return result
    }

    /// Its values at the intervals of another series; NaN where it has no such interval.
    func aligned(to other: TimeSeries) -> TimeSeries {
        var result = other
        var place = 0
        for target in other.values.indices {
            while place < count && ends[place] < other.ends[target] { place += 1 }
            let isSame = place < count && ends[place] == other.ends[target]
            result.values[target] = isSame ? values[place] : .nan
            result.peaks[target] = isSame ? peaks[place] : .nan
        }
        return result
    }

    /// Sum over all that are known at an interval; NaN where none is. The intervals are those of all of them.
    static func sum(_ list: some Sequence<TimeSeries>) -> TimeSeries {
        var result = TimeSeries()
        for series in list {
            if result.isEmpty {
                result = series
            } else if result.ends == series.ends {
                result.add(series)
            } else {
                let grid = result.joined(with: series)
                result = result.aligned(to: grid)
                result.add(series.aligned(to: grid))
            }
        }
        return result
    }

    private mutating func add(_ other: TimeSeries) {
        for place in values.indices where !other.values[place].isNaN {
            values[place] = values[place].isNaN ? other.values[place] : values[place] + other.values[place]
            peaks[place] = peaks[place].isNaN ? other.peaks[place] : peaks[place] + other.peaks[place]
        }
    }

    /// The intervals of both, by their ends.
    private func joined(with other: TimeSeries) -> TimeSeries {
        var result = TimeSeries()
        var (left, right) = (0, 0)
        while left < count || right < other.count {
            let isLeft = right >= other.count || left < count && ends[left] <= other.ends[right]
            let end = isLeft ? ends[left] : other.ends[right]
            result.append(from: isLeft ? starts[left] : other.starts[right], to: end, .nan)
            if left < count && ends[left] == end { left += 1 }
            if right < other.count && other.ends[right] == end { right += 1 }
        }
        return result
    }

    /// At most so many points: means weighted by time, the greatest as peak. A span without readings that is wider than a point
    /// stays one, since each point lies in a fixed part of the time.
    package func thinned(to limit: Int = 400) -> TimeSeries {
        guard count > limit, limit > 0, let first = starts.first, let last = ends.last, last > first else {
            return self
        }
        let width = (last - first) / Double(limit)
        var result = TimeSeries()
        var begin = 0
        while begin < count {
            let part = ((ends[begin] - first) / width - 1e-9).rounded(.down)
            var end = begin + 1
            while end < count && ((ends[end] - first) / width - 1e-9).rounded(.down) == part { end += 1 }
            result.append(merging(begin..<end))
            begin = end
        }
        return result
    }

    private struct Point {
        var start: Double
        var end: Double
        var value: Double
        var peak: Double
    }

    private func merging(_ places: Range<Int>) -> Point {
        var (sum, seconds, peak) = (0.0, 0.0, -Double.infinity)
        for place in places where !values[place].isNaN {
            let length = max(ends[place] - starts[place], 1e-3)
            sum += values[place] * length
            seconds += length
            peak = max(peak, peaks[place].isNaN ? values[place] : peaks[place])
        }
        return Point(
            start: starts[places.lowerBound], end: ends[places.upperBound - 1],
            value: seconds > 0 ? sum / seconds : .nan, peak: seconds > 0 ? peak : .nan)
    }

    private mutating func append(_ point: Point) {
        append(from: point.start, to: point.end, point.value, peak: point.peak)
    }
}

extension TimeSeries {
    /// Seconds of the intervals whose value is known.
    var knownSeconds: Double {
        values.indices.reduce(0) { values[$1].isNaN ? $0 : $0 + ends[$1] - starts[$1] }
    }

    /// The value of the last interval that is known.
    var last: Double? { values.last { !$0.isNaN } }
    var first: Double? { values.first { !$0.isNaN } }

    /// The greatest value and its interval's end.
    var highest: (value: Double, at: Double)? {
        var best: (value: Double, at: Double)?
        for place in peaks.indices where !peaks[place].isNaN && peaks[place] > best?.value ?? -.infinity {
            best = (peaks[place], ends[place])
        }
        return best
    }

    /// The first interval that ends after a moment.
    func place(after moment: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > moment { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Places of the intervals that lie wholly within.
    func places(in range: Range<Double>) -> Range<Int> {
        var low = place(after: range.lowerBound)
        while low < count && starts[low] < range.lowerBound { low += 1 }
        let high = place(after: range.upperBound)
        return low < high ? low..<high : low..<low
    }

    /// The median of what is known within a range; nil: nothing is.
    func level(in range: Range<Double>) -> Double? { values[places(in: range)].filter { !$0.isNaN }.median }

    /// Counted within a range, and the seconds that this is known of.
    func counted(in range: Range<Double>) -> (total: Double, seconds: Double) {
        places(in: range).reduce(into: (0, 0)) { sum, place in
            guard !values[place].isNaN else { return }
            sum.total += values[place] * (ends[place] - starts[place])
            sum.seconds += ends[place] - starts[place]
        }
    }
}

extension Array<Double> {
    /// Of values without NaN; nil: there are none.
    var median: Double? { isEmpty ? nil : Robust.median(self) }
}
