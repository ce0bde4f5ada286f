import Foundation
import Model
import Plans
import Statements

/// One side of a join looked up by an index for each row of the other.
struct PlannedLookup: Sendable {
    /// Place of the side that drives, among the join's children.
    var driver: Int
    var scan: PlannedScan
    /// The scanned side's node, which is priced no more.
    var isShared: Bool
    /// The join's conditions as the scan sees them.
    var quals: [Qual]
    var isMatchedOnce: Bool
}

extension PlannedNode {
    /// Which sides the join lets be looked up: of an outer join the side that may be missing, of a semi-join the inner one.
    func lookups() -> [PlannedLookup] {
        guard children.count == 2, !joinTexts.isEmpty else { return [] }
        let allowed: [Int]
        switch node.joinType ?? "Inner" {
        case "Inner": allowed = [0, 1]
        case "Left", "Semi", "Anti": allowed = [1]
        case "Right", "Right Anti", "Right Semi": allowed = [0]
        default: allowed = []
        }
        return allowed.compactMap { side in
            guard let scan = children[side].scanBelow, !scan.isParameterised else { return nil }
            let quals = joinTexts.flatMap { Qual.read($0, aliases: scan.aliases) }.filter { !$0.outer.isEmpty }
            guard !quals.isEmpty else { return nil }
            let once = ["Semi", "Anti", "Right Semi", "Right Anti"].contains(node.joinType ?? "")
            return PlannedLookup(
                driver: 1 - side, scan: scan, isShared: children[side].sharedScan, quals: quals, isMatchedOnce: once)
        }
    }

    private var sharedScan: Bool { scan != nil ? node.isParallelAware : children.first?.sharedScan ?? false }
}

extension PlanPricing {
    func join(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard node.children.count == 2 else { return [present(node, place)].compactMap(\.self) }
        let (outer, inner) = (node.children[0], node.children[1])
        let isMerge = node.node.type == "Merge Join"
        let isLoop = node.node.type == "Nested Loop"
        let factor = place.isSerial && node.isPartial ? place.divisor : 1
        let runs = isLoop ? self.runs(node, outer, inner) : 1
        let runsNow = isLoop ? runs * factor : 1
        let outers = paths(outer, place.with(needsOrder: isMerge || isLoop && place.needsOrder))
        var innerPlace = place.with(needsOrder: isMerge)
        innerPlace.loops = isLoop ? loopCount(inner.scanBelow?.quals ?? [], outer, place) ?? max(1, runsNow) : 1
        let inners = paths(inner, innerPlace)
        guard let best = inners.cheapest else { return [] }
        let own = max(0, node.total - outer.total - runs * inner.total) * factor
        var found = outers.map { path in
            var made = path.with(
                startup: path.startup + (isLoop ? best.startup : best.total),
                total: path.total + runsNow * best.total + own)
            if isLoop && factor == 1 || isMerge {
                made.startup = max(0, node.startup + path.startup - outer.startup + best.startup - inner.startup)
            }
            made.startup = min(made.startup, made.total)
            made.rows = rows(node, place)
            made.used.formUnion(best.used)
            if !isLoop && !isMerge { made.order = [] }
            return made
        }
        for lookup in node.planned {
            // Each worker would go through all rows of a side that is not shared.
            guard place.isSerial || !node.isPartial || node.children[lookup.driver].isPartial else { continue }
            let drivers = lookup.driver == 0 ? outers : isLoop ? paths(inner, place.with(needsOrder: false)) : inners
            for driver in drivers { found += self.lookup(lookup, node, driver, place) }
        }
        return found
    }

    /// How often the planner takes a parameterised scan to run when it shares pages among runs: the rows of the relation that gives the
    /// parameter, however few a join leaves of them (`get_loop_count` of indxpath.c).
    private func loopCount(_ quals: [Qual], _ outer: PlannedNode, _ place: Place) -> Double? {
        let aliases = Set(quals.flatMap(\.outer).map(\.alias))
        let rows = aliases.compactMap { outer.rows(ofScan: $0, divisor: place.divisor) }
        return rows.min().map { max(1, $0) }
    }

    private func present(_ node: PlannedNode, _ place: Place) -> PricedPath? {
        PricedPath(startup: node.startup, total: node.total, rows: rows(node, place))
    }

