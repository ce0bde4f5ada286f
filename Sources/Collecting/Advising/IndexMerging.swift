import IndexAdvising
import Model
import Statements

/// What is known when existing indexes are looked at: the search is over.
struct IndexesInUse {
    /// By statement of the workload: existing indexes that its plan reads as things are, and with the new set.
    let now: [Set<QualifiedName>]
    let then: [Set<QualifiedName>]
    /// Statements whose plans are others with the new set.
    let changed: Set<Int>

    init(_ selection: Selection, _ workload: AdvisedWorkload, _ places: [Int]) {
        let used = UsedIndexes(workload.names)
        now = zip(workload.existing, workload.statements).map { used.read($0, by: $1) }
        var then = now
        for (place, cost) in zip(places, selection.costs) where !cost.after.used.isEmpty {
            then[place] = used.read(cost.after.existing, by: workload.statements[place])
        }
        self.then = then
        changed = Set(zip(places, selection.costs).filter { !$1.after.used.isEmpty }.map(\.0))
    }

    /// By plans with the new set.
    var all: Set<QualifiedName> { then.reduce(into: []) { $0.formUnion($1) } }
    /// Also by those as they are: nobody has to follow all of the advice.
    var ever: Set<QualifiedName> { now.reduce(into: all) { $0.formUnion($1) } }
}

extension IndexAdviser {
    /// Existing indexes that merge, as recommendations; none of them is dropped otherwise.
    ///
    /// - Parameter staying: indexes that go already, or are to stay as they are.
    mutating func mergeIndexes(
        _ workload: AdvisedWorkload, _ use: IndexesInUse, _ facts: RemovalFacts, staying: Set<QualifiedName>,
        _ assembly: inout AdviceAssembly, _ upkeep: (IndexCandidate) -> Double, _ oracle: WorkloadOracle
    ) async -> Set<QualifiedName> {
        var limits = IndexMergers.Limits()
        limits.tables = options.tables
        limits.leastGain = advice.budget.leastGain
        if let most = options.budget.mostIndexes { limits.most = max(0, most - advice.made.count) }
        let costs = advice.statements.map { $0.costAfter ?? $0.costBefore }
        let found = IndexMergers(
            workload.names, facts, used: use.ever, staying: staying, limits: limits, upkeep: upkeep
        ) { merger in
            Self.verdict(on: merger, workload, use, costs, oracle.model)
        }
        let mergers = await planned(found.mergers, workload, use, oracle.planner)
        advice.recommendations += mergers.map { assembly.recommendation(of: $0) }
        advice.rejected += found.rejected
        return Set(mergers.flatMap(\.old).map(\.name))
    }

    /// By our own model: HypoPG 1.3.1 hides no index from the planner.
    private static func verdict(
        on merger: IndexMerger, _ workload: AdvisedWorkload, _ use: IndexesInUse, _ costs: [Double?],
        _ model: CostModel
    ) -> IndexMergers.Verdict {
        let tree = IndexTree(workload.names)
        let leaves = Set(merger.old.flatMap { tree.leaves($0).map(\.name) })
        let uncovered = Set(merger.uncovered.flatMap { tree.leaves($0).map(\.name) })
        var changes: [IndexMerger.Change] = []
        for (place, statement) in workload.statements.enumerated() {
            let read = use.now[place].intersection(leaves)
            let isChanged = use.changed.contains(place)
            // Of a new plan the indexes are known, not what it does with them.
            if isChanged, let lost = use.then[place].intersection(uncovered).sorted().first {
                return .refused("What the plan of a statement will do with \(lost) could not be priced without it.")
            }
            let loses = read.intersection(uncovered).sorted().first
            guard let cost = costs[place] else {
                if uncovered.isEmpty || !statement.names(merger.candidate.relation) { continue }
                return .refused("A statement that could not be planned reads \(merger.candidate.relation), too.")
            }
            guard !read.isEmpty else { continue }
            let ratio = model.change(
                of: statement, replacing: merger.old, covered: merger.covered, by: merger.candidate)
            if ratio == nil, let loses {
                return .refused("What the plan of a statement does with \(loses) could not be priced without it.")
            }
            if let ratio, ratio > 1 + IndexMerger.alike {
                let name = (loses ?? read.sorted().first).map(\.description) ?? "them"
                let times = ratio < 1e6 ? "\(Quantity.decimal(ratio, places: 1)) times as much" : "more by far"
                return .refused("A plan that reads \(name) would cost \(times).")
            }
            guard !isChanged || !use.then[place].isDisjoint(with: leaves) else { continue }
            let after = isChanged ? cost : cost * max(1, ratio ?? 1)
            changes.append(IndexMerger.Change(statement: place, before: cost, after: after))
        }
        return .accepted(changes)
    }

    /// Where the planner takes the new index by itself, though the old ones are there, its cost is no estimate.
    private mutating func planned(
        _ mergers: [IndexMerger], _ workload: AdvisedWorkload, _ use: IndexesInUse, _ planner: PlannerOracle
    ) async -> [IndexMerger] {
        guard planner.statements != nil, !mergers.isEmpty, !isOver else { return mergers }
        var planner = planner
        planner.cost = PlannerOracle.SessionCost()
        var mergers = mergers
        // Behind those of the search, so that none of them counts as refused.
        var offers = selection.offers
        var questions: [(merger: Int, change: Int, question: CostQuestion)] = []
        for (place, merger) in mergers.enumerated() {
            for (number, change) in merger.changes.enumerated() where !use.changed.contains(change.statement) {
                let question = CostQuestion(statement: change.statement, candidates: [offers.count])
                questions.append((place, number, question))
            }
            offers.append(SelectionProblem.Offer(candidate: merger.candidate, size: merger.size, upkeep: 0))
        }
        let used = UsedIndexes(workload.names)
        let tree = IndexTree(workload.names)
        let answers = await planner.answers(to: questions.map(\.question), among: offers)
        for (question, answer) in zip(questions, answers) {
            guard let answer, let raw = workload.costs[question.question.statement], !answer.used.isEmpty else {
                continue
            }
            let read = used.read(answer.existing, by: workload.statements[question.question.statement])
            let leaves = mergers[question.merger].old.flatMap { tree.leaves($0).map(\.name) }
            guard read.isDisjoint(with: leaves) else { continue }
            let before = mergers[question.merger].changes[question.change].before
            mergers[question.merger].changes[question.change].after = max(0, min(before, before + answer.cost - raw))
            mergers[question.merger].changes[question.change].isPlanned = true
        }
        cost += planner.cost
        advice.plannerCalls += planner.cost.whatIfs
        return mergers
    }

    private var isOver: Bool { Task.isCancelled || ContinuousClock.now >= deadline }
}

extension WorkloadStatement {
    fileprivate func names(_ relation: QualifiedName) -> Bool {
        shape.levels.contains { $0.relations.contains { $0.target == relation } }
    }
}
