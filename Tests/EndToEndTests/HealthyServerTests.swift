import Foundation
import TestKit
import Testing

/// A server that does its work well must look well.
@Suite(.serialized) struct HealthyServerTests {
    /// Settings that a careful DBA has, so that only the workload is judged.
    private static let settings = [
        "fsync": "on", "full_page_writes": "on", "track_io_timing": "on", "max_wal_size": "4GB",
        "idle_in_transaction_session_timeout": "60s",
    ]

    @Test(arguments: [TestServer.Version.v15, .v17, .v18])
    func pgbenchGivesNoCriticalAndNoWarning(version: TestServer.Version) async throws {
        let server = try await TestServer.start(
            version: version, settings: Self.settings, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await Command(PgBench.path, ["-i", "-q", "-s", "5", server.dsn()]).check()
        try await server.psql("SELECT pg_stat_statements_reset()")
        try await Command(PgBench.path, ["-n", "-c", "4", "-T", "5", server.dsn()]).check()
        #expect(try await JSONReport.diagnosed(server.dsn()).loud == [])
    }

    @Test func aHealthyServerIsToldInAFewLines() async throws {
        let server = try await TestServer.start(settings: Self.settings, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let ended = try await Program.medic("diagnose", server.dsn(), "--quiet")
        #expect(ended.status == 0)
        #expect(ended.out.contains("Nothing that hurts now"))
        #expect(ended.out.split(separator: "\n").count <= 24)
    }
}
