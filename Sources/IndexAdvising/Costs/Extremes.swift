import Model
import Plans
import Statements

extension PlanPricing {
    /// `SELECT min(a), max(b)` looked up at the ends of indexes (`preprocess_minmax_aggregates`); nil where the node computes something
    /// else, or an end is served by no candidate.
    func extremes(_ node: PlannedNode, _ place: Place) -> PricedPath? {
        guard node.groupKeys.isEmpty, node.node.strategy != "Hashed", let scan = node.onlyScan,
            let level = level(of: scan)
        else { return nil }
        var made = PricedPath(startup: 0, total: settings.tuple, rows: 1)
        var request = request(scan, place, isShared: false)
        request.shares = scans.selectivity.fitted(
            scan.quals, of: scan.relation, rows: scan.table.rows, joint: scan.quals.isEmpty ? 1 : nil)
        request.rows = max(1, scan.table.rows * request.shares.share(of: Set(scan.quals.indices)))
        for aggregate in level.aggregates {
            guard let name = aggregate.argument?.name else { return nil }
            let found = indexes(scan).flatMap { index, number in
                scans.paths(request, index, place: number).filter { $0.order.first?.key == name }
            }
            let ends = found.map { $0.with(startup: 0, total: $0.startup + ($0.total - $0.startup) / max(1, $0.rows)) }
            guard let best = ends.cheapest else { return nil }
            made.total += best.total
            made.used.formUnion(best.used)
        }
        made.startup = made.total
        return made
    }

    /// The level that selects nothing but ends of the relation; nil where there is none, or more than one.
    private func level(of scan: PlannedScan) -> QueryLevel? {
        let found = levels.filter { level in
            level.hasAggregates && level.groupBy.isEmpty && level.relations.count == 1 && !level.aggregates.isEmpty
                && level.aggregates.allSatisfy { ["min", "max"].contains($0.name) && $0.argument != nil }
                && (scan.aliases.contains(level.relations[0].alias) || level.relations[0].target == scan.relation)
        }
        return found.count == 1 ? found[0] : nil
    }
}

extension PlannedNode {
    fileprivate var onlyScan: PlannedScan? {
        if let scan { return scan }
        return children.count == 1 && subplans.isEmpty ? children[0].onlyScan : nil
    }
}
