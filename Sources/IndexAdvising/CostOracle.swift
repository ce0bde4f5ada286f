/// Says what a statement costs when indexes stand beside those that are there: the planner, asked through HypoPG, or our own
/// estimate.
package protocol CostOracle: Sendable {
    /// The answers in the order of the questions; nil where there is none. Questions come in batches, so that an oracle can ask
    /// its server many at once.
    ///
    /// - Parameter offers: the candidates that the questions name by their places; there are more at each call.
    mutating func answers(to questions: [CostQuestion], among offers: [SelectionProblem.Offer]) async -> [CostAnswer?]
}

/// One statement under one set of candidates.
package struct CostQuestion: Sendable, Hashable {
    /// Its place in the workload.
    package var statement: Int
    /// Places in the list of candidates, ascending.
    package var candidates: [Int]

    package init(statement: Int, candidates: [Int]) {
        self.statement = statement
        self.candidates = candidates
    }
}

package struct CostAnswer: Sendable, Equatable {
    /// The planner's units, one call.
    package var cost: Double
    /// Those of the question's candidates that the plan uses, ascending.
    package var used: [Int]
    /// Existing indexes that the plan uses, by the names that EXPLAIN prints.
    package var existing: Set<String> = []
    package var basis = Basis.planner

    package enum Basis: String, Sendable, Codable { case planner, estimated }

    package init(cost: Double, used: [Int]) {
        self.cost = cost
        self.used = used
    }
}
