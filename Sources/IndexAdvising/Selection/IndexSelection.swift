import Foundation
import Model

/// Chooses the set of indexes that saves a workload the most, within a budget, with few questions to the planner.
///
/// 1. Each statement is asked once with all candidates that were made for it: its least cost, and the few candidates that its
///    plan takes (as AutoAdmin seeds its search: Chaudhuri and Narasayya, VLDB 1997).
/// 2. From the union of these the set shrinks: indexes are taken out, merged and narrowed where that loses the least for what it
///    frees (relaxation: Bruno and Chaudhuri, SIGMOD 2005), until the budget holds and each index is worth its upkeep.
/// 3. Under a bound the set is also grown from nothing, by gain for the bytes (Extend: Schlosser, Kossmann and Boissier, ICDE
///    2019), where a step may add all indexes that a statement's best plan takes together. The better of the two is kept.
/// 4. Swaps and additions follow while they gain.
///
/// Costs that earlier answers tell are not asked again (`KnownCosts`), and moves are tried in the order of what they can gain at
/// most, so that most are never asked about.
package struct IndexSelection<Oracle: CostOracle>: Sendable {
    var problem: SelectionProblem
    var oracle: Oracle
    var known: [KnownCosts]
    /// By statement: candidates that could serve it, ascending; those made for others among them.
    var relevant: [[Int]]
    /// By candidate: the statements that it could serve.
    var users: [[Int]]
    /// By statement: the least cost seen.
    var floors: [Double]
    /// By statement: what a cut of its cost to nothing is worth.
    let worth: [Double]
    var questions = 0
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
        known = problem.demands.map { demand in
            var costs = KnownCosts()
            costs.add(CostAnswer(cost: demand.cost, used: []), asked: [])
            return costs
        }
        floors = problem.demands.map(\.cost)
        let felt = Double(problem.demands.count(where: \.isFelt))
        worth = problem.demands.map { $0.load + ($0.isFelt ? 1 / felt : 0) }
    }

    /// The search; ends at the deadline or when the task is cancelled with the best set so far.
    package mutating func run() async -> (selection: Selection, oracle: Oracle) {
        await explore()
        func say(_ what: String, _ state: SelectionState) { print(what, "questions", questions, "value", value(of: state), "n", state.set.count, "size", problem.size(of: state.set) >> 20, "fits", fits(state.set)) }
        let useful = seeds()
        share(useful)
        let mode = ProcessInfo.processInfo.environment["MODE"] ?? "sg"
        var best = state(of: [])
        say("explored", state(of: useful))
        if !isBounded || mode.contains("s") { best = await shrink(state(of: useful)); say("shrunk", best) }
        if isBounded, mode.contains("g") {
            await exploreFurther(useful)
            say("further", best)
            let grown = await grow(state(of: []))
            say("grown", grown)
            if value(of: grown) > value(of: best) { best = grown }
        }
        if mode.contains("i") { best = await improve(best)
        say("improved", best) }
        best = await pruned(best)
        say("pruned", best)
        let selection = await finished(best, seen: useful)
        return (selection, oracle)
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
