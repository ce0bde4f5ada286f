import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Plans that really go wrong, mended by what is printed.
@Suite(.serialized) struct PlansUnderLoadTests: UsesShop {
    /// Runs the load, expects the finding on the relation, runs its fix, and expects it gone.
    private func fixes(
        _ rule: String, on relation: String, setup: String, load: String, server: TestServer
    ) async throws -> Finding {
        try await server.psql(setup + "VACUUM ANALYZE; SELECT pg_stat_statements_reset();", database: "Shop")
        try await run(load, forMilliseconds: 2500, on: server)
        let found = try finding(rule, try await diagnosed(server))
        #expect(found.objects.contains { $0.kind == .relation && $0.name == relation })
        for action in found.actions where action.tier == .fix {
            try await server.psql(action.sql.joined(separator: "\n"), database: "Shop")
        }
        try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
        try await run(load, times: 10, on: server)
        let left = try await diagnosed(server).findings.filter { $0.rule == rule }
        #expect(left.isEmpty, "\(left.map(\.summary))")
        return found
    }

    @Test func aSubqueryWithoutAnIndexReadsItsTableForEveryRow() async throws {
        try await withShop { server in
            let setup = """
                CREATE TABLE lines (order_id bigint, n int);
                INSERT INTO lines SELECT g % 5000, g FROM generate_series(1, 20000) g;
                GRANT SELECT ON lines TO "App 1";
                """
            let load =
                "SELECT o.id, (SELECT sum(n) FROM lines l WHERE l.order_id = o.id) FROM orders o WHERE o.customer < 10;\n"
            let found = try await fixes(
                "plan.repeated-sequential-scan", on: "public.lines", setup: setup, load: load, server: server)
            #expect(found.actions.contains { $0.tier == .fix } && found.actions.contains { $0.tier == .cure })
        }
    }

    @Test func aLimitThatWalksThePrimaryKey() async throws {
        try await withShop { server in
            let setup = """
                ALTER TABLE orders ADD COLUMN state text DEFAULT 'done';
                UPDATE orders SET state = 'open' WHERE id > 199900;
                """
            let load = "SELECT id, note FROM orders WHERE state = 'open' ORDER BY id LIMIT 10;\n"
            let found = try await fixes(
                "plan.limit-walks-index", on: "public.orders", setup: setup, load: load, server: server)
            #expect(found.actions.first?.sql.first?.contains("(state, id)") ?? false)
        }
    }

    @Test func aReportThatIsSlowForALongPeriodOnly() async throws {
        try await withShop { server in
            try await server.psql(
                """
                CREATE TABLE sales (id bigint PRIMARY KEY, day int, note text);
                ALTER TABLE sales ALTER note SET STORAGE plain;
                INSERT INTO sales SELECT g, g * 7919 % 3650, repeat('x', 3500) FROM generate_series(1, 30000) g;
                CREATE INDEX ON sales (day);
                GRANT SELECT ON sales TO "App 1";
                VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let days = (0..<60).map {
                "SELECT count(DISTINCT md5(note || note || note || note || id)) FROM sales WHERE day BETWEEN \($0 * 50) AND \($0 * 50);\n"
            }.joined()
            let years =
                "SELECT count(DISTINCT md5(note || note || note || note || id)) FROM sales WHERE day BETWEEN 0 AND 3000;\n"
            try await run(days + years, forMilliseconds: 2500, on: server)
            let found = try finding("plan.parameter-sensitive", try await diagnosed(server))
            #expect(found.summary.contains("with a wide range, half of the values"), "\(found.summary)")
            let plans = found.evidence.filter { $0.key.hasSuffix("Plan") }.map { "\($0.value)" }
            #expect(plans[0].contains("Seq Scan sales") && plans[1].contains("sales_day_idx"), "\(plans)")
        }
    }

    /// The case that this product is for: the same statement, quick for most customers and slow for one.
    @Test func aReportThatIsSlowForOneCustomerOnly() async throws {
        try await withShop { server in
            try await server.psql(
                """
                CREATE TABLE sales (id bigint PRIMARY KEY, customer int, amount numeric, note text);
                INSERT INTO sales SELECT g, CASE WHEN g % 10 < 7 THEN 1 ELSE g END, g, repeat('x', 200)
                    FROM generate_series(1, 300000) g;
                CREATE INDEX ON sales (customer);
                GRANT SELECT ON sales TO "App 1";
                VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let rare = (0..<40).map {
                "SELECT count(DISTINCT note || id) FROM sales WHERE customer = \($0 * 10 + 9);\n"
            }
            .joined()
            let common = "SELECT count(DISTINCT note || id) FROM sales WHERE customer = 1;\n"
            try await run(rare + common, forMilliseconds: 2500, on: server)
            let found = try finding("plan.parameter-sensitive", try await diagnosed(server))
            #expect(found.title.contains("sales.customer"))
            #expect(
                found.summary.contains("a common value, 70 % of the rows") && found.summary.contains("a rare value"))
            let plans = found.evidence.filter { $0.key.hasSuffix("Plan") }.map { "\($0.value)" }
            #expect(plans[0].contains("Seq Scan sales") && plans[1].contains("sales_customer_idx"))
            try await runAndTakeBack(found, on: server)
        }
    }

    @Test func aLookUpThatNamesNoPartition() async throws {
        try await withShop { server in
            let partitions = (1...12).map { "CREATE TABLE p\($0) PARTITION OF parts FOR VALUES IN (\($0));" }
            try await server.psql(
                """
                CREATE TABLE parts (month int, device int) PARTITION BY LIST (month);
                \(partitions.joined())
                INSERT INTO parts SELECT g % 12 + 1, g FROM generate_series(1, 60000) g;
                CREATE INDEX ON parts (device);
                GRANT SELECT ON parts TO "App 1";
                VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let lookUps = String(repeating: "SELECT * FROM parts WHERE device = 7;\n", count: 200)
            try await run(lookUps, forMilliseconds: 1100, on: server)
            let found = try finding("plan.partitions-not-pruned", try await diagnosed(server))
            #expect(found.title.contains("all 12 partitions"))
            let key = try #require(found.actions.first)
            #expect(try await server.psql(key.sql.joined(), database: "Shop") == "LIST (month)")
        }
    }
}
