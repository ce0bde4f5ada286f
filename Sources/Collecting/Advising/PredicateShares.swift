import IndexAdvising
import Model
import Statements

/// Rows of a relation that an index with a predicate holds.
struct PredicateRows: Hashable {
    var relation: QualifiedName
    var predicate: String
}

extension IndexAdviser {
    /// The share of the rows, 0…1, that each predicate leaves, as the planner expects it: it knows the columns' values, which a
    /// snapshot does not keep, and of one column `= 'done'` may leave a thousand times as many as `= 'held'`.
    ///
    /// The statements that the predicates come from were explained: what they call and read was looked at.
    mutating func predicateShares(
        of candidates: [IndexCandidate], _ names: CatalogNames
    ) async -> [PredicateRows: Double] {
        var seen: Set<PredicateRows> = []
        let wanted = candidates.compactMap { candidate in
            candidate.predicate.map { PredicateRows(relation: candidate.relation, predicate: $0) }
        }.filter { seen.insert($0).inserted }
        let jobs = wanted.map { rows in
            PlannerOracle.Job(
                candidate: Eligibility.Candidate(
                    queryID: 0, searchPath: ["pg_catalog"],
                    text: "SELECT FROM \(rows.relation.quoted) WHERE \(rows.predicate)", parameterCount: 0,
                    basis: .custom, relations: [rows.relation]))
        }
        var planner = PlannerOracle(session: session, limits: limits, statements: nil, jobs: jobs)
        var shares: [PredicateRows: Double] = [:]
        for (place, result) in await planner.plans(of: Array(jobs.indices), until: deadline) {
            guard case .success(let planned) = result, let relation = names.relation(wanted[place].relation) else {
                continue
            }
            shares[wanted[place]] = min(1, max(1, planned.rows) / IndexSize.rows(of: relation, names))
        }
        cost += planner.cost
        return shares
    }
}
