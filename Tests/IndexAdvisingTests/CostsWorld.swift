import Collecting
import Foundation
import Model
import Plans
import PostgresClient
import Statements
import TestKit
import Testing

@testable import IndexAdvising

/// Five tables of 100,000 to 1,000,000 rows with skew, correlation, NULLs and most types, and what a visit reads of them.
struct CostsWorld {
    var database: TestDatabase
    var names: CatalogNames
    var settings: [Setting]
    var distributions: [ColumnReference: ColumnDistribution] = [:]

    /// Half a minute's work, so it is done once: each test gets a copy of its own.
    private static let template = "costs_world"
    private static let servers = MadeOnce<String, TestServer>()

    private static func server() async throws -> TestServer {
        try await servers.value(template) {
            let server = try await TestServer.start(settings: ["max_wal_size": "4GB", "maintenance_work_mem": "256MB"])
            try await server.psql("CREATE DATABASE \(template);")
            let extensions = ["hypopg", "pg_trgm"].map { "CREATE EXTENSION \($0);\n" }.joined()
            try await server.psql(extensions + tables + "\nVACUUM ANALYZE;", database: template)
            return server
        }
    }

    static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (CostsWorld) async throws -> Value
    ) async throws -> Value {
        try await server().withDatabase(from: template) { database in try await body(try await read(database)) }
    }

    private static func read(_ database: TestDatabase) async throws -> CostsWorld {
        var options = CollectionOptions()
        options.explainsStatements = false
        options.asksWhatIf = false
        options.sampleCount = 0
        options.redaction = .none
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
        let catalog = try #require(snapshot.catalogs.first)
        var world = CostsWorld(database: database, names: CatalogNames(catalog), settings: snapshot.settings)
        world.distributions = try await distributions(database)
        return world
    }

    private struct Row: Decodable {
        var table: String
        var column: String
        var type: String
        var values: [String]?
        var frequencies: [Double]?
        var bounds: [String]?
        var nulls: Double
        var distinct: Double
    }

    private static func distributions(_ database: TestDatabase) async throws
        -> [ColumnReference: ColumnDistribution]
    {
        let text = try await database.psql(
            """
            SELECT json_agg(json_build_object('table', tablename, 'column', s.attname, 'type',
                format_type(a.atttypid, a.atttypmod), 'values', most_common_vals::text::text[], 'frequencies',
                most_common_freqs, 'bounds', histogram_bounds::text::text[], 'nulls', null_frac, 'distinct',
                CASE WHEN n_distinct < 0 THEN -n_distinct * c.reltuples ELSE n_distinct END))
            FROM pg_stats s JOIN pg_class c ON c.relname = tablename AND c.relnamespace = 'public'::regnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname WHERE schemaname = 'public'
            """)
        let rows = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (
                    ColumnReference(QualifiedName("public", row.table), row.column),
                    ColumnDistribution(
                        type: row.type, commonValues: row.values ?? [], frequencies: row.frequencies ?? [],
                        bounds: row.bounds ?? [], nullFraction: row.nulls, distinct: row.distinct)
                )
            })
    }
}
