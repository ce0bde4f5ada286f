import Foundation
import Model
import Plans
import Statements

/// Prices a plan from its leaves up, each scan by the cheapest of what it is and the indexes offered.
struct PlanPricing {
    var scans: ScanPricing
    var names: CatalogNames
    var levels: [QueryLevel]
    /// Candidates on a relation with their places.
    var indexes: (PlannedScan) -> [(index: AccessIndex, place: Int)]
    /// Those that are there.
    var existing: (PlannedScan) -> [AccessIndex]
    /// Existing ones whose scans are priced anew.
    var replaced: ReplacedIndexes?

    /// Where in the plan we are.
    struct Place {
        /// Executions of the node.
        var loops = 1.0
        /// By how many workers' rows and costs are divided; 1 outside of Gather.
        var divisor = 1.0
        /// Below a Gather, priced as if there were none.
        var isSerial = false
        /// Something above relies on the order of the rows, without a Sort in between.
        var needsOrder = false

        func with(needsOrder: Bool) -> Place {
            var place = self
            place.needsOrder = needsOrder
            return place
        }
    }

    var settings: CostSettings { scans.formulas.settings }
    var formulas: CostFormulas { scans.formulas }

    /// At least one, the cheapest among them.
    func paths(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        let subplans = node.subplans.map { ($0, paths($0.node, Place(needsOrder: place.needsOrder)).cheapest) }
        if let scan = node.scan { return self.scan(node, scan, place, subplans).pruned() }
        var found: [PricedPath]
        switch node.node.type {
        case "Gather", "Gather Merge": found = gather(node, place)
        case "Sort", "Incremental Sort": found = sort(node, place)
        case "Limit": found = limit(node, place)
        case "Aggregate": found = aggregate(node, place)
        case "Nested Loop", "Hash Join", "Merge Join": found = join(node, place)
        case "Append", "Merge Append", "BitmapAnd", "BitmapOr", "SetOp", "Recursive Union": found = [sum(node, place)]
        default: found = passing(node, place)
        }
        for (subplan, price) in subplans {
            guard let price else { continue }
            let gain = subplan.runs * (price.total - subplan.node.total)
            found = found.map { path in
                var path = path.with(startup: path.startup, total: max(0, path.total + gain))
                if gain < 0 { path.used.formUnion(price.used) }
                return path
            }
        }
        return found.pruned()
    }

    /// Rows of the node in all workers, or in one.
    func rows(_ node: PlannedNode, _ place: Place) -> Double {
        serial(node.node.rows, place.isSerial && node.isPartial ? place.divisor : 1)
    }

    /// A single row of a worker is what a part of a row was rounded up to.
    func serial(_ rows: Double, _ divisor: Double) -> Double { rows > 1 ? rows * divisor : rows }

    /// What the node itself costs above its children.
    func own(_ node: PlannedNode, _ place: Place) -> Double {
        let own = max(0, node.total - node.children.reduce(0) { $0 + $1.total })
        return own * (place.isSerial && node.isPartial ? place.divisor : 1)
    }

    /// A path of the node over a path of its only child.
    func over(_ path: PricedPath, _ node: PlannedNode, _ place: Place) -> PricedPath {
        guard let child = node.children.first else { return path }
        let total = path.total + own(node, place)
        // It has read all before it gives the first row.
        let isBlocking = node.startup >= child.total * 0.999 && child.total > 0
        let startup =
            isBlocking
            ? total - (node.total - node.startup) : path.startup + max(0, node.startup - child.startup)
        var made = path.with(startup: min(startup, total), total: total)
        made.rows = rows(node, place)
        return made
    }

    private static let keepsOrder: Set<String> = [
        "LockRows", "Subquery Scan", "Result", "Materialize", "Memoize", "Unique", "WindowAgg", "Group", "ProjectSet",
    ]
    private static let needOrder: Set<String> = ["Unique", "WindowAgg", "Group"]

    func passing(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard !node.children.isEmpty else {
            return [PricedPath(startup: node.startup, total: node.total, rows: rows(node, place))]
        }
        guard node.children.count == 1 else { return [sum(node, place)] }
        let type = node.node.type
        let keeps = Self.keepsOrder.contains(type) || type == "ModifyTable"
        let below = place.with(needsOrder: Self.needOrder.contains(type) || keeps && place.needsOrder)
        return paths(node.children[0], below).map { path in
            var made = over(path, node, place)
            if !keeps { made.order = [] }
            return made
        }
    }

    private func sum(_ node: PlannedNode, _ place: Place) -> PricedPath {
        var made = PricedPath(startup: node.startup, total: node.total, rows: rows(node, place))
        for child in node.children {
            guard let best = paths(child, place.with(needsOrder: node.node.type == "Merge Append")).cheapest
            else { continue }
            made.total += best.total - child.total
            made.used.formUnion(best.used)
        }
        made.total = max(0, made.total)
        made.startup = min(made.startup, made.total)
        return made
    }

    // MARK: Scans

