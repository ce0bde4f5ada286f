/// What moves change the value by, until something that it rests on changes: what is known of a statement that they affect, or its
/// configuration.
struct KnownBounds {
    private struct Entry {
        var gain: Double
        var isExact: Bool
        var time: Int
    }

    private var entries: [SelectionMove: Entry] = [:]
    /// By statement: when it changed last.
    private var changes: [Int]
    private var time = 0

    init(statements: Int) { changes = Array(repeating: 0, count: statements) }

    /// Another set is where moves start from now.
    mutating func forget() { entries = [:] }

    mutating func change(_ statement: Int) {
        time += 1
        changes[statement] = time
    }

    func bound(of move: SelectionMove, affecting statements: [Int]) -> (gain: Double, isExact: Bool)? {
        guard let entry = entries[move], statements.allSatisfy({ changes[$0] <= entry.time }) else { return nil }
        return (entry.gain, entry.isExact)
    }

    mutating func keep(_ bound: (gain: Double, isExact: Bool), of move: SelectionMove) {
        entries[move] = Entry(gain: bound.gain, isExact: bound.isExact, time: time)
    }
}
