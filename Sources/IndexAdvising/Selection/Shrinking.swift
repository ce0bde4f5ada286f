import Model

extension IndexSelection {
    /// Takes out, merges and narrows until the bounds hold and each index is worth its place.
    mutating func shrink(_ start: SelectionState) async -> SelectionState {
        var state = start
        // What is known of the union is what each statement makes of its own: others' indexes may serve it better still.
        await resolveAll(&state)
        while !isOver, !state.set.isEmpty {
            progress?(.choosing(indexes: state.set.count))
            let isOverBudget = !fits(state.set)
            // Losses for what they free where the budget forces one, else only where what goes was not worth its place.
            let moves = shrinkingMoves(state)
            let ranking = ShrinkingRank(problem, state.set, isForced: isOverBudget)
            guard let move = await highest(moves, in: state, rank: ranking.rank) else { break }
            state = await applied(move, to: state)
        }
        return state
    }

    mutating func resolveAll(_ state: inout SelectionState) async {
        await ask(
            problem.demands.indices.map {
                CostQuestion(statement: $0, candidates: configuration($0, state.set))
            })
        state = self.state(of: state.set)
    }

    /// Removals, mergers of two of one relation, and narrower ones in place of wide ones.
    private mutating func shrinkingMoves(_ state: SelectionState) -> [SelectionMove] {
        var moves = state.set.map { SelectionMove(remove: [$0]) }
        let byRelation = Dictionary(grouping: state.set) { problem.offers[$0].candidate.relation }
        for (_, places) in byRelation.sorted(by: { $0.key < $1.key }) where places.count > 1 {
            for (number, left) in places.enumerated() {
                for right in places[(number + 1)...] { moves += mergers(left, right) }
            }
        }
        guard problem.budget.storage != nil else { return moves }
        for place in state.set {
            for smaller in CandidateGenerator.narrowed(problem.offers[place].candidate) {
                let other = add(smaller, for: users[place])
                if !state.set.contains(other) { moves.append(SelectionMove(remove: [place], add: [other])) }
            }
        }
        return moves
    }

    private mutating func mergers(_ left: Int, _ right: Int) -> [SelectionMove] {
        let (first, second) = (problem.offers[left].candidate, problem.offers[right].candidate)
        // Under another first key the merged one would be read whole.
        guard first.keys.first == second.keys.first else { return [] }
        return (CandidateGenerator.merged(first, second) + CandidateGenerator.merged(second, first)).map { merged in
            let place = add(merged, for: users[left] + users[right])
            return SelectionMove(remove: [left, right].filter { $0 != place }, add: [place])
        }
    }
}

/// How good a move is that takes out, merges or narrows.
private struct ShrinkingRank {
    private let problem: SelectionProblem
    private let set: [Int]
    private let isForced: Bool

    init(_ problem: SelectionProblem, _ set: [Int], isForced: Bool) {
        self.problem = problem
        self.set = set
        self.isForced = isForced
    }

    /// - Parameter gain: what the move changes the value by, mostly negative.
    func rank(_ move: SelectionMove, _ gain: Double) -> Double {
        let freedIndexes = move.remove.count - move.add.count
        guard isForced else {
            // Each index that goes had to bring its least gain.
            let allowance = problem.budget.leastGain * Double(freedIndexes) + SelectionMove.trifle
            return freedIndexes > 0 && gain >= -allowance ? gain : -.infinity
        }
        let relief = relief(of: move)
        guard relief > 0 else { return -.infinity }
        // A move that loses nothing goes first.
        return gain >= 0 ? gain + relief : gain / relief
    }

    /// What it does for the bounds that are passed, in parts of each.
    private func relief(of move: SelectionMove) -> Double {
        let budget = problem.budget
        var relief = 0.0
        let size = problem.size(of: set)
        if let storage = budget.storage, size - problem.freedStorage > storage {
            relief += Double(max(0, problem.size(of: move.remove) - problem.size(of: move.add))) / Double(max(1, size))
        }
        if let most = budget.mostIndexes, set.count > most {
            relief += Double(max(0, move.remove.count - move.add.count)) / Double(set.count)
        }
        let upkeep = problem.upkeep(of: set)
        if let writes = budget.writes, upkeep > writes {
            relief += max(0, problem.upkeep(of: move.remove) - problem.upkeep(of: move.add)) / upkeep
        }
        return relief
    }
}
