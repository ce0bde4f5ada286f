import Foundation
import TestKit
import Testing

/// A server whose traffic triples between two sweeps.
@Suite(.serialized) struct TrafficSweepTests {
    private static let look = "\\set id random(1, 1000)\nSELECT note FROM orders WHERE id = :id;\n"
    private static let schema = """
        CREATE TABLE orders (id bigint PRIMARY KEY, note text);
        INSERT INTO orders SELECT g, repeat('x', 50) FROM generate_series(1, 1000) g;
        VACUUM ANALYZE orders;
        """

    /// A dozen short sweeps at a steady rate tell nothing, the next one names role, statement and moment.
    @Test func theNextSweepTellsIt() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            try await database.psql("CREATE ROLE web LOGIN; GRANT SELECT ON orders TO web;")
            let config = try scratch.file(
                "pgmedic.yaml",
                """
                targets: {shop: {dsn: "\(database.dsn())", sweep: {viewsOnly: true}}}
                history: \(scratch.path)/history.db
                """)
            @Sendable func sweep() async throws -> Command.Output {
                try await Program.medic("sweep", "--config", config, "--now", "--format", "json")
            }
            @Sendable func calls(_ more: Int) async throws {
                let sum = "(SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE 'SELECT note%')"
                let now = Int(try await database.psql("SELECT coalesce(\(sum), 0)")) ?? 0
                try await database.wait(until: "\(sum) >= \(now + more)", attempts: 6)
            }
            try await withLoad(callsPerSecond: 500, on: database) {
                for number in 0...13 {
                    try await calls(400)
                    let told = try await sweep()
                    #expect(told.status == 0 && !told.out.contains("the usual calls"), "\(number): \(told.out)")
                }
                // More than twice as many come to them, so that it is three times also on a machine that is busy.
                try await withLoad(callsPerSecond: 1100, on: database) {
                    try await calls(8000)
                    let told = try await sweep()
                    #expect(told.status == 0, "\(told.error)")
                    let targets = try #require(
                        (try JSONSerialization.jsonObject(with: Data(told.out.utf8)) as? [String: Any])?["targets"]
                            as? [[String: Any]])
                    let changes = targets.first?["changes"] as? [String: Any]
                    let new = changes?["new"] as? [[String: Any]] ?? []
                    let title = try #require(
                        new.compactMap { $0["title"] as? String }.first { $0.contains("times the usual calls") },
                        "\(told.out)")
                    #expect(title.hasPrefix("3 times") && title.contains(" from role web: SELECT note FROM orders"))
                    #expect(title.contains(" UTC from"))
                }
            }
        }
    }

    /// Runs something while pgbench keeps a rate, which ends with all others of its role.
    private func withLoad(
        callsPerSecond rate: Int, on database: TestDatabase, _ body: @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // That its sessions are ended is a failure to it. Longer than the test takes.
                try? await PgBench.run(
                    Self.look, ["-M", "prepared", "-c", "2", "-R", "\(rate)", "-T", "200"],
                    on: database.dsn(role: "web", over: .socket))
            }
            let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'web'"
            do {
                try await body()
            } catch {
                _ = try? await database.psql(end)
                throw error
            }
            try await database.psql(end)
        }
    }
}
