import IndexAdvising
import Model
import Plans
import Statements

extension IndexAdviser {
    /// Candidates, the selection among them, and the advice that comes of it.
    mutating func search(
        _ workload: AdvisedWorkload, _ oracle: WorkloadOracle, _ names: CatalogNames
    ) async -> IndexAdvice {
        let settings = CostSettings(visit.snapshot.settings)
        let checks = ForeignKeyChecks(workload.statements, names, settings)
        let priced = PricedWorkload(workload, checks)
        let model = WriteModel(names: names, settings: settings)
        let writes = WriteModel.writes(of: workload.statements)
        let upkeep = { @Sendable candidate in model.cost(of: candidate, under: writes) ?? IndexWriteCost() }
        let market = Market(
            workload, priced,
            CandidateGenerator(names, collationIsC: ["C", "POSIX"].contains(collation)), tables: Set(options.tables))
        advice.statements = priced.statements
        advice.notes += market.notes
        let price = Self.price(names, upkeep, priced)
        var problem = market.problem(budget(names), price)
        let facts = RemovalFacts(visit.snapshot, database: advice.database)
        if options.advisesDrops {
            let drops = IndexRemovals(names, facts, used: indexes(named: workload.existing, names)).recommendations
            problem.freedStorage = drops.reduce(0) { $0 + ($1.kind == .drop ? $1.size : 0) }
        }
        advice.candidateCount = problem.offers.count
        var oracle = oracle
        oracle.statements = market.statements
        oracle.places = market.places
        oracle.checks = ForeignKeyChecks(market.statements, names, settings)
        let progress = progress
        var search = IndexSelection(problem, oracle: oracle, deadline: deadline) { step in
            switch step {
            case .asking(let done, let all): progress?(.asking(done: done, of: all))
            case .choosing(let indexes): progress?(.choosing(indexes: indexes))
            }
        }
        let (selection, used) = await search.run()
        advice.plannerCalls = used.planner.cost.whatIfs
        advice.estimateCalls = used.estimates
        advice.isComplete = selection.isComplete
        var assembly = AdviceAssembly(selection, names, upkeep: upkeep)
        advice.recommendations = assembly.recommendations(places: market.places)
        advice.rejected = assembly.rejected()
        if options.advisesDrops { addDrops(selection, workload, market, names, facts) }
        for (place, cost) in zip(market.places, selection.costs) {
            advice.statements[place].costAfter = cost.after.cost
        }
        sum(priced)
        return advice
    }

    /// Existing indexes that the new ones replace, and that can go anyway; none that a plan still reads.
    private mutating func addDrops(
        _ selection: Selection, _ workload: AdvisedWorkload, _ market: Market, _ names: CatalogNames,
        _ facts: RemovalFacts
    ) {
        var existing = workload.existing
        for (place, cost) in zip(market.places, selection.costs) where !cost.after.used.isEmpty {
            existing[place] = cost.after.existing
        }
        let used = indexes(named: existing, names)
        var replaced: Set<QualifiedName> = []
        for (place, candidate) in selection.chosen.enumerated() {
            let offer = selection.offers[candidate]
            let old = IndexRemovals.needless(because: offer.candidate, size: offer.size, in: names, used: used)
                .filter { replaced.insert($0.name).inserted }
            advice.recommendations[place] = IndexRemovals.replacing(old, with: advice.recommendations[place])
        }
        let removals = IndexRemovals(names, facts, used: used, replaced: replaced)
        advice.recommendations += removals.recommendations
            .filter { options.tables.isEmpty || options.tables.contains($0.relation) }
        advice.rejected += removals.rejected
    }

    /// EXPLAIN prints an index without its schema: all that are called so.
    private func indexes(named used: [Set<String>], _ names: CatalogNames) -> Set<QualifiedName> {
        let all = used.reduce(into: Set<String>()) { $0.formUnion($1) }
        return Set(names.catalog.indexes.map(\.name).filter { all.contains($0.name) })
    }

    private mutating func sum(_ priced: PricedWorkload) {
        var cuts: [Double] = []
        for statement in advice.statements {
            guard let before = statement.costBefore, let after = statement.costAfter else { continue }
            advice.costBefore += before * statement.calls
            advice.costAfter += after * statement.calls
            if before > 0 { cuts.append(1 - after / before) }
        }
        advice.meanCut = cuts.isEmpty ? 0 : cuts.reduce(0, +) / Double(cuts.count)
        advice.writeCost = advice.recommendations.reduce(0) { $0 + $1.writes.cost }
    }

    private var collation: String {
        visit.snapshot.databases.first { $0.name == advice.database }?.collation ?? ""
    }

