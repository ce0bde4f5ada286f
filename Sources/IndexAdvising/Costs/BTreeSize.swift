import Foundation

/// Pages of a B-tree as CREATE INDEX builds it.
///
/// Layout by src/include/access/nbtree.h and src/backend/access/nbtree/README: a page has 24 bytes of header and 16 of special space;
/// a tuple 8 bytes of IndexTupleData (16 with a bitmap of NULLs), its attributes aligned, rounded up to 8, and 4 bytes of line
/// pointer. Leaves are filled to 90 %, inner pages to 70 % (`_bt_buildadd` of nbtsort.c). Equal keys share posting lists of up to 812
/// bytes, 6 a row (`_bt_load`). Measured on PostgreSQL 15: 29 indexes of different types,
/// widths, duplicates, NULLs, INCLUDE and predicates are each within a quarter of the truth (the test's bar).
struct BTreeSize: Sendable {
    var keys: [IndexedColumn]
    var included: [IndexedColumn]

    /// Bytes of a page less header, special space and the high key's line pointer.
    static let room = Double(IndexSize.page - 24 - 16 - 4)
    static let leafReserve = Double(IndexSize.page) * 0.1
    static let innerReserve = Double(IndexSize.page) * 0.3
    static let longestPosting = 812.0

    func size(rows: Double, share: IndexSize.PredicateShare) -> IndexSize {
        func pages(_ share: Double, width: Double, distinct: Double) -> (pages: Double, height: Int) {
            self.pages(rows: max(1, rows * share), of: rows, widthFactor: width, distinctFactor: distinct)
        }
        let doubt = (keys + included).map(\.widthDoubt).max() ?? 1
        let best = pages(share.value, width: 1, distinct: 1)
        // n_distinct of a sample is often too low, combined columns are often dependent.
        let low = pages(share.least, width: 1 / doubt, distinct: keys.count > 1 ? 0.1 : 0.5)
        let high = pages(share.greatest, width: doubt, distinct: keys.count > 1 ? 2 : 3)
        return IndexSize(
            pages: best.pages, least: low.pages * 0.85, greatest: high.pages * 1.15, rows: rows * share.value,
            height: best.height)
    }

    private func pages(
        rows: Double, of all: Double, widthFactor: Double, distinctFactor: Double
    ) -> (pages: Double, height: Int) {
        let bytes =
            keys.allSatisfy(\.deduplicates) && included.isEmpty
            ? deduplicatedBytes(rows, of: all, widthFactor, distinctFactor)
            : rows * (tuple(keys + included, widthFactor) + 4)
        let leaves = max(1, (bytes / leafRoom(widthFactor)).rounded(.up))
        let pivot = tuple(keys, widthFactor) + 4
        let fanout = max(2, ((Self.room - Self.innerReserve) / pivot).rounded(.down))
        var (level, pages, height) = (leaves, leaves, 0)
        while level > 1 {
            level = (level / fanout).rounded(.up)
            pages += level
            height += 1
        }
        return (pages + 1, height)
    }

    /// A page is full when less than a tenth is free; the tuple that no more fits begins the next page.
    private func leafRoom(_ widthFactor: Double) -> Double {
        let item = tuple(keys + included, widthFactor) + 4
        let room = Self.room - Self.leafReserve
        return item < room ? (room / item).rounded(.down) * item : room
    }

    /// Mean bytes of a tuple: with and without NULLs in it.
    private func tuple(_ columns: [IndexedColumn], _ widthFactor: Double) -> Double {
        let whole = aligned(columns, from: 8, widthFactor)
        let nullable = columns.filter { $0.nullFraction > 0 }
        guard !nullable.isEmpty else { return whole }
        // NULLs of different columns are taken as independent; a tuple with some has on average the mean share of its columns.
        let someNull = 1 - columns.reduce(1) { $0 * (1 - $1.nullFraction) }
        let rest = columns.map { column in
            var column = column
            column.width *= max(0, 1 - column.nullFraction / max(someNull, 1e-9))
            if column.nullFraction >= someNull - 1e-9 { column.alignment = 1 }
            return column
        }
        return (1 - someNull) * whole + someNull * aligned(rest, from: 16, widthFactor)
    }

