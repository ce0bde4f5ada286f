import PostgresClient
import Queries

/// The statements that make hypothetical indexes and take them away again. HypoPG keeps them in the session's memory, past
/// ROLLBACK, so that each one is dropped at the end; never through a pooler, where another client's would be dropped too.
struct WhatIfStatements {
    let schema: String

    private var prefix: String { "\"" + schema.replacing("\"", with: "\"\"") + "\"." }

    /// One row: `oid`, `name` as plans show it, `size` in bytes.
    func create(_ definition: String) -> Query {
        Query(
            "hypothetical index",
            "SELECT \(CatalogQuery.mark) h.indexrelid AS oid, h.indexname AS name, "
                + "\(prefix)hypopg_relation_size(h.indexrelid) AS size FROM \(prefix)hypopg_create_index($1) h",
            parameters: [definition])
    }

    var drop: Query {
        Query(
            "drop hypothetical indexes",
            "SELECT \(CatalogQuery.mark) \(prefix)hypopg_drop_index(h.indexrelid) FROM \(prefix)hypopg() h")
    }
}
