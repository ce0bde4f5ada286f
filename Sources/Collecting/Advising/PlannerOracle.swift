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
        var examples: [Eligibility.Candidate] = []

        var groups: [QueryGroup] {
            if !examples.isEmpty { return examples.map { Explaining.group($0) } }
            return values.isEmpty
                ? [Explaining.group(candidate)] : values.map { Explaining.group(candidate, values: $0) }
        }
    }

    let session: Session
    let limits: @Sendable () -> SessionLimits
    /// nil: HypoPG is not to be used, and only plans as they are can be had.
    let statements: WhatIfStatements?
    /// By statement of the workload; nil where it cannot be explained.
    let jobs: [Job?]
    var cost = SessionCost()

    /// What the questions cost the server, for the report.
    struct SessionCost: Sendable {
        var roundTrips = 0
        var statements = 0
        /// EXPLAINs with hypothetical indexes.
        var whatIfs = 0
        var isConnectionLost = false
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

    /// An answer with the plan that it rests on; of several sets of values, the first's.
    struct Planned: Sendable {
        var answer: CostAnswer
        var json: String
    }

    /// One transaction.
    mutating func ask(
        _ questions: [CostQuestion], among offers: [SelectionProblem.Offer]
    ) async -> [Result<Planned, QueryFailure>] {
        // Questions about the same indexes stand together, so that these are made once.
        let order = questions.indices.sorted {
            (questions[$0].candidates.lexicographicKey, $0) < (questions[$1].candidates.lexicographicKey, $1)
        }
        var groups: [QueryGroup] = []
        var places: [(question: Int, range: Range<Int>)] = []
        var created: [Int: Int] = [:]
        var present: [Int] = []
        for question in order {
            guard let job = jobs[questions[question].statement] else { continue }
            let wanted = questions[question].candidates.filter { offers[$0].candidate.isKnownToHypoPG }
            if let statements, wanted != present {
                if !present.isEmpty { groups.append(QueryGroup([statements.drop])) }
                for candidate in wanted {
                    created[groups.count] = candidate
                    groups.append(QueryGroup([statements.create(offers[candidate].candidate.hypopgStatement)]))
                }
                present = wanted
            }
            let explains = job.groups
            places.append((question, groups.count..<groups.count + explains.count))
            groups += explains
        }
        let none = Result<Planned, QueryFailure>.failure(QueryFailure(message: "not explained"))
        guard !groups.isEmpty else { return Array(repeating: none, count: questions.count) }
        if let statements, !created.isEmpty { groups.append(QueryGroup([statements.drop])) }
        let results = await session.run(groups, settings: Explaining.planSettings, within: limits())
        cost.roundTrips += 1
        if results.contains(where: { if case .failure(let failure) = $0 { failure.isConnectionLost } else { false } }) {
            cost.isConnectionLost = true
        }
        cost.statements += groups.count
        for (question, range) in places where !questions[question].candidates.isEmpty { cost.whatIfs += range.count }
        var names: [String: Int] = [:]
        for (group, candidate) in created {
            if case .success(let rows) = results[group], let name = try? rows.first?.first?.string("name") {
                names[name] = candidate
            }
        }
        var answers = Array(repeating: none, count: questions.count)
        for (question, range) in places { answers[question] = planned(results[range], names) }
        return answers
    }

    private func planned(
        _ results: ArraySlice<Result<[[Row]], QueryFailure>>, _ names: [String: Int]
    ) -> Result<Planned, QueryFailure> {
        var sum = 0.0
        var used: Set<Int> = []
        var existing: Set<String> = []
        var first: String?
        for result in results {
            let rows: [[Row]]
            switch result {
            case .success(let found): rows = found
            case .failure(let failure): return .failure(failure)
            }
            guard let json = try? rows.last?.first?.string("QUERY PLAN"), let plan = try? Plan(json: json) else {
                return .failure(QueryFailure(message: "its plan could not be read"))
            }
            first = first ?? json
            sum += plan.root.totalCost
            plan.root.walk { node, _ in
                guard let index = node.index else { return }
                if let candidate = names[index] { used.insert(candidate) } else { existing.insert(index) }
            }
        }
        guard let first else { return .failure(QueryFailure(message: "it was not explained")) }
        var answer = CostAnswer(cost: sum / Double(results.count), used: used.sorted())
        answer.existing = existing
        return .success(Planned(answer: answer, json: first))
    }
}

extension [Int] {
    fileprivate var lexicographicKey: String { map(String.init).joined(separator: ",") }
}
