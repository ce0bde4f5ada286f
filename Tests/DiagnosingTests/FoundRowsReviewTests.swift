import Model
import Statements
import Testing

@testable import Diagnosing

/// Shapes of files that do harm over a table, and none over the few rows that a key finds.
@Suite struct FoundRowsReviewTests {
    private static let schema = """
        CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, name text, tenant int NOT NULL, score int,
            tags text[] NOT NULL, doc jsonb NOT NULL, seen timestamptz, UNIQUE (tenant, email));
        CREATE INDEX ON customers (email);
        CREATE INDEX ON customers (name);
        CREATE INDEX ON customers ((doc ->> 'locale'));
        CREATE INDEX ON customers (score, seen);
        CREATE INDEX ON customers (seen);
        CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, number text,
            at timestamptz NOT NULL, total numeric, shipped date);
        CREATE INDEX ON orders (customer_id, at);
        CREATE INDEX ON orders (at);
        CREATE INDEX ON orders (total);
        CREATE UNIQUE INDEX ON orders (lower(number));
        CREATE TABLE lines (order_id bigint, line int, product text, note text, doc jsonb, PRIMARY KEY (order_id, line));
        """

    private static func rules(_ text: String) throws -> [String] {
        let parsed = try SQLScript(schema).statements.map { try ParsedStatement(parsing: $0.text) }
        var snapshot = Snapshot()
        snapshot.catalogs = [ScriptCatalog(parsed + [try ParsedStatement(parsing: text)]).catalog]
        return StatementReview(Observation(snapshot)).judge(try ParsedStatement(parsing: text)).findings.map(\.rule)
    }

    /// Told; and the same where a key, a list of keys or a join by a key finds the rows.
    @Test(arguments: [
        (
            "SELECT 1 FROM customers WHERE name ILIKE '%x%'",
            "SELECT 1 FROM customers WHERE id = $1 AND name ILIKE '%x%'",
            "shape.leading-wildcard-search"
        ),
        (
            "SELECT 1 FROM customers WHERE email LIKE '%' || $1", "SELECT 1 FROM customers WHERE email LIKE $1 || '%'",
            "shape.leading-wildcard-search"
        ),
        (
            "SELECT 1 FROM lines l JOIN orders o ON o.id = l.order_id WHERE l.note ILIKE $1",
            "SELECT 1 FROM lines l JOIN orders o ON o.id = l.order_id WHERE l.note ILIKE $1 AND lower(o.number) = $2",
            "shape.leading-wildcard-search"
        ),
        (
            "SELECT 1 FROM customers WHERE lower(name) = $1 AND NOT id = 3",
            "SELECT 1 FROM customers WHERE lower(name) = $1 AND id = ANY ($2)", "shape.function-on-indexed-column"
        ),
        (
            "SELECT 1 FROM lines WHERE line = 1 AND ($1::text IS NULL OR product = $1)",
            "SELECT 1 FROM lines WHERE order_id = $2 AND ($1::text IS NULL OR product = $1)", "shape.optional-filter"
        ),
        (
            "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.number = $1 OR c.name = $2",
            "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $3 AND (o.number = $1 OR c.name = $2)",
            "shape.or-across-relations"
        ),
        (
            "SELECT line FROM lines WHERE line > 5 ORDER BY random() LIMIT 1",
            "SELECT line FROM (SELECT * FROM lines) l WHERE order_id = 5 ORDER BY random() LIMIT 1",
            "shape.order-by-random"
        ),
        (
            "SELECT c.id, (SELECT max(at) FROM orders o WHERE o.customer_id = c.id) m FROM customers c ORDER BY m LIMIT 9",
            "SELECT c.id, (SELECT max(at) FROM orders o WHERE o.customer_id = c.id) m FROM customers c ORDER BY id LIMIT 9",
            "shape.correlated-subquery-in-select-list"
        ),
        (
            "INSERT INTO lines SELECT (SELECT max(at) FROM orders o WHERE o.customer_id = c.id), 1 FROM customers c",
            "INSERT INTO lines SELECT (SELECT max(at) FROM orders o WHERE o.customer_id = c.id), 1 FROM customers c "
                + "WHERE c.id = $1",
            "shape.correlated-subquery-in-select-list"
        ),
        (
            "SELECT c.id, (SELECT max(at) FROM orders o WHERE o.customer_id = c.id) FROM customers c LIMIT $1",
            "SELECT n.id, (SELECT max(at) FROM orders o WHERE o.customer_id = n.id) FROM nowhere n WHERE n.id = $1",
            "shape.correlated-subquery-in-select-list"
        ),
    ])
    func aKeyMakesItHarmless(harmful: String, harmless: String, rule: String) throws {
        #expect(try Self.rules(harmful).contains(rule))
        #expect(!(try Self.rules(harmless).contains(rule)))
    }

