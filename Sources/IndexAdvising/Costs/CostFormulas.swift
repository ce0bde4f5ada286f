import Foundation

/// The planner's formulas of src/backend/optimizer/path/costsize.c and src/backend/utils/adt/selfuncs.c, for what an index changes.
struct CostFormulas: Sendable {
    var settings: CostSettings
    /// Pages of all relations that the statement reads: they share the cache.
    var totalPages: Double

    /// Heap pages that fetching so many tuples at random touches, each once where the cache holds them: Mackert and Lohman, "Index
    /// Scans Using a Finite LRU Buffer" (1989), as `index_pages_fetched` has it.
    func pagesFetched(tuples: Double, pages: Double, indexPages: Double) -> Double {
        let pages = max(1, pages)
        let all = max(totalPages + indexPages, pages)
        let cache = max(1, (settings.effectiveCachePages * pages / all).rounded(.up))
        let spread = 2 * pages * tuples / (2 * pages + tuples)
        if pages <= cache { return min(pages, spread).rounded(.up) }
        let limit = 2 * pages * cache / (2 * pages - cache)
        return tuples <= limit
            ? min(spread, pages).rounded(.up) : (cache + (tuples - limit) * (pages - cache) / pages).rounded(.up)
    }

    /// What reading an index costs, before any row is fetched.
    struct IndexCost: Sendable {
        var startup = 0.0
        var total = 0.0
        /// Pages of the index that one scan reads.
        var pages = 0.0
    }

    /// `genericcostestimate` and `btcostestimate`.
    ///
    /// - Parameter tuples: entries that one descent reads.
    /// - Parameter scans: descents of one scan, more than one for IN.
    func btree(
        _ index: AccessIndex, tuples: Double, scans: Double, loops: Double, conditions: Int
    ) -> IndexCost {
        let perScan = index.pages > 1 && index.rows > 1 ? (tuples * index.pages / index.rows).rounded(.up) : 1
        var cost = IndexCost(pages: perScan)
        if scans * loops > 1 {
            let read = pagesFetched(tuples: perScan * scans * loops, pages: index.pages, indexPages: index.pages)
            cost.total = read * settings.randomPage / loops
        } else {
            cost.total = perScan * settings.randomPage
        }
        cost.total += tuples * scans * (settings.indexTuple + settings.operator * Double(conditions))
        // DEFAULT_PAGE_CPU_MULTIPLIER is 50.
        let comparisons = index.rows > 1 ? log2(index.rows).rounded(.up) * settings.operator : 0
        let descent = comparisons + Double(index.height + 1) * 50 * settings.operator
        cost.startup = descent
        cost.total += scans * descent
        return cost
    }

    /// `cost_index` from the index's cost on: the heap pages between the worst order and the best one, by the square of the
    /// correlation.
    ///
    /// - Parameter visible: share of the heap pages that need no look: 0 but for index-only scans.
    /// - Returns: cost of input and output of one scan, and of the processor.
    func heap(
        _ table: TableSize, selectivity: Double, index: AccessIndex, loops: Double, correlation: Double, visible: Double
    ) -> Double {
        let tuples = max(1, (selectivity * table.rows).rounded())
        let need = 1 - visible
        let worst: Double
        let best: Double
        if loops > 1 {
            let scattered = pagesFetched(tuples: tuples * loops, pages: table.pages, indexPages: index.pages)
            worst = (scattered * need).rounded(.up) * settings.randomPage / loops
            let together = pagesFetched(
                tuples: (selectivity * table.pages).rounded(.up) * loops, pages: table.pages, indexPages: index.pages)
            best = (together * need).rounded(.up) * settings.randomPage / loops
        } else {
            let scattered = pagesFetched(tuples: tuples, pages: table.pages, indexPages: index.pages)
            let most = (scattered * need).rounded(.up)
            worst = most * settings.randomPage
            let least = ((selectivity * table.pages).rounded(.up) * need).rounded(.up)
            best = least > 0 ? settings.randomPage + (least - 1) * settings.sequentialPage : 0
        }
        let squared = correlation * correlation
        return worst + squared * (best - worst)
    }

    /// `cost_bitmap_heap_scan` without the processor's part: pages are read in their order.
    func bitmapPages(_ table: TableSize, tuples: Double, index: AccessIndex, loops: Double) -> Double {
        let spread =
            loops > 1
            ? pagesFetched(tuples: tuples * loops, pages: table.pages, indexPages: index.pages) / loops
            : 2 * table.pages * tuples / (2 * table.pages + tuples)
        let read = min(table.pages, spread.rounded(.up))
        let page =
            read >= 2
            ? settings.randomPage - (settings.randomPage - settings.sequentialPage) * (read / table.pages).squareRoot()
            : settings.randomPage
        return read * page
    }

    /// `cost_tuplesort` in memory; 2 comparisons an entry and level.
    func sort(rows: Double) -> Double {
        let rows = max(2, rows)
        return 2 * settings.operator * rows * log2(rows) + settings.operator * rows
    }
}
