import Model

/// Chooses the set of indexes that saves a workload the most, within a budget, with few questions to the planner.
///
/// 1. Each statement is asked once with all candidates that were made for it: its least cost, and the few candidates that its
///    plan takes (as AutoAdmin seeds its search: Chaudhuri and Narasayya, VLDB 1997).
/// 2. Without a bound, the union of these shrinks: indexes are taken out and merged where that loses nothing that they are worth
///    (relaxation: Bruno and Chaudhuri, SIGMOD 2005).
/// 3. Under a bound, the set grows from nothing by gain for the bytes (Extend: Schlosser, Kossmann and Boissier, ICDE 2019); a
///    step may add all indexes that one plan takes together, or narrower ones. Swaps follow while they gain.
/// 4. What no plan needs goes, and what costs more in writes than it saves; so does INCLUDE where it saves next to nothing.
///
/// Costs that earlier answers tell are not asked again (`KnownCosts`), and moves are tried in the order of what they are expected
/// to gain, so that most are never asked about.
package struct IndexSelection<Oracle: CostOracle>: Sendable {
    var problem: SelectionProblem
    var oracle: Oracle
    var known: [KnownCosts]
    /// By statement: candidates that could serve it, ascending; those made for others among them.
    var relevant: [[Int]]
    /// By candidate: the statements that it could serve.
    var users: [[Int]]
    /// By candidate, its place.
    var places: [IndexCandidate: Int] = [:]
    /// By candidate; those of one number may be merged.
    var families: [Int] = []
    var familyNumbers: [IndexFamily: Int] = [:]
    var bounds: KnownBounds
    var mergers: [MergedPair: [SelectionMove]] = [:]
    /// By statement: the least cost seen.
    var floors: [Double]
    /// By statement: what a cut of its cost to nothing is worth.
    let worth: [Double]
    let deadline: ContinuousClock.Instant
    let progress: (@Sendable (SelectionStep) -> Void)?

    /// Questions in one batch: the locks of their EXPLAINs are held to its end.
    static var batch: Int { 200 }
    /// A cost that falls by less is no gain: the planner's costs are no exacter (STD_FUZZ_FACTOR, 1 %, in pathnode.c).
    static var noise: Double { 0.01 }

    package init(
        _ problem: SelectionProblem, oracle: Oracle, deadline: ContinuousClock.Instant,
        progress: (@Sendable (SelectionStep) -> Void)? = nil
    ) {
        self.problem = problem
        self.oracle = oracle
        self.deadline = deadline
        self.progress = progress
        relevant = problem.demands.map(\.candidates)
        users = Array(repeating: [], count: problem.offers.count)
        for (statement, candidates) in relevant.enumerated() {
            for candidate in candidates { users[candidate].append(statement) }
        }
        for (place, offer) in problem.offers.enumerated() { places[offer.candidate] = place }
        bounds = KnownBounds(statements: problem.demands.count)
        known = problem.demands.map { demand in
            var costs = KnownCosts()
            costs.add(CostAnswer(cost: demand.cost, used: []), asked: [])
            return costs
        }
        floors = problem.demands.map(\.cost)
        let felt = Double(problem.demands.count(where: \.isFelt))
        worth = problem.demands.map { $0.load + ($0.isFelt ? 1 / felt : 0) }
        families = problem.offers.map { family(of: $0.candidate) }
    }

    /// The search; ends at the deadline or when the task is cancelled with the best set so far.
    package mutating func run() async -> (selection: Selection, oracle: Oracle) {
        await explore()
        let useful = seeds()
        share(useful)
        var best: SelectionState
        if isBounded {
            await exploreFurther(useful)
            // For the bytes, many small ones come first, and a large one that saves more may not fit behind them.
            best = await improve(await grow(state(of: []), by: gainPerByte))
            let other = await improve(await grow(state(of: []), by: gainAlone))
            if value(of: other) > value(of: best) { best = other }
            // What came first may be worth little beside what came after it.
            let members = best.set.count
            best = await shrink(best, merging: false)
            if best.set.count < members { best = await grow(best, by: gainPerByte) }
        } else {
            best = await shrink(state(of: useful))
        }
        // What is slimmer may be the beginning of another.
        best = await pruned(await slimmed(await pruned(best)))
        return (finished(best), oracle)
    }

    var isOver: Bool { Task.isCancelled || ContinuousClock.now >= deadline }

    var isBounded: Bool {
        problem.budget.storage != nil || problem.budget.mostIndexes != nil || problem.budget.writes != nil
    }
}

package enum SelectionStep: Sendable, Equatable {
    /// Statements whose least cost was asked.
    case asking(done: Int, of: Int)
    /// Indexes in the set as it stands.
    case choosing(indexes: Int)
}
