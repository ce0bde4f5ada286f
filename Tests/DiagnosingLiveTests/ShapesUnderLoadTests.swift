import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Shapes in the texts that pg_stat_statements keeps, judged by the plans that a real server makes.
@Suite(.serialized) struct ShapesUnderLoadTests: UsesShop {
    private static let tables = """
        CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region int);
        INSERT INTO customers SELECT g, 'customer ' || g, g % 50 FROM generate_series(0, 19999) g;
        CREATE TABLE refunds (id bigint PRIMARY KEY, customer int, note text);
        INSERT INTO refunds SELECT g, g % 20000, NULL FROM generate_series(1, 50000) g;
        GRANT SELECT ON customers, refunds TO "App 1";
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """

    /// The statement, the rule that must find it, and a statement like it that no rule of these may find.
    private static let cases = [
        (
            rule: "shape.union-of-disjoint-branches",
            text: "SELECT 'order' AS kind, id, customer FROM orders UNION SELECT 'refund', id, customer FROM refunds",
            other: "SELECT id, customer FROM orders UNION SELECT id, customer FROM refunds"
        ),
        (
            rule: "shape.having-for-where",
            text: "SELECT customer, count(*) FROM orders GROUP BY customer "
                + "HAVING customer IN (SELECT id FROM customers WHERE region = 7)",
            other: "SELECT customer, count(*) FROM orders GROUP BY customer HAVING customer = 7"
        ),
        (
            rule: "shape.distinct-hides-fan-out",
            text: "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer = c.id WHERE o.id > 100",
            other: "SELECT DISTINCT o.id, o.note FROM orders o JOIN customers c ON c.id = o.customer WHERE c.region = 3"
        ),
        (
            rule: "shape.materialized-cte-fence",
            text: "WITH x AS MATERIALIZED (SELECT id, customer FROM orders) SELECT * FROM x WHERE customer = 12",
            other: "WITH x AS (SELECT id, note FROM orders) SELECT count(*) FROM x WHERE note = 'none'"
        ),
        (
            rule: "shape.count-for-existence",
            text: "SELECT name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer = c.id) > 0",
            other: "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)"
        ),
        (
            rule: "shape.outer-join-undone-by-where",
            text: "SELECT count(*) FROM customers c LEFT JOIN orders o ON o.customer = c.id WHERE o.note > 'c'",
            other: "SELECT count(*) FROM customers c LEFT JOIN orders o ON o.customer = c.id WHERE o.id IS NULL"
        ),
    ]

    /// The cheapest of them run more often, so that they take their share of the time on any machine.
    private static let cheap = ["shape.outer-join-undone-by-where": 50, "shape.count-for-existence": 40]

    @Test func shapesAreFoundInWhatTheServerKept() async throws {
        try await withShop { server in
            try await server.psql(Self.tables, database: "Shop")
            for (rule, text, other) in Self.cases {
                try await run(text + ";\n", times: Self.cheap[rule] ?? 12, on: server)
                try await run(other + ";\n", times: 12, on: server)
            }
            let judgement = try await diagnosed(server)
            for (rule, text, _) in Self.cases {
                let found = judgement.findings.filter { $0.rule == rule }
                #expect(found.count == 1, "\(rule): \(found.map(\.title)), \(text)")
                try await expectRewrites(1, of: found, on: server)
            }
        }
    }
}
