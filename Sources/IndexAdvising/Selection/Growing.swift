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
        bounds.forget()
        while !isOver {
            progress?(.choosing(indexes: state.set.count))
            let moves =
                candidates.filter { !state.holds($0) }.map { SelectionMove(add: [$0]) }
                + groups.map { group in SelectionMove(add: group.filter { !state.holds($0) }) }
                .filter { $0.add.count > 1 }
            let fitting = moves.filter { fits($0, in: state) }
            guard let move = await highest(fitting, in: state, rank: counts(problem)) else { break }
            await apply(move, to: &state)
        }
        return state
    }

    /// Sets that one plan takes together.
    private func groups() -> [[Int]] {
        var seen: Set<[Int]> = []
        return known.flatMap(\.usedSets).filter { $0.count > 1 && seen.insert($0).inserted }
    }

    /// Swaps, as long as the value rises: one for another of its relation, and what did not fit for the least that makes room.
    mutating func improve(_ start: SelectionState) async -> SelectionState {
        var state = start
        let wanted = interesting().map { [$0] } + groups()
        bounds.forget()
        for _ in 0..<Self.mostSwaps where !isOver {
            let byWorth = cheapestFirst(state)
            let byRelation = Dictionary(grouping: state.set) { problem.offers[$0].candidate.relation }
            var moves: [SelectionMove] = []
            for group in wanted {
                let add = group.filter { !state.holds($0) }
                guard !add.isEmpty else { continue }
                moves.append(SelectionMove(remove: room(for: add, in: state, byWorth), add: add))
                guard add.count == 1 else { continue }
                for other in byRelation[problem.offers[add[0]].candidate.relation] ?? [] {
                    moves.append(SelectionMove(remove: [other], add: add))
                }
            }
            let fitting = moves.filter { fits($0, in: state) }
            guard let move = await highest(fitting, in: state, rank: gainAlone(problem)) else { break }
            await apply(move, to: &state)
        }
        return state
    }

    /// Members by what their bytes bring, least first.
    private func cheapestFirst(_ state: SelectionState) -> [Int] {
        state.set.map { place in
            let loss = -bound(SelectionMove(remove: [place]), in: state).gain
            return (place: place, density: loss / Double(max(1, problem.offers[place].size)))
        }.sorted { ($0.density, $0.place) < ($1.density, $1.place) }.map(\.place)
    }

    /// What has to go so that these fit.
    private func room(for add: [Int], in state: SelectionState, _ byWorth: [Int]) -> [Int] {
        var remove: [Int] = []
        for place in byWorth {
            if fits(SelectionMove(remove: remove, add: add), in: state) { break }
            remove.append(place)
        }
        return remove
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