    /// Told by tree and schema alone; and a look-alike that is not.
    @Test(arguments: [
        (
            "SELECT at, customer_id, sum(total) FROM orders GROUP BY date_trunc('day', at), at, customer_id "
                + "HAVING customer_id IN (SELECT id FROM customers)",
            "SELECT customer_id, sum(total) FROM orders WHERE customer_id = $1 GROUP BY customer_id "
                + "HAVING customer_id IN (SELECT id FROM customers)",
            "shape.having-for-where"
        ),
        (
            "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.total > 5",
            "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = $1",
            "shape.distinct-hides-fan-out"
        ),
        (
            "SELECT 'a', id FROM customers UNION SELECT 'b', id FROM orders",
            "SELECT 'a', id FROM customers WHERE id = 1 UNION SELECT 'b', id FROM orders WHERE id = 1",
            "shape.union-of-disjoint-branches"
        ),
        (
            "WITH h AS (SELECT id, at FROM orders WHERE total > 5) SELECT id, (SELECT count(*) FROM h) FROM h ORDER BY at LIMIT 9",
            "WITH h AS (SELECT id, at FROM orders WHERE total > 5) SELECT id, (SELECT count(*) FROM lines) FROM h ORDER BY at LIMIT 9",
            "shape.total-with-every-page"
        ),
        (
            "WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM o WHERE customer_id = 5",
            "WITH o AS MATERIALIZED (SELECT * FROM orders FOR UPDATE) SELECT * FROM o WHERE customer_id = 5",
            "shape.materialized-cte-fence"
        ),
        (
            "WITH o AS (SELECT * FROM orders) SELECT * FROM o WHERE customer_id = 5 UNION ALL SELECT * FROM o WHERE at > $1",
            "WITH o AS (SELECT * FROM orders) SELECT * FROM o WHERE customer_id = 5 UNION ALL SELECT * FROM o",
            "shape.materialized-cte-fence"
        ),
        (
            "SELECT 1 FROM customers WHERE $1 = ANY (tags) AND score IS NULL",
            "SELECT 1 FROM customers WHERE $1 = ANY (tags) AND email = $2", "shape.array-any-column"
        ),
        (
            "SELECT 1 FROM lines WHERE doc ->> 'plan' = $1", "SELECT 1 FROM customers WHERE doc ->> 'locale' = $1",
            "shape.json-path-filter"
        ),
        (
            "DELETE FROM lines WHERE doc ->> 'plan' = $1 AND line > 4",
            "DELETE FROM lines WHERE doc ->> 'plan' = $1 AND order_id = 4", "shape.json-path-filter"
        ),
        (
            "SELECT 1 FROM orders WHERE id = 5.5", "SELECT 1 FROM orders WHERE id = 55555555555 AND total = 5.5",
            "shape.implicit-cast-on-indexed-column"
        ),
        (
            "SELECT 1 FROM orders WHERE id IN ($1::numeric, 7)", "SELECT 1 FROM orders WHERE id = $1::numeric::bigint",
            "shape.implicit-cast-on-indexed-column"
        ),
        (
            "SELECT id FROM orders ORDER BY coalesce(shipped, at) LIMIT 20",
            "SELECT id FROM orders WHERE customer_id = $1 ORDER BY coalesce(shipped, at) LIMIT 20",
            "shape.sort-by-expression"
        ),
        (
            "SELECT id FROM orders ORDER BY total NULLS FIRST LIMIT 20",
            "SELECT id FROM nowhere ORDER BY lower(total) LIMIT 20", "shape.mixed-sort-direction"
        ),
        (
            "SELECT id FROM customers ORDER BY score, seen DESC LIMIT 20",
            "SELECT id FROM orders ORDER BY customer_id DESC, at DESC LIMIT 20", "shape.mixed-sort-direction"
        ),
        (
            "SELECT id FROM orders WHERE total > 5 LIMIT 20", "SELECT id FROM orders WHERE total > 5 LIMIT 1",
            "shape.limit-without-order"
        ),
        (
            "SELECT c.id, o.id FROM customers c, LATERAL (SELECT id FROM orders o WHERE o.customer_id = c.id LIMIT 3) o",
            "SELECT count(*) FROM (SELECT 1 FROM orders WHERE total > 5 LIMIT 1001) o", "shape.limit-without-order"
        ),
        (
            "SELECT 1 FROM customers WHERE score <> ALL (SELECT order_id::int + line FROM lines) OR name <> ALL (SELECT product FROM lines)",
            "SELECT 1 FROM customers WHERE NOT name <> ALL (SELECT product FROM lines)",
            "shape.not-in-nullable-subquery"
        ),
        (
            "WITH l AS (SELECT product p FROM lines) SELECT 1 FROM customers WHERE name NOT IN (SELECT p FROM l)",
            "WITH l AS (SELECT product p FROM lines WHERE product <> '') SELECT 1 FROM customers WHERE name NOT IN (SELECT p FROM l)",
            "shape.not-in-nullable-subquery"
        ),
        (
            "SELECT 1 FROM customers WHERE name = coalesce($1, name)",
            "SELECT 1 FROM customers WHERE name = coalesce($1, email)", "shape.optional-filter"
        ),
        (
            "SELECT 1 FROM customers WHERE $1 = '' OR name = $1",
            "SELECT 1 FROM customers WHERE (name IS NULL AND $1 = '') OR name = $1", "shape.optional-filter"
        ),
        (
            "SELECT 1 FROM customers WHERE CASE WHEN $1 = 0 THEN true ELSE name = $2 END",
            "SELECT 1 FROM customers WHERE CASE WHEN score = $1 THEN true ELSE name = $2 END", "shape.optional-filter"
        ),
        (
            "UPDATE customers SET score = 0 WHERE true", "UPDATE customers SET score = 0 WHERE score <> 0",
            "shape.unconditional-update-or-delete"
        ),
        (
            "WITH g AS (DELETE FROM lines RETURNING order_id) SELECT count(*) FROM g",
            "WITH g AS (DELETE FROM lines WHERE line > 9 RETURNING order_id) SELECT count(*) FROM g",
            "shape.unconditional-update-or-delete"
        ),
        (
            "DELETE FROM orders o USING customers c WHERE o.number IS NOT DISTINCT FROM c.name",
            "DELETE FROM orders o USING customers c WHERE o.number IS NOT DISTINCT FROM c.name AND c.id = o.customer_id",
            "shape.null-safe-comparison"
        ),
        (
            "SELECT 1 FROM orders WHERE at BETWEEN clock_timestamp() - interval '1 h' AND clock_timestamp()",
            "SELECT 1 FROM orders WHERE at BETWEEN now() - interval '1 h' AND now()", "shape.volatile-comparison"
        ),
        (
            "SELECT x.id FROM (SELECT id, customer_id FROM orders ORDER BY number) x JOIN customers c ON c.id = x.customer_id ORDER BY c.name",
            "SELECT x.id FROM (SELECT id, customer_id FROM orders ORDER BY number) x JOIN customers c ON c.id = x.customer_id",
            "shape.sorted-for-nothing"
        ),
        (
            "SELECT CASE WHEN (SELECT count(id) FROM orders WHERE total > 5) > 0 THEN 1 END",
            "SELECT CASE WHEN (SELECT count(total) FROM orders WHERE at > $1) > 0 THEN 1 END",
            "shape.count-for-existence"
        ),
        (
            "SELECT 1 FROM customers c WHERE 0 = (SELECT count(1) FROM orders o WHERE o.customer_id = c.id)",
            "SELECT 1 FROM customers c WHERE c.score = (SELECT count(1) FROM orders o WHERE o.customer_id = c.id)",
            "shape.count-for-existence"
        ),
        (
            "SELECT 1 FROM customers c JOIN orders o ON o.customer_id::text = c.name WHERE c.email = $1",
            "SELECT 1 FROM customers c JOIN orders o ON o.customer_id::text = c.name WHERE o.at = $1",
            "shape.function-on-indexed-column"
        ),
    ])
    func theTreeIsEnough(harmful: String, harmless: String, rule: String) throws {
        #expect(try Self.rules(harmful).contains(rule))
        #expect(!(try Self.rules(harmless).contains(rule)))
    }

    @Test func joinsBeyondTheDefaultLimit() throws {
        let chain = (2...9).map { "JOIN orders t\($0) ON t\($0).customer_id = t\($0 - 1).customer_id" }
        let joins = "SELECT t1.id FROM orders t1 " + chain.joined(separator: " ")
        #expect(try Self.rules(joins).contains("shape.too-many-joins"))
        #expect(!(try Self.rules(joins + " WHERE t1.id = $1").contains("shape.too-many-joins")))
    }

    @Test func definitionsAreReadAsTheCatalogSpellsThem() throws {
        let parsed = try SQLScript(Self.schema).statements.map { try ParsedStatement(parsing: $0.text) }
        let names = CatalogNames(ScriptCatalog(parsed).catalog)
        let customers = QualifiedName("public", "customers")
        #expect(
            ["id", "tags", "seen"].map { names.column($0, of: customers)?.type } == [
                "bigint", "text[]", "timestamp with time zone",
            ])
        let orders = QualifiedName("public", "orders")
        #expect(names.column("id", of: orders)?.type == "bigint" && names.column("id", of: orders)?.isNotNull == true)
        #expect(names.indexes(of: customers).contains { $0.keys.first?.expression == "(doc ->> 'locale')" })
    }
}
