import Testing

/// Statements of files that lock rows of others' tables, or keys, with their harmless look-alikes.
@Suite struct LockReviewTests {
    @Test(arguments: [
        (
            "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 FOR UPDATE",
            "shape.locks-joined-tables"
        ),
        (
            "SELECT o.id FROM orders o, customers c WHERE c.id = o.customer_id AND c.vip FOR NO KEY UPDATE SKIP LOCKED",
            "shape.locks-joined-tables"
        ),
        (
            "WITH o AS (SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id FOR UPDATE) SELECT * FROM o",
            "shape.locks-joined-tables"
        ),
        (
            "INSERT INTO customers (id, name, vip) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET id = excluded.id, "
                + "name = excluded.name",
            "shape.update-of-key"
        ),
        (
            "INSERT INTO customers (id, name, vip) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET id = excluded.id "
                + "RETURNING id",
            "shape.update-of-key"
        ),
    ])
    func whatLocksTooMuchIsTold(text: String, rule: String) throws {
        #expect(try StatementReviewTests.rules(text).contains(rule))
    }

    @Test(arguments: [
        (
            "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 FOR UPDATE OF o",
            "shape.locks-joined-tables"
        ),
        (
            "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 FOR KEY SHARE",
            "shape.locks-joined-tables"
        ),
        ("SELECT * FROM orders WHERE id = $1 FOR UPDATE", "shape.locks-joined-tables"),
        // Neither has one row of the other: which one is meant the tree does not tell.
        (
            "SELECT * FROM orders o JOIN refunds r ON r.customer_id = o.customer_id FOR UPDATE",
            "shape.locks-joined-tables"
        ),
        (
            "SELECT * FROM orders o JOIN (SELECT id FROM customers) c ON c.id = o.customer_id FOR UPDATE",
            "shape.locks-joined-tables"
        ),
        (
            "INSERT INTO customers (id, name, vip) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            "shape.update-of-key"
        ),
        // Nothing refers to orders.
        (
            "INSERT INTO orders (id, at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET id = excluded.id, at = excluded.at",
            "shape.update-of-key"
        ),
        // Values are compared: the key does not change.
        ("UPDATE customers SET id = $1, name = $2 WHERE id = $1", "shape.update-of-key"),
        ("INSERT INTO customers (id, name, vip) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", "shape.update-of-key"),
        // Of what was never measured nobody knows deadlocks, calls or groups.
        ("SELECT * FROM orders WHERE customer_id = $1 FOR UPDATE", "shape.locking-without-order"),
        (
            "SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY at DESC) AS rn FROM orders o) s "
                + "WHERE rn = 1",
            "shape.latest-per-group-by-window"
        ),
    ])
    func lookAlikesAreNot(text: String, rule: String) throws {
        #expect(!(try StatementReviewTests.rules(text).contains(rule)))
    }
}
