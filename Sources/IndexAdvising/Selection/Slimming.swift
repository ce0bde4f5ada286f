import Model

extension IndexSelection {
    /// Without INCLUDE where that loses next to nothing: a look-up of one row reads one page of the heap instead of none, and does
    /// not pay for a copy of the table's columns.
    mutating func slimmed(_ start: SelectionState) async -> SelectionState {
        var state = start
        let moves = state.set.compactMap { place -> SelectionMove? in
            var bare = problem.offers[place].candidate
            guard !bare.included.isEmpty else { return nil }
            bare.included = []
            let other = add(bare, for: users[place])
            return state.holds(other) ? nil : SelectionMove(remove: [place], add: [other])
        }
        await resolve(moves, in: state)
        for move in moves where !isOver {
            await resolve([move], in: state)
            let change = bound(move, in: state)
            guard change.isExact, change.gain >= -problem.budget.leastGain * Self.trifling else { continue }
            await apply(move, to: &state)
        }
        return state
    }

    /// What of its least gain an index may lose for being smaller (our choice).
    private static var trifling: Double { 0.25 }
}
