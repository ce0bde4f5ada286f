import Foundation

extension Command {
    /// Runs a script through psql and answers with its unaligned rows (`a|b`, one a line); stops at the first error.
    @discardableResult
    package static func psql(_ sql: String, on dsn: String) async throws -> String {
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", "-"]
        let output = try await Command(ServerPrograms.psql, arguments).check(input: sql)
        return output.trimmingCharacters(in: .newlines)
    }
}

extension TestServer {
    package enum Way: Sendable {
        case tcp, socket
    }

    /// What `psql` would take to connect to it.
    package func dsn(database: String = "postgres", role: String = "postgres", over way: Way = .tcp) -> String {
        switch way {
        case .tcp: "host=127.0.0.1 port=\(port) dbname=\(quoted(database)) user=\(quoted(role))"
        case .socket: "host=\(folder) port=\(port) dbname=\(quoted(database)) user=\(quoted(role))"
        }
    }

    /// See `Command.psql`.
    @discardableResult
    package func psql(
        _ sql: String, database: String = "postgres", role: String = "postgres"
    ) async throws -> String {
        try await Command.psql(sql, on: dsn(database: database, role: role, over: .socket))
    }

    /// Waits on the server until a condition (an SQL expression) holds; at most 10 s an attempt, then a failure.
    package func wait(until condition: String, database: String = "postgres", attempts: Int = 3) async throws {
        for _ in 1..<attempts {
            do { return try await wait(until: condition, database: database, attempts: 1) } catch { continue }
        }
        try await psql(
            """
            DO $wait$
            BEGIN
                FOR i IN 1..1000 LOOP
                    PERFORM pg_stat_clear_snapshot();
                    IF (\(condition)) THEN RETURN; END IF;
                    PERFORM pg_sleep(0.01);
                END LOOP;
                RAISE EXCEPTION 'did not come true within 10 s';
            END $wait$;
            """, database: database)
    }

    /// Makes a database, hands it over, and drops it with all its sessions.
    ///
    /// - Parameter template: a database in which nobody is, of which it becomes a copy.
    package func withDatabase<Value>(
        _ setup: String = "", extensions: [String] = [], from template: String? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let name = "t_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        try await psql("CREATE DATABASE \(name)\(template.map { " TEMPLATE \($0) STRATEGY file_copy" } ?? "");")
        let database = TestDatabase(server: self, name: name)
        let result: Result<Value, any Error>
        do {
            let create = extensions.map { "CREATE EXTENSION IF NOT EXISTS \"\($0)\" CASCADE;\n" }.joined()
            try await database.psql(create + setup)
            result = .success(try await body(database))
        } catch {
            result = .failure(error)
        }
        // The server may be gone: some tests kill it. Their own error or result counts then.
        _ = try? await psql("DROP DATABASE IF EXISTS \(name) WITH (FORCE);")
        return try result.get()
    }

    private static let servers = MadeOnce<Version, TestServer>()

    /// The one server of this version and these defaults for the whole test process, started when first asked for.
    package static func shared(_ version: Version = .v15) async throws -> TestServer {
        try await servers.value(version) { try await start(version: version) }
    }

    private func quoted(_ value: String) -> String {
        let escaped = value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "'", with: "\\'")
        return "'\(escaped)'"
    }
}

/// A database of a test's own on a shared server.
package struct TestDatabase: Sendable {
    package let server: TestServer
    package let name: String

    package func dsn(role: String = "postgres", over way: TestServer.Way = .tcp) -> String {
        server.dsn(database: name, role: role, over: way)
    }

    @discardableResult
    package func psql(_ sql: String, role: String = "postgres") async throws -> String {
        try await server.psql(sql, database: name, role: role)
    }

    /// See `TestServer.wait(until:)`.
    package func wait(until condition: String, attempts: Int = 3) async throws {
        try await server.wait(until: condition, database: name, attempts: attempts)
    }

    /// Opens a psql session on it.
    package func session(role: String = "postgres", application: String = "test") async throws -> LiveSession {
        try await LiveSession.open(server, database: name, role: role, application: application)
    }
}
