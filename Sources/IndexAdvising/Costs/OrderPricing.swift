import Foundation
import Model
import Plans
import Statements

/// Nodes that an order of the rows makes cheaper.
extension PlanPricing {
    func sort(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard let child = node.children.first else { return passing(node, place) }
        let isIncremental = node.node.type == "Incremental Sort"
        let below = paths(child, place.with(needsOrder: isIncremental))
        var found: [PricedPath] = []
        for path in below {
            let matched = Self.matched(path.order, node.sortKeys)
            if matched == node.sortKeys.count {
                found.append(path)
                continue
            }
            var full = over(path, node, place)
            if place.isSerial && node.isPartial {
                full.total += own(node, place) * (log2(max(2, path.rows)) / log2(max(2, path.rows / place.divisor)) - 1)
            }
            full.order = []
            found.append(full)
            if matched > 0 { found.append(incremental(path, node, prefix: matched)) }
        }
        return found
    }

    /// Groups of rows that are equal in the keys they come sorted by are sorted one by one (`cost_incremental_sort`).
    private func incremental(_ path: PricedPath, _ node: PlannedNode, prefix: Int) -> PricedPath {
        var groups = 1.0
        for order in path.order.prefix(prefix) {
            let scan = order.aliases.lazy.compactMap { node.scan(named: $0) }.first
            // DEFAULT_NUM_DISTINCT
            groups *=
                scan.flatMap { scans.selectivity.distinct(order.key, of: $0.relation, rows: $0.table.rows) } ?? 200
        }
        groups = max(1, min(groups, path.rows))
        let each = path.rows / groups
        let sorting = formulas.sort(rows: each) + (settings.tuple + settings.operator) * each
        var made = path
        made.startup = path.startup + (path.total - path.startup) / groups + sorting
        made.total = path.total + sorting * groups
        made.order = []
        return made
    }

    /// How many of the keys, from the first on, the order brings: read forward or backward.
    static func matched(_ order: [PricedPath.Order], _ keys: [PlannedSortKey]) -> Int {
        guard let first = order.first, let wanted = keys.first else { return 0 }
        // GiST brings `column <-> constant`, nearest first.
        if first.key.hasSuffix(" <->") {
            return keys.count == 1 && !wanted.isDescending && wanted.key.hasPrefix("(" + first.key + " ") ? 1 : 0
        }
        let isBackward = first.isDescending != wanted.isDescending
        var count = 0
        for (have, want) in zip(order, keys) {
            guard want.isSame(have), (have.isDescending != want.isDescending) == isBackward,
                (have.nullsFirst != want.nullsFirst) == isBackward
            else { break }
            count += 1
        }
        return count
    }

    func limit(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard let child = node.children.first else { return passing(node, place) }
        let span = child.total - child.startup
        let share = span > 1e-6 ? (node.total - child.startup) / span : node.node.rows / max(1, child.node.rows)
        let byRows = node.node.rows / max(1, child.node.rows)
        let fraction = min(1, max(byRows, min(1, max(0, share))))
        return paths(child, place).map { path in
            var made = path.with(startup: path.startup, total: path.startup + (path.total - path.startup) * fraction)
            made.rows = rows(node, place)
            return made
        }
    }

    func aggregate(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard let child = node.children.first else { return passing(node, place) }
        let ends = extremes(node, place)
        let isSorted = node.node.strategy == "Sorted"
        let below = paths(child, place.with(needsOrder: isSorted))
        var found = below.map { path in
            var made = over(path, node, place)
            if !isSorted { made.order = [] }
            return made
        }
        if let ends { found.append(ends) }
        guard node.node.strategy == "Hashed", !node.groupKeys.isEmpty else { return found }
        for path in below where isGrouped(path.order, by: node.groupKeys) {
            let grouping =
                path.rows * settings.operator * Double(node.groupKeys.count + 1)
                + node.node.rows * settings.tuple
            var made = path.with(startup: path.startup, total: path.total + grouping)
            made.rows = rows(node, place)
            found.append(made)
        }
        return found
    }

    private func isGrouped(_ order: [PricedPath.Order], by keys: [PlannedSortKey]) -> Bool {
        let first = order.prefix(keys.count)
        return first.count == keys.count && keys.allSatisfy { key in first.contains(where: key.isSame) }
    }
}
