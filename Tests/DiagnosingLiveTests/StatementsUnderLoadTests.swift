import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Statements that really run, and what the rules make of their counters.
@Suite(.serialized) struct StatementsUnderLoadTests {
    /// A server of its own: shares of time are of the whole server.
    private func withShop(
        settings: [String: String] = [:], _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(settings: settings, extensions: ["pg_stat_statements"])
        defer { server.stop() }
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
        try await body(server)
    }

    /// A script of one transaction, run so many times by one client.
    private func run(_ script: String, times: Int, role: String = "App 1", on server: TestServer) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-load-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(script.utf8).write(to: file)
        let pgbench = "/usr/lib/postgresql/15/bin/pgbench"
        _ = try await Command(
            pgbench,
            ["-n", "-h", server.folder, "-p", "\(server.port)", "-U", role, "-f", file.path, "-t", "\(times)", "Shop"]
        ).check()
    }

    /// Runs the script until the server has spent so many ms on its statements, however fast the machine is: rules judge
    /// nothing that takes no time.
    private func run(_ script: String, forMilliseconds time: Int, on server: TestServer) async throws {
        let spent = "SELECT sum(total_exec_time)::int >= \(time) FROM pg_stat_statements"
        repeat {
            try await run(script, times: 10, on: server)
        } while try await server.psql(spent, database: "Shop") != "t"
    }

    private func diagnosed(_ server: TestServer, database: String = "Shop") async throws -> Judgement {
        var options = CollectionOptions()
        options.sampleCount = 1
        let target = try ConnectionTarget(dsn: server.dsn(database: database))
        return Engine().judge(Observation(try await Collector.collect(target, options: options)))
    }

    private func finding(_ rule: String, _ judgement: Judgement) throws -> Finding {
        let found = judgement.findings.filter { $0.rule == rule }
        return try #require(found.first, "no \(rule) among \(judgement.findings.map { "\($0.rule): \($0.title)" })")
    }

    /// Runs the SQL of all actions that change a setting, and then their undo.
    private func runAndTakeBack(_ finding: Finding, on server: TestServer) async throws {
        for action in finding.actions where !action.sql.isEmpty {
            try await server.psql(action.sql.joined(separator: "\n"), database: "Shop")
            if let undo = action.undo { try await server.psql(undo, database: "Shop") }
        }
        let left = try await server.psql("SELECT setconfig FROM pg_db_role_setting WHERE setconfig::text ~ 'auto|work'")
        #expect(left.isEmpty)
    }

    @Test func spillingReportGetsItsMemory() async throws {
        try await withShop(settings: ["work_mem": "1MB"]) { server in
            let report = "SELECT note, count(*) FROM orders GROUP BY note ORDER BY note LIMIT 5;\n"
            try await run(report, forMilliseconds: 2500, on: server)
            let before = try await diagnosed(server)
            let spill = try finding("workload.spilling-statement", before)
            #expect(spill.tier == .fix)
            let heavy = try finding("workload.heavy-statement", before)
            #expect(!heavy.symptomOf.isDisjoint(with: spill.explains), "the heavy statement is its symptom")
            let fix = try #require(spill.actions.first { $0.tier == .fix })
            #expect(fix.sql.first?.hasPrefix(#"ALTER ROLE "App 1" IN DATABASE "Shop" SET work_mem = '"#) == true)
            try await server.psql(fix.sql.joined() + "SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(report, forMilliseconds: 2500, on: server)
            let after = try await diagnosed(server)
            #expect(!after.findings.contains { $0.rule == spill.rule })
            let undo = try #require(fix.undo)
            try await server.psql(undo)
            try await runAndTakeBack(heavy, on: server)
        }
    }

    @Test func lookupsAfterAListAreToldFromALoneLookup() async throws {
        try await withShop { server in
            let lookups = (0..<10).map { _ in "SELECT note FROM orders WHERE id = :id;\n" }.joined()
            let list = "SELECT id FROM orders WHERE customer = :customer LIMIT 10;\n"
            let script = "\\set id random(1, 200000)\n\\set customer random(1, 19000)\n"
            try await run(script + list + lookups, times: 400, on: server)
            let found = try finding("workload.n-plus-one", try await diagnosed(server))
            #expect(found.confidence == .medium)
            #expect(found.title.hasPrefix("possibly"))
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(script + lookups, times: 400, on: server)
            let alone = try await diagnosed(server)
            #expect(!alone.findings.contains { $0.rule == found.rule })
        }
    }

    @Test func rowsOneByOneAndAllAtOnce() async throws {
        try await withShop { server in
            try await run("INSERT INTO events (note) VALUES ('x');\n", times: 12_000, role: "loader", on: server)
            let inserts = try finding("workload.row-by-row-insert", try await diagnosed(server))
            #expect(inserts.objects.first?.database == "Shop")
            try await run("SELECT * FROM orders;\n", times: 25, on: server)
            let wide = try finding("workload.unbounded-result", try await diagnosed(server))
            #expect(wide.title.hasPrefix("200,000 rows a call"))
        }
    }

    @Test func slowOnlySometimes() async throws {
        try await withShop(settings: ["log_lock_waits": "off"]) { server in
            try await run("UPDATE orders SET note = 'a' WHERE id = 7;\n", times: 300, on: server)
            let holder = try await LiveSession.open(server, database: "Shop", role: "postgres", application: "holder")
            _ = try await holder.run("BEGIN; SELECT 1 FROM orders WHERE id = 7 FOR UPDATE;")
            let waiter = try await LiveSession.open(server, database: "Shop", role: "App 1", application: "waiter")
            try await waiter.start("UPDATE orders SET note = 'a' WHERE id = 7;")
            try await server.wait(
                until: """
                    (SELECT count(*) = 1 FROM pg_stat_activity
                     WHERE wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1200 ms')
                    """)
            _ = try await holder.run("COMMIT;")
            _ = try await waiter.finish()
            let found = try finding("workload.erratic-statement", try await diagnosed(server))
            #expect(found.symptomOf.contains(.relation(QualifiedName("public", "orders"), database: "Shop")))
            try await runAndTakeBack(found, on: server)
        }
    }

    @Test func compilingLongerThanRunning() async throws {
        try await withShop(settings: ["jit": "on"]) { server in
            for setting in ["jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost"] {
                try await server.psql("ALTER ROLE \"App 1\" SET \(setting) = 0;")
            }
            let query = "SELECT count(*) FROM orders WHERE customer = 17 AND note LIKE 'a%' AND id > 3;\n"
            try await run(query, times: 20, on: server)
            let found = try finding("workload.jit-overhead", try await diagnosed(server))
            let fix = try #require(found.actions.first)
            try await server.psql(fix.sql.joined() + "SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(query, times: 20, on: server)
            let left = try await diagnosed(server).findings.filter { $0.rule == found.rule }
            #expect(left.isEmpty, "\(left.map { ($0.title, $0.evidence.map(\.value)) })")
            try await server.psql(try #require(fix.undo))
        }
    }

    @Test func planningIsSeenWhereItIsTracked() async throws {
        try await withShop(settings: ["pg_stat_statements.track_planning": "on"]) { server in
            let tables = (1...11).map { "orders o\($0)" }.joined(separator: ", ")
            let joins = (2...11).map { "o\($0).id = o1.id" }.joined(separator: " AND ")
            let query = "SELECT 1 FROM \(tables) WHERE \(joins) AND o1.id = 5;\n"
            try await run(query, times: 20, on: server)
            let found = try finding("workload.planning-dominates", try await diagnosed(server))
            #expect(found.symptomOf.contains { if case .statement = $0 { true } else { false } })
        }
    }

    @Test func loadElsewhereIsNamed() async throws {
        try await withShop { server in
            try await run("SELECT count(*), max(note) FROM orders;\n", forMilliseconds: 2500, on: server)
            let judgement = try await diagnosed(server, database: "postgres")
            let found = try finding("workload.load-in-another-database", judgement)
            #expect(found.objects.map(\.name) == ["Shop"])
            let inside = try await diagnosed(server)
            #expect(!inside.findings.contains { $0.rule == found.rule })
        }
    }

    @Test func countingIsSwitchedOnAsPrinted() async throws {
        try await withShop(settings: ["pg_stat_statements.track": "none"]) { server in
            let found = try finding("workload.statements-not-tracked", try await diagnosed(server))
            let fix = try #require(found.actions.first)
            try await server.psql(fix.sql.joined(separator: "\n"))
            try await server.wait(until: "current_setting('pg_stat_statements.track') = 'top'")
            #expect(!(try await diagnosed(server)).findings.contains { $0.rule == found.rule })
        }
    }

    @Test func libraryIsLoadedAsPrinted() async throws {
        let server = try await TestServer.start(settings: ["shared_preload_libraries": "auto_explain"])
        defer { server.stop() }
        let found = try finding("workload.statements-not-tracked", try await diagnosed(server, database: "postgres"))
        let fix = try #require(found.actions.first)
        try await server.psql(fix.sql.joined(separator: "\n"))
        try await server.restart()
        #expect(
            try await server.psql("SHOW shared_preload_libraries") == "auto_explain, pg_stat_statements")
        let next = try finding("workload.statements-not-tracked", try await diagnosed(server, database: "postgres"))
        try await server.psql(try #require(next.actions.first).sql.joined(separator: "\n"))
        let done = try await diagnosed(server, database: "postgres")
        #expect(!done.findings.contains { $0.rule == found.rule })
    }

    @Test func evictionsAreSeenAndRoomIsMade() async throws {
        try await withShop(settings: ["pg_stat_statements.max": "100"]) { server in
            let script = (0..<40).map { number in
                "SELECT " + (0...number).map { "id AS a\($0)" }.joined(separator: ", ") + " FROM orders WHERE id = 1;"
            }
            let other = (0..<160).map { number in
                "SELECT id FROM orders WHERE id IN (" + (0...number).map(String.init).joined(separator: ", ") + ");"
            }
            for _ in 0..<4 {
                try await server.psql((script + other).joined(separator: "\n"), database: "Shop")
            }
            let found = try finding("workload.statistics-evicted", try await diagnosed(server))
            let fix = try #require(found.actions.first { $0.tier == .fix })
            try await server.psql(fix.sql.joined())
            try await server.restart()
            #expect(try await server.psql("SHOW pg_stat_statements.max") == "200")
            try await server.psql(try #require(fix.undo))
        }
    }
}
