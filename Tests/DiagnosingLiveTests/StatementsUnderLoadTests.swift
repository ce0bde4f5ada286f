import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Statements that really run, and what the rules make of their counters.
@Suite(.serialized) struct StatementsUnderLoadTests: UsesShop {
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
