import PostgresClient
import Queries

extension Collector {
    /// A statement that a visit may send, for people to read before they let it.
    package struct ListedStatement: Sendable {
        /// The query's file, or what the statement is for.
        package var name: String
        package var sql: String
    }

    /// Every statement that is sent to a server of the major version, in the order of a visit, with `:"schema"` and the
    /// like where a value of the server stands.
    package static func statements(forMajor major: Int) -> [ListedStatement] {
        let catalog = CatalogQuery.allCases.compactMap { query -> ListedStatement? in
            guard let sql = try? query.sql(forMajor: major), let name = try? query.fileName(forMajor: major) else {
                return nil
            }
            return ListedStatement(name: name, sql: sql + ";")
        }
        return transaction + catalog + plans + hypothetical
    }

    private static let transaction = [
        ListedStatement(
            name: "around every trip",
            sql: """
                BEGIN READ ONLY;
                SET LOCAL statement_timeout = '5000';
                SET LOCAL lock_timeout = '200';
                SET LOCAL idle_in_transaction_session_timeout = '10000';
                SET LOCAL search_path = pg_catalog;
                SAVEPOINT pgmedic;
                -- one query
                ROLLBACK TO SAVEPOINT pgmedic;
                ROLLBACK;
                """)
    ]

    private static let plans = [
        ListedStatement(
            name: "around every statement that is explained",
            sql: """
                SET LOCAL plan_cache_mode = 'force_generic_plan';
                \(Explaining.setSearchPath([]).sql);
                PREPARE \(Explaining.name) AS … the text in pg_stat_statements, one SELECT, INSERT, UPDATE, DELETE or MERGE …;
                EXPLAIN (FORMAT JSON) EXECUTE \(Explaining.name)(NULL, …);
                \(Explaining.deallocate.sql);
                """)
    ]

    private static let hypothetical = [
        ListedStatement(
            name: "what-if, where HypoPG is installed",
            sql: WhatIfStatements.all(schema: "hypopg's schema").map { $0 + ";" }.joined(separator: "\n"))
    ]
}
