import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

@Suite("Literals stay on the server")
struct SecrecyTests {
    private func encoded(_ snapshot: Snapshot) throws -> String {
        String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self)
    }

    @Test("no literal of a predicate, a query, a session, a password or a setting is in the snapshot")
    func canaries() async throws {
        let server = try await TestServer.start(
            settings: ["primary_conninfo": "host=x password=canary-conninfo", "track_activity_query_size": "200"],
            extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Shop.setup)
        try await server.psql(Shop.queries)
        try await server.psql(
            """
            CREATE ROLE app LOGIN PASSWORD 'canary-password';
            ALTER ROLE app SET my.token = 'canary-token';
            ALTER DATABASE postgres SET my.other = 'canary-database-token';
            CREATE INDEX secret ON customers ((email || 'canary-expression'));
            CREATE TABLE checked (a text CHECK (a <> 'canary-check') DEFAULT 'canary-default');
            PREPARE p AS SELECT * FROM customers WHERE email = 'canary-prepared'; EXECUTE p;
            SELECT * FROM customers WHERE email IN ('canary-list-1', 'canary-list-2') /* canary-comment */;
            """)
        let waiting = try await LiveSession.open(server)
        try await waiting.run("BEGIN")
        try await waiting.run("UPDATE customers SET email = 'canary-active' WHERE id = 1")
        let cut = try await LiveSession.open(server)
        try await cut.run("BEGIN")
        try await cut.run("SELECT '\(String(repeating: "canary-long ", count: 40))'")
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .brief)
        await waiting.close()
        await cut.close()
        let text = try encoded(snapshot)
        let leak = text.firstRange(of: "canary").map { text[$0.lowerBound...].prefix(80) }
        #expect(leak == nil)
        // The evidence is there, only without its literals.
        #expect(snapshot.backends.contains { $0.query?.contains("UPDATE customers SET email = $1") ?? false })
        #expect(snapshot.statement(containing: "email IN ($1, $2)") != nil || snapshot.server.version >= .v18)
        #expect(snapshot.catalogs[0].indexes.first { $0.name.name == "secret" }?.hasLiterals ?? false)
        #expect(snapshot.roleSettings.contains { $0.name == "my.token" && $0.value == "(not read)" })
    }

    @Test("literals are kept when the user asked for them")
    func withoutRedaction() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            var options = CollectionOptions.brief
            options.redaction = .none
            let snapshot = try await Shop.collect(database, options: options)
            #expect(snapshot.redaction == .none)
            let open = try #require(snapshot.catalogs[0].indexes.first { $0.name.name == "orders_open" })
            #expect(open.predicate?.contains("canary-in-a-predicate") ?? false && open.hasLiterals)
        }
    }

    @Test("only the statements that the design lists reach the server", arguments: TestServer.Version.allCases)
    func serverLog(version: TestServer.Version) async throws {
        let server = try await TestServer.start(
            version: version, settings: ["log_statement": "all"], extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Shop.setup)
        try await server.psql(Shop.queries)
        let before = try server.log().count
        _ = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .brief)
        let log = String(try server.log().dropFirst(before))
        let lines = log.split(separator: "\n").filter { $0.contains("/pgmedic ") }
        let allowed = [
            "SELECT ", "WITH ", "EXPLAIN (FORMAT JSON) EXECUTE pgmedic",
            "EXPLAIN (FORMAT JSON) /* pgmedic */ SELECT ", "PREPARE pgmedic AS ", "DEALLOCATE pgmedic",
            "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", "SAVEPOINT pgmedic", "ROLLBACK TO SAVEPOINT pgmedic",
            "COMMIT",
        ]
        var statements = 0
        for line in lines {
            guard let range = line.firstRange(of: #/execute [^:]*: |statement: /#) else { continue }
            statements += 1
            let statement = line[range.upperBound...]
            let isAllowed = allowed.contains { statement.hasPrefix($0) }
            #expect(isAllowed, "\(statement)")
        }
        #expect(statements > 60)
        let errors = lines.filter { $0.contains("ERROR:") }
        #expect(errors == [])
    }
}
