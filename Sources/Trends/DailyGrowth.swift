import Foundation

/// The days of a gauge since it last jumped, fell back, or changed its pace.
struct DailyGrowth {
    private(set) var days: [Double]
    private(set) var levels: [Double]

    var span: Double { (days.last ?? 0) - (days.first ?? 0) }

    /// nil: too few since then, or it falls back again and again.
    init?(days: [Double], levels: [Double]) {
        self.days = days
        self.levels = levels
        guard isEnough, !fallsBack() else { return nil }
        cutAfterJump()
        guard isEnough else { return nil }
        cutAfterChangeOfPace()
        guard isEnough else { return nil }
        takeOffWeek()
    }

    private var isEnough: Bool {
        days.count >= Forecast.leastDays && Double(days.count) * 3 >= (span + 1) * 2
    }

    /// Growth a day between two days, less a slope.
    func steps(less slope: Double) -> [Double] {
        (1..<max(1, days.count)).map { (levels[$0] - levels[$0 - 1]) / (days[$0] - days[$0 - 1]) - slope }
    }

    private mutating func keep(from place: Int) {
        days = Array(days[place...])
        levels = Array(levels[place...])
    }

    /// Steps that stand out of the others by six standard deviations, and are a fifth of all that the gauge ever moved.
    private func jumps() -> [Int] {
        let steps = steps(less: 0)
        let middle = Robust.median(steps)
        let spread = Robust.deviationFromZero(steps.map { $0 - middle })
        let range = (levels.max() ?? 0) - (levels.min() ?? 0)
        return steps.indices.filter {
            abs(steps[$0] - middle) > 6 * spread && abs(levels[$0 + 1] - levels[$0]) > range / 5
        }.map { $0 + 1 }
    }

    /// Where it fell by a third of all that it moved between two days or three; the emptying may lie within a day, whose median
    /// is in between then.
    private func falls() -> [Int] {
        let range = (levels.max() ?? 0) - (levels.min() ?? 0)
        var falls: [Int] = []
        for place in levels.indices.dropFirst() {
            let before = max(levels[place - 1], levels[max(0, place - 2)])
            guard range > 0, before - levels[place] > range / 3 else { continue }
            if let last = falls.last, place - last <= 2 { falls.removeLast() }
            falls.append(place)
        }
        return falls
    }

    /// After a fall it counts only once it is above where it was, and has grown for twice as long as any time before.
    private mutating func fallsBack() -> Bool {
        let falls = falls()
        guard let last = falls.last else { return false }
        let bounds = [0] + falls
        let longest = zip(bounds, bounds.dropFirst()).map { days[$1] - days[$0] }.max() ?? 0
        let peak = levels[..<last].max() ?? 0
        let low = levels.min() ?? 0
        let since = span - (days[last] - days[0])
        guard since >= 2 * longest, levels[levels.count - 1] - low > 1.1 * (peak - low) else { return true }
        keep(from: last)
        return false
    }

    /// A load of many rows at once says nothing of the days after it. Three and more are how it grows.
    private mutating func cutAfterJump() {
        let jumps = jumps()
        if let last = jumps.last, jumps.count < 3 { keep(from: last) }
    }

    private mutating func cutAfterChangeOfPace() {
        let steps = steps(less: 0)
        let noise = Noise(steps, floor: (steps.reduce(0) { max($0, abs($1)) }) * 1e-3)
        let starts = Segmentation.starts(
            steps.map { $0 / noise.deviation }, penalty: 2 * 2 * log(Double(max(2, steps.count))) * noise.inflation,
            shortest: 3)
        if let last = starts.last { keep(from: last) }
    }

    /// From three weeks on, what days of the week add to the line.
    private mutating func takeOffWeek() {
        guard span >= 21 else { return }
        let line = TheilSenLine(days, levels)
        var members = [[Double]](repeating: [], count: 7)
        let weekday = days.map { HourlyMedians.modulo(Int($0), 7) }
        for place in days.indices { members[weekday[place]].append(levels[place] - line.value(at: days[place])) }
        let effects = members.map { $0.count >= 3 ? Robust.median($0) : 0 }
        let spread = Robust.deviation(zip(days, levels).map { $1 - line.value(at: $0) })
        // Only where a day stands out: else the medians of a few would make the noise look smaller than it is.
        guard let greatest = effects.map({ abs($0) }).max(), greatest > 2 * spread else { return }
        for place in days.indices { levels[place] -= effects[weekday[place]] }
    }
}
