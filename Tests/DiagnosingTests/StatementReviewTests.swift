import Model
import Statements
import TestKit
import Testing

@testable import Diagnosing

/// Statements of files, with shapes that harm and their harmless look-alikes.
@Suite struct StatementReviewTests {
    static let schema = """
        CREATE TABLE customers (id int PRIMARY KEY, email text, name text NOT NULL, vip bool NOT NULL);
        CREATE INDEX customers_email_idx ON customers (email);
        CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int REFERENCES customers, at timestamptz NOT NULL, total numeric);
        CREATE TABLE refunds (id int PRIMARY KEY, order_id bigint NOT NULL, customer_id int, note text);
        """

    static func rules(_ text: String) throws -> [String] {
        let parsed = try SQLScript(schema + text).statements.map { try ParsedStatement(parsing: $0.text) }
        var snapshot = Snapshot()
        snapshot.catalogs = [ScriptCatalog(parsed).catalog]
        return StatementReview(Observation(snapshot)).judge(try ParsedStatement(parsing: text)).findings.map(\.rule)
    }

    @Test(arguments: [
        ("SELECT 1 FROM customers WHERE id NOT IN (SELECT customer_id FROM refunds)", "shape.not-in-nullable-subquery"),
        ("SELECT 1 FROM customers WHERE lower(email) = $1", "shape.function-on-indexed-column"),
        ("SELECT 1 FROM customers WHERE name LIKE '%x'", "shape.leading-wildcard-search"),
        ("SELECT 1 FROM customers WHERE ($1 IS NULL OR email = $1)", "shape.optional-filter"),
        ("SELECT * FROM orders ORDER BY at LIMIT 20 OFFSET 1000", "shape.offset-paging"),
        ("SELECT * FROM orders ORDER BY random() LIMIT 5", "shape.order-by-random"),
        ("SELECT 1 FROM orders, refunds", "shape.disconnected-join"),
        (
            "SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
            "shape.correlated-subquery-in-select-list"
        ),
        (
            "SELECT 1 FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0",
            "shape.count-for-existence"
        ),
        (
            "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.total > 5",
            "shape.outer-join-undone-by-where"
        ),
        ("UPDATE customers SET name = upper(name)", "shape.unconditional-update-or-delete"),
        ("SELECT * FROM orders LIMIT 10 OFFSET 20", "shape.limit-without-order"),
        (
            "WITH RECURSIVE t AS (SELECT id FROM refunds UNION ALL SELECT r.id FROM refunds r JOIN t ON r.order_id = t.id) SELECT * FROM t",
            "shape.recursion-without-guard"
        ),
        ("SELECT 1 FROM nowhere WHERE id NOT IN (SELECT customer_id FROM refunds)", "shape.not-in-nullable-subquery"),
    ])
    func whatHarmsIsTold(text: String, rule: String) throws {
        #expect(try Self.rules(text).contains(rule))
    }

