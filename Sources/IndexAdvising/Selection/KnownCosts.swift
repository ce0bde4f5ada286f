/// What is known of one statement's cost under sets of candidates, from the answers that were given so far.
///
/// An index more is a path more to choose from, and a path that the plan does not take changes nothing. So one answer tells of
/// many sets: with the asked set A, the used set U and the cost c, every set between U and A costs c, every subset of A costs
/// at least c, every superset of U at most c. (The "atomic configurations" of Finkelstein, Schkolnick and Tiberio, "Physical
/// database design for relational databases", ACM TODS 13 (1), 1988, read both ways.)
struct KnownCosts {
    private struct Entry {
        var asked: [Int]
        var answer: CostAnswer
    }

    private var entries: [Entry] = []

    /// - Parameters: sorted sets.
    mutating func add(_ answer: CostAnswer, asked: [Int]) {
        entries.append(Entry(asked: asked, answer: answer))
    }

    /// The answer for a set, where one that was given tells it.
    func exact(_ set: [Int]) -> CostAnswer? {
        entries.first { $0.answer.used.isSubset(of: set) && set.isSubset(of: $0.asked) }?.answer
    }

    /// The least that a set may cost; 0 where nothing is known.
    func lowerBound(_ set: [Int]) -> Double {
        entries.reduce(0) { $1.answer.cost > $0 && set.isSubset(of: $1.asked) ? $1.answer.cost : $0 }
    }

    /// The cheapest plan known that a set allows: the set costs at most as much.
    func atMost(_ set: [Int]) -> CostAnswer? {
        entries.map(\.answer).filter { $0.used.isSubset(of: set) }.min { $0.cost < $1.cost }
    }
}

extension [Int] {
    /// Both are sorted.
    func isSubset(of other: [Int]) -> Bool {
        guard count <= other.count else { return false }
        var place = 0
        for element in self {
            while place < other.count, other[place] < element { place += 1 }
            guard place < other.count, other[place] == element else { return false }
            place += 1
        }
        return true
    }

    /// Sorted, it has the element.
    func holds(_ element: Int) -> Bool {
        let place = place(of: element)
        return place < count && self[place] == element
    }

    /// Where the element stands, or is to be put.
    func place(of element: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension KnownCosts {
    /// Candidates that some plan took.
    var everUsed: Set<Int> { entries.reduce(into: []) { $0.formUnion($1.answer.used) } }

    var usedSets: [[Int]] { entries.map(\.answer.used) }
}
