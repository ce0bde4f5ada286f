import Model
import Statements

/// Pages of a GIN index: for each row as many entries as its value has elements, in compressed posting lists.
///
/// Elements are seen only by the width of the column, so that the bounds are wide. Measured on PostgreSQL 15, bytes of the
/// index for each of the values: jsonb 0.16, jsonb_path_ops 0.11, text[] 0.19, trigrams 2.6 and 4.6, tsvector of texts that are all
/// different 3.
struct GINSize: Sendable {
    private enum Kind { case array, jsonb, jsonbPaths, trigrams, texts, other }

    private var kind: Kind
    /// Bytes of a value.
    private var width: Double
    /// Bytes of plain columns beside it (`btree_gin`).
    private var others: Double

    init(_ candidate: IndexCandidate, _ keys: [IndexedColumn], _ names: CatalogNames) {
        kind = .other
        width = 0
        others = 0
        for (key, column) in zip(candidate.keys, keys) {
            let type = names.column(key.key.column, of: candidate.relation)?.type ?? ""
            guard let found = Self.kind(key, type) else {
                others += 6
                continue
            }
            kind = found
            width += column.width * (1 - column.nullFraction)
        }
    }

    private static func kind(_ key: IndexCandidate.Key, _ type: String) -> Kind? {
        let operatorClass = key.operatorClass ?? ""
        if operatorClass.hasSuffix("gin_trgm_ops") { return .trigrams }
        if operatorClass.hasSuffix("jsonb_path_ops") { return .jsonbPaths }
        if case .expression(let text, _) = key.key, text.contains("to_tsvector") { return .texts }
        if type == "tsvector" { return .texts }
        if type == "jsonb" { return .jsonb }
        return type.hasSuffix("]") ? .array : nil
    }

    /// Bytes of the index for each byte of the values.
    private var factor: (likely: Double, least: Double, greatest: Double) {
        switch kind {
        case .array: (0.2, 0.05, 1.5)
        case .jsonb: (0.2, 0.05, 1.5)
        case .jsonbPaths: (0.13, 0.03, 1.2)
        case .trigrams: (3, 0.8, 6)
        case .texts: (1.5, 0.2, 5)
        case .other: (0.5, 0.05, 2)
        }
    }

    /// Rows that have an entry for each element of a value.
    func size(rows: Double) -> IndexSize {
        func pages(_ factor: Double) -> Double { 2 + rows * (width * factor + others) / Double(IndexSize.page) }
        return IndexSize(
            pages: pages(factor.likely), least: pages(factor.least), greatest: pages(factor.greatest), rows: rows,
            height: 2)
    }

    /// Entries that a row makes: what an insert pays for.
    var entriesPerRow: Double {
        switch kind {
        case .array: max(1, (width - 20) / 8)
        case .jsonb: max(1, width / 10)
        case .jsonbPaths: max(1, width / 20)
        case .trigrams: max(1, width)
        case .texts: max(1, width / 8)
        case .other: max(1, width / 10)
        }
    }
}

/// Pages of a GiST index: keys as in a B-tree, twice the width where the key is a bounding range, and pages that splits left half
/// full. Measured on PostgreSQL 15, bytes a row: tsrange 98, point 67, trigrams of 44 bytes 249.
struct GiSTSize: Sendable {
    private var width: Double
    private var isTrigrams: Bool

    init(_ candidate: IndexCandidate, _ keys: [IndexedColumn]) {
        isTrigrams = candidate.keys.contains { ($0.operatorClass ?? "").hasSuffix("gist_trgm_ops") }
        // A point is kept as a box.
        width = keys.reduce(0) { $0 + ($1.width == 16 && !$1.varies ? 32 : $1.width) }
    }

    func size(rows: Double) -> IndexSize {
        // Of a text its trigrams, three bytes each.
        let key = isTrigrams ? width * 3 + 5 : width
        func pages(_ key: Double, fill: Double) -> Double {
            let tuple = ((8 + key) / 8).rounded(.up) * 8 + 4
            return 1 + rows * tuple / (Double(IndexSize.page - 40) * fill)
        }
        return IndexSize(
            pages: pages(key, fill: 0.6), least: pages(min(key, 12), fill: 0.95),
            greatest: pages(key * 2 + 8, fill: 0.5),
            rows: rows, height: 2)
    }
}

/// Pages of a BRIN index: a summary of the least and the greatest value of each 128 pages
/// (https://www.postgresql.org/docs/current/brin.html), a map of 1,360 entries a page, and the metapage.
struct BRINSize: Sendable {
    var keys: [IndexedColumn]
    static let pagesPerRange = 128.0

    func size(pages: Double, rows: Double) -> IndexSize {
        let ranges = (pages / Self.pagesPerRange).rounded(.up)
        let tuple = ((8 + keys.reduce(0) { $0 + 2 * ($1.width + 4) }) / 8).rounded(.up) * 8 + 4
        let map = (ranges / 1_360).rounded(.up)
        let whole = 1 + map + (ranges * tuple / 8_000).rounded(.up)
        return IndexSize(pages: whole, least: min(3, whole), greatest: whole * 2 + 4, rows: rows)
    }
}
