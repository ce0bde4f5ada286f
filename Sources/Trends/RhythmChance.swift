import Foundation

/// Whether a rhythm could be chance: days moved about give one as strong in fewer than one of a hundred.
///
/// A day is moved as a whole, so that what lingers within it stays. For a daily rhythm each day is turned by some hours; for
/// a weekly one the days are put in another order as well. Two measures are looked at, of which one suffices at half the
/// chance each: the sum over all hours, for a wide rhythm, and the greatest, for a single window. They are of means: unlike the
/// profile itself they need not bear outliers, which are moved about with the rest (clipped, so that one does not make up a
/// greatest hour).
enum RhythmChance {
    private static let rounds = 999
    private static let level = 0.01

    /// - Parameter rest: an hour's median less its level; NaN: not known.
    static func isDaily(_ rest: [Double], hourOfWeek: [Int]) -> Bool {
        guard let days = Days(rest, hourOfWeek: hourOfWeek) else { return false }
        return isRare(days, slots: 24, isReordered: false)
    }

    /// - Parameter rest: without the daily rhythm.
    static func isWeekly(_ rest: [Double], hourOfWeek: [Int]) -> Bool {
        guard let days = Days(rest, hourOfWeek: hourOfWeek) else { return false }
        return isRare(days, slots: 168, isReordered: true)
    }

    private static func isRare(_ days: Days, slots: Int, isReordered: Bool) -> Bool {
        let count = days.weekdays.count
        var order = Array(0..<count)
        var turns = [Int](repeating: 0, count: count)
        let real = days.measure(order: order, turns: turns, slots: slots)
        guard real.sum > 0 else { return false }
        var numbers = SeededNumbers(seed: 0x7268_7974_686d)
        var (sums, greatest) = (1, 1)
        for _ in 0..<rounds {
            if isReordered { order.shuffle(using: &numbers) }
            for day in 0..<count { turns[day] = numbers.below(24) }
            let moved = days.measure(order: order, turns: turns, slots: slots)
            if moved.sum >= real.sum { sums += 1 }
            if moved.greatest >= real.greatest { greatest += 1 }
        }
        return 2 * Double(min(sums, greatest)) / Double(rounds + 1) <= level
    }

    /// Hours in rows of a day.
    private struct Days {
        /// 24 a day; 0 where nothing is known.
        var values: [Double] = []
        /// 1 where something is known, else 0.
        var isKnown: [Double] = []
        var weekdays: [Int] = []

        init?(_ rest: [Double], hourOfWeek: [Int]) {
            let deviation = Robust.deviation(rest.filter { !$0.isNaN })
            // Of a series that mostly stands still, the greatest that there is.
            let clip = deviation > 0 ? 8 * deviation : .infinity
            for place in rest.indices {
                if weekdays.isEmpty || hourOfWeek[place] % 24 == 0 {
                    weekdays.append(hourOfWeek[place] / 24)
                    values += [Double](repeating: 0, count: 24)
                    isKnown += [Double](repeating: 0, count: 24)
                }
                guard !rest[place].isNaN else { continue }
                let cell = (weekdays.count - 1) * 24 + hourOfWeek[place] % 24
                values[cell] = max(-clip, min(clip, rest[place]))
                isKnown[cell] = 1
            }
            guard weekdays.count >= WeeklyProfile.leastDays else { return nil }
        }

        /// Of the means of all slots, weighted by how many hours each has: the sum of their squares, and the greatest of them.
        func measure(order: [Int], turns: [Int], slots: Int) -> (sum: Double, greatest: Double) {
            var sums = [Double](repeating: 0, count: slots)
            var counts = sums
            for day in order.indices {
                let from = order[day] * 24
                let to = slots == 24 ? 0 : weekdays[day] * 24
                for hour in 0..<24 {
                    let cell = from + (hour + turns[day]) % 24
                    sums[to + hour] += values[cell]
                    counts[to + hour] += isKnown[cell]
                }
            }
            var (sum, greatest) = (0.0, 0.0)
            for slot in 0..<slots where counts[slot] > 0 {
                sum += sums[slot] * sums[slot] / counts[slot]
                // One hour alone has no rhythm.
                if counts[slot] > 1 { greatest = max(greatest, abs(sums[slot]) / counts[slot].squareRoot()) }
            }
            return (sum, greatest)
        }
    }
}
