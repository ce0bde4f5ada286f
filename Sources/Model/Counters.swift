/// A row of cumulative counters.
package protocol Counters {
    /// Takes an earlier reading of the same counters away.
    mutating func subtract(_ earlier: Self)
    /// Counters that only ever grow: one that fell tells of a reset in between.
    var witnesses: [Int64] { get }
}

extension Counters {
    /// What was counted since the earlier reading; nil when the counters were reset in between.
    package func since(_ earlier: Self) -> Self? {
        guard zip(witnesses, earlier.witnesses).allSatisfy({ $0 >= $1 }) else { return nil }
        var difference = self
        difference.subtract(earlier)
        return difference
    }
}
