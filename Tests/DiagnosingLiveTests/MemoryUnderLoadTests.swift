import Collecting
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Diagnosing

/// Memory, temporary files, I/O and WAL of a real server, and what is printed about them.
@Suite(.serialized) struct MemoryUnderLoadTests: UsesShop {
    /// The fix is run, holds in a new session of the role, and is taken back.
    private func takesEffect(
        _ found: Finding, _ setting: String, is value: String, role: String = "App 1", _ server: TestServer
    ) async throws {
        let show = "SHOW \(setting)"
        let before = try await server.psql(show, database: "Shop", role: role)
        let fix = try #require(found.actions.first { $0.tier == .fix && !$0.sql.isEmpty })
        try await server.psql(fix.sql.joined(separator: "\n"), database: "Shop")
        #expect(try await eventually(value) { try await server.psql(show, database: "Shop", role: role) })
        try await server.psql(try #require(fix.undo), database: "Shop")
        #expect(try await eventually(before) { try await server.psql(show, database: "Shop", role: role) })
    }

    /// A reload reaches new sessions when the postmaster has read the file.
    private func eventually(_ value: String, _ read: () async throws -> String) async throws -> Bool {
        for _ in 0..<200 where try await read() == value { return true }
        return false
    }

    @Test func hashesWALAndTheArchive() async throws {
        let settings = [
            "work_mem": "1MB", "hash_mem_multiplier": "1", "wal_keep_size": "20GB", "archive_mode": "on",
            "archive_command": "true", "jit": "off", "max_parallel_workers_per_gather": "0",
            "checkpoint_timeout": "1h", "max_wal_size": "4GB",
        ]
        try await withShop(settings: settings) { server in
            // Hashes that are larger than work_mem.
            try await run(
                "SELECT count(*) FROM orders a JOIN orders b USING (note);\n", forMilliseconds: 2500, on: server)
            let hashes = try finding("configuration.hash-memory-multiplier-one", try await diagnosed(server))
            try await takesEffect(hashes, "hash_mem_multiplier", is: "2", server)

            // WAL of one statement.
            try await server.psql("SELECT pg_stat_statements_reset()", database: "Shop")
            try await run(
                "UPDATE orders SET customer = customer + 1 WHERE id BETWEEN 1 AND 4000;\n", times: 40, on: server)
            let judgement = try await diagnosed(server)
            let writer = try finding("workload.wal-heavy-statement", judgement)
            #expect(writer.title.contains("UPDATE orders"))
            let kept = try finding("capacity.wal-kept-by-setting", judgement)
            try await takesEffect(kept, "wal_keep_size", is: "1GB", server)

            // An archive that takes its time: one file was archived, then 70 wait behind one that takes for ever.
            try await server.psql("SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()")
            try await server.wait(until: "(SELECT archived_count > 0 FROM pg_stat_archiver)")
            #expect(!judgement.findings.contains { $0.rule == "capacity.archiver-lagging" })
            try await configure(server, ["ALTER SYSTEM SET archive_command = 'sleep 600';"])
            let switches = (0..<70).map { _ in
                "SELECT pg_logical_emit_message(false, 'a', 'b'); SELECT pg_switch_wal();"
            }
            try await server.psql(switches.joined(separator: "\n"))
            let lag = try finding("capacity.archiver-lagging", try await diagnosed(server))
            for action in lag.actions where !action.sql.isEmpty { try await server.psql(action.sql.joined()) }
        }
    }

    @Test func workersAndBuffersOf18() async throws {
        let settings = [
            "shared_buffers": "160MB", "max_parallel_workers": "0", "max_parallel_workers_per_gather": "2",
            "parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0", "jit": "off",
            "track_io_timing": "on",
        ]
        try await withShop(version: .v18, settings: settings) { server in
            try await server.psql(
                """
                CREATE EXTENSION pg_buffercache;
                CREATE TABLE cold AS SELECT g, repeat('x', 1000) AS note FROM generate_series(1, 200000) g;
                CREATE TABLE hot1 AS SELECT g, repeat('x', 1000) AS note FROM generate_series(1, 30000) g;
                CREATE TABLE hot2 AS TABLE hot1; CREATE TABLE hot3 AS TABLE hot1; CREATE TABLE hot4 AS TABLE hot1;
                CREATE TABLE few AS SELECT generate_series(1, 10000) AS id;
                GRANT SELECT ON ALL TABLES IN SCHEMA public TO "App 1";
                VACUUM ANALYZE; CHECKPOINT; SELECT pg_stat_reset();
                """, database: "Shop")
            try await run("SELECT count(*) FROM few;\n", times: 550, on: server)
            try await run("SELECT count(*) FROM cold;\n", times: 8, on: server)
            // Last: each scan of what is not hot takes one off the usage counts.
            let hot = (1...4).map { "SELECT count(*) FROM hot\($0);\n" }.joined()
            try await run(String(repeating: hot, count: 6), times: 1, on: server)
            try await server.wait(
                until: "(SELECT sum(parallel_workers_to_launch) >= 1000 FROM pg_stat_database)", database: "Shop")
            let judgement = try await diagnosed(server)
            let starved = try finding("capacity.parallel-workers-starved", judgement)
            #expect(starved.title.hasPrefix("100 %"))
            for action in starved.actions where !action.sql.isEmpty {
                try await server.psql(action.sql.joined(), database: "Shop")
            }
            let crowded = try finding("configuration.shared-buffers-crowded", judgement)
            #expect(crowded.confidence == .low)
            try await seenByRole(server)
        }
    }

    /// What a role with pg_monitor sees of buffers and I/O, and one without does not, quietly.
    private func seenByRole(_ server: TestServer) async throws {
        try await server.psql("CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; CREATE ROLE plain LOGIN;")
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        let monitor = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn(database: "Shop", role: "watcher")), options: options)
        #expect(try #require(monitor.bufferUsage).reduce(0) { $0 + $1.buffers } == 160 << 7)
        #expect(monitor.io.contains { $0.object == "wal" && ($0.writeBytes ?? 0) > 0 })
        #expect(monitor.io.contains { $0.object == "relation" && ($0.readBytes ?? 0) > 0 && $0.reset != nil })
        #expect(monitor.wal?.syncs == nil)
        let plain = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn(database: "Shop", role: "plain")), options: options)
        #expect(plain.bufferUsage == nil)
        #expect(!(try server.log()).contains("pg_buffercache"))
    }

    /// Settings that the examples of these rules print are taken by the server, and taken back.
    @Test(arguments: [TestServer.Version.v15, .v18]) func settingsArePrintedRight(version: TestServer.Version)
        async throws
    {
        let rules: [any Rule.Type] = [
            FullPageImages.self, WALBuffersFull.self, BackendsWriteBuffers.self, BackendFsyncs.self, HugePagesOff.self,
            SharedBuffersCrowded.self, WALKeptBySetting.self, SlowWALFlush.self, TemporaryFilesUnlimited.self,
            ParallelWorkersStarved.self, CheckpointsRequested.self,
        ]
        let server = try await TestServer.start(version: version)
        defer { server.stop() }
        try await server.psql("CREATE ROLE app; CREATE DATABASE shop;")
        var ran = 0
        for rule in rules {
            for example in rule.examples {
                let observation = example.observation()
                guard case .findings(let findings) = rule.init().evaluate(observation) else { continue }
                for action in findings.flatMap(\.actions) where !action.sql.isEmpty {
                    try await server.psql(action.sql.joined(separator: "\n"))
                    if let undo = action.undo { try await server.psql(undo) }
                    if let verify = action.verify, verify.hasPrefix("SHOW"), version == .v18 {
                        try await server.psql(verify)
                    }
                    ran += 1
                }
            }
        }
        #expect(ran >= 12)
    }
}
