import IndexAdvising
import Model

extension IndexAdviser {
    /// What the queries cost that check whether chosen indexes can be unique: the planner is asked, none is run.
    mutating func priceChecks() async {
        let places = advice.recommendations.indices.filter { advice.recommendations[$0].uniqueness?.isChosen ?? false }
        guard !places.isEmpty else { return }
        let jobs = places.compactMap { place -> PlannerOracle.Job? in
            let one = advice.recommendations[place]
            guard let check = one.uniqueness?.check else { return nil }
            return PlannerOracle.Job(
                candidate: Eligibility.Candidate(
                    queryID: 0, searchPath: ["pg_catalog"], text: check, parameterCount: 0, basis: .custom,
                    relations: [one.relation]))
        }
        var planner = PlannerOracle(session: session, limits: limits, statements: nil, jobs: jobs)
        for (job, result) in await planner.plans(of: Array(jobs.indices), until: deadline + .seconds(1)) {
            guard case .success(let planned) = result else { continue }
            advice.recommendations[places[job]].uniqueness?.checkCost = planned.answer.cost
        }
        cost += planner.cost
    }
}