    private mutating func budget(_ names: CatalogNames) -> IndexBudget {
        var budget = options.budget
        if let share = options.storageShare {
            let heaps = names.catalog.relations
                .filter { [.table, .materializedView].contains($0.kind) && !$0.isSystem }
                .reduce(Int64(0)) { $0 + $1.sizeOrEstimate }
            budget.storage = Int64(Double(heaps) * share)
        }
        advice.budget = budget
        return budget
    }

    private static func price(
        _ names: CatalogNames, _ upkeep: @escaping @Sendable (IndexCandidate) -> IndexWriteCost,
        _ priced: PricedWorkload
    ) -> @Sendable (IndexCandidate) -> SelectionProblem.Offer {
        let scale = priced.cost > 0 ? 1 / priced.cost : 0
        return { candidate in
            SelectionProblem.Offer(
                candidate: candidate, size: IndexSize.estimate(candidate, names)?.bytes ?? 0,
                upkeep: upkeep(candidate).cost * scale)
        }
    }
}

/// What each statement weighs.
struct PricedWorkload: Sendable {
    /// In the workload's order.
    private(set) var statements: [AdvisedStatement] = []
    /// The planner's units in the window, of all statements with a cost; measured times are taken into them by the mean of
    /// the statements that have both.
    private(set) var cost = 0.0

    init(_ workload: AdvisedWorkload, _ checks: ForeignKeyChecks) {
        var measured = (time: 0.0, cost: 0.0)
        let costs = workload.costs.enumerated().map { place, cost in
            cost.map { $0 + checks.cost(of: place, with: []).cost }
        }
        for (load, cost) in zip(workload.loads, costs) {
            guard let cost, let time = load.totalTime else { continue }
            measured.time += time
            measured.cost += cost * load.calls
        }
        // ms of a unit.
        let unit = measured.time > 0 && measured.cost > 0 ? measured.time / measured.cost : 1
        let loads = zip(workload.loads, costs).map { load, cost in
            cost == nil ? 0 : load.totalTime ?? cost! * load.calls * unit
        }
        let total = loads.reduce(0, +)
        cost = total / unit
        for (place, load) in workload.loads.enumerated() {
            statements.append(
                .make {
                    $0.text = load.text
                    $0.fingerprint = load.fingerprint
                    $0.queryIDs = load.queryIDs
                    $0.calls = load.calls
                    $0.meanTime = load.calls > 0 ? load.totalTime.map { $0 / load.calls } : nil
                    $0.share = total > 0 ? loads[place] / total : 0
                    $0.costBefore = costs[place]
                    $0.note = workload.notes[place]
                })
        }
    }
}

/// Who wants what: the statements that can be priced, and the candidates made for each.
struct Market {
    /// By statement of the selection, its place in the workload.
    private(set) var places: [Int] = []
    private(set) var statements: [WorkloadStatement] = []
    private(set) var notes: [String] = []
    private var demands: [SelectionProblem.Demand] = []
    private var candidates: [IndexCandidate] = []
    private var uses: [StatementUses] = []

    /// Of measured statements those below count by their load alone: nobody waits for them for long (our choice).
    private static let feltShare = 0.001

    init(
        _ workload: AdvisedWorkload, _ priced: PricedWorkload, _ generator: CandidateGenerator,
        tables: Set<QualifiedName>
    ) {
        var known: [IndexCandidate: Int] = [:]
        var leftOut: Set<String> = []
        for (place, statement) in workload.statements.enumerated() {
            guard let cost = priced.statements[place].costBefore, cost > 0 else { continue }
            let own = generator.candidates(for: statement).filter { tables.isEmpty || tables.contains($0.relation) }
            for (relation, reason) in generator.leftOut(of: statement) { leftOut.insert("\(relation): \(reason)") }
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
            demand.isFelt = workload.loads[place].totalTime == nil || share >= Self.feltShare
            demands.append(demand)
        }
        notes = leftOut.sorted()
    }

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
    /// By relation: first keys of its own candidates.
    private var firstKeys: [QualifiedName: Set<ScanCondition.Key>] = [:]
    private var predicates: Set<String> = []
    private var others: Set<IndexCandidate> = []
    private(set) var relations: Set<QualifiedName> = []

    init(_ statement: WorkloadStatement, _ own: [IndexCandidate]) {
        for candidate in own {
            relations.insert(candidate.relation)
            if let first = candidate.keys.first?.key, candidate.method == .btree {
                firstKeys[candidate.relation, default: []].insert(first)
            } else {
                others.insert(candidate)
            }
            if let predicate = candidate.predicate { predicates.insert(predicate) }
        }
    }

    func areServed(by candidate: IndexCandidate) -> Bool {
        guard candidate.method == .btree else { return others.contains(candidate) }
        guard let keys = firstKeys[candidate.relation], let first = candidate.keys.first?.key else { return false }
        return keys.contains(first) && candidate.predicate.map(predicates.contains) ?? true
    }
}
