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
    private let names: CatalogNames
    private let settings: CostSettings
    private let selectivity: Selectivity
    private let kept = Kept()

    /// What is read once and priced often.
    private final class Kept: Sendable {
        let plans = Mutex<[Int: PreparedPlan]>([:])
        let indexes = Mutex<[Place: AccessIndex?]>([:])

        struct Place: Hashable {
            var candidate: IndexCandidate
            var relation: QualifiedName
        }
    }

    private struct PreparedPlan: Sendable {
        var root: PlannedNode
        var text: String
        var totalPages: Double
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
        let formulas = CostFormulas(settings: settings, totalPages: plan.totalPages)
        let byRelation = Dictionary(grouping: candidates.indices) { candidates[$0].relation }
        let pricing = PlanPricing(
            scans: ScanPricing(formulas: formulas, selectivity: selectivity), names: names,
            indexes: { scan in
                let own = byRelation[scan.relation] ?? []
                let inherited = scan.partitionRoot.flatMap { byRelation[$0] } ?? []
                return (own + inherited).compactMap { place in
                    index(candidates[place], on: scan).map { ($0, place) }
                }
            })
        let isOrdered = statement.shape.levels.contains { !$0.orderBy.isEmpty }
        var paths = pricing.paths(plan.root, PlanPricing.Place(needsOrder: isOrdered))
        if let extreme = pricing.extremes(plan.root, statement) { paths.append(extreme) }
        return paths.cheapest.map { ($0.total, $0.used.sorted()) }
    }

    private func prepared(_ statement: WorkloadStatement) -> PreparedPlan? {
        guard let plan = statement.plan else { return nil }
        if let known = kept.plans.withLock({ $0[statement.number] }), known.text == statement.text { return known }
        let workers = plan.root.all { $0.workersPlanned > 0 }.map(\.workersPlanned).max() ?? settings.workersPerGather
        let root = PlannedNode(plan.root, PlanTextReader(statement, names, settings, workers: workers))
        let made = PreparedPlan(root: root, text: statement.text, totalPages: root.scannedPages)
        kept.plans.withLock { $0[statement.number] = made }
        return made
    }

    private func index(_ candidate: IndexCandidate, on scan: PlannedScan) -> AccessIndex? {
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

    fileprivate var onlyScan: PlannedScan? {
        if let scan { return scan }
        return children.count == 1 && subplans.isEmpty ? children[0].onlyScan : nil
    }
}

extension PlanPricing {
    /// `SELECT min(a), max(b)` looked up at the ends of indexes; nil where the statement asks something else.
    fileprivate func extremes(_ root: PlannedNode, _ statement: WorkloadStatement) -> PricedPath? {
        guard root.node.type == "Aggregate", root.groupKeys.isEmpty, statement.shape.levels.count == 1,
            let top = statement.shape.top, !top.aggregates.isEmpty, let scan = root.onlyScan,
            top.aggregates.allSatisfy({ ["min", "max"].contains($0.name) && $0.argument != nil })
        else { return nil }
        var made = PricedPath(startup: 0, total: settings.tuple, rows: 1)
        let all = min(scan.table.rows, max(1, scan.rows * settings.divisor(workers: settings.workersPerGather)))
        var request = request(scan, Place(), isShared: false)
        request.shares = scans.selectivity.fitted(
            scan.quals, of: scan.relation, rows: scan.table.rows, joint: scan.quals.isEmpty ? 1 : nil)
        request.rows = all
        for aggregate in top.aggregates {
            guard let name = aggregate.argument?.name else { return nil }
            let found = indexes(scan).flatMap { index, number in
                scans.paths(request, index, place: number).filter { $0.order.first?.key == name }
            }
            let ends = found.map { $0.with(startup: 0, total: $0.startup + ($0.total - $0.startup) / max(1, $0.rows)) }
            guard let best = ends.cheapest else { return nil }
            made.total += best.total
            made.used.formUnion(best.used)
        }
        return made
    }
}
