import Foundation
import Model

/// What a relation is asked for, once or in a loop.
struct ScanRequest: Sendable {
    var scan: PlannedScan
    /// Those of the scan, and of the join that looks it up.
    var quals: [Qual]
    /// Of `quals`, place by place.
    var shares: FittedShares
    /// Of `quals`, to tell how much of an index is read, where these are to be no less than they may turn out; nil: `shares`.
    var carefulShares: FittedShares?
    /// Rows that one execution gives back; of all workers.
    var rows: Double
    var loops = 1.0
    /// More than 1: workers share the scan.
    var divisor = 1.0
    /// What subplans cost for each row that is looked at, and in all.
    var perTuple = 0.0
    var once = 0.0
}

/// Prices scans of one relation by an index.
struct ScanPricing: Sendable {
    var formulas: CostFormulas
    var selectivity: Selectivity

    var settings: CostSettings { formulas.settings }

    /// None where the index does not help the request at all.
    func paths(_ request: ScanRequest, _ index: AccessIndex, place: Int?) -> [PricedPath] {
        guard index.isImplied(by: request.quals) else { return [] }
        switch index.method {
        case .btree: return btree(request, index, place)
        case .gin: return gin(request, index, place)
        case .gist: return gist(request, index, place)
        case .brin: return brin(request, index, place)
        }
    }

    /// Which conditions an index serves: by place in the request's.
    private struct Match {
        /// They say where a scan begins and ends.
        var bounds: Set<Int> = []
        /// Those too that are only compared in the index.
        var inIndex: Set<Int> = []
        /// Made true by the index's predicate.
        var implied: Set<Int> = []
        /// Descents of one scan.
        var scans = 1.0
        /// `genericcostestimate` counts arrays that no descent uses, too.
        var counted = 1.0
        var order: [PricedPath.Order] = []
        var covered: Set<Int> { inIndex.union(implied) }
    }

    // MARK: B-tree

    private func match(_ request: ScanRequest, _ index: AccessIndex) -> Match {
        var match = Match()
        match.implied = implied(request, index)
        var isBounded = true
        var isOrdered = true
        for (number, key) in index.keys.enumerated() {
            let isPattern = key.operatorClass?.hasSuffix("pattern_ops") == true
            let here = request.quals.indices.filter { request.quals[$0].key == key.text && !match.implied.contains($0) }
            let equal = here.filter { request.quals[$0].isEquality }
            let ranged = here.filter { place in
                switch request.quals[place].operation {
                case .range: !isPattern
                case .prefix: isPattern
                case .isNotNull: true
                default: false
                }
            }
            match.inIndex.formUnion(equal + ranged)
            match.counted *= equal.map { count(request.quals[$0]) }.min() ?? 1
            var isFixed = false
            if isBounded {
                match.bounds.formUnion(equal.isEmpty ? ranged : equal)
                if equal.isEmpty { isBounded = false }
                isFixed = equal.contains { if case .inList = request.quals[$0].operation { false } else { true } }
                if !equal.isEmpty, !isFixed {
                    match.scans *= equal.map { count(request.quals[$0]) }.min() ?? 1
                    // Only of the first key do arrays keep the order (`build_index_paths` up to 16).
                    if number > 0 { isOrdered = false }
                }
            }
            if !isFixed && isOrdered && !isPattern {
                match.order.append(
                    .init(
                        aliases: request.scan.aliases, key: key.text, isDescending: key.isDescending,
                        nullsFirst: key.nullsFirst))
            } else if !isFixed {
                isOrdered = false
            }
        }
        return match
    }

    private func count(_ qual: Qual) -> Double {
        if case .inList(let count) = qual.operation { return Double(max(1, count ?? 10)) }
        return 1
    }

    func implied(_ request: ScanRequest, _ index: AccessIndex) -> Set<Int> {
        let texts = Set(index.predicate.map(\.text))
        return Set(request.quals.indices.filter { texts.contains(request.quals[$0].text) })
    }

    func predicateShare(_ request: ScanRequest, _ index: AccessIndex) -> Double {
        index.predicate.isEmpty ? 1 : min(1, index.rows / request.scan.table.rows)
    }

