import Model

/// What the selection chooses from, and for whom.
package struct SelectionProblem: Sendable {
    /// One statement of the workload.
    package struct Demand: Sendable {
        /// Share of the workload's load, 0…1.
        package var load: Double
        /// The planner's cost of one call without any candidate.
        package var cost: Double
        /// Candidates that could serve it: places, ascending.
        package var candidates: [Int]
        /// It counts by itself too, beside its load: what its users feel, beside what the server spends.
        package var isFelt = true

        package init(load: Double, cost: Double, candidates: [Int]) {
            self.load = load
            self.cost = cost
            self.candidates = candidates
        }
    }

    /// One candidate with its price.
    package struct Offer: Sendable {
        package var candidate: IndexCandidate
        /// Bytes.
        package var size: Int64
        /// Upkeep as a share of the workload's load.
        package var upkeep: Double

        package init(candidate: IndexCandidate, size: Int64, upkeep: Double) {
            self.candidate = candidate
            self.size = size
            self.upkeep = upkeep
        }
    }

    package var demands: [Demand]
    package var offers: [Offer]
    package var budget: IndexBudget
    /// Bytes that dropped indexes give back.
    package var freedStorage: Int64 = 0

    /// Prices a candidate that the selection made of others.
    package var price: @Sendable (IndexCandidate) -> Offer
    /// The statements that could be served by a candidate, also by one that was made for others.
    package var served: @Sendable (IndexCandidate) -> [Int]

    package init(
        demands: [Demand], offers: [Offer], budget: IndexBudget, price: @escaping @Sendable (IndexCandidate) -> Offer,
        served: @escaping @Sendable (IndexCandidate) -> [Int]
    ) {
        self.demands = demands
        self.offers = offers
        self.budget = budget
        self.price = price
        self.served = served
    }
}

extension SelectionProblem {
    func size(of set: [Int]) -> Int64 { set.reduce(0) { $0 + offers[$1].size } }

    func upkeep(of set: [Int]) -> Double { set.reduce(0) { $0 + offers[$1].upkeep } }

    func fits(_ set: [Int]) -> Bool { fits(size: size(of: set), count: set.count, upkeep: upkeep(of: set)) }

    func fits(size: Int64, count: Int, upkeep: Double) -> Bool {
        if let storage = budget.storage, size - freedStorage > storage { return false }
        if let most = budget.mostIndexes, count > most { return false }
        if let writes = budget.writes, upkeep > writes { return false }
        return true
    }
}

/// The set that was chosen, with what is known of it.
package struct Selection: Sendable {
    /// Places in the offers, in the order of their gain within the set, greatest first.
    package var chosen: [Int] = []
    /// All candidates, those made by merging among them.
    package var offers: [SelectionProblem.Offer] = []
    /// By statement, one call: as it is, and with the set.
    package var costs: [(before: Double, after: CostAnswer)] = []
    /// By chosen candidate: share of the load that the plans which use it save; those that use several share it out equally.
    package var gains: [Int: Double] = [:]
    package var rejected: [Rejection] = []
    /// The search ended by itself.
    package var isComplete = true

    package init() {}

    package struct Rejection: Sendable {
        package var candidate: Int
        package var reason: Reason
        /// Share of the load that it would have saved beside the chosen ones; nil where that was not asked.
        package var gain: Double?

        package enum Reason: Sendable, Equatable {
            /// No plan takes it while the others are there.
            case unused
            /// No plan took it, whatever else was there.
            case neverUsed
            case costsMoreThanItSaves
            case gainsTooLittle
            /// Another of the set does its work nearly as well.
            case servedBy(Int)
            case overBudget
        }
    }
}
