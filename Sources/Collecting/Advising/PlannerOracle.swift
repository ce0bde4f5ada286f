import IndexAdvising
import Plans
import PostgresClient
import Queries

/// The planner's costs under hypothetical indexes, through HypoPG; statements and their values stay as they were when it was
/// made.
///
/// A batch goes in one round trip and one read-only transaction, which makes the indexes of a question, explains the statement
/// and takes them away again: HypoPG keeps them in the session's memory, past a rollback.
struct PlannerOracle: CostOracle {
    /// A statement as it is planned: once, or with several sets of values for its parameters.
    struct Job: Sendable {
        var candidate: Eligibility.Candidate
        /// Empty: the generic plan, or that of the literals in the text. The cost is the mean over them.
        var values: [[String]] = []
        /// Calls as they were logged, in place of values.
        var examples: [Example] = []

        /// A logged call: with literals in its text, or with values for its parameters.
        struct Example: Sendable {
            var candidate: Eligibility.Candidate
            var values: [String?] = []

            var group: QueryGroup {
                values.isEmpty ? Explaining.group(candidate) : Explaining.group(candidate, values: values)
            }
        }

        var groups: [QueryGroup] {
            if !examples.isEmpty { return examples.map(\.group) }
            return values.isEmpty
                ? [Explaining.group(candidate)] : values.map { Explaining.group(candidate, values: $0) }
        }
    }

    let session: Session
    let limits: @Sendable () -> SessionLimits
    /// nil: HypoPG is not to be used, and only plans as they are can be had.
    let statements: WhatIfStatements?
    /// By statement of the workload; nil where it cannot be explained.
    var jobs: [Job?]
    var cost = SessionCost()
    /// Candidates that HypoPG did not take.
    private(set) var refused: Set<Int> = []

    init(session: Session, limits: @escaping @Sendable () -> SessionLimits, statements: WhatIfStatements?, jobs: [Job?])
    {
        self.session = session
        self.limits = limits
        self.statements = statements
        self.jobs = jobs
    }

    /// What the questions cost the server, for the report.
    struct SessionCost: Sendable {
        var roundTrips = 0
        var statements = 0
        /// EXPLAINs with hypothetical indexes.
        var whatIfs = 0
        var isConnectionLost = false

        static func += (left: inout Self, right: Self) {
            left.roundTrips += right.roundTrips
            left.statements += right.statements
            left.whatIfs += right.whatIfs
            left.isConnectionLost = left.isConnectionLost || right.isConnectionLost
        }
    }

    /// Locks are held to the end of a transaction: none shall take long.
    static let questionsInTransaction = 40

    mutating func answers(to questions: [CostQuestion], among offers: [SelectionProblem.Offer]) async -> [CostAnswer?] {
        var answers: [CostAnswer?] = []
        for start in stride(from: 0, to: questions.count, by: Self.questionsInTransaction) {
            if Task.isCancelled { break }
            let batch = questions[start..<min(start + Self.questionsInTransaction, questions.count)]
            answers += await ask(Array(batch), among: offers).map { try? $0.get().answer }
        }
        return answers + Array(repeating: nil, count: questions.count - answers.count)
    }

    /// These jobs as they are planned without any candidate, until the time is over.
    mutating func plans(
        of places: [Int], until deadline: ContinuousClock.Instant
    ) async -> [(place: Int, result: Result<Planned, QueryFailure>)] {
        var plans: [(place: Int, result: Result<Planned, QueryFailure>)] = []
        for start in stride(from: 0, to: places.count, by: Self.questionsInTransaction) {
            if Task.isCancelled || ContinuousClock.now >= deadline { break }
            let batch = places[start..<min(start + Self.questionsInTransaction, places.count)]
            let results = await ask(batch.map { CostQuestion(statement: $0, candidates: []) }, among: [])
            plans += zip(batch, results).map { (place: $0, result: $1) }
        }
        return plans
    }

    /// An answer with the plan that it rests on; of several sets of values, the first's.
    struct Planned: Sendable {
        var answer: CostAnswer
        var json: String
        /// That the plan is expected to return.
        var rows: Double
    }

    /// One transaction; another where an index was refused.
    mutating func ask(
        _ questions: [CostQuestion], among offers: [SelectionProblem.Offer]
    ) async -> [Result<Planned, QueryFailure>] {
        let first = PlannerBatch(questions, offers, self, together: true)
        var results = await run(first)
        for part in first.parts where !questions[part.question].candidates.isEmpty {
            cost.whatIfs += part.explains.count
        }
        var answers = answers(to: questions, first, results)
        let failed = first.refused(in: results)
        let again = first.parts.filter { !failed.isDisjoint(with: $0.makes) }.map(\.question)
        guard !again.isEmpty else { return answers }
        // Which one was refused?
        let rest = again.map { questions[$0] }
        let second = PlannerBatch(rest, offers, self, together: false)
        results = await run(second)
        for group in second.refused(in: results) { refused.formUnion(second.made[group] ?? []) }
        for (question, answer) in zip(again, self.answers(to: rest, second, results)) { answers[question] = answer }
        return answers
    }

    private mutating func run(_ batch: PlannerBatch) async -> [Result<[[Row]], QueryFailure>] {
        guard !batch.groups.isEmpty else { return [] }
        cost.roundTrips += 1
        cost.statements += batch.groups.count
        let results = await session.run(batch.groups, settings: Explaining.planSettings, within: limits())
        if results.contains(where: { if case .failure(let failure) = $0 { failure.isConnectionLost } else { false } }) {
            cost.isConnectionLost = true
        }
        return results
    }

    private func answers(
        to questions: [CostQuestion], _ batch: PlannerBatch, _ results: [Result<[[Row]], QueryFailure>]
    ) -> [Result<Planned, QueryFailure>] {
        let names = batch.names(in: results)
        var answers = questions.map { _ in
            Result<Planned, QueryFailure>.failure(QueryFailure(message: "not explained"))
        }
        for part in batch.parts { answers[part.question] = planned(results[part.explains], names) }
        return answers
    }

    private func planned(
        _ results: ArraySlice<Result<[[Row]], QueryFailure>>, _ names: [String: Int]
    ) -> Result<Planned, QueryFailure> {
        var sum = 0.0
        var used: Set<Int> = []
        var existing: Set<String> = []
        var first: (json: String, rows: Double)?
        for result in results {
            let rows: [[Row]]
            switch result {
            case .success(let found): rows = found
            case .failure(let failure): return .failure(failure)
            }
            guard let json = try? rows.last?.first?.string("QUERY PLAN"), let plan = try? Plan(json: json) else {
                return .failure(QueryFailure(message: "its plan could not be read"))
            }
            first = first ?? (json, plan.root.rows)
            sum += plan.root.totalCost
            plan.root.walk { node, _ in
                guard let index = node.index else { return }
                if let candidate = names[index] { used.insert(candidate) } else { existing.insert(index) }
            }
        }
        guard let first else { return .failure(QueryFailure(message: "it was not explained")) }
        var answer = CostAnswer(cost: sum / Double(results.count), used: used.sorted())
        answer.existing = existing
        return .success(Planned(answer: answer, json: first.json, rows: first.rows))
    }
}