    private func scan(
        _ node: PlannedNode, _ scan: PlannedScan, _ place: Place,
        _ subplans: [(subplan: PlannedNode.Subplan, price: PricedPath?)]
    ) -> [PricedPath] {
        let gain = subplans.reduce(0) { $0 + $1.0.runs * (($1.1?.total ?? $1.0.node.total) - $1.0.node.total) }
        let used = subplans.reduce(into: Set<Int>()) { $0.formUnion($1.1?.used ?? []) }
        var present = PricedPath(startup: node.startup, total: max(0, node.total + gain), rows: rows(node, place))
        if gain < 0 { present.used = used }
        let isShared = node.node.isParallelAware
        if place.isSerial && isShared {
            let disk =
                node.node.type == "Seq Scan"
                ? min(node.total, scan.table.pages * settings.sequentialPage) : node.total / 2
            present.total = disk + (present.total - disk) * place.divisor
        }
        var request = request(scan, place, isShared: isShared)
        for (subplan, price) in subplans {
            let cost = subplan.runs * (price?.total ?? subplan.node.total)
            if subplan.isInFilter { request.perTuple += cost / scan.table.rows } else { request.once += cost }
        }
        let needed = place.needsOrder ? presentOrder(node, scan) : []
        let fate = self.fate(of: node, scan)
        var found = fate == .stays ? [present] : []
        if fate == .isPoorer || fate == .losesOrder { request.carefulShares = scans.selectivity.careful(scan) }
        let offered = indexes(scan)
        let alone = offered.flatMap { scans.paths(request, $0.index, place: $0.place) }
        for var path in alone + scans.together(request, offered) {
            if gain < 0 { path.used.formUnion(used) }
            let isOrdered = needed.isEmpty || Self.begins(path.order, with: needed)
            found.append(isOrdered && fate != .losesOrder ? path : sorted(path))
        }
        guard found.isEmpty else { return found }
        let lost = PricedPath.outOfReach
        return [PricedPath(startup: lost, total: lost, rows: present.rows)]
    }

    /// What becomes of a scan as it is, where indexes are replaced.
    private enum Fate {
        case stays
        /// What it reads has its equal.
        case isReplaced
        /// By an index that does less; its order may be lost, too.
        case isPoorer, losesOrder
    }

    private func fate(of node: PlannedNode, _ scan: PlannedScan) -> Fate {
        guard let replaced else { return .stays }
        let reading = replaced.reading(of: node, scan)
        if reading.names.isEmpty { return .stays }
        let isCovered = reading.names.isSubset(of: replaced.covered)
        // A bitmap of several is not taken apart: the new one takes the place of what it covers.
        if reading.isCombined, replaced.areThere || isCovered { return .stays }
        if replaced.areThere || isCovered { return .isReplaced }
        return replaced.isOrderFelt && node.node.type != "Bitmap Heap Scan" ? .losesOrder : .isPoorer
    }

    func request(_ scan: PlannedScan, _ place: Place, isShared: Bool) -> ScanRequest {
        let all = isShared ? serial(scan.rows, place.divisor) : scan.rows
        let joint = min(1, all / scan.table.rows)
        let shares = scans.selectivity.fitted(scan.quals, of: scan.relation, rows: scan.table.rows, joint: joint)
        var request = ScanRequest(scan: scan, quals: scan.quals, shares: shares, rows: all)
        request.loops = place.loops
        request.divisor = isShared && !place.isSerial ? place.divisor : 1
        return request
    }

    /// The order in which an existing index brings the rows, which something above relies on.
    private func presentOrder(_ node: PlannedNode, _ scan: PlannedScan) -> [PricedPath.Order] {
        guard node.node.type == "Index Scan" || node.node.type == "Index Only Scan", let name = node.node.index,
            let index = names.indexes(of: scan.relation).first(where: { $0.name.name == name }),
            let access = AccessIndex(index, scan.table)
        else { return [] }
        let fixed = Set(scan.quals.filter { $0.operation == .equality }.map(\.key))
        let key = access.keys.first { !fixed.contains($0.text) }
        return key.map {
            [.init(aliases: scan.aliases, key: $0.text, isDescending: $0.isDescending, nullsFirst: $0.nullsFirst)]
        } ?? []
    }

    private static func begins(_ order: [PricedPath.Order], with needed: [PricedPath.Order]) -> Bool {
        order.count >= needed.count && zip(order, needed).allSatisfy { $0.key == $1.key }
    }

    func sorted(_ path: PricedPath) -> PricedPath {
        var path = path
        path.startup = path.total + formulas.sort(rows: path.rows)
        path.total = path.startup + settings.operator * path.rows
        path.order = []
        return path
    }

    // MARK: Workers

    /// With workers as now, or without any.
    private func gather(_ node: PlannedNode, _ place: Place) -> [PricedPath] {
        guard let child = node.children.first else { return passing(node, place) }
        var below = place.with(needsOrder: node.node.type == "Gather Merge")
        below.divisor = settings.divisor(workers: max(1, node.node.workersPlanned))
        let isMerge = node.node.type == "Gather Merge"
        var found = paths(child, below).map { path in
            var made = over(path, node, Place())
            if !isMerge { made.order = [] }
            return made
        }
        below.isSerial = true
        found += paths(child, below).map { path in
            var made = path
            made.rows = node.node.rows
            return made
        }
        return found
    }
}
