import Model

extension IndexSelection {
    /// Takes out and merges until each index is worth its place.
    ///
    /// - Parameter merging: mergers are tried too; what fits a budget is not known of them.
    mutating func shrink(_ start: SelectionState, merging: Bool = true) async -> SelectionState {
        var state = start
        // What is known of the union is what each statement makes of its own: others' indexes may serve it better still.
        await resolveAll(&state)
        bounds.forget()
        while !isOver, !state.set.isEmpty {
            progress?(.choosing(indexes: state.set.count))
            let leastGain = problem.budget.leastGain
            // What a statement does without an index is not known until it is asked: with less hope no index would ever go.
            let move = await highest(shrinkingMoves(state, merging), in: state, hope: 1) { move, gain in
                // Each index that goes had to bring its least gain.
                let allowance = leastGain * Double(move.remove.count - move.add.count) + SelectionMove.trifle
                return gain >= -allowance ? gain : -.infinity
            }
            guard let move else { break }
            await apply(move, to: &state)
        }
        return state
    }

    mutating func resolveAll(_ state: inout SelectionState) async {
        await ask(
            problem.demands.indices.map {
                CostQuestion(statement: $0, candidates: configuration($0, state))
            })
        state = self.state(of: state.set)
    }

    /// Removals, and mergers of two of one relation.
    private mutating func shrinkingMoves(_ state: SelectionState, _ merging: Bool) -> [SelectionMove] {
        var moves = state.set.map { SelectionMove(remove: [$0]) }
        guard merging else { return moves }
        // Under another first key the merged one would be read whole.
        let byFamily = Dictionary(grouping: state.set) { families[$0] }
        for (_, places) in byFamily.sorted(by: { $0.key < $1.key }) where places.count > 1 {
            for (number, left) in places.enumerated() {
                for right in places[(number + 1)...] { moves += mergers(left, right) }
            }
        }
        return moves
    }

    private mutating func mergers(_ left: Int, _ right: Int) -> [SelectionMove] {
        let pair = MergedPair(left: left, right: right, users: users[left].count + users[right].count)
        if let known = mergers[pair] { return known }
        let (first, second) = (problem.offers[left].candidate, problem.offers[right].candidate)
        let made = CandidateGenerator.merged(first, second).compactMap { merged -> SelectionMove? in
            let place = add(merged, for: users[left] + users[right])
            // One that does the work of both is a removal of the other.
            return place == left || place == right ? nil : SelectionMove(remove: [left, right], add: [place])
        }
        mergers[pair] = made
        return made
    }
}

/// A relation and the first key of indexes on it.
struct IndexFamily: Hashable {
    var relation: QualifiedName
    var first: IndexCandidate.Key?

    init(_ candidate: IndexCandidate) {
        relation = candidate.relation
        first = candidate.keys.first
    }
}

/// Two of one relation, and how many statements each could serve together when they were merged.
struct MergedPair: Hashable {
    var left: Int
    var right: Int
    var users: Int
}
