import Model

extension IndexSelection {
    /// Without those that cost more in writes than they save, and those without which no plan gets felt dearer.
    mutating func pruned(_ start: SelectionState) async -> SelectionState {
        var state = start
        // When the time is over, what no plan takes goes, and the rest stays as it is.
        if isOver {
            let used = Set(state.answers.flatMap(\.used))
            await apply(SelectionMove(remove: state.set.filter { !used.contains($0) }), to: &state)
            return state
        }
        // Of two that do each other's work the larger goes.
        var bySize = state.set.sorted { (problem.offers[$1].size, $0) < (problem.offers[$0].size, $1) }
        // Those whose statements are as they were when they were looked at last stay what they were found to be.
        var needless: Set<Int> = []
        var dear: Set<Int> = []
        var open = state.set
        while !isOver {
            await resolve(open.map { SelectionMove(remove: [$0]) }, in: state)
            for place in open {
                if isNeedless(place, in: state) || isCovered(place, in: state) {
                    needless.insert(place)
                } else {
                    needless.remove(place)
                }
                let isDear = loadGain(of: place, in: state) <= upkeep(of: [place])
                if isDear { dear.insert(place) } else { dear.remove(place) }
            }
            guard let next = bySize.firstIndex(where: needless.contains) ?? bySize.firstIndex(where: dear.contains)
            else { return state }
            let place = bySize.remove(at: next)
            needless.remove(place)
            dear.remove(place)
            await apply(SelectionMove(remove: [place]), to: &state)
            open = Set(users[place].flatMap { configuration($0, state) }).sorted()
        }
        return state
    }

    /// Without it every plan costs much the same.
    private func isNeedless(_ place: Int, in state: SelectionState) -> Bool {
        let move = SelectionMove(remove: [place])
        return users[place].allSatisfy { statement in
            let without = answer(statement, configuration(statement, state, move))
            return without.cost <= state.answers[statement].cost * (1 + Self.alike)
        }
    }

    /// Another of the set serves all its statements: once both were there, the shorter one would be advised to go.
    private func isCovered(_ place: Int, in state: SelectionState) -> Bool {
        let offer = problem.offers[place]
        return state.set.contains { other in
            let cover = problem.offers[other]
            return cover.candidate.covers(offer.candidate)
                && Double(cover.size) <= RemovalLimits.coverRatio * Double(offer.size)
        }
    }

    /// The planner itself takes plans within 1 % for equal (STD_FUZZ_FACTOR in pathnode.c), and its costs are no truer than that:
    /// what saves a plan less than 5 % is not worth a place (our choice).
    static var alike: Double { 0.05 }

    /// Share of the load that would be lost without a member of the set.
    func loadGain(of place: Int, in state: SelectionState) -> Double {
        let move = SelectionMove(remove: [place])
        return users[place].reduce(0) { sum, statement in
            let without = answer(statement, configuration(statement, state, move))
            return sum + loadSaved(at: state.answers[statement].cost, statement)
                - loadSaved(at: without.cost, statement)
        }
    }

    /// By member of the set: what the plans that use it save; where a plan uses several, each has an equal part of it.
    ///
    /// What would be lost without it is no measure of an index: of two that could do each other's work either has nothing to lose.
    private func gains(in state: SelectionState) -> [Int: Double] {
        var gains = Dictionary(state.set.map { ($0, 0.0) }, uniquingKeysWith: { first, _ in first })
        for (statement, answer) in state.answers.enumerated() where !answer.used.isEmpty {
            let part = loadSaved(at: answer.cost, statement) / Double(answer.used.count)
            for place in answer.used { gains[place, default: 0] += part }
        }
        return gains
    }

    func finished(_ state: SelectionState) -> Selection {
        var selection = Selection()
        selection.offers = problem.offers
        selection.costs = problem.demands.indices.map { (problem.demands[$0].cost, state.answers[$0]) }
        selection.gains = gains(in: state)
        selection.chosen = state.set.sorted {
            (selection.gains[$0] ?? 0, $1) > (selection.gains[$1] ?? 0, $0)
        }
        selection.isComplete = !isOver
        let tried = Set(interesting())
        for place in problem.offers.indices where !state.holds(place) {
            if tried.contains(place) {
                selection.rejected.append(rejection(of: place, from: state))
            } else if selection.isComplete {
                selection.rejected.append(Selection.Rejection(candidate: place, reason: .neverUsed, gain: nil))
            }
        }
        return selection
    }

    private func rejection(of place: Int, from state: SelectionState) -> Selection.Rejection {
        let move = SelectionMove(add: [place])
        let gained = users[place].reduce(0.0) { sum, statement in
            let with = answer(statement, configuration(statement, state, move))
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
        } else if !fits(move, in: state), gained > problem.budget.leastGain {
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
