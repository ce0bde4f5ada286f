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
            guard change.isExact, change.gain >= -problem.budget.leastGain * Self.trifling,
                affected(by: move).allSatisfy({ isAsGood(move, for: $0, in: state) })
            else { continue }
            await apply(move, to: &state)
        }
        return state
    }

    private func isAsGood(_ move: SelectionMove, for statement: Int, in state: SelectionState) -> Bool {
        let slim = answer(statement, configuration(statement, state, move)).cost
        return slim <= Self.lookUpCost || slim <= state.answers[statement].cost * (1 + Self.alike)
    }

    /// The planner's units of a look-up: a page of the index and one of the heap at random_page_cost 4, and a little CPU. Beyond, it
    /// would pay to add the columns once the workload has become cheap, and what is made now would be replaced then.
    private static var lookUpCost: Double { 10 }

    /// What of its least gain an index may lose for being smaller (our choice).
    private static var trifling: Double { 0.25 }
}
