import Foundation
import Model

/// Methods other than B-tree.
extension ScanPricing {
    /// `gincostestimate` in outline: a descent for each element that is asked for, and the postings.
    func gin(_ request: ScanRequest, _ index: AccessIndex, _ place: Int?) -> [PricedPath] {
        var covered = implied(request, index)
        var elements = 0.0
        for (number, qual) in request.quals.enumerated() {
            guard let key = index.keys.first(where: { $0.text == qual.key }),
                let count = Self.elements(qual, operatorClass: key.operatorClass)
            else { continue }
            covered.insert(number)
            elements += count
        }
        guard elements > 0 else { return [] }
        let share = min(
            1,
            request.shares.share(of: covered) * (implied(request, index).isEmpty ? predicateShare(request, index) : 1))
        // rint(numEntryPages ^ 0.15) pages for a descent.
        let descent = pow(index.pages / 2, 0.15).rounded()
        let postings = (share * index.rows / (Double(IndexSize.page) / 3)).rounded(.up)
        let read = elements * (descent + postings)
        let pages =
            request.loops > 1
            ? formulas.pagesFetched(tuples: read * request.loops, pages: index.pages, indexPages: index.pages)
                / request.loops : read
        let cost =
            pages * settings.randomPage
            + elements * (log2(max(2, index.rows)) + 50 * 3) * settings.operator
            + share * index.rows * settings.indexTuple
        return [bitmap(request, index, share: share, cost: cost, place)]
    }

    /// Elements that a condition looks up; nil where the operator class does not serve it.
    private static func elements(_ qual: Qual, operatorClass: String?) -> Double? {
        let length = Double(qual.values.first?.count ?? 8)
        if operatorClass?.hasSuffix("trgm_ops") == true {
            switch qual.operation {
            // Trigrams of what lies between wildcards; below three letters there is none.
            case .prefix, .pattern: return length >= 5 ? length - 3 : qual.values.isEmpty ? 5 : nil
            case .containment("%"), .containment("%>"), .containment("<%"): return length + 1
            default: return nil
            }
        }
        guard case .containment(let name) = qual.operation, name != "%", name != "%>", name != "<%" else { return nil }
        if operatorClass?.hasSuffix("jsonb_path_ops") == true, name.hasPrefix("?") { return nil }
        let listed = qual.values.first.map { Double($0.split(separator: ",").count) } ?? 2
        return max(1, listed)
    }

    /// `gistcostestimate` in outline: as a B-tree whose every key is looked at; also nearest neighbours in their order.
    func gist(_ request: ScanRequest, _ index: AccessIndex, _ place: Int?) -> [PricedPath] {
        var covered = implied(request, index)
        for (number, qual) in request.quals.enumerated() where index.keys.contains(where: { $0.text == qual.key }) {
            switch qual.operation {
            case .containment: covered.insert(number)
            case .prefix, .pattern:
                if index.keys[0].operatorClass?.hasSuffix("trgm_ops") == true { covered.insert(number) }
            default: break
            }
        }
        let predicate = implied(request, index).isEmpty ? predicateShare(request, index) : 1
        let share = request.shares.share(of: covered) * predicate
        let tuples = max(1, (share * request.scan.table.rows).rounded())
        let cost = formulas.btree(index, tuples: tuples, scans: 1, loops: request.loops, conditions: covered.count)
        var paths: [PricedPath] = []
        let pages = formulas.heap(
            request.scan.table, selectivity: share, index: index, loops: request.loops, correlation: 0, visible: 0)
        let rest = Double(request.quals.count - covered.count)
        let processor = tuples * (settings.tuple + rest * settings.operator + request.perTuple)
        // `place <-> point`: the one order that GiST brings.
        let order = index.keys.prefix(1).map {
            PricedPath.Order(
                aliases: request.scan.aliases, key: $0.text + " <->", isDescending: false, nullsFirst: false)
        }
        if request.divisor == 1 {
            paths.append(
                PricedPath(
                    startup: cost.startup, total: cost.total + pages + processor + request.once, rows: request.rows,
                    used: place.map { [$0] } ?? [], order: order))
        }
        if !covered.isEmpty { paths.append(bitmap(request, index, share: share, cost: cost.total, place)) }
        return paths
    }

    /// `brincostestimate`: ranges of 128 pages, as many as the correlation lets a range be ruled out.
    func brin(_ request: ScanRequest, _ index: AccessIndex, _ place: Int?) -> [PricedPath] {
        let covered = Set(
            request.quals.indices.filter { place in
                let qual = request.quals[place]
                return index.keys.contains { $0.text == qual.key } && (qual.isRange || qual.operation == .equality)
            })
        guard !covered.isEmpty else { return [] }
        let table = request.scan.table
        let ranges = max(1, (table.pages / BRINSize.pagesPerRange).rounded(.up))
        let share = request.shares.share(of: covered)
        let correlations = covered.map {
            abs(selectivity.statistics(request.quals[$0].key, of: request.scan.relation)?.correlation ?? 0)
        }
        let correlation = correlations.max() ?? 0
        let least = (ranges * share).rounded(.up)
        let read = correlation < 1e-10 ? ranges : min(ranges, least / correlation)
        let cost =
            (index.pages - 1) * settings.sequentialPage + settings.randomPage
            + 0.1 * settings.operator * read * BRINSize.pagesPerRange
        return [bitmap(request, index, share: read / ranges, cost: cost, place)]
    }
}