    @Test(arguments: [
        ("SELECT 1 FROM orders WHERE id NOT IN (SELECT order_id FROM refunds)", "shape.not-in-nullable-subquery"),
        ("SELECT 1 FROM customers WHERE id NOT IN (SELECT id FROM customers)", "shape.not-in-nullable-subquery"),
        ("SELECT 1 FROM customers WHERE id NOT IN (1, 2)", "shape.not-in-nullable-subquery"),
        ("SELECT 1 FROM customers WHERE email = lower($1)", "shape.function-on-indexed-column"),
        ("SELECT 1 FROM customers WHERE lower(name) = $1", "shape.function-on-indexed-column"),
        ("SELECT 1 FROM customers WHERE email = $1 OR email = $2", "shape.optional-filter"),
        ("SELECT 1 FROM customers WHERE name LIKE 'x%'", "shape.leading-wildcard-search"),
        ("SELECT 1 FROM customers WHERE name LIKE $1", "shape.leading-wildcard-search"),
        ("SELECT 1 FROM customers WHERE name ~ '^x'", "shape.leading-wildcard-search"),
        ("SELECT * FROM orders ORDER BY at LIMIT 20", "shape.offset-paging"),
        ("SELECT random() FROM orders ORDER BY at LIMIT 5", "shape.order-by-random"),
        (
            "SELECT (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
            "shape.count-for-existence"
        ),
        (
            "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL",
            "shape.outer-join-undone-by-where"
        ),
        ("UPDATE customers SET name = upper(name) WHERE id = 4", "shape.unconditional-update-or-delete"),
        ("SELECT * FROM orders LIMIT 10", "shape.limit-without-order"),
        (
            "WITH RECURSIVE t AS (SELECT id FROM refunds UNION SELECT r.id FROM refunds r JOIN t ON r.order_id = t.id) SELECT * FROM t",
            "shape.recursion-without-guard"
        ),
        ("SELECT 1 FROM orders o JOIN refunds r ON r.order_id = o.id", "shape.disconnected-join"),
        (
            "SELECT c.id, (SELECT count(*) FROM orders) FROM customers c",
            "shape.correlated-subquery-in-select-list"
        ),
    ])
    func lookAlikesAreNot(text: String, rule: String) throws {
        #expect(!(try Self.rules(text).contains(rule)))
    }

    @Test func tablesAreReadFromTheirDefinitions() throws {
        let parsed = try SQLScript(Self.schema + "SELECT 1 FROM events; WITH c AS (SELECT 1) SELECT 1 FROM c")
            .statements
            .map { try ParsedStatement(parsing: $0.text) }
        let known = ScriptCatalog(parsed)
        #expect(known.assumed.map(\.name) == ["events"])
        let names = CatalogNames(known.catalog)
        let customers = QualifiedName("public", "customers")
        #expect(
            names.column("id", of: customers)?.isNotNull == true
                && names.column("email", of: customers)?.isNotNull == false)
        #expect(names.indexes(of: customers).map(\.leadingColumns) == [["id"], ["email"]])
        #expect(known.catalog.constraints.first?.referencedRelation == customers)
    }

    private static let crumbs = [
        "(", ")", "SELECT ", " FROM ", "WITH x AS (", " NOT ", "'", "\"", "$1", " OR ", "*", ",", ";", "::text", "--",
        "/*", "[1]",
        " IN (", "CASE WHEN ", " JOIN t ON ", "\u{FEFF}", "é", "1e308", "AS MATERIALIZED ",
    ]

    /// Whatever stands in a file, the review ends with findings or with a reason.
    @Test func damagedStatementsNeverEndTheProgram() throws {
        let texts = [
            Self.schema,
            "SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c LIMIT 5",
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t WHERE n NOT IN (SELECT 1)",
            "INSERT INTO orders SELECT * FROM refunds ON CONFLICT DO NOTHING; DELETE FROM orders USING refunds r WHERE r.id = 1",
            "SELECT DISTINCT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE (o.at > $1 OR (o.at = $1 AND o.id > $2))",
            "SELECT x.* FROM (SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY at DESC) n FROM orders o) x WHERE n = 1",
            "UPDATE orders o SET total = (SELECT max(total) FROM orders p WHERE p.customer_id = o.customer_id) WHERE id = ANY($1) RETURNING *",
            "SELECT customer_id FROM orders UNION SELECT id FROM customers HAVING true ORDER BY 1 FOR UPDATE SKIP LOCKED",
        ].map { Array($0.utf8) }
        var judged = 0
        let rounds = Fuzzing.run { random in
            let damaged = texts.randomElement(using: &random)!.damaged(with: Self.crumbs, &random)
            guard let script = try? SQLScript(damaged) else { return }
            let parsed = script.statements.compactMap { try? ParsedStatement(parsing: $0.text) }
            for text in script.statements { _ = Redactor.statement(text.text) }
            var snapshot = Snapshot()
            snapshot.catalogs = [ScriptCatalog(parsed).catalog]
            let review = StatementReview(Observation(snapshot))
            judged += parsed.map(review.judge).count
        }
        #expect(judged > rounds / 10)
    }
}