    private func btree(_ request: ScanRequest, _ index: AccessIndex, _ place: Int?) -> [PricedPath] {
        let match = match(request, index)
        let scan = request.scan
        let isCovering = scan.needed.map { $0.isSubset(of: index.columns) } ?? false
        guard !match.inIndex.isEmpty || !index.predicate.isEmpty || isCovering || !match.order.isEmpty else {
            return []
        }
        let predicate = predicateShare(request, index)
        let share = shareOf(match.covered, request, match, predicate)
        var bounding = request
        if let careful = request.carefulShares { bounding.shares = careful }
        let bounds = shareOf(match.bounds.union(match.implied), bounding, match, predicate)
        let tuples = max(1, (bounds * scan.table.rows / match.scans).rounded())
        let isExact = index.isUnique && match.bounds.count == index.keys.count && match.scans == 1
        let cost = formulas.btree(
            index, tuples: isExact ? 1 : tuples, scans: match.counted, loops: request.loops,
            conditions: match.inIndex.count)
        var paths: [PricedPath] = []
        let visible = isCovering ? scan.table.visibleShare : 0
        let pages = formulas.heap(
            scan.table, selectivity: share, index: index, loops: request.loops,
            correlation: correlation(index, scan.relation), visible: visible)
        if let divided = divisor(request, indexPages: cost.pages) {
            let rest = request.quals.count - match.covered.count
            let looked = max(1, (share * scan.table.rows).rounded())
            let processor =
                looked * (settings.tuple + Double(max(0, rest)) * settings.operator + request.perTuple) / divided
            paths.append(
                PricedPath(
                    startup: cost.startup, total: cost.total + pages + processor + request.once,
                    rows: max(1, request.rows / divided), used: place.map { [$0] } ?? [], order: match.order))
        }
        if !match.inIndex.isEmpty || !index.predicate.isEmpty {
            paths.append(bitmap(request, index, share: share, cost: cost.total, place))
        }
        return paths
    }

    /// The share of the conditions at these places, and of the predicate where none of them states it.
    private func shareOf(_ places: Set<Int>, _ request: ScanRequest, _ match: Match, _ predicate: Double) -> Double {
        let share = request.shares.share(of: places)
        return match.implied.isEmpty ? share * predicate : share
    }

    /// BitmapAnd of two indexes that serve different conditions (`choose_bitmap_and` takes more of them).
    func together(_ request: ScanRequest, _ indexes: [(index: AccessIndex, place: Int)]) -> [PricedPath] {
        guard request.quals.count > 1, indexes.count > 1 else { return [] }
        var parts: [(index: AccessIndex, place: Int, covered: Set<Int>, share: Double, cost: Double)] = []
        for (index, place) in indexes where index.method == .btree && index.isImplied(by: request.quals) {
            let match = match(request, index)
            guard !match.bounds.isEmpty else { continue }
            let share = shareOf(match.covered, request, match, predicateShare(request, index))
            let tuples = max(1, (share * request.scan.table.rows / match.scans).rounded())
            let cost = formulas.btree(
                index, tuples: tuples, scans: match.counted, loops: request.loops, conditions: match.inIndex.count)
            parts.append((index, place, match.covered, share, cost.total + 0.1 * settings.operator * tuples))
        }
        parts.sort { $0.cost < $1.cost }
        var found: [PricedPath] = []
        for (number, first) in parts.prefix(6).enumerated() {
            for second in parts.prefix(6).dropFirst(number + 1) where first.covered.isDisjoint(with: second.covered) {
                let share = request.shares.share(of: first.covered.union(second.covered))
                var path = bitmap(request, first.index, share: share, cost: first.cost + second.cost, first.place)
                path.used.insert(second.place)
                found.append(path)
            }
        }
        return found.cheapest.map { [$0] } ?? []
    }

    func bitmap(
        _ request: ScanRequest, _ index: AccessIndex, share: Double, cost: Double, _ place: Int?
    ) -> PricedPath {
        let table = request.scan.table
        let tuples = max(1, (share * table.rows).rounded())
        let startup = cost + 0.1 * settings.operator * tuples
        let pages = formulas.bitmapPages(table, tuples: tuples, index: index, loops: request.loops)
        let perTuple = settings.tuple + Double(request.quals.count) * settings.operator + request.perTuple
        return PricedPath(
            startup: startup, total: startup + pages + tuples * perTuple / request.divisor + request.once,
            rows: max(1, request.rows / request.divisor), used: place.map { [$0] } ?? [])
    }

    /// Workers share an index scan only where it reads many pages (`compute_parallel_worker`: one more for each threefold).
    private func divisor(_ request: ScanRequest, indexPages: Double) -> Double? {
        guard request.divisor > 1 else { return 1 }
        let least = max(1, settings.parallelIndexPages)
        guard indexPages >= least else { return nil }
        let workers = 1 + Int(log(indexPages / least) / log(3))
        return min(request.divisor, settings.divisor(workers: workers))
    }

    /// Of the first key; three quarters of it with several keys (`btcostestimate`).
    private func correlation(_ index: AccessIndex, _ relation: QualifiedName) -> Double {
        guard let column = index.keys.first?.column else { return 0 }
        let one = selectivity.statistics(column, of: relation)?.correlation ?? 0
        return index.keys.count > 1 ? one * 0.75 : one
    }
}
