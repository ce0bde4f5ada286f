import PostgresClient
import Queries

/// The statements that make hypothetical indexes and take them away again. HypoPG keeps them in the session's memory, past
/// ROLLBACK, so that the clean-up drops each one: all but those that stood there before us.
struct WhatIfStatements {
    let schema: String

    private var prefix: String { "\"" + schema.replacing("\"", with: "\"\"") + "\"." }

    /// Remembers which hypothetical indexes another client of the same server connection may have left.
    var remember: Query {
        Query(
            "hypothetical indexes before",
            "SELECT \(CatalogQuery.mark) pg_catalog.set_config('pgmedic.existing', COALESCE((SELECT "
                + "pg_catalog.string_agg(h.indexrelid::text, ',') FROM \(prefix)hypopg() h), ''), true)")
    }

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
            "SELECT \(CatalogQuery.mark) \(prefix)hypopg_drop_index(h.indexrelid) FROM \(prefix)hypopg() h "
                + "WHERE h.indexrelid::text <> ALL (pg_catalog.string_to_array("
                + "COALESCE(pg_catalog.current_setting('pgmedic.existing', true), ''), ','))")
    }

    static func all(schema: String) -> [String] {
        let statements = WhatIfStatements(schema: schema)
        return [statements.remember.sql, statements.create("").sql, statements.drop.sql]
    }
}
