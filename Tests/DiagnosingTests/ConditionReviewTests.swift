import Testing

@testable import Diagnosing

/// Conditions of statements in files that harm whenever the table is large, and their harmless look-alikes.
@Suite struct ConditionReviewTests {
    private static let pairs = (1...60).map { "(\($0), \($0))" }.joined(separator: ", ")
    private static let latest =
        "SELECT * FROM orders o WHERE at = (SELECT max(x.at) FROM orders x WHERE x.customer_id = o.customer_id)"

    @Test(arguments: [
        ("SELECT 1 FROM customers WHERE email = $1 OR name = $2", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE email = 'x' OR (name = 'y' AND vip)", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE email IS NOT DISTINCT FROM $1", "shape.null-safe-comparison"),
        ("DELETE FROM customers WHERE id IS NOT DISTINCT FROM $1", "shape.null-safe-comparison"),
        ("SELECT 1 FROM customers WHERE id = (random() * 1000)::int", "shape.volatile-comparison"),
        ("SELECT 1 FROM orders WHERE id > nextval('s')", "shape.volatile-comparison"),
        (
            "SELECT * FROM customers WHERE email > $1 OR (email = $1 AND id > $2) ORDER BY email, id LIMIT 20",
            "shape.keyset-paging-by-or"
        ),
        ("SELECT 1 FROM orders WHERE (customer_id, total) IN (\(pairs))", "shape.long-list"),
        ("DELETE FROM refunds WHERE (order_id, customer_id) NOT IN (\(pairs))", "shape.long-list"),
        (latest, "shape.correlated-aggregate-in-where"),
    ])
    func whatHarmsIsTold(text: String, rule: String) throws {
        #expect(try StatementReviewTests.rules(text).contains(rule))
    }

    @Test(arguments: [
        ("SELECT 1 FROM customers WHERE email = $1 OR id = $2", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE name = $1 OR vip", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE id = $1 AND (email = $2 OR name = $3)", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE email = $1 OR name > $2", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE email = $1 OR upper(name) = $2", "shape.or-across-columns"),
        ("SELECT 1 FROM customers WHERE name IS NOT DISTINCT FROM $1", "shape.null-safe-comparison"),
        ("SELECT 1 FROM customers WHERE email IS NOT DISTINCT FROM NULL", "shape.null-safe-comparison"),
        ("SELECT 1 FROM customers WHERE id = 4 AND email IS NOT DISTINCT FROM $1", "shape.null-safe-comparison"),
        ("SELECT 1 FROM customers WHERE email IS DISTINCT FROM $1", "shape.null-safe-comparison"),
        ("SELECT 1 FROM orders WHERE id = (SELECT nextval('s'))", "shape.volatile-comparison"),
        ("SELECT 1 FROM orders WHERE at > clock_timestamp()", "shape.volatile-comparison"),
        ("SELECT 1 FROM customers WHERE email > now()::text", "shape.volatile-comparison"),
        (
            "SELECT * FROM customers WHERE (email, id) > ($1, $2) ORDER BY email, id LIMIT 20",
            "shape.keyset-paging-by-or"
        ),
        (
            "SELECT * FROM orders WHERE at > $1 OR (at = $1 AND id > $2) ORDER BY at, id LIMIT 20",
            "shape.keyset-paging-by-or"
        ),
        ("SELECT 1 FROM orders WHERE (customer_id, total) IN ((1, 2), (3, 4))", "shape.long-list"),
        ("SELECT 1 FROM orders WHERE (customer_id, total) IN (VALUES \(pairs))", "shape.long-list"),
        ("SELECT 1 FROM orders WHERE id = 4 AND (customer_id, total) IN (\(pairs))", "shape.long-list"),
        (latest + " AND o.id = 5", "shape.correlated-aggregate-in-where"),
        ("SELECT 1 FROM orders WHERE at = (SELECT max(at) FROM orders)", "shape.correlated-aggregate-in-where"),
    ])
    func lookAlikesAreNot(text: String, rule: String) throws {
        #expect(!(try StatementReviewTests.rules(text).contains(rule)))
    }
}
