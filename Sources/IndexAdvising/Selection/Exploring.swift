extension IndexSelection {
    /// Each statement with all candidates that were made for it.
    mutating func explore() async {
        let wanted = problem.demands.indices
            .filter { !relevant[$0].isEmpty }
            .map { CostQuestion(statement: $0, candidates: relevant[$0]) }
        var done = 0
        for start in stride(from: 0, to: wanted.count, by: Self.batch) {
            guard !isOver else { return }
            progress?(.asking(done: done, of: wanted.count))
            let batch = Array(wanted[start..<min(start + Self.batch, wanted.count)])
            await ask(batch)
            done += batch.count
        }
    }

    /// The candidates that the best plans take.
    func seeds() -> [Int] {
        var found: Set<Int> = []
        for statement in problem.demands.indices {
            guard let answer = known[statement].exact(problem.demands[statement].candidates) else { continue }
            if answer.cost <= problem.demands[statement].cost * (1 - Self.noise) { found.formUnion(answer.used) }
        }
        return found.sorted()
    }

    /// Candidates of one statement are offered to the others that could use them.
    mutating func share(_ candidates: [Int]) {
        for candidate in candidates {
            for statement in problem.served(problem.offers[candidate].candidate) { connect(statement, candidate) }
        }
    }

    /// Under a bound the best plan may be too dear: what each statement does without its best candidates, and with narrower
    /// ones.
    mutating func exploreFurther(_ seeds: [Int]) async {
        var open = problem.demands.map(\.candidates)
        for round in 0..<Self.rounds {
            var wanted: [CostQuestion] = []
            for statement in problem.demands.indices {
                guard let best = known[statement].exact(open[statement]), !best.used.isEmpty else { continue }
                // A first look at what else there is; a further one only where nothing has fitted yet.
                guard round == 0 || !fits(best.used) else { continue }
                open[statement].removeAll { best.used.contains($0) }
                if !open[statement].isEmpty {
                    wanted.append(CostQuestion(statement: statement, candidates: open[statement]))
                }
            }
            if wanted.isEmpty { break }
            await ask(wanted)
        }
        var narrow: [Int] = []
        for candidate in seeds {
            for smaller in CandidateGenerator.narrowed(problem.offers[candidate].candidate) {
                narrow.append(add(smaller, for: users[candidate]))
            }
        }
        share(narrow)
    }

    /// Looks for plans that fit, for each statement.
    private static var rounds: Int { 4 }

    /// The place of a candidate that was made of others.
    mutating func add(_ candidate: IndexCandidate, for statements: [Int]) -> Int {
        let place: Int
        if let present = places[candidate] {
            place = present
        } else {
            place = problem.offers.count
            places[candidate] = place
            families.append(family(of: candidate))
            problem.offers.append(problem.price(candidate))
            users.append([])
        }
        for statement in statements { connect(statement, place) }
        return place
    }

    /// The number of a candidate's relation and first key.
    mutating func family(of candidate: IndexCandidate) -> Int {
        let family = IndexFamily(candidate)
        if let known = familyNumbers[family] { return known }
        familyNumbers[family] = familyNumbers.count
        return familyNumbers.count - 1
    }

    /// Candidates that some answer used: those worth a move.
    func interesting() -> [Int] {
        var found: Set<Int> = []
        for costs in known { found.formUnion(costs.everUsed) }
        return found.sorted()
    }
}
