import Model

extension IndexSelection {
    /// Without those that cost more in writes than they save, and those that no plan takes.
    mutating func pruned(_ start: SelectionState) async -> SelectionState {
        var state = start
        while true {
            await resolve(state.set.map { SelectionMove(remove: [$0]) }, in: state)
            let worst = state.set.map { place in
                (place: place, net: loadGain(of: place, in: state) - upkeep(of: [place]))
            }
            .min { ($0.net, $0.place) < ($1.net, $1.place) }
            let idle = state.set.first { place in !state.answers.contains { $0.used.contains(place) } }
            guard let place = idle ?? (worst.map { $0.net <= 0 } == true ? worst?.place : nil) else { return state }
            state = await applied(SelectionMove(remove: [place]), to: state)
        }
    }

    /// Share of the load that would be lost without a member of the set.
    func loadGain(of place: Int, in state: SelectionState) -> Double {
        let set = state.set.filter { $0 != place }
        return users[place].reduce(0) { sum, statement in
            let without = answer(statement, configuration(statement, set))
            return sum + loadSaved(at: state.answers[statement].cost, statement)
                - loadSaved(at: without.cost, statement)
        }
    }

    mutating func finished(_ state: SelectionState, seen seeds: [Int]) async -> Selection {
        var selection = Selection()
        selection.offers = problem.offers
        selection.costs = problem.demands.indices.map { (problem.demands[$0].cost, state.answers[$0]) }
        for place in state.set { selection.gains[place] = loadGain(of: place, in: state) }
        selection.chosen = state.set.sorted {
            (selection.gains[$0] ?? 0, $1) > (selection.gains[$1] ?? 0, $0)
        }
        for place in interesting() where !state.set.contains(place) {
            selection.rejected.append(rejection(of: place, from: state))
        }
        selection.isComplete = !isOver
        selection.questions = questions
        return selection
    }

    private func rejection(of place: Int, from state: SelectionState) -> Selection.Rejection {
        let move = SelectionMove(add: [place])
        let set = move.applied(to: state.set)
        let gained = users[place].reduce(0.0) { sum, statement in
            let with = answer(statement, configuration(statement, set))
            return sum
                + max(0, loadSaved(at: with.cost, statement) - loadSaved(at: state.answers[statement].cost, statement))
        }
        let alone = users[place].reduce(0.0) { sum, statement in
            sum + loadSaved(at: answer(statement, [place]).cost, statement)
        }
        let upkeep = problem.offers[place].upkeep
        let reason: Selection.Rejection.Reason
        if alone > 0, alone <= upkeep {
            reason = .costsMoreThanItSaves
        } else if !fits(set), gained > problem.budget.leastGain {
            reason = .overBudget
        } else if let other = substitute(for: place, in: state) {
            reason = .servedBy(other)
        } else {
            reason = gained > SelectionMove.trifle ? .gainsTooLittle : .unused
        }
        return Selection.Rejection(candidate: place, reason: reason, gain: gained)
    }

    /// The chosen one of the same relation that most of its statements use.
    private func substitute(for place: Int, in state: SelectionState) -> Int? {
        let relation = problem.offers[place].candidate.relation
        var uses: [Int: Int] = [:]
        for statement in users[place] {
            for used in state.answers[statement].used where problem.offers[used].candidate.relation == relation {
                uses[used, default: 0] += 1
            }
        }
        return uses.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
