import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Writes, locks and settings that cost, on a real server, beside look-alikes that do not.
@Suite(.serialized) struct WritesUnderLoadTests: UsesShop {
    private static let tables = """
        CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region int);
        INSERT INTO customers SELECT g, 'customer ' || g, g % 50 FROM generate_series(0, 499) g;
        CREATE TABLE shops (id int PRIMARY KEY, name text);
        INSERT INTO shops SELECT g, 'shop ' || g FROM generate_series(0, 4) g;
        CREATE TABLE sales (id int PRIMARY KEY, shop int NOT NULL REFERENCES shops, customer int NOT NULL REFERENCES customers,
            at timestamptz NOT NULL, n int);
        INSERT INTO sales SELECT g, g % 5, g % 500, now() - g * interval '1 min', 0 FROM generate_series(1, 200000) g;
        CREATE INDEX ON sales (n);
        GRANT ALL ON ALL TABLES IN SCHEMA public TO "App 1";
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """

    private func findings(_ rule: String, _ judgement: Judgement) -> [Finding] {
        judgement.findings.filter { $0.rule == rule }
    }

    /// Printed statements are taken by the server.
    private func prepare(_ finding: Finding, on server: TestServer) async throws -> [String] {
        let rewrites = finding.actions.flatMap(\.steps).filter { step in
            step.hasSuffix(";") && ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"].contains { step.hasPrefix($0) }
        }
        for rewrite in rewrites { try await server.psql("PREPARE rewritten AS \(rewrite)", database: "Shop") }
        return rewrites
    }

