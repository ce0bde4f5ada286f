import Foundation
import Model

/// What a window's calls a second are compared with: the last intervals of a history, and the same time of days before.
///
/// A window is a surge when it has many times the usual *and* more than the busiest that is comparable, by more the wider those
/// vary. Intervals that were part of the same surge are no part of the usual until it has lasted.
struct UsualTraffic {
    static let factor = Threshold(
        "calls against the usual at this time of days before, or of the last intervals", 2, "times",
        source:
            "measured on generated histories of sweeps each 5 minutes (PastTrafficTests): traffic that triples is told in 95 "
            + "of 100 where intervals vary by a tenth, and in two weeks of office hours and batches nothing else")
    static let firstDayFactor = Threshold(
        "calls against the last intervals, while no day before is known", 2.5, "times",
        source: "our choice: a rhythm that is not known yet looks the same")
    static let intervals = Threshold(
        "intervals of a history, none longer than twice the window", 12, "intervals",
        source: "our choice: an hour of sweeps each 5 minutes; a mean over a longer time hides its peaks")
    private static let lengths = 2.0
    static let lasting = Threshold(
        "intervals of a surge after which it is usual", 12, "intervals",
        source: "our choice: as many as make the usual in the first place")
    static let tolerance = Threshold(
        "before and after the same time of days before", 1200, "s",
        source: "our choice: jobs start some minutes earlier or later")
    static let explained = Threshold(
        "of the busiest of days before, up to which an interval of today is one of them", 1.5, "times",
        source: "our choice: the batch of each night is no reason to await its load at all times")
    /// What is beyond the busiest is more than chance where it is so by half the octaves that lie between that and the usual; a peak
    /// that is no spread but a batch counts no further than this.
    static let mostSpread = Threshold(
        "the busiest against the usual, as far as it is taken for chance", 2.25, "times",
        source: "our choice: of 100 intervals that vary by 30 % the greatest is 2.1 times their median")
    /// Intervals before the first of a surge vary too: they are of it from this share on.
    private static let share = 0.8

    enum Known {
        /// Days of the same kind: working days, Saturdays, or Sundays, by UTC.
        case kindOfDay
        /// Other days.
        case days
        /// None: less than a day, or never at this time.
        case intervals
    }

    /// Calls a second.
    private(set) var typical = 0.0
    /// The greatest that is comparable, calls a second.
    private(set) var busiest = 0.0
    /// Intervals that are compared, and days that are known at this time.
    private(set) var counts = (intervals: 0, days: 0)
    let known: Known
    /// The same day of the week is among them, or many are.
    let coversWeek: Bool
    /// When what is now began; nil: it is no surge.
    private(set) var since: Date?

    /// nil: too few intervals are known that a window of this length can be compared with.
    init?(_ past: PastTraffic, from start: Date, to end: Date, rate: Double) {
        let window = (start: start.milliseconds, end: end.milliseconds)
        let longest = Double(window.end - window.start) * Self.lengths
        // The server's clock and the history's may differ by a rounding.
        let comparable = past.recent.filter { $0.end <= window.start + 1000 && Double($0.length) <= longest }
        let spare = comparable.count - Int(Self.intervals.value)
        guard spare >= 0 else { return nil }
        let days = PastDays(past, from: window.start, to: window.end)
        known = days.peaks.isEmpty ? .intervals : days.areOfSameKind ? .kindOfDay : .days
        coversWeek = days.furthest >= 7
        counts.days = days.peaks.count
        // The usual is no less than either, whatever is left out as part of a surge: mostly there is nothing to look at.
        let floor = max(Self.median(days.medians), comparable.map(\.rate).min() ?? 0)
        let longestRun = rate >= floor * Self.factor.value ? min(spare, Int(Self.lasting.value)) : 0
        for length in 0...longestRun {
            let before = comparable.dropLast(length)
            let needed = compare(before, days, past, rate: rate)
            if rate >= needed, comparable.suffix(length).allSatisfy({ $0.rate >= needed * Self.share }) {
                let first = comparable.suffix(length).first?.start ?? window.start
                since = Date(milliseconds: first)
                return
            }
        }
        _ = compare(comparable[...], days, past, rate: rate)
    }

    /// Takes what stands before a surge. - Returns: from how many calls a second on it is one.
    private mutating func compare(
        _ before: ArraySlice<PastTraffic.Interval>, _ days: PastDays, _ past: PastTraffic, rate: Double
    ) -> Double {
        let last = known == .intervals ? before : before.suffix(Int(Self.intervals.value))
        counts.intervals = last.count
        typical = max(Self.median(last.map(\.rate)), days.peaks.isEmpty ? 0 : Self.median(days.medians))
        busiest = days.peaks.max() ?? 0
        let least = typical * (known == .intervals ? Self.firstDayFactor : Self.factor).value
        for interval in last where interval.rate > busiest {
            // What is none already needs no closer look.
            guard rate < least || !Self.isExplained(interval, past) else { continue }
            busiest = interval.rate
        }
        let spread = typical > 0 ? min(max(1, busiest / typical), Self.mostSpread.value) : 1
        return max(least, busiest * spread.squareRoot())
    }

    /// Days before had as much at the interval's own time.
    private static func isExplained(_ interval: PastTraffic.Interval, _ past: PastTraffic) -> Bool {
        let days = PastDays(past, from: interval.start, to: interval.end)
        return days.peaks.max().map { interval.rate <= $0 * explained.value } ?? false
    }

    fileprivate static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }
}

/// The same time of the fourteen days before, as far as it is known.
private struct PastDays {
    /// Of each day: the middle of its slots and the greatest, calls a second.
    private(set) var medians: [Double] = []
    private(set) var peaks: [Double] = []
    /// Days ago.
    private(set) var furthest: Int64 = 0
    let areOfSameKind: Bool

    init(_ past: PastTraffic, from start: Int64, to end: Int64) {
        let tolerance = Int64(UsualTraffic.tolerance.value * 1000) / PastTraffic.slotLength
        let (first, last) = (
            PastTraffic.slot(at: start) - tolerance, PastTraffic.slot(at: max(start, end - 1)) + tolerance
        )
        let today = PastTraffic.slot(at: start) / PastTraffic.slotsPerDay
        let found = (1...Int64(14)).compactMap { ago -> (ago: Int64, rates: [Double])? in
            let shift = ago * PastTraffic.slotsPerDay
            let rates = (first - shift...last - shift).compactMap { past.rate(ofSlot: $0) }
            return rates.isEmpty ? nil : (ago, rates)
        }
        let same = found.filter { Self.kind(of: today - $0.ago) == Self.kind(of: today) }
        areOfSameKind = !same.isEmpty
        for day in areOfSameKind ? same : found {
            medians.append(UsualTraffic.median(day.rates))
            peaks.append(day.rates.max() ?? 0)
            furthest = max(furthest, day.ago)
        }
    }

    /// 0: Monday to Friday. A weekend's day is one by itself, so that it is right in each time zone: Tokyo's Monday morning lies in
    /// UTC's Sunday.
    private static func kind(of day: Int64) -> Int64 {
        // 1970 began on a Thursday.
        let weekday = (day + 3) % 7
        return weekday >= 5 ? weekday : 0
    }
}
