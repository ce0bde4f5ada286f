import IndexAdvising
import Model
import Statements

/// Who wants what: the statements that can be priced, and the candidates made for each.
struct Market {
    /// By statement of the selection, its place in the workload.
    private(set) var places: [Int] = []
    private(set) var statements: [WorkloadStatement] = []
    private(set) var notes: [String] = []
    private var demands: [SelectionProblem.Demand] = []
    private(set) var candidates: [IndexCandidate] = []
    private var uses: [StatementUses] = []

    /// Of measured statements those below count by their load alone: nobody waits for them for long (our choice).
    private static let feltShare = 0.001
    /// The planner's units; a call that costs less is over at once (dexter's default for statements worth an index).
    private static let feltCost = 100.0

    init(
        _ workload: AdvisedWorkload, _ priced: PricedWorkload, _ generator: CandidateGenerator,
        isWanted: (IndexCandidate) -> Bool
    ) {
        var known: [IndexCandidate: Int] = [:]
        var leftOut: [String: Set<QualifiedName>] = [:]
        for (place, statement) in workload.statements.enumerated() {
            for (relation, reason) in generator.leftOut(of: statement) { leftOut[reason, default: []].insert(relation) }
            guard let cost = priced.statements[place].costBefore, cost > 0 else { continue }
            let own = generator.candidates(for: statement).filter(isWanted)
            places.append(place)
            statements.append(statement)
            uses.append(StatementUses(statement, own))
            let share = priced.statements[place].share
            var demand = SelectionProblem.Demand(
                load: share, cost: cost,
                candidates: own.map { candidate in
                    if let place = known[candidate] { return place }
                    known[candidate] = candidates.count
                    candidates.append(candidate)
                    return candidates.count - 1
                }.sorted())
            // Who writes a statement into a file wants it fast.
            let isAsked = workload.loads[place].totalTime == nil || share >= Self.feltShare
            demand.isFelt = isAsked && cost >= Self.feltCost
            demands.append(demand)
        }
        notes = leftOut.map { reason, relations in Self.note(on: relations.sorted(), reason) }.sorted()
    }

    private static func note(on relations: [QualifiedName], _ reason: String) -> String {
        let named = relations.prefix(mostNamed).map(\.description).joined(separator: ", ")
        let more = relations.count - mostNamed
        return "\(named)\(more > 0 ? " and \(Quantity.count(more)) more" : ""): \(reason)"
    }

    /// Relations with the same fate that a note names.
    private static let mostNamed = 5

    mutating func take(_ shares: [PredicateRows: Double]) {
        for (place, candidate) in candidates.enumerated() {
            guard let predicate = candidate.predicate else { continue }
            let rows = PredicateRows(relation: candidate.relation, predicate: predicate)
            candidates[place].predicateShare = shares[rows]
        }
    }

    /// Statements that count by themselves, beside their load.
    var felt: Int { demands.count(where: \.isFelt) }

    func problem(
        _ budget: IndexBudget, _ price: @escaping @Sendable (IndexCandidate) -> SelectionProblem.Offer
    ) -> SelectionProblem {
        let uses = uses
        var byRelation: [QualifiedName: [Int]] = [:]
        for (statement, use) in uses.enumerated() {
            for relation in use.relations { byRelation[relation, default: []].append(statement) }
        }
        let statements = byRelation
        return SelectionProblem(demands: demands, offers: candidates.map(price), budget: budget, price: price) {
            candidate in
            (statements[candidate.relation] ?? []).filter { uses[$0].areServed(by: candidate) }
        }
    }
}

/// What a statement could use, of candidates that were made for others.
private struct StatementUses: Sendable {
    /// By relation: keys of its own candidates. An index of another statement that begins with any of them may serve it: among
    /// columns compared for equality the order is free.
    private var keys: [QualifiedName: Set<ScanCondition.Key>] = [:]
    private var predicates: Set<String> = []
    private var others: Set<IndexCandidate> = []
    private(set) var relations: Set<QualifiedName> = []

    init(_ statement: WorkloadStatement, _ own: [IndexCandidate]) {
        for candidate in own {
            relations.insert(candidate.relation)
            if candidate.method == .btree {
                keys[candidate.relation, default: []].formUnion(candidate.keys.map(\.key))
            } else {
                others.insert(candidate)
            }
            if let predicate = candidate.predicate { predicates.insert(predicate) }
        }
    }

    func areServed(by candidate: IndexCandidate) -> Bool {
        guard candidate.method == .btree else {
            var bare = candidate
            bare.predicateShare = nil
            return others.contains(bare)
        }
        guard let keys = keys[candidate.relation], let first = candidate.keys.first?.key else { return false }
        return keys.contains(first) && candidate.predicate.map(predicates.contains) ?? true
    }
}