    @Test func rowsWrittenInALoop() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            let byKey = (1...120).map { "UPDATE sales SET n = \($0) WHERE id = \($0 * 7);\n" }.joined()
            let others = (1...120).map { "UPDATE customers SET region = \($0) WHERE name = 'customer \($0)';\n" }
                .joined()
            try await run("BEGIN;\n\(byKey)\(others)COMMIT;\n", times: 100, on: server)
            let judgement = try await diagnosed(server)
            let found = findings("workload.row-by-row-write", judgement)
            try #require(found.count == 1, "\(found.map(\.title))")
            #expect(found[0].objects.contains { $0.name == "public.sales" })
            let rewrites = try await prepare(found[0], on: server)
            #expect(
                rewrites == [
                    "UPDATE sales SET n = v.p1 FROM unnest($1::integer[], $2::integer[]) AS v (p1, p2) WHERE id = v.p2;"
                ])
        }
    }

    @Test func manyRowsWrittenAtOnce() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            // As long as the rule wants, on any machine.
            let slow = "(id % 100000 > 0 OR pg_sleep(0.6) IS NOT NULL)"
            try await run("UPDATE sales SET n = n + 1 WHERE id > 9 AND \(slow);\n", times: 2, on: server)
            try await run(
                "UPDATE orders SET note = 'x' WHERE id < 5000 AND (id % 4000 > 0 OR pg_sleep(1.2) IS NOT NULL);\n",
                times: 2, on: server)
            let found = findings("workload.mass-write", try await diagnosed(server))
            try #require(found.count == 1, "\(found.map(\.title))")
            #expect(found[0].objects.contains { $0.name == "public.sales" })
            #expect(try await prepare(found[0], on: server).count == 1)
        }
    }

    @Test func transactionsThatWaitForTheirApplication() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            let step = { (number: Int) in
                "UPDATE sales SET n = \(number) WHERE id = :i + \(number);\n\\sleep 15 ms\n"
            }
            // Making the tables was many transactions of one statement.
            try await server.psql("SELECT pg_stat_reset(); SELECT pg_stat_statements_reset();", database: "Shop")
            let script = "\\set i random(1, 100000)\nBEGIN;\n\((1...25).map(step).joined())COMMIT;\n"
            try await run(script, times: 12, clients: 8, on: server)
            async let load: Void = run(script, times: 20, clients: 8, on: server)
            try await server.wait(
                until: "(SELECT count(*) > 5 FROM pg_stat_activity WHERE state = 'idle in transaction' "
                    + "AND xact_start < state_change - interval '0.15 s')", database: "Shop")
            let judgement = try await diagnosed(server)
            try await load
            let found = findings("workload.chatty-transaction", judgement)
            #expect(found.count == 1, "\(judgement.findings.map(\.title))")
            #expect(found.first?.objects.first?.name == "App 1/pgbench")
            // When they have gone, the counters alone prove nothing.
            let later = try await diagnosed(server)
            #expect(findings("workload.chatty-transaction", later).isEmpty)
        }
    }

    @Test func listsWrittenInTheirOwnOrderEndInDeadlocks() async throws {
        try await withShop(settings: ["deadlock_timeout": "20ms"]) { server in
            try await server.psql(Self.tables, database: "Shop")
            let list = "array(SELECT (random() * 100::int)::int FROM generate_series(1::int, 12::int))"
            let joined = "UPDATE sales s SET n = s.n + 1 FROM unnest(\(list)) v (id) WHERE s.id = v.id;\n"
            let ordered =
                "UPDATE sales SET n = n + 1 WHERE id IN (SELECT id FROM sales WHERE id = ANY (\(list)) ORDER BY id FOR NO KEY UPDATE);\n"
            repeat {
                try await run(joined, times: 40, clients: 8, on: server)
            } while try await server.psql(
                "SELECT deadlocks >= 5 FROM pg_stat_database WHERE datname = 'Shop'", database: "Shop") != "t"
            try await run(ordered, times: 200, clients: 2, on: server)
            let judgement = try await diagnosed(server)
            let found = findings("shape.locking-without-order", judgement)
            try #require(found.count == 1, "\(judgement.findings.map(\.title))")
            #expect(found[0].evidence.contains { $0.value == .text("as the Nested Loop brings them") })
        }
    }

    @Test func locksOfALookUpTableMakeOthersWait() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            let script = { (lock: String) in
                """
                \\set i random(1, 200000)
                BEGIN;
                SELECT s.id, t.name FROM sales s JOIN shops t ON t.id = s.shop WHERE s.id = :i \(lock);
                \\sleep 10 ms
                COMMIT;

                """
            }
            try await run(script("FOR UPDATE"), times: 150, clients: 10, on: server)
            try await run(script("FOR UPDATE OF s"), times: 150, clients: 10, on: server)
            let judgement = try await diagnosed(server)
            let found = findings("shape.locks-joined-tables", judgement)
            try #require(found.count == 1, "\(judgement.findings.map(\.title))")
            let rewrites = try await prepare(found[0], on: server)
            #expect(rewrites.first?.hasSuffix("FOR UPDATE OF s;") == true, "\(rewrites)")
        }
    }

    @Test func anUpsertOfItsKeyLocksOutInserts() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            let upsert = { (set: String) in
                "INSERT INTO customers (id, name) VALUES (:i, 'name') ON CONFLICT (id) DO UPDATE SET \(set)"
            }
            let set = "\\set i random(0, 499)\n\\set s random(300000, 900000000)\n"
            let sale = "INSERT INTO sales (id, shop, customer, at) VALUES (:s, 1, :i, now()) ON CONFLICT DO NOTHING;\n"
            try await run(
                set + upsert("id = excluded.id, name = excluded.name") + ";\n" + sale, times: 8000, on: server)
            try await run(set + upsert("name = excluded.name") + ";\n", times: 8000, on: server)
            try await run("SELECT pg_sleep(0.9);\n", times: 1, on: server)
            try await server.psql("SELECT pg_sleep(1);", database: "Shop")
            let judgement = try await diagnosed(server)
            let found = findings("shape.update-of-key", judgement)
            try #require(found.count == 1, "\(judgement.findings.map(\.title))")
            let rewrites = try await prepare(found[0], on: server)
            #expect(rewrites.first?.hasSuffix("DO UPDATE SET name = excluded.name;") == true, "\(rewrites)")
            // As the text says: the one makes an insert that refers to the row wait, the other does not.
            for (set, waits) in [("id = excluded.id, name = excluded.name", true), ("name = excluded.name", false)] {
                let session = try await LiveSession.open(server, database: "Shop")
                try await session.run("BEGIN; \(upsert(set).replacing(":i", with: "7"));")
                let insert =
                    "SET lock_timeout = '100ms'; INSERT INTO sales (id, shop, customer, at) VALUES (-1, 1, 7, now());"
                if waits {
                    await #expect(throws: (any Error).self) { try await server.psql(insert, database: "Shop") }
                } else {
                    try await server.psql(insert, database: "Shop")
                }
                try await session.run("ROLLBACK;")
                await session.close()
            }
        }
    }

    @Test func aForcedGenericPlanReadsTheTable() async throws {
        try await withShop { server in
            try await server.psql(
                Self.tables + """
                    CREATE TABLE events2 (id int, kind int, note text);
                    INSERT INTO events2 SELECT g, CASE WHEN g <= 40 THEN 2 + g ELSE 1 END, repeat('x', 60)
                    FROM generate_series(1, 150000) g;
                    -- Which the planner takes only where it knows the value.
                    CREATE INDEX ON events2 (kind) WHERE kind <> 1;
                    GRANT ALL ON events2 TO "App 1"; VACUUM ANALYZE events2; SELECT pg_stat_statements_reset();
                    """, database: "Shop")
            let load = "\\set k random(3, 42)\nSELECT sum(id) FROM events2 WHERE kind = :k;\n"
            try await server.psql("ALTER ROLE \"App 1\" SET plan_cache_mode = 'force_generic_plan';")
            try await run(load, times: 500, arguments: ["-M", "prepared"], on: server)
            let found = findings("plan.generic-plan-forced", try await diagnosed(server))
            try #require(found.count == 1)
            let action = found[0].actions[0]
            try await server.psql(action.sql.joined(separator: "\n"), database: "Shop")
            #expect(
                try await server.psql("SHOW plan_cache_mode", database: "Shop", role: "App 1") == "auto")
            try await server.psql(try #require(action.undo), database: "Shop")
            // Literals in the text are planned with their values, whatever the setting.
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(load, times: 1000, on: server)
            try await run("SELECT pg_sleep(1.1);\n", times: 1, on: server)
            #expect(findings("plan.generic-plan-forced", try await diagnosed(server)).isEmpty)
        }
    }

    @Test func theLatestOfEachGroup() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            let texts = [
                "SELECT * FROM (SELECT s.*, row_number() OVER (PARTITION BY s.customer ORDER BY s.at DESC, s.id) AS rn FROM sales s) l "
                    + "WHERE rn = 1",
                "SELECT DISTINCT ON (customer) id, customer, n FROM sales ORDER BY customer, at DESC",
            ]
            for text in texts { try await run(text + ";\n", times: 10, on: server) }
            // Nearly as many groups as rows; and the numbers themselves are wanted.
            try await run("SELECT DISTINCT ON (id) id, n FROM sales ORDER BY id, at DESC;\n", times: 10, on: server)
            try await run(
                "SELECT id, row_number() OVER (PARTITION BY customer ORDER BY at DESC) FROM sales;\n", times: 5,
                on: server)
            let judgement = try await diagnosed(server)
            let found = findings("shape.latest-per-group-by-window", judgement)
            #expect(found.count == 2, "\(judgement.findings.map(\.title))")
            for finding in found {
                let index = try #require(finding.actions.first { $0.tier == .fix })
                for statement in index.sql { try await server.psql(statement, database: "Shop") }
                let rewrites = try await prepare(finding, on: server)
                try #require(rewrites.count == 1)
                let plan = try await server.psql(
                    "EXPLAIN " + rewrites[0].replacing("$1", with: "1"), database: "Shop")
                #expect(plan.contains("Limit") && !plan.contains("WindowAgg"), "\(plan)")
                try await server.psql(try #require(index.undo), database: "Shop")
            }
        }
    }
}