    /// Executions of the inner side that the present costs imply.
    private func runs(_ node: PlannedNode, _ outer: PlannedNode, _ inner: PlannedNode) -> Double {
        let most = max(1, outer.node.rows)
        guard inner.total > 0 else { return most }
        let rest = node.total - outer.total - node.node.rows * settings.tuple
        // Materialize and Memoize make later runs cheaper than the first.
        return min(most, max(1, rest / inner.total))
    }

    /// Nested loops over `driver`, by each index that serves the join's conditions.
    private func lookup(
        _ lookup: PlannedLookup, _ node: PlannedNode, _ driver: PricedPath, _ place: Place
    ) -> [PricedPath] {
        let scan = lookup.scan
        let loops = max(1, driver.rows)
        let scanned = max(1, scan.rows * (lookup.isShared ? place.divisor : 1))
        var request = request(scan, place, isShared: lookup.isShared)
        request.divisor = 1
        request.loops = loopCount(lookup.quals, node.children[lookup.driver], place) ?? loops
        let own = request.quals.count
        // The planner, too, takes the indexed column's distinct values here and not those of both sides (`eqsel` under a
        // parameterised path).
        let joining = scans.selectivity.fitted(
            lookup.quals, of: scan.relation, rows: scan.table.rows, joint: nil)
        request.quals += lookup.quals
        request.shares.groups += joining.groups.map { group in
            var group = group
            group.places = group.places.map { $0 + own }
            return group
        }
        let share = joining.share(of: Set(lookup.quals.indices))
        request.rows = max(1, scanned * share)
        var found: [PricedPath] = []
        let present = existing(scan).map { (index: $0, place: Int?.none) }
        for (index, number) in indexes(scan).map({ ($0.index, Int?($0.place)) }) + present {
            for path in scans.paths(request, index, place: number)
            where index.keys.first.map({ key in lookup.quals.contains { $0.key == key.text } || serves(scan, key) })
                ?? false
            {
                found.append(loop(driver, path, lookup, node, place, loops: loops, rows: request.rows))
            }
        }
        return found
    }

    private func serves(_ scan: PlannedScan, _ key: AccessIndex.Key) -> Bool {
        scan.quals.contains { $0.key == key.text && $0.isEquality }
    }

    private func loop(
        _ driver: PricedPath, _ inner: PricedPath, _ lookup: PlannedLookup, _ node: PlannedNode, _ place: Place,
        loops: Double, rows: Double
    ) -> PricedPath {
        var each = inner.total
        if lookup.isMatchedOnce {
            // The first match ends the scan: 2 ÷ (matches + 1) of it (`final_cost_nestloop`).
            each = inner.startup + (inner.total - inner.startup) * min(1, 2 / (rows + 1))
        } else if let distinct = distinct(lookup, in: node, loops: loops) {
            // Memoize keeps the rows of keys that come again (`cost_memoize_rescan`).
            let hits = max(0, (loops - distinct) / loops)
            let memoized =
                inner.total * (1 - hits) + settings.operator + settings.tuple * rows
                + settings.tuple * (1 - hits)
            each = min(each, memoized)
        }
        var made = driver
        made.startup = driver.startup + inner.startup
        made.total = driver.total + loops * each + settings.tuple * loops * (lookup.isMatchedOnce ? 1 : rows)
        made.rows = self.rows(node, place)
        made.used.formUnion(inner.used)
        return made
    }

    /// Different keys among the rows that drive; nil where it is not known.
    private func distinct(_ lookup: PlannedLookup, in node: PlannedNode, loops: Double) -> Double? {
        guard lookup.quals.count == 1, let outer = lookup.quals[0].outer.first, lookup.quals[0].outer.count == 1,
            let scan = node.children[lookup.driver].scan(named: outer.alias),
            let all = scans.selectivity.distinct(outer.column, of: scan.relation, rows: scan.table.rows)
        else { return nil }
        // Of so many rows at random.
        return min(loops, max(1, all * (1 - exp(-loops / all))))
    }
}

extension PlannedNode {
    /// Of all workers.
    fileprivate func rows(ofScan alias: String, divisor: Double) -> Double? {
        if let scan, scan.aliases.contains(alias) { return scan.rows * (node.isParallelAware ? divisor : 1) }
        return children.lazy.compactMap { $0.rows(ofScan: alias, divisor: divisor) }.first
    }

    func scan(named alias: String) -> PlannedScan? {
        if let scan, scan.aliases.contains(alias) { return scan }
        return children.lazy.compactMap { $0.scan(named: alias) }.first
    }
}
