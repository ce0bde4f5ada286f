import Foundation
import IndexAdvising
import Model
import Plans
import Statements

extension IndexAdviser {
    /// Candidates, the selection among them, and the advice that comes of it.
    mutating func search(_ workload: AdvisedWorkload, _ oracle: WorkloadOracle) async {
        let names = workload.names
        let settings = CostSettings(visit.snapshot.settings)
        let checks = ForeignKeyChecks(options.pricesForeignKeyChecks ? workload.statements : [], names, settings)
        let priced = PricedWorkload(workload, checks)
        let model = WriteModel(names: names, settings: settings)
        let writes = WriteModel.writes(of: workload.statements, counted: counterShare(of: workload), in: names)
        let upkeep = { @Sendable candidate in model.cost(of: candidate, under: writes) ?? IndexWriteCost() }
        var market = Market(
            workload, priced, CandidateGenerator(names, collationIsC: ["C", "POSIX"].contains(collation)),
            isWanted: options.wants)
        market.take(await predicateShares(of: market.candidates, names))
        let texts = TextRedaction(mode: visit.snapshot.redaction)
        advice.statements = priced.statements.map { statement in
            var shown = statement
            // What was counted was redacted when it was read.
            if statement.queryIDs.isEmpty {
                shown.text = texts.statement(statement.text) ?? "(a text that cannot be read without its literals)"
            }
            return shown
        }
        advice.notes += workload.unpriced(for: visit.snapshot.server.role) + market.notes
        let price = Self.price(names, upkeep, priced)
        var problem = market.problem(budget(names, market.felt), price)
        // Sizes are estimates, mostly a few percent from the truth: a twentieth is kept back.
        problem.budget.storage = problem.budget.storage.map { $0 - $0 / 20 }
        let facts = RemovalFacts(visit.snapshot, database: advice.database)
        // Under a budget of nothing only drops are wanted, whatever they free.
        if options.advisesDrops, problem.budget.storage != 0 {
            let used = IndexesInUse(Selection(), workload, []).all
            let drops = IndexRemovals(names, facts, used: used).recommendations
            problem.freedStorage = drops.reduce(0) { $0 + ($1.kind == .drop ? $1.size : 0) }
        }
        advice.candidateCount = problem.offers.count
        var oracle = oracle
        oracle.statements = market.statements
        oracle.places = market.places
        oracle.checks = checks
        let progress = progress
        var search = IndexSelection(problem, oracle: oracle, deadline: deadline) { step in
            switch step {
            case .asking(let done, let all): progress?(.asking(done: done, of: all))
            case .choosing(let indexes): progress?(.choosing(indexes: indexes))
            }
        }
        let (selection, used) = await search.run()
        (self.selection, places) = (selection, market.places)
        cost += used.planner.cost
        advice.plannerCalls = used.planner.cost.whatIfs
        advice.estimateCalls = used.estimates
        advice.isComplete = selection.isComplete
        var assembly = AdviceAssembly(selection, names, upkeep: upkeep)
        assembly.shapes = market.statements.map(\.shape)
        assembly.makesUnique = options.makesUnique
        advice.recommendations = assembly.recommendations(places: market.places)
        advice.rejected = assembly.rejected()
        for (place, cost) in zip(market.places, selection.costs) {
            advice.statements[place].costAfter = cost.after.cost
        }
        await priceChecks()
        if options.advisesDrops {
            let scale = priced.cost > 0 ? 1 / priced.cost : 0
            await addDrops(workload, facts, &assembly, { upkeep($0).cost * scale }, used)
        }
        sum()
    }

    /// Existing indexes that the new ones replace, that merge, and that can go anyway; none that a plan still reads.
    private mutating func addDrops(
        _ workload: AdvisedWorkload, _ facts: RemovalFacts, _ assembly: inout AdviceAssembly,
        _ upkeep: (IndexCandidate) -> Double, _ oracle: WorkloadOracle
    ) async {
        let names = workload.names
        let use = IndexesInUse(selection, workload, places)
        var replaced: Set<QualifiedName> = []
        for (place, candidate) in selection.chosen.enumerated() {
            let offer = selection.offers[candidate]
            let old = IndexRemovals.needless(because: offer.candidate, size: offer.size, in: names, used: use.all)
                .filter { replaced.insert($0.name).inserted }
            advice.recommendations[place] = IndexRemovals.replacing(old, with: advice.recommendations[place])
        }
        // Under a budget of nothing none is made.
        if advice.budget.storage != 0 {
            let going = IndexRemovals(names, facts, used: use.all, replaced: replaced).recommendations.flatMap(\.drops)
            // What goes because another does its work goes with that one, too.
            let covered = Set(NeedlessIndexes(names.catalog).covered.map(\.index.name))
            replaced.formUnion(
                await mergeIndexes(
                    workload, use, facts, staying: replaced.union(Set(going).subtracting(covered)), &assembly, upkeep,
                    oracle))
        }
        let removals = IndexRemovals(names, facts, used: use.all, replaced: replaced)
        advice.recommendations += removals.recommendations
            .filter { options.tables.isEmpty || options.tables.contains($0.relation) }
        advice.rejected += removals.rejected
    }

    private mutating func sum() {
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

    /// What tables counted is a rate only beside a window of time: a file's weights have none.
    private func counterShare(of workload: AdvisedWorkload) -> CounterShare? {
        let snapshot = visit.snapshot
        guard let began = snapshot.statementStatistics?.reset, workload.loads.contains(where: { !$0.queryIDs.isEmpty })
        else { return nil }
        let database = snapshot.databases.first { $0.name == advice.database }
        return CounterShare(
            window: snapshot.takenAt.timeIntervalSince(began), reset: database?.statisticsReset,
            start: snapshot.server.startedAt, now: snapshot.takenAt)
    }

    private var collation: String {
        visit.snapshot.databases.first { $0.name == advice.database }?.collation ?? ""
    }

    /// - Parameter felt: statements that count by themselves.
    private mutating func budget(_ names: CatalogNames, _ felt: Int) -> IndexBudget {
        var budget = options.budget
        // Of 5,000 equal statements no index brings 1 %: one that halves a statement is worth its place then.
        if !options.hasLeastGain { budget.leastGain = min(budget.leastGain, 0.5 / Double(max(1, felt))) }
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
