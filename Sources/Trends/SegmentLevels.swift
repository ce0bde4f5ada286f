import Foundation
import History

/// The levels of values on their measure's scale.
struct SegmentLevels {
    let shortest: Int
    let penalty: Double?
    let isLogarithmic: Bool
    private var values: [Double] = []
    private var noise = Noise([], floor: 1)
    private(set) var starts: [Int] = []

    init(shortest: Int, penalty: Double?, isLogarithmic: Bool) {
        self.shortest = shortest
        self.penalty = penalty
        self.isLogarithmic = isLogarithmic
    }

    var segments: [Range<Int>] {
        let bounds = [0] + starts + [values.count]
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }

    func median(_ segment: Range<Int>) -> Double { Robust.median(Array(values[segment])) }

    private var effectivePenalty: Double {
        penalty ?? ChangePoint.penaltyFactor * 2 * log(Double(max(2, values.count))) * noise.inflation
    }

    mutating func split(_ values: [Double]) {
        self.values = values
        noise = Noise(values, floor: leastDeviation(values))
        let standard = values.map { $0 / noise.deviation }
        starts = Segmentation.starts(standard, penalty: effectivePenalty, shortest: shortest)
        mergeShort()
        starts = starts.indices.filter { isStep(segments[$0], segments[$0 + 1]) }.map { starts[$0] }
        mergeWeak()
        settle()
    }

    /// Dates each change by what is new in each value, where noise lingers: a value that only follows the one before
    /// does not make the level begin before it did.
    private mutating func settle() {
        let persistence = noise.persistence
        guard persistence > 0.1 else { return }
        let reach = 6
        for place in starts.indices {
            let (segments, start) = (segments, starts[place])
            let (before, now) = (median(segments[place]), median(segments[place + 1]))
            let low = max(segments[place].lowerBound + shortest, start - reach)
            let high = min(segments[place + 1].upperBound - shortest, start + reach)
            guard low <= high else { continue }
            let first = max(1, low - 1)
            let last = min(values.count - 1, high + 1)
            func loss(_ begin: Int) -> Double {
                (first...last).reduce(0) { sum, value in
                    let rest = values[value] - (value < begin ? before : now)
                    let restBefore = values[value - 1] - (value - 1 < begin ? before : now)
                    let new = (rest - persistence * restBefore) / noise.deviation
                    return sum + min(new * new / (1 - persistence * persistence), Segmentation.clip)
                }
            }
            let best = (low...high).min { (loss($0), abs($0 - start)) < (loss($1), abs($1 - start)) }
            starts[place] = best ?? start
        }
    }

    /// An eighth of the least change that is told: noise below that is of no interest, and zero noise would make every
    /// last digit a change.
    private func leastDeviation(_ values: [Double]) -> Double {
        if isLogarithmic { return log(ChangePoint.leastFactor) / 8 }
        let size = Robust.median(values.map { abs($0) })
        let greatest = values.reduce(0) { max($0, abs($1)) }
        return max((ChangePoint.leastFactor - 1) * size / 8, greatest * 1e-9)
    }

    /// Into the neighbour whose level is nearer.
    private mutating func mergeShort() {
        while !starts.isEmpty {
            let segments = segments
            guard let short = segments.indices.first(where: { segments[$0].count < shortest }) else { return }
            let level = median(segments[short])
            let before = short > 0 ? abs(median(segments[short - 1]) - level) : .infinity
            let after = short < starts.count ? abs(median(segments[short + 1]) - level) : .infinity
            starts.remove(at: before <= after ? short - 1 : short)
        }
    }

    /// Whether two levels tell the values better than one line through both segments: of a slow growth any number of
    /// levels could be made, and none of them began at a moment.
    private func isStep(_ before: Range<Int>, _ after: Range<Int>, by margin: Double = 0) -> Bool {
        let both = before.lowerBound..<after.upperBound
        let line = TheilSenLine(binned: values, in: both)
        return loss(before, around: median(before)) + loss(after, around: median(after))
            + margin <= loss(both, around: line)
    }

    /// Leaves those that are steps rather than slopes within four hours before and after.
    ///
    /// A history that is too short to know its days' rhythm has levels that are parts of a day; slopes of hours lie between. The place
    /// was chosen for looking like a step: half a penalty is asked for that.
    mutating func keepSharp(_ known: KnownValues) {
        let segments = segments
        starts = starts.indices.filter { place in
            let start = starts[place]
            let low = segments[place].first { known.starts[$0] >= known.starts[start] - 14_400 } ?? start - 1
            let high = segments[place + 1].last { known.ends[$0] <= known.starts[start] + 14_400 } ?? start
            let (first, end) = (max(segments[place].lowerBound, start - shortest), segments[place + 1].upperBound)
            return isStep(
                min(low, first)..<start, start..<min(end, max(high + 1, start + shortest)),
                by: effectivePenalty / 2)
        }.map { starts[$0] }
        mergeWeak()
    }

    /// The weakest first, until each that is left is material and worth its penalty.
    private mutating func mergeWeak() {
        while !starts.isEmpty {
            let segments = segments
            let medians = segments.map { median($0) }
            let weak = starts.indices.filter { place in
                if !isMaterial(medians[place], medians[place + 1]) { return true }
                let (before, after) = (segments[place], segments[place + 1])
                let both = before.lowerBound..<after.upperBound
                let gain =
                    loss(both, around: median(both)) - loss(before, around: medians[place])
                    - loss(after, around: medians[place + 1])
                return gain < effectivePenalty
            }
            guard
                let weakest = weak.min(by: { abs(medians[$0 + 1] - medians[$0]) < abs(medians[$1 + 1] - medians[$1]) })
            else { return }
            starts.remove(at: weakest)
        }
    }

    private func isMaterial(_ before: Double, _ now: Double) -> Bool {
        if isLogarithmic { return abs(now - before) >= log(ChangePoint.leastFactor) }
        return abs(now - before) >= (ChangePoint.leastFactor - 1) * min(abs(before), abs(now))
    }

    private func loss(_ segment: Range<Int>, around level: Double) -> Double {
        loss(segment, around: TheilSenLine(level: level))
    }

    private func loss(_ segment: Range<Int>, around line: TheilSenLine) -> Double {
        segment.reduce(0) {
            let distance = (values[$1] - line.value(at: Double($1))) / noise.deviation
            return $0 + min(distance * distance, Segmentation.clip)
        }
    }

    func changes(_ known: KnownValues, _ scale: MeasureScale) -> [ChangePoint] {
        let segments = segments
        let medians = segments.map { median($0) }
        return starts.indices.map { place in
            let start = starts[place]
            return ChangePoint(
                at: known.starts[start], after: known.ends[start - 1], before: scale.unscaled(medians[place]),
                now: scale.unscaled(medians[place + 1]), countBefore: segments[place].count,
                countAfter: segments[place + 1].count,
                strength: abs(medians[place + 1] - medians[place]) / noise.deviation)
        }
    }
}
