import Foundation

/// How likely another series is as high as it is in a statement's bad windows by chance.
///
/// Windows lie close to each other, and so do high values: the plain permutation of intervals takes each of them for a case of
/// its own and is far too sure. Here each episode of bad windows is moved as a whole to a random place while the other series
/// stays as it is, so that both keep what lingers in them; what is compared is the sum of the other's ranks in the windows.
/// What lasts for days in both, as scattered windows within it, would still deceive that: so all windows are also shifted
/// together, around the whole history (circular shifts), and those must be rare too. Shifts by whole weeks are left out there:
/// they lay a weekly window on itself, which is no other case.
struct CompanionChance {
    private let episodes: [[Range<Int>]]
    private let count: Int
    private let level: Double
    private let shifts: [Int]

    private static let firstRounds = 1000
    /// A chance is known well enough after so many exceedances (Besag and Clifford 1991).
    private static let enough = 10
    /// Windows that are added up in all further rounds together: some tenths of a second.
    private static let budget = 60_000_000

    init(_ episodes: [[Range<Int>]], count: Int, times: [Double], level: Double) {
        self.episodes = episodes
        self.count = count
        self.level = level
        let week = 7 * 86_400.0
        shifts = (1..<300).map { count * $0 / 300 }.filter { shift in
            guard shift > 0, shift < count else { return false }
            let seconds = (times[shift] - times[0]).truncatingRemainder(dividingBy: week)
            return min(seconds, week - seconds) > 7200
        }
    }

    /// Of each series, not corrected for how many there are.
    func chances(_ all: [Ranks], seed: UInt64) -> [Double] {
        var numbers = all.indices.map { SeededNumbers(seed: seed &+ UInt64($0) &* 0x9e37_79b9_7f4a_7c15) }
        var trials = all.indices.map { _ in Trial() }
        for place in all.indices { run(&trials[place], all[place], &numbers[place], rounds: Self.firstRounds) }
        // So many rounds that one series alone can be told among all of them, if that can be afforded.
        let open = all.indices.filter { trials[$0].exceeded < Self.enough }
        let windows = max(1, episodes.reduce(0) { $0 + $1.count })
        let wanted = Int(min(4 * Double(all.count) / max(level, 1e-6), 1e9))
        let rounds = min(wanted, Self.budget / windows / max(1, open.count))
        for place in open { run(&trials[place], all[place], &numbers[place], rounds: rounds) }
        return all.indices.map { place in
            let chance = trials[place].chance
            let shifted = shiftChance(all[place])
            return shifted <= max(level, 0.01) ? chance : max(chance, shifted)
        }
    }

    private struct Trial {
        var exceeded = 0
        var rounds = 0

        var chance: Double {
            exceeded >= CompanionChance.enough
                ? Double(exceeded) / Double(rounds) : Double(exceeded + 1) / Double(rounds + 1)
        }
    }

    private func run(_ trial: inout Trial, _ ranks: Ranks, _ numbers: inout SeededNumbers, rounds: Int) {
        let real = ranks.sum(episodes)
        ranks.prefix.withUnsafeBufferPointer { prefix in
            while trial.rounds < rounds, trial.exceeded < Self.enough {
                var sum = 0.0
                for episode in episodes {
                    let begin = episode[0].lowerBound
                    let length = episode[episode.count - 1].upperBound - begin
                    let shift = numbers.below(count - length + 1) - begin
                    for window in episode {
                        sum += prefix[window.upperBound + shift] - prefix[window.lowerBound + shift]
                    }
                }
                trial.rounds += 1
                if sum >= real { trial.exceeded += 1 }
            }
        }
    }

    private func shiftChance(_ ranks: Ranks) -> Double {
        let real = ranks.sum(episodes)
        let exceeded = shifts.count { ranks.sum(episodes, shift: $0) >= real }
        return Double(exceeded + 1) / Double(shifts.count + 1)
    }

    /// A series as ranks from −1 to 1, 0 where it is not known, summed up from the first.
    struct Ranks {
        let prefix: [Double]

        init(_ rest: [Double]) {
            let known = rest.indices.filter { !rest[$0].isNaN }
            var ranks = [Double](repeating: 0, count: rest.count)
            for (place, rank) in zip(known, CompanionChance.midranks(known.map { rest[$0] })) {
                ranks[place] = 2 * rank / Double(known.count)
            }
            var sums = [0.0]
            sums.reserveCapacity(rest.count + 1)
            for rank in ranks { sums.append(sums[sums.count - 1] + rank) }
            prefix = sums
        }

        /// - Parameter shift: to the right, around the end.
        func sum(_ episodes: [[Range<Int>]], shift: Int = 0) -> Double {
            let count = prefix.count - 1
            var sum = 0.0
            for episode in episodes {
                for window in episode {
                    let from = (window.lowerBound + shift) % count
                    let to = from + window.count
                    sum += to <= count ? prefix[to] - prefix[from] : prefix[count] - prefix[from] + prefix[to - count]
                }
            }
            return sum
        }
    }

    /// Ranks less their mean; equal values share the mean of theirs.
    static func midranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        let middle = Double(values.count - 1) / 2
        var first = 0
        while first < order.count {
            var last = first
            while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
            for place in first...last { ranks[order[place]] = Double(first + last) / 2 - middle }
            first = last + 1
        }
        return ranks
    }
}
