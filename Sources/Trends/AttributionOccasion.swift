import Foundation
import History

/// Where in time a level became another: between which moments, and the windows in which the old and the new level are read.
struct Occasion: Sendable {
    /// The change lies within; seconds since 1970.
    let window: ClosedRange<Double>
    /// One interval: a change point is found this well, and a change is seen this late.
    let tolerance: Double
    let before: Range<Double>
    let now: Range<Double>

    /// Intervals on either side that tell the levels: a day of hourly or two hours of five-minute readings. Few enough that what
    /// came later does not blur what came at once. Ours.
    static let readings = 24

    /// Between two windows of which the first is earlier.
    init(from earlier: Range<Double>, to later: Range<Double>, tolerance: Double) {
        // What changed within the later window may have slowed the rest of it.
        window = min(earlier.upperBound, later.upperBound)...later.upperBound
        self.tolerance = tolerance
        before = earlier
        now = later
    }

    /// Around a change point of this series.
    init(_ change: ChangePoint, in series: TimeSeries, interval: Double) {
        window = min(change.after, change.at)...max(change.after, change.at)
        let place = series.place(after: change.at)
        let length = place < series.count ? series.ends[place] - series.starts[place] : interval
        tolerance = max(length, interval)
        // Readings that are not known (no call) do not count as readings.
        let middle = series.place(after: change.after)
        let first = Self.walk(
            series, stride(from: min(middle, series.count - 1), through: 0, by: -1),
            min(Self.readings, change.countBefore),
            where: { series.ends[$0] <= change.after })
        let last = Self.walk(
            series, stride(from: place, to: series.count, by: 1), min(Self.readings, change.countAfter),
            where: { series.starts[$0] >= change.at })
        let start = first.map { series.starts[$0] } ?? change.after - tolerance
        let end = last.map { series.ends[$0] } ?? change.at + tolerance
        before = min(start, change.after)..<max(start, change.after)
        now = min(change.at, end)..<max(change.at, end)
    }

    private static func walk(
        _ series: TimeSeries, _ places: some Sequence<Int>, _ readings: Int, where isSide: (Int) -> Bool
    ) -> Int? {
        var (left, last) = (readings, Int?.none)
        for place in places where isSide(place) && !series.values[place].isNaN {
            if left == 0 { break }
            last = place
            left -= 1
        }
        return last
    }

    /// 1: at the same time; the half for each interval that the cause was there before, 0 beyond eight of them, and when it came
    /// more than an interval after the effect.
    func closeness(of change: HistoryChange) -> Double {
        let last = change.at.timeIntervalSince1970
        let first = min(last, change.after?.timeIntervalSince1970 ?? last)
        if first > window.upperBound + tolerance { return 0 }
        if last >= window.lowerBound && first <= window.upperBound { return 1 }
        if first > window.upperBound { return 0.7 }
        let intervals = (window.lowerBound - last) / tolerance
        return intervals <= 1 ? 0.9 : intervals > 8 ? 0 : pow(0.5, intervals - 1) * 0.9
    }

    /// Levels of a measure on both sides; nil: one is not known.
    func levels(of series: TimeSeries) -> (before: Double, now: Double)? {
        guard let old = series.level(in: before), let new = series.level(in: now) else { return nil }
        return (old, new)
    }

    /// As `levels`, of a counter whose silence is none: where it is not known, nothing was counted. So a statement that comes with
    /// the last of these readings has no part in the others.
    func rates(of series: TimeSeries) -> (before: Double, now: Double) {
        func rate(_ range: Range<Double>) -> Double {
            series.values[series.places(in: range)].map { $0.isNaN ? 0 : $0 }.median ?? 0
        }
        return (rate(before), rate(now))
    }
}
