import Foundation
import Model
import Plans
import Statements
import Synchronization

/// What a statement costs under candidates, by PostgreSQL's formulas over the catalog's statistics: where HypoPG is not there, and for
/// GIN and GiST, which it refuses.
///
/// The plan as it is now is priced anew from its leaves up: the planner knew values and distributions that we do not, so its row counts
/// and what no index changes are kept.
package struct CostModel: Sendable {
    let names: CatalogNames
    private let settings: CostSettings
    private let selectivity: Selectivity
    private let kept = Kept()

    /// What is read once and priced often.
    private final class Kept: Sendable {
        let plans = Mutex<[Int: PreparedPlan]>([:])
        let indexes = Mutex<[Place: AccessIndex?]>([:])
        /// Those that are there, by relation.
        let existing = Mutex<[QualifiedName: [Existing]]>([:])

        struct Place: Hashable {
            var candidate: IndexCandidate
            var relation: QualifiedName
        }
    }

    private struct Existing: Sendable {
        var name: QualifiedName
        var access: AccessIndex
    }

    struct PreparedPlan: Sendable {
        var root: PlannedNode
        var text: String
        var totalPages: Double
        /// What our formulas have it at without any candidate: no more than the planner has.
        var own = 0.0
    }

    package init(
        names: CatalogNames, settings: CostSettings, distributions: [ColumnReference: ColumnDistribution] = [:]
    ) {
        self.names = names
        self.settings = settings
        selectivity = Selectivity(names: names, distributions: distributions)
    }

    /// Planner's units of one call, and the places of the candidates that the plan would use, ascending; nil where the statement has
    /// no plan.
    package func estimate(
        _ statement: WorkloadStatement, with candidates: [IndexCandidate]
    ) -> (cost: Double, used: [Int])? {
        guard let plan = prepared(statement) else { return nil }
        let byRelation = Dictionary(grouping: candidates.indices) { candidates[$0].relation }
        let best = best(plan, statement) { scan in
            let own = byRelation[scan.relation] ?? []
            let inherited = scan.partitionRoot.flatMap { byRelation[$0] } ?? []
            return (own + inherited).compactMap { place in index(candidates[place], on: scan).map { ($0, place) } }
        }
        let now = plan.root.total
        guard let best, !best.used.isEmpty, best.total < plan.own else { return (now, []) }
        // Where our formulas have the present plan cheaper than the planner has it, they have the new one so, too.
        return (min(now, best.total * max(1, now / plan.own)), best.used.sorted())
    }

    /// - Parameter replaced: existing indexes that are not there any more, or will not be.
    func best(
        _ plan: PreparedPlan, _ statement: WorkloadStatement, replaced: ReplacedIndexes? = nil,
        indexes: @escaping (PlannedScan) -> [(index: AccessIndex, place: Int)]
    ) -> PricedPath? {
        let formulas = CostFormulas(settings: settings, totalPages: plan.totalPages)
        let pricing = PlanPricing(
            scans: ScanPricing(formulas: formulas, selectivity: selectivity), names: names,
            levels: statement.shape.levels, indexes: indexes,
            existing: { scan in
                let all = existing(scan)
                guard let replaced, !replaced.areThere else { return all.map(\.access) }
                return all.filter { !replaced.names.contains($0.name) }.map(\.access)
            }, replaced: replaced)
        let isOrdered = statement.shape.levels.contains { !$0.orderBy.isEmpty }
        return pricing.paths(plan.root, PlanPricing.Place(needsOrder: isOrdered)).cheapest
    }

    func prepared(_ statement: WorkloadStatement) -> PreparedPlan? {
        guard let plan = statement.plan else { return nil }
        if let known = kept.plans.withLock({ $0[statement.number] }), known.text == statement.text,
            known.root.total == plan.root.totalCost
        {
            return known
        }
        let workers = plan.root.all { $0.workersPlanned > 0 }.map(\.workersPlanned).max() ?? settings.workersPerGather
        let root = PlannedNode(plan.root, PlanTextReader(statement, names, settings, workers: workers))
        var made = PreparedPlan(root: root, text: statement.text, totalPages: root.scannedPages)
        made.own = max(0.01, best(made, statement) { _ in [] }?.total ?? root.total)
        kept.plans.withLock { $0[statement.number] = made }
        return made
    }

    private func existing(_ scan: PlannedScan) -> [Existing] {
        if let known = kept.existing.withLock({ $0[scan.relation] }) { return known }
        let made = names.indexes(of: scan.relation).compactMap { index in
            AccessIndex(index, scan.table).map { Existing(name: index.name, access: $0) }
        }
        kept.existing.withLock { $0[scan.relation] = made }
        return made
    }

    func index(_ candidate: IndexCandidate, on scan: PlannedScan) -> AccessIndex? {
        let place = Kept.Place(candidate: candidate, relation: scan.relation)
        if let known = kept.indexes.withLock({ $0[place] }) { return known }
        let made = AccessIndex(
            candidate, on: scan.relation, names, distributions: selectivity.distributions)
        kept.indexes.withLock { $0[place] = made }
        return made
    }
}

extension PlannedNode {
    /// Of all relations that it reads (`root->total_table_pages`).
    fileprivate var scannedPages: Double {
        let below = (children + subplans.map(\.node)).reduce(0) { $0 + $1.scannedPages }
        return below + (scan?.table.pages ?? 0)
    }
}
