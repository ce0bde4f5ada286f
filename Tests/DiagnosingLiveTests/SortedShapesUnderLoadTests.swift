import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Shapes that sort, compare or count more than is wanted, on a real server, beside those that look like them.
@Suite(.serialized) struct SortedShapesUnderLoadTests: UsesShop {
    private static let tables = """
        CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region int);
        INSERT INTO customers SELECT g, 'customer ' || g, g % 50 FROM generate_series(0, 19999) g;
        CREATE TABLE refunds (id bigint PRIMARY KEY, customer int, note text);
        INSERT INTO refunds SELECT g, g % 20000, NULL FROM generate_series(1, 50000) g;
        CREATE TABLE "Ticket" (id int PRIMARY KEY, state text, priority int NOT NULL, opened int NOT NULL, "Text" text);
        INSERT INTO "Ticket" SELECT g, (ARRAY['new', 'open', 'done', NULL])[1 + g % 4], g % 5, g, repeat('x', 100)
            FROM generate_series(1, 200000) g;
        CREATE INDEX "Ticket state" ON "Ticket" (state); CREATE INDEX ON "Ticket" (priority, opened);
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO "App 1";
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """

    private struct Case {
        var rule: String
        var text: String
        /// What looks like it, and is well.
        var other: String
        var times = 12
        var rewrites = 1
    }

    private static let sorting = [
        Case(
            rule: "shape.sorted-for-nothing", text: "SELECT count(*) FROM (SELECT * FROM orders ORDER BY note) s",
            other: "SELECT count(*) FROM (SELECT * FROM orders ORDER BY note LIMIT 150000) s"),
        Case(
            rule: "shape.distinct-of-unique-rows", text: "SELECT DISTINCT note, id FROM orders",
            other: "SELECT DISTINCT note, customer FROM orders"),
        Case(
            rule: "shape.sort-by-expression",
            text: "SELECT id FROM orders WHERE id > 4 ORDER BY lower(note), id LIMIT 10",
            other: "SELECT id FROM orders ORDER BY lower(note) LIMIT 150000", rewrites: 0),
        Case(
            rule: "shape.total-with-every-page",
            text: "SELECT id, count(*) OVER () AS total, note FROM orders WHERE customer > 7 ORDER BY id LIMIT 10",
            other: "SELECT id, count(*) OVER (PARTITION BY customer) FROM orders ORDER BY id LIMIT 10", times: 30,
            rewrites: 2),
        Case(
            rule: "shape.aggregate-over-two-fan-outs",
            text: "SELECT c.id, sum(o.id), count(r.id) FROM customers c JOIN orders o ON o.customer = c.id "
                + "LEFT JOIN refunds r ON r.customer = c.id GROUP BY c.id",
            other: "SELECT o.customer, sum(o.id), max(c.name) FROM customers c JOIN orders o ON o.customer = c.id "
                + "GROUP BY o.customer", rewrites: 0),
    ]

    private static let counting = [
        Case(
            rule: "shape.distinct-of-few-values", text: #"SELECT DISTINCT state FROM "Ticket""#,
            other: #"SELECT DISTINCT opened FROM "Ticket""#, times: 30),
        Case(
            rule: "shape.mixed-sort-direction",
            text: #"SELECT * FROM "Ticket" ORDER BY priority, opened DESC LIMIT 10"#,
            other: #"SELECT * FROM "Ticket" ORDER BY priority DESC, opened DESC LIMIT 10"#, times: 30, rewrites: 0),
        Case(
            rule: "shape.count-whole-table", text: #"SELECT count(*) FROM "Ticket""#,
            other: #"SELECT count(*) FROM "Ticket" WHERE priority < 3"#, times: 40, rewrites: 0),
    ]

    private func find(_ cases: [Case], on server: TestServer) async throws -> Judgement {
        try await server.psql(Self.tables, database: "Shop")
        for tested in cases {
            try await run(tested.text + ";\n", times: tested.times, on: server)
            try await run(tested.other + ";\n", times: tested.times, on: server)
        }
        let judgement = try await diagnosed(server)
        let rules = Set((Self.sorting + Self.counting).map(\.rule))
        #expect(Set(judgement.findings.map(\.rule)).intersection(rules) == Set(cases.map(\.rule)))
        for tested in cases {
            let found = judgement.findings.filter { $0.rule == tested.rule }
            #expect(found.count == 1, "\(tested.rule): \(found.map(\.title)), \(tested.text)")
            try await expectRewrites(tested.rewrites, of: found, on: server)
        }
        return judgement
    }

    /// The index that a finding prints is built, the planner takes it in place of the sort, and it is dropped again.
    private func expectIndex(of rule: String, in judgement: Judgement, for text: String, on server: TestServer)
        async throws
    {
        let action = try #require(try finding(rule, judgement).actions.first { !$0.sql.isEmpty })
        try await server.psql(action.sql.joined(separator: "\n") + " ANALYZE;", database: "Shop")
        let plan = try await server.psql("EXPLAIN " + text, database: "Shop")
        #expect(!plan.contains("Sort"), "\(action.sql): \(plan)")
        try await server.psql(try #require(action.undo), database: "Shop")
    }

    @Test(arguments: TestServer.Version.underLoad)
    func whatSortsForNothingIsFound(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            let judgement = try await find(Self.sorting, on: server)
            let text = Self.sorting[2].text
            try await expectIndex(of: "shape.sort-by-expression", in: judgement, for: text, on: server)
        }
    }

    @Test(arguments: TestServer.Version.underLoad)
    func whatReadsAllForLittleIsFound(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            let judgement = try await find(Self.counting, on: server)
            try await expectIndex(
                of: "shape.mixed-sort-direction", in: judgement, for: Self.counting[1].text, on: server)
            let estimate = try #require(try finding("shape.count-whole-table", judgement).actions[0].sql.first)
            #expect(try await server.psql(estimate, database: "Shop") == "200000")
        }
    }
}
