import Model
import PostgresClient
import Queries

/// The largest answers, decoded as they come: on a catalog of ten thousand tables that takes as long as the server's next
/// query, which goes on meanwhile.
struct EarlyRows: Sendable {
    private(set) var relations: [Relation]?
    private(set) var indexes: [Index]?
    private(set) var keyColumns: [CatalogDraft.ColumnKey: CatalogDraft.KeyColumn]?

    /// When the answer was there, and when it was decoded.
    private(set) var arrived = ContinuousClock.now
    private(set) var decoded = ContinuousClock.now

    init() {}

    /// Of one query; empty for those that are decoded when they are used.
    init(_ rows: Rows) throws {
        defer { decoded = .now }
        switch CatalogQuery(rawValue: rows.query) {
        case .relations: relations = try rows.map(Relation.init)
        case .indexes: indexes = try rows.map(Index.init)
        case .keyColumns: keyColumns = try Self.keyColumns(rows)
        default: break
        }
    }

    mutating func take(_ other: EarlyRows) {
        relations = other.relations ?? relations
        indexes = other.indexes ?? indexes
        keyColumns = other.keyColumns ?? keyColumns
    }

    private static func keyColumns(_ rows: Rows) throws -> [CatalogDraft.ColumnKey: CatalogDraft.KeyColumn] {
        var columns: [CatalogDraft.ColumnKey: CatalogDraft.KeyColumn] = [:]
        columns.reserveCapacity(rows.count)
        for row in try rows.map({ $0 }) {
            let key = CatalogDraft.ColumnKey(relation: try row.int64("relation"), number: try row.int64("number"))
            columns[key] = CatalogDraft.KeyColumn(
                name: try row.string("name"), type: try row.string("type"), collation: try row.int64("collation"))
        }
        return columns
    }
}
