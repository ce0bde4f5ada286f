import IndexAdvising
import Model
import Plans
import Statements

/// The planner where it can be asked, our own estimate where it cannot: without HypoPG, and for GIN and GiST, which HypoPG does
/// not take.
struct WorkloadOracle: CostOracle {
    var planner: PlannerOracle
    /// By statement of the selection; with its plan as it is now.
    var statements: [WorkloadStatement] = []
    /// By statement of the selection, its place in the workload.
    var places: [Int] = []
    var model: CostModel
    /// By statement of the workload.
    var checks = ForeignKeyChecks([], CatalogNames(DatabaseCatalog()), CostSettings())
    /// Answers that rest on our own estimate.
    var estimates = 0

    mutating func answers(to questions: [CostQuestion], among offers: [SelectionProblem.Offer]) async -> [CostAnswer?] {
        let asks = planner.statements != nil
        var answers: [CostAnswer?] = Array(repeating: nil, count: questions.count)
        if asks {
            let known = questions.map { question in
                CostQuestion(
                    statement: places[question.statement],
                    candidates: question.candidates.filter { offers[$0].candidate.isKnownToHypoPG })
            }
            answers = await planner.answers(to: known, among: offers)
        }
        for (place, question) in questions.enumerated() {
            let own = question.candidates.filter { !asks || !offers[$0].candidate.isKnownToHypoPG }
            guard !own.isEmpty, let estimate = estimate(question.statement, own, offers) else { continue }
            if estimate.cost < answers[place]?.cost ?? .infinity { answers[place] = estimate }
        }
        for (place, question) in questions.enumerated() { addChecks(question, offers, &answers[place]) }
        return answers
    }

    private func addChecks(
        _ question: CostQuestion, _ offers: [SelectionProblem.Offer], _ answer: inout CostAnswer?
    ) {
        let found = checks.cost(of: places[question.statement], with: question.candidates.map { offers[$0].candidate })
        guard found.cost > 0 else { return }
        // Without an answer the plan is as it was.
        var whole = answer ?? CostAnswer(cost: statements[question.statement].plan?.root.totalCost ?? 0, used: [])
        whole.cost += found.cost
        whole.used = Set(whole.used + found.used.map { question.candidates[$0] }).sorted()
        if !found.used.isEmpty { whole.basis = .estimated }
        answer = whole
    }

    private mutating func estimate(
        _ statement: Int, _ candidates: [Int], _ offers: [SelectionProblem.Offer]
    ) -> CostAnswer? {
        guard let found = model.estimate(statements[statement], with: candidates.map { offers[$0].candidate }) else {
            return nil
        }
        estimates += 1
        var answer = CostAnswer(cost: found.cost, used: found.used.map { candidates[$0] }.sorted())
        answer.basis = .estimated
        return answer
    }
}
