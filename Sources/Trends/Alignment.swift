import Foundation
import History

extension TimeSeries {
    /// This series' mean within each of some intervals, weighted by the seconds that they share; NaN where it is known for less
    /// than half of one.
    ///
    /// - Parameter starts, ends: ascending, seconds since 1970.
    func aligned(to starts: [Double], _ ends: [Double]) -> [Double] {
        let count = min(values.count, self.starts.count, self.ends.count)
        var first = 0
        return starts.indices.map { place in
            while first < count, self.ends[first] <= starts[place] { first += 1 }
            var (seconds, sum) = (0.0, 0.0)
            var other = first
            while other < count, self.starts[other] < ends[place] {
                let shared = min(ends[place], self.ends[other]) - max(starts[place], self.starts[other])
                if values[other].isFinite, shared > 0 {
                    seconds += shared
                    sum += shared * values[other]
                }
                other += 1
            }
            return seconds > 0 && seconds * 2 >= ends[place] - starts[place] ? sum / seconds : .nan
        }
    }
}