    /// Rounded up to 8; where widths vary, the mean over widths from three quarters to five quarters.
    private func aligned(_ columns: [IndexedColumn], from start: Double, _ widthFactor: Double) -> Double {
        let steps = columns.contains(where: \.varies) ? 9 : 1
        var sum = 0.0
        for step in 0..<steps {
            let factor = steps == 1 ? 1 : 0.75 + 0.5 * Double(step) / Double(steps - 1)
            var end = start
            for column in columns {
                var column = column
                if column.varies { column.width = max(1, (column.width * factor * widthFactor).rounded()) }
                end = column.end(from: end)
            }
            sum += (end / 8).rounded(.up) * 8
        }
        return sum / Double(steps)
    }

    // MARK: Deduplication

    /// Rows whose keys are NULL in the same columns and about as frequent.
    private struct Share {
        var rows: Double
        /// Different keys among them.
        var values: Double
        /// Those that are not NULL.
        var present: [IndexedColumn] = []
    }

    private func deduplicatedBytes(
        _ rows: Double, of all: Double, _ widthFactor: Double, _ distinctFactor: Double
    ) -> Double {
        shares(rows, of: all, distinctFactor).reduce(0) { sum, share in
            guard share.rows > 0 else { return sum }
            let values = max(1, min(share.values, share.rows))
            let key = aligned(share.present, from: share.present.count < keys.count ? 16 : 8, widthFactor)
            return sum + values * meanBytes(duplicates: max(1, share.rows / values), key)
        }
    }

    private func shares(_ rows: Double, of all: Double, _ distinctFactor: Double) -> [Share] {
        var shares = [Share(rows: rows, values: 1)]
        for (number, column) in keys.enumerated() {
            let distinct = min(max(1, (column.distinct ?? all / 4) * distinctFactor), all)
            let common = number < 2 ? column.frequencies : []
            let rest = max(0, 1 - column.nullFraction - common.reduce(0, +))
            shares = shares.flatMap { share in
                var parts = common.map { part(of: share, $0, values: 1, of: all, column) }
                if rest > 0.0005 {
                    parts.append(part(of: share, rest, values: distinct - Double(common.count), of: all, column))
                }
                if column.nullFraction > 0 {
                    parts.append(part(of: share, column.nullFraction, values: 1, of: all, nil))
                }
                return parts
            }
        }
        return shares
    }

    /// Of each group of equal keys so far a part of the rows, with `values` different ones in the whole relation: those that come up
    /// in a sample of the group's size without replacement.
    private func part(
        of share: Share, _ fraction: Double, values: Double, of all: Double, _ column: IndexedColumn?
    ) -> Share {
        let values = max(1, min(values, all * fraction))
        let sampled = min(1, share.rows / max(1, share.values) / all)
        let found = values * (1 - pow(1 - sampled, all * fraction / values))
        let rows = share.rows * fraction
        return Share(
            rows: rows, values: min(rows, share.values * max(found, 1e-9)),
            present: share.present + (column.map { [$0] } ?? []))
    }

    /// Expected bytes of a value's tuples where values have so many rows on average: 1 + Poisson(mean − 1).
    private func meanBytes(duplicates mean: Double, _ key: Double) -> Double {
        guard mean < 40 else { return bytes(duplicates: mean.rounded(), key) }
        let rate = mean - 1
        var (sum, probability) = (0.0, exp(-rate))
        for extra in 0..<Int(rate * 2 + 20) {
            sum += probability * bytes(duplicates: Double(extra + 1), key)
            probability *= rate / Double(extra + 1)
        }
        return sum
    }

    /// Tuples and line pointers of one value with so many rows.
    private func bytes(duplicates: Double, _ key: Double) -> Double {
        guard duplicates > 1 else { return key + 4 }
        let most = max(2, ((Self.longestPosting - key) / 6).rounded(.down))
        let full = (duplicates / most).rounded(.down)
        let rest = duplicates - full * most
        func posting(_ rows: Double) -> Double { ((key + 6 * rows) / 8).rounded(.up) * 8 + 4 }
        return full * posting(most) + (rest == 0 ? 0 : rest == 1 ? key + 4 : posting(rest))
    }
}
