import Foundation

/// One measure over time. Of a counter: its growth a second within each interval; of a gauge: its value at the end of it.
///
/// What is not known is told and not bridged: after a reset, an outage or an eviction the value is NaN.
package struct TimeSeries: Sendable {
    /// Seconds since 1970 at which each interval begins and ends, ascending; a gap between two intervals has none of its own.
    package var starts: [Double] = []
    package var ends: [Double] = []
    /// NaN: not known.
    package var values: [Double] = []
    /// The greatest that was seen within an interval that was thinned; else the value itself.
    package var peaks: [Double] = []

    package init() {}

    package init(starts: [Double], ends: [Double], values: [Double], peaks: [Double]? = nil) {
        self.starts = starts
        self.ends = ends
        self.values = values
        self.peaks = peaks ?? values
    }

    package var count: Int { values.count }
    package var isEmpty: Bool { values.isEmpty }
    /// Intervals whose value is known.
    package var knownCount: Int { values.count { !$0.isNaN } }

    package mutating func append(from start: Double, to end: Double, _ value: Double, peak: Double? = nil) {
        starts.append(start)
        ends.append(end)
        values.append(value)
        peaks.append(peak ?? value)
    }

    /// The intervals that lie wholly within these seconds since 1970.
    package func within(_ range: Range<Double>) -> TimeSeries {
        let kept = values.indices.filter { starts[$0] >= range.lowerBound && ends[$0] <= range.upperBound }
        return TimeSeries(
            starts: kept.map { starts[$0] }, ends: kept.map { ends[$0] }, values: kept.map { values[$0] },
            peaks: kept.map { peaks[$0] })
    }

    /// Growth summed over all intervals whose value is known: of a counter, what was counted.
    package var total: Double {
        values.indices.reduce(0) { values[$1].isNaN ? $0 : $0 + values[$1] * (ends[$1] - starts[$1]) }
    }

    /// Weighted by the intervals' lengths; nil when nothing is known.
    package var mean: Double? {
        let seconds = values.indices.reduce(0) { values[$1].isNaN ? $0 : $0 + ends[$1] - starts[$1] }
        return seconds > 0 ? total / seconds : nil
    }
}
