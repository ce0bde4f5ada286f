import Model

/// How many pages a B-tree over plain columns would have if it were built now, at least and at most.
///
/// Since 13 equal keys may share one posting list (deduplication), which the classic estimates do not know and then call negative bloat.
/// The most counts none of it, the least all that the columns' distinct values allow.
/// https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION
struct BTreeEstimate: SpaceEstimate {
    let needed: ClosedRange<Double>
    let pages: Double
    let pageSize: Double

    /// nil: not a B-tree over whole columns, or nothing is known of them.
    init?(_ index: Index, columns: [Column], pageSize: Double) {
        guard index.accessMethod == "btree", !index.isPartitioned, index.isValid, index.predicate == nil,
            index.estimatedRows > 0, index.pages > 1
        else { return nil }
        if let size = index.size, Double(size) > HeapEstimate.growth.value * Double(index.pages) * pageSize {
            return nil
        }
        let used = index.columns.compactMap { key in columns.first { $0.name == key.name } }
        guard used.count == index.columns.count, !used.isEmpty else { return nil }
        let statistics = used.compactMap(\.statistics)
        guard statistics.count == used.count else { return nil }
        let data = zip(used, statistics).reduce(0.0) { sum, column in
            let (column, statistics) = column
            let width = column.length.flatMap { $0 >= 0 ? Double($0) : nil } ?? Double(statistics.averageWidth + 1)
            return sum + (1 - statistics.nullFraction) * width
        }
        let padding = used.contains { ($0.length ?? -1) < 0 } ? HeapLayout.alignment - 1 : 0
        let hasNulls = statistics.contains { $0.nullFraction > 0 }
        // IndexTupleData, and its bitmap of NULLs up to the next step.
        let header = hasNulls ? 16.0 : 8.0
        let least = HeapLayout.aligned(8 + data - (padding > 0 ? 1 : 0))
        let most = HeapLayout.aligned(header + data + Double(used.count - 1) * padding / 2) + padding
        let rows = index.estimatedRows
        let fill = index.fillfactor / 100
        // The page's header, B-tree's own 16 bytes at its end, and one high key.
        let room = (pageSize - HeapLayout.pageHeader - 16) * fill - most
        guard room > 0 else { return nil }
        let distinct = statistics.map { $0.distinctValues(inRows: rows) }.max() ?? rows
        let shares =
            !index.isUnique && index.included.isEmpty && index.options["deduplicate_items"] != "off" && distinct > 0
        let single = least + HeapLayout.linePointer
        let leastRow = shares ? min(single, Self.rowInList(key: least, rowsPerKey: rows / distinct)) : single
        let error = HeapEstimate.countError.value
        // Inner pages are one in some hundred leaves; and the meta page.
        let low = (1 - error) * rows * leastRow / ((pageSize - HeapLayout.pageHeader - 16) * fill) + 1
        let high = (1 + error) * rows * (most + HeapLayout.linePointer) / room * 1.02 + 1
        needed = low...max(low, high)
        pages = Double(index.pages)
        self.pageSize = pageSize
    }

    /// Bytes of a row in posting lists: six of its place, and its part of the key, which each list has once. A list takes at most
    /// half of the largest index tuple (`_bt_dedup_pass`: 1,352 bytes of a page of 8 kB).
    private static func rowInList(key: Double, rowsPerKey: Double) -> Double {
        let list = 1352.0
        let place = 6.0
        guard rowsPerKey > 1 else { return key + HeapLayout.linePointer }
        let inList = max(1, min(rowsPerKey, (list - key) / place))
        return place + (key + HeapLayout.linePointer) / inList
    }
}
