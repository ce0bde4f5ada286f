import Model

extension IndexSelection {
    /// Adds what gains the most for its bytes as long as it fits: single candidates, and all that a statement's best plan takes.
    ///
    /// - Parameter counts: gain for the bytes that a move adds, or gain alone.
    mutating func grow(
        _ start: SelectionState, by counts: (SelectionProblem) -> (SelectionMove, Double) -> Double
    ) async -> SelectionState {
        var state = start
        let candidates = interesting()
        let groups = groups()
        while !isOver {
            progress?(.choosing(indexes: state.set.count))
            let moves =
                candidates.filter { !state.set.contains($0) }.map { SelectionMove(add: [$0]) }
                + groups.map { group in SelectionMove(add: group.filter { !state.set.contains($0) }) }
                .filter { $0.add.count > 1 }
            let fitting = moves.filter { fits($0.applied(to: state.set)) }
            guard let move = await highest(fitting, in: state, rank: counts(problem)) else { break }
            state = await applied(move, to: state)
        }
        return state
    }

    /// Sets that one plan takes together.
    private func groups() -> [[Int]] {
        var seen: Set<[Int]> = []
        return known.flatMap(\.usedSets).filter { $0.count > 1 && seen.insert($0).inserted }
    }

    /// Swaps of one relation, then what still fits, as long as the value rises.
    mutating func improve(_ start: SelectionState) async -> SelectionState {
        var state = start
        let candidates = interesting()
        var rounds = 0
        while !isOver, rounds < Self.mostSwaps {
            rounds += 1
            var moves: [SelectionMove] = []
            for candidate in candidates where !state.set.contains(candidate) {
                moves.append(SelectionMove(add: [candidate]))
                guard isBounded else { continue }
                let relation = problem.offers[candidate].candidate.relation
                for other in state.set {
                    // Under a bound any may make room.
                    if problem.offers[other].candidate.relation == relation || !fits(state.set + [candidate]) {
                        moves.append(SelectionMove(remove: [other], add: [candidate]))
                    }
                }
            }
            let fitting = moves.filter { fits($0.applied(to: state.set)) }
            guard let move = await highest(fitting, in: state, rank: gainAlone(problem)) else { break }
            state = await applied(move, to: state)
        }
        return state
    }

    static var mostSwaps: Int { 50 }
}

/// Gain for the bytes that a move adds.
func gainPerByte(_ problem: SelectionProblem) -> (SelectionMove, Double) -> Double {
    { move, gain in
        guard gain > problem.budget.leastGain * Double(move.add.count) + SelectionMove.trifle else { return -.infinity }
        return gain / Double(max(1, problem.size(of: move.add)))
    }
}

/// Gain alone.
func gainAlone(_ problem: SelectionProblem) -> (SelectionMove, Double) -> Double {
    { move, gain in
        let least = move.remove.isEmpty ? problem.budget.leastGain : 0
        return gain > max(least, SelectionMove.trifle) ? gain : -.infinity
    }
}
