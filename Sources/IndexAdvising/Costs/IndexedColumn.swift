import Foundation
import Model
import Statements

/// What an index holds of one key or included column.
struct IndexedColumn: Sendable {
    /// Bytes of a value that is not NULL, without alignment.
    var width: Double
    /// Values have different lengths.
    var varies: Bool
    var alignment: Int
    var deduplicates: Bool
    var nullFraction: Double
    /// Distinct values, NULL not among them; nil where nobody knows.
    var distinct: Double?
    /// Shares of the rows, most common first.
    var frequencies: [Double]
    /// 1: as sure as statistics are; 2: half or twice.
    var widthDoubt = 1.0

    /// nil where the column has no statistics and its type no length.
    init?(_ name: String, of relation: QualifiedName, rows: Double, _ names: CatalogNames) {
        guard let column = names.column(name, of: relation) else { return nil }
        let layout = TypeLayout(column.type)
        let statistics = column.statistics
        guard let width = layout.length ?? statistics.map({ max(1, $0.averageWidth) }) ?? Self.usual(column.type) else {
            return nil
        }
        self.width = Double(width)
        varies = layout.length == nil
        // From 127 bytes on the header has 4 bytes and is aligned.
        alignment = varies && width < 127 ? 1 : layout.alignment
        deduplicates = layout.deduplicates
        nullFraction = statistics?.nullFraction ?? 0
        distinct = statistics.flatMap { $0.distinct == 0 ? nil : max(1, $0.distinctValues(inRows: rows)) }
        frequencies = statistics?.mostCommonFrequencies ?? []
        if statistics == nil { widthDoubt = varies ? 3 : 1.2 }
        // Long values are compressed on their way into the index (TOAST_INDEX_TARGET: a sixteenth of a page).
        if varies && width > 500 { widthDoubt = 4 }
    }

    init?(_ key: ScanCondition.Key, of relation: QualifiedName, rows: Double, _ names: CatalogNames) {
        switch key {
        case .column(let name): self.init(name, of: relation, rows: rows, names)
        case .expression(let text, let column):
            self.init(column, of: relation, rows: rows, names)
            let known = Self.result(ofExpression: text)
            guard !known.isSame else { return }
            frequencies = []
            alignment = known.width == 8 ? 8 : known.width == 4 ? 4 : 1
            width = known.width ?? 12
            varies = known.width == nil
            widthDoubt = known.width == nil ? 3 : 1
            // A computed value has fewer distinct ones than its column, by how much nobody knows; a number read from a text or a
            // document is most often a key.
            if !Self.isNumber(text) { distinct = distinct.map { min($0, max(1, rows / 100)) } }
            deduplicates = known.deduplicates
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        guard let node = try? ParsedStatement(parsing: "SELECT " + text).root.list("targetList").first?.node("val")
        else { return false }
        return node.kind == "TypeCast"
            && ["int4", "int8", "numeric"].contains(node.node("typeName")?.strings("names").last ?? "")
    }

    /// Bytes of what a function gives; nil: varies.
    private static func result(ofExpression text: String) -> (width: Double?, isSame: Bool, deduplicates: Bool) {
        guard let parsed = try? ParsedStatement(parsing: "SELECT " + text),
            let node = parsed.root.list("targetList").first?.node("val")
        else { return (nil, false, true) }
        switch (node.kind, node.strings("funcname").last ?? node.node("typeName")?.strings("names").last) {
        case ("FuncCall", "lower"), ("FuncCall", "upper"), ("TypeCast", "text"), ("FuncCall", "to_tsvector"):
            return (nil, true, true)
        case ("FuncCall", "date_trunc"), ("TypeCast", "int8"), ("TypeCast", "timestamp"), ("TypeCast", "timestamptz"):
            return (8, false, true)
        case ("TypeCast", "date"), ("TypeCast", "int4"), ("FuncCall", "length"): return (4, false, true)
        case ("TypeCast", "float8"): return (8, false, false)
        case ("TypeCast", "numeric"), ("FuncCall", "date_part"), ("FuncCall", "extract"): return (nil, false, false)
        default: return (nil, false, true)
        }
    }

    /// For want of statistics (src/backend/utils/cache/lsyscache.c, `get_typavgwidth`, guesses 32).
    private static func usual(_ type: String) -> Int? { 32 }

    /// Mean bytes that the tuple grows by from `offset`, rounded up by alignment.
    func end(from offset: Double) -> Double {
        let start = alignment > 1 ? (offset / Double(alignment)).rounded(.up) * Double(alignment) : offset
        return start + width
    }
}
