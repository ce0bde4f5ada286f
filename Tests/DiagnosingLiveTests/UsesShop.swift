import Collecting
import Diagnosing
import Foundation
import PostgresClient
import TestKit
import Testing

/// A shop on a server of its own, load for it, and what the rules make of it.
protocol UsesShop {}

extension UsesShop {
    /// A server of its own: shares of time are of the whole server.
    func withShop(
        version: TestServer.Version = .v15, settings: [String: String] = [:],
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(copyOf: try await Shops.shop(version), settings: settings)
        defer { server.stop() }
        try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
        try await body(server)
    }

    /// A script of one transaction, run so many times by each client.
    func run(
        _ script: String, times: Int, clients: Int = 1, role: String = "App 1", arguments: [String] = [],
        on server: TestServer
    ) async throws {
        try await PgBench.run(
            script, ["-t", "\(times)", "-c", "\(clients)"] + arguments,
            on: server.dsn(database: "Shop", role: role, over: .socket))
    }

    /// Runs the script until the server has spent so many ms on its statements, however fast the machine is: rules judge
    /// nothing that takes no time.
    func run(_ script: String, forMilliseconds time: Int, on server: TestServer) async throws {
        let spent = "SELECT sum(total_exec_time)::int >= \(time) FROM pg_stat_statements"
        repeat {
            try await run(script, times: 10, on: server)
        } while try await server.psql(spent, database: "Shop") != "t"
    }

    /// Runs statements that change the server's configuration, each by itself, and waits until new sessions have it.
    func configure(_ server: TestServer, _ statements: [String]) async throws {
        let before = try await server.psql("SELECT clock_timestamp()")
        for statement in statements + ["SELECT pg_catalog.pg_reload_conf();"] { try await server.psql(statement) }
        // A session forked before the postmaster reloaded shows the old time: each attempt is a session of its own.
        while try await server.psql("SELECT pg_conf_load_time() > '\(before)'") != "t" {}
    }

    func diagnosed(
        _ server: TestServer, database: String = "Shop", role: String = "postgres"
    ) async throws -> Judgement {
        var options = CollectionOptions()
        options.sampleCount = 1
        let target = try ConnectionTarget(dsn: server.dsn(database: database, role: role))
        return judgedSafely(Observation(try await Collector.collect(target, options: options)))
    }

    /// What the rules make of it; nothing that is printed on a live server may be prohibited either.
    func judgedSafely(_ observation: Observation) -> Judgement {
        let judgement = Engine().judge(observation)
        let breaches = judgement.findings.flatMap { Prohibition.breaches(of: $0, observation) }
        #expect(breaches.isEmpty, "\(breaches)")
        return judgement
    }

    func finding(_ rule: String, _ judgement: Judgement) throws -> Finding {
        let found = judgement.findings.filter { $0.rule == rule }
        return try #require(found.first, "no \(rule) among \(judgement.findings.map { "\($0.rule): \($0.title)" })")
    }

    /// Runs the SQL of all actions that change a setting, and then their undo.
    func runAndTakeBack(_ finding: Finding, on server: TestServer) async throws {
        for action in finding.actions where !action.sql.isEmpty {
            try await server.psql(action.sql.joined(separator: "\n"), database: "Shop")
            if let undo = action.undo { try await server.psql(undo, database: "Shop") }
        }
        let left = try await server.psql("SELECT setconfig FROM pg_db_role_setting WHERE setconfig::text ~ 'auto|work'")
        #expect(left.isEmpty)
    }

    /// So many statements are printed as rewrites, and the server takes each.
    func expectRewrites(_ count: Int, of findings: [Finding], on server: TestServer) async throws {
        let steps = findings.flatMap(\.actions).flatMap(\.steps)
        let rewrites = steps.filter { $0.hasSuffix(";") && ($0.hasPrefix("SELECT") || $0.hasPrefix("WITH")) }
        #expect(rewrites.count == count, "\(findings.map(\.rule)): \(steps)")
        for rewrite in rewrites {
            try await server.psql("PREPARE rewritten AS \(rewrite)", database: "Shop")
        }
    }
}

/// The shop of each version, made once and shut down, to be copied.
private enum Shops {
    private static let made = MadeOnce<TestServer.Version, TestServer>()

    static func shop(_ version: TestServer.Version) async throws -> TestServer {
        try await made.value(version) { try await make(version) }
    }

    private static func make(_ version: TestServer.Version) async throws -> TestServer {
        let server = try await TestServer.start(version: version, extensions: ["pg_stat_statements"])
        try await server.psql(
            """
            CREATE ROLE "App 1" LOGIN; CREATE ROLE loader LOGIN;
            CREATE DATABASE "Shop" OWNER "App 1";
            """)
        try await server.psql(
            """
            CREATE TABLE orders (id bigint PRIMARY KEY, customer int, note text);
            INSERT INTO orders SELECT g, g / 10, md5(g::text) FROM generate_series(1, 200000) g;
            CREATE INDEX ON orders (customer);
            CREATE TABLE events (id bigserial PRIMARY KEY, note text);
            GRANT ALL ON ALL TABLES IN SCHEMA public TO "App 1", loader;
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "App 1", loader;
            VACUUM ANALYZE; SELECT pg_stat_statements_reset();
            """, database: "Shop")
        try await server.shutDown()
        return server
    }
}
