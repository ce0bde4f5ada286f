import PostgresClient
import Queries

/// The statements that make hypothetical indexes and take them away again. HypoPG keeps them in the session's memory, past
/// ROLLBACK, so that each one is dropped at the end; never through a pooler, where another client's would be dropped too.
struct WhatIfStatements {
    let schema: String

    private var prefix: String { "\"" + schema.replacing("\"", with: "\"\"") + "\"." }

    /// All at once, or none when one is refused: a row for each, with its `place` among the definitions, from 1, and its `name` as
    /// plans show it.
    func create(_ definitions: [String]) -> Query {
        Query(
            "hypothetical indexes",
            "SELECT \(CatalogQuery.mark) d.place, h.indexname AS name "
                + "FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS d (text, place), "
                + "LATERAL \(prefix)hypopg_create_index(d.text) h",
            parameters: [TextArray.literal(definitions)])
    }

    var drop: Query {
        Query(
            "drop hypothetical indexes",
            "SELECT \(CatalogQuery.mark) \(prefix)hypopg_drop_index(h.indexrelid) FROM \(prefix)hypopg() h")
    }
}
