import IndexAdvising
import PostgresClient

/// Questions of one transaction, with the statements that make the hypothetical indexes before them and drop them after them.
struct PlannerBatch {
    private(set) var groups: [QueryGroup] = []
    /// The questions that can be asked, with the groups that make their indexes and those that explain them.
    private(set) var parts: [(question: Int, makes: Range<Int>, explains: Range<Int>)] = []
    /// By group: the candidates that it makes.
    private(set) var made: [Int: [Int]] = [:]

    /// - Parameter together: all indexes of a question by one statement, which makes none when one is refused.
    init(
        _ questions: [CostQuestion], _ offers: [SelectionProblem.Offer], _ oracle: PlannerOracle, together: Bool
    ) {
        let wanted = questions.map { question in
            question.candidates.filter { offers[$0].candidate.isKnownToHypoPG && !oracle.refused.contains($0) }
        }
        // Questions about the same indexes stand together, so that these are made once.
        let order = questions.indices.sorted { left, right in
            wanted[left] == wanted[right] ? left < right : wanted[left].lexicographicallyPrecedes(wanted[right])
        }
        var present: [Int] = []
        var makes = 0..<0
        for question in order {
            guard let job = oracle.jobs[questions[question].statement] else { continue }
            if let statements = oracle.statements, wanted[question] != present {
                if !present.isEmpty { groups.append(QueryGroup([statements.drop])) }
                present = wanted[question]
                let start = groups.count
                for candidates in together && !present.isEmpty ? [present] : present.map({ [$0] }) {
                    made[groups.count] = candidates
                    groups.append(
                        QueryGroup([statements.create(candidates.map { offers[$0].candidate.hypopgStatement })]))
                }
                makes = start..<groups.count
            }
            let explains = job.groups
            parts.append((question, makes, groups.count..<groups.count + explains.count))
            groups += explains
        }
        if let statements = oracle.statements, !made.isEmpty { groups.append(QueryGroup([statements.drop])) }
    }

    /// The candidates by the names that plans have for them.
    func names(in results: [Result<[[Row]], QueryFailure>]) -> [String: Int] {
        var names: [String: Int] = [:]
        for (group, candidates) in made {
            guard case .success(let rows) = results[group] else { continue }
            for row in rows.first ?? [] {
                guard let place = try? row.int("place"), let name = try? row.string("name"),
                    candidates.indices.contains(place - 1)
                else { continue }
                names[name] = candidates[place - 1]
            }
        }
        return names
    }

    /// The groups of those indexes that were refused.
    func refused(in results: [Result<[[Row]], QueryFailure>]) -> Set<Int> {
        Set(
            made.keys.filter { group in
                guard case .failure(let failure) = results[group] else { return false }
                return !failure.isConnectionLost && !failure.isDeadline
            })
    }
}
