import Model
import Statements
import Testing

@testable import Diagnosing

/// Statements of files that sort or compare for nothing, and their look-alikes.
@Suite struct SortedStatementReviewTests {
    @Test(arguments: [
        ("SELECT count(*) FROM (SELECT * FROM orders ORDER BY total) s", "shape.sorted-for-nothing"),
        (
            "SELECT 1 FROM customers WHERE id IN (SELECT customer_id FROM orders o WHERE total > 5 ORDER BY at)",
            "shape.sorted-for-nothing"
        ),
        ("SELECT DISTINCT o.id, o.total FROM orders o", "shape.distinct-of-unique-rows"),
        (
            "SELECT count(*) FROM (SELECT DISTINCT o.*, c.name FROM orders o JOIN customers c ON c.id = o.customer_id) s",
            "shape.distinct-of-unique-rows"
        ),
        ("SELECT id, count(*) OVER () FROM orders ORDER BY at LIMIT 20", "shape.total-with-every-page"),
        (
            "SELECT o.*, count(*) OVER () AS n FROM orders o WHERE at > $1 ORDER BY at LIMIT $2",
            "shape.total-with-every-page"
        ),
        (
            "SELECT c.id, sum(o.total), count(r.id) FROM customers c JOIN orders o ON o.customer_id = c.id "
                + "JOIN refunds r ON r.customer_id = c.id GROUP BY c.id",
            "shape.aggregate-over-two-fan-outs"
        ),
    ])
    func whatHarmsIsTold(text: String, rule: String) throws {
        #expect(try StatementReviewTests.rules(text).contains(rule))
    }

    @Test(arguments: [
        ("SELECT count(*) FROM (SELECT * FROM orders ORDER BY total LIMIT 9) s", "shape.sorted-for-nothing"),
        ("SELECT json_agg(s) FROM (SELECT * FROM orders ORDER BY total) s", "shape.sorted-for-nothing"),
        ("SELECT count(*) FROM (SELECT * FROM orders ORDER BY id) s", "shape.sorted-for-nothing"),
        (
            "SELECT count(*) FROM (SELECT * FROM orders WHERE id = $1 ORDER BY at) s",
            "shape.sorted-for-nothing"
        ),
        ("SELECT DISTINCT customer_id FROM orders", "shape.distinct-of-unique-rows"),
        ("SELECT DISTINCT id FROM orders WHERE id IN (1, 2)", "shape.distinct-of-unique-rows"),
        ("SELECT DISTINCT id FROM nowhere", "shape.distinct-of-unique-rows"),
        ("SELECT id, count(*) OVER () FROM orders WHERE id = ANY ($1) LIMIT 20", "shape.total-with-every-page"),
        ("SELECT id, count(*) OVER () FROM orders", "shape.total-with-every-page"),
        ("SELECT DISTINCT email FROM customers", "shape.distinct-of-few-values"),
        ("SELECT id FROM customers WHERE email = $1 ORDER BY lower(name) LIMIT 5", "shape.sort-by-expression"),
        ("SELECT id FROM customers ORDER BY lower(name)", "shape.sort-by-expression"),
        ("SELECT id FROM customers ORDER BY email DESC LIMIT 5", "shape.mixed-sort-direction"),
        ("SELECT id FROM customers ORDER BY name DESC NULLS LAST LIMIT 5", "shape.mixed-sort-direction"),
        ("SELECT count(*) FROM orders", "shape.count-whole-table"),
        (
            "SELECT c.id, sum(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id "
                + "JOIN refunds r ON r.order_id = o.id GROUP BY c.id",
            "shape.aggregate-over-two-fan-outs"
        ),
        (
            "SELECT c.id, max(o.total), count(DISTINCT r.id) FROM customers c JOIN orders o ON o.customer_id = c.id "
                + "JOIN refunds r ON r.customer_id = c.id GROUP BY c.id",
            "shape.aggregate-over-two-fan-outs"
        ),
    ])
    func lookAlikesAreNot(text: String, rule: String) throws {
        #expect(!(try StatementReviewTests.rules(text).contains(rule)))
    }

    /// A name in ORDER BY is an output's before it is a column's.
    @Test func outputsAreSortedByFirst() throws {
        func keys(_ text: String) throws -> [String?] {
            let parsed = try ParsedStatement(parsing: text)
            var snapshot = Snapshot()
            snapshot.addColumnsOfExample()
            let names = CatalogNames(snapshot.catalogs[0])
            return StatementShape(parsed, names: names, searchPath: ["public"]).top!.orderBy.map { $0.column?.name }
        }
        #expect(try keys("SELECT id AS name FROM customers ORDER BY name") == ["id"])
        #expect(try keys("SELECT lower(name) AS name FROM customers ORDER BY name, id, 1") == [nil, "id", nil])
        #expect(try keys("SELECT lower(name) AS name FROM customers c ORDER BY c.name") == ["name"])
    }
}

extension Snapshot {
    fileprivate mutating func addColumnsOfExample() {
        catalogs = [.make { $0.database = "shop" }]
        addColumns("customers", "id!", "name")
    }
}
