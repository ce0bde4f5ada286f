import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

@Suite("pg_wait_sampling and pg_stat_kcache", .serialized)
struct WaitSamplingTests {
    private static let libraries = "pg_stat_statements,pg_wait_sampling,pg_stat_kcache"

    private func withServer(_ body: (TestServer) async throws -> Void) async throws {
        let server = try await TestServer.start(
            settings: ["shared_preload_libraries": Self.libraries],
            extensions: ["pg_stat_statements", "pg_wait_sampling", "pg_stat_kcache"])
        defer { server.stop() }
        try await body(server)
    }

    @Test("within a window they give waits and CPU time by statement, also to a role with pg_monitor alone")
    func window() async throws {
        try await withServer { server in
            try await server.psql(
                """
                CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor;
                CREATE TABLE t (id int, n int); INSERT INTO t VALUES (1, 0);
                """)
            let holder = try await LiveSession.open(server)
            try await holder.run("BEGIN; UPDATE t SET n = 1;")
            let waiter = try await LiveSession.open(server, application: "shop")
            try await waiter.start("UPDATE t SET n = n + 1 WHERE id = 1")
            try await server.wait(until: "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'transactionid')")
            let target = try ConnectionTarget(dsn: server.dsn(role: "monitor"))
            var options = CollectionOptions()
            options.explainsStatements = false
            async let pair = Collector.collect(target, window: .seconds(3), options: options)
            let burn = "SELECT count(*) FROM generate_series(1, 1500000) g WHERE g % 7 = 3"
            try await server.wait(until: "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgmedic')")
            try await Task.sleep(for: .milliseconds(500))
            try await server.psql(burn)
            let (first, second) = try await pair
            await holder.close()
            _ = try await waiter.finish()
            await waiter.close()

            #expect(second.notes.allSatisfy { ![.waitSampling, .kernelStatements].contains($0.evidence) })
            let observation = Observation(second, since: first, basis: .sample)
            let counted = try #require(observation.countedWaits)
            #expect(counted.isWithinWindow && (200...600).contains(counted.readings ?? 0))
            let row = try #require(counted.events.first { $0.name == "Lock:transactionid" })
            // One session waited all the time.
            #expect((0.7...1.1).contains(row.sessions ?? 0), "\(row)")
            #expect(!counted.events.contains { $0.waitClass == "Activity" })
            let statement = try #require(counted.statements.first { $0.name == "Lock:transactionid" })
            #expect(statement.queryID == second.activityProfile?.entries.first?.activity.queryID)
            let load = try #require(
                observation.workload.statements.first { $0.text?.contains("generate_series") ?? false })
            let use = try #require(observation.kernelUse(ofQueryIDs: load.queryIDs, in: "postgres"))
            // The CPU time of a statement that computes is nearly its execution time, and never above it.
            #expect(use.cpuTime > 20 && use.cpuTime < load.counters.executionTime * 1.3, "\(use) of \(load.counters)")
        }
    }

    @Test("without a window all since the profile's start is told, as shares")
    func sinceStart() async throws {
        try await withServer { server in
            try await server.psql("SELECT pg_sleep(0.5)")
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .quick)
            let sampling = try #require(snapshot.waitSampling)
            #expect(sampling.extensionVersion == "1.1" && sampling.period == 10 && !sampling.countsCPU)
            let counted = try #require(Observation(snapshot).countedWaits)
            #expect(!counted.isWithinWindow)
            #expect(counted.events.contains { $0.name == "Timeout:PgSleep" && $0.sessions == nil && $0.share > 0 })
            #expect(snapshot.kernelStatements?.isEmpty == false)
        }
    }

    @Test("where they are not installed, or not loaded, they are not missed and leave no error in the log")
    func absent() async throws {
        let plain = try await TestServer.shared(.v15)
        let without = try await Collector.collect(try ConnectionTarget(dsn: plain.dsn()), options: .quick)
        #expect(without.waitSampling == nil && without.kernelStatements == nil)
        #expect(without.notes.allSatisfy { ![.waitSampling, .kernelStatements].contains($0.evidence) })
        let server = try await TestServer.start(
            settings: ["shared_preload_libraries": Self.libraries],
            extensions: ["pg_stat_statements", "pg_wait_sampling", "pg_stat_kcache"])
        defer { server.stop() }
        try await server.psql("ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements")
        try await server.restart()
        let unloaded = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .quick)
        #expect(unloaded.waitSampling == nil && unloaded.kernelStatements == nil)
        #expect(!(try server.log()).contains("ERROR:"))
    }

    @Test(arguments: [("2.2.1", true), ("2.3", true), ("3.0.0", true), ("2.1.3", false), ("nonsense", false)])
    func versions(version: String, isRead: Bool) {
        #expect(ServerFacts.hasExecutionColumns(version) == isRead)
    }
}
