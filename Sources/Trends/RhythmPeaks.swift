import Foundation

/// The hours of a profile that stand out, as text.
struct RhythmPeaks {
    /// The highest first.
    private(set) var texts: [String] = []

    /// More are no rhythm that anybody would remember.
    private static let most = 8
    private static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    private struct Window: Hashable {
        /// Hours of the day; an end that is not after the start is of the next day.
        var start: Int
        var end: Int

        var text: String { RhythmPeaks.hours(start, end) }
    }

    /// Hours above the middle between the low tenth of the profile and its height, if they lie a material change apart.
    ///
    /// - Parameter profile: logarithms over the level, Monday 00h = 0 … 167.
    init(_ profile: [Double], isWeekly: Bool) {
        let height = profile.max() ?? 0
        let low = Robust.quantile(profile, 0.1)
        guard height - low >= log(ChangePoint.leastFactor) else { return }
        let isHigh = profile.map { $0 >= (low + height) / 2 }
        guard isHigh.contains(false) else { return }
        if isWeekly {
            texts = RhythmPeaks.weekly(profile, isHigh)
        } else {
            texts = RhythmPeaks.runs(Array(isHigh[..<24]))
                .sorted { RhythmPeaks.height(profile, $0) > RhythmPeaks.height(profile, $1) }
                .map { "daily " + RhythmPeaks.hours($0.lowerBound, $0.upperBound % 24) }
        }
        texts = Array(texts.prefix(RhythmPeaks.most))
    }

    private static func hours(_ start: Int, _ end: Int) -> String {
        "\(padded(start))–\(padded(end == 0 ? 24 : end))"
    }

    private static func padded(_ hour: Int) -> String { hour < 10 ? "0\(hour)" : "\(hour)" }

    private static func height(_ profile: [Double], _ run: Range<Int>) -> Double {
        run.reduce(-.infinity) { max($0, profile[$1 % profile.count]) }
    }

    /// Stretches of the circle; an upper bound may lie beyond it.
    private static func runs(_ isHigh: [Bool]) -> [Range<Int>] {
        let count = isHigh.count
        guard let rest = isHigh.firstIndex(of: false) else { return [] }
        var runs: [Range<Int>] = []
        var start: Int?
        for place in rest...(rest + count) {
            if isHigh[place % count] {
                start = start ?? place
            } else if let begin = start {
                runs.append(begin % count..<begin % count + place - begin)
                start = nil
            }
        }
        return runs
    }

    /// The same hours of several days are one: `Mon–Fri 09–17`.
    private static func weekly(_ profile: [Double], _ isHigh: [Bool]) -> [String] {
        var days: [Window: [Int]] = [:]
        var heights: [String: Double] = [:]
        for run in runs(isHigh) {
            if run.count < 24 {
                days[Window(start: run.lowerBound % 24, end: run.upperBound % 24), default: []].append(
                    run.lowerBound / 24)
            } else {
                heights[long(run)] = height(profile, run)
            }
        }
        for (window, days) in days {
            let length = HourlyMedians.modulo(window.end - window.start - 1, 24) + 1
            for group in consecutive(days.sorted()) {
                let start = group.lowerBound * 24 + window.start
                heights[name(group) + " " + window.text] = height(
                    profile, start..<start + (group.count - 1) * 24 + length)
            }
        }
        // By name where they are of one height, so that the order is the same in each run.
        return heights.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    private static func name(_ days: ClosedRange<Int>) -> String {
        if days.count == 7 { return "daily" }
        return days.count == 1 ? names[days.lowerBound] : names[days.lowerBound] + "–" + names[days.upperBound]
    }

    /// Of a day or more: `Sat–Sun`, `Fri 18–Mon 06`.
    private static func long(_ run: Range<Int>) -> String {
        let (first, last) = (run.lowerBound / 24, (run.upperBound - 1) / 24 % 7)
        if run.lowerBound % 24 == 0, run.upperBound % 24 == 0 {
            return first == last ? names[first] : names[first] + "–" + names[last]
        }
        let end = run.upperBound % 24 == 0 ? "24" : padded(run.upperBound % 24)
        return "\(names[first]) \(padded(run.lowerBound % 24))–\(names[last]) \(end)"
    }

    private static func consecutive(_ days: [Int]) -> [ClosedRange<Int>] {
        var groups: [ClosedRange<Int>] = []
        for day in days {
            if let last = groups.last, last.upperBound + 1 == day {
                groups[groups.count - 1] = last.lowerBound...day
            } else {
                groups.append(day...day)
            }
        }
        return groups
    }
}
