import Model

@testable import IndexAdvising

/// A statement with indexes that somebody may think of for it.
struct CostsCase: Sendable {
    var sql: String
    var candidates: [IndexCandidate]
    /// `$n` of the statement.
    var parameters = 0

    init(_ sql: String, parameters: Int = 0, _ candidates: [IndexCandidate]) {
        self.sql = sql
        self.parameters = parameters
        self.candidates = candidates
    }
}

/// `created_at DESC`, `lower(email)`: keys as a person writes them.
private func on(
    _ relation: String, _ keys: String..., include: [String] = [], where predicate: String? = nil,
    using method: IndexCandidate.Method = .btree, operatorClass: String? = nil
) -> IndexCandidate {
    var candidate = IndexCandidate(
        relation: QualifiedName("public", relation), method: method,
        keys: keys.map { text in
            let isDescending = text.hasSuffix(" DESC")
            let name = isDescending ? String(text.dropLast(5)) : text
            let column = name.contains("(") ? String(name.split(separator: "(")[1].prefix { $0 != ")" }) : name
            var key = IndexCandidate.Key(
                key: name == column ? .column(name) : .expression(name, column: column), isDescending: isDescending)
            key.operatorClass = operatorClass
            return key
        })
    candidate.included = include
    candidate.predicate = predicate
    return candidate
}

extension CostsCase {
    static let workload: [CostsCase] =
        [
            // Equality, alone and together.
            .init(
                "SELECT * FROM orders WHERE customer_id = 4711",
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE customer_id = 12 AND status = 'open'",
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "warehouse"),
                ]),
            .init(
                "SELECT * FROM orders WHERE status = 'failed' AND warehouse = 7",
                [
                    on("orders", "status"), on("orders", "warehouse"), on("orders", "warehouse", "status"),
                ]),
            .init(
                "SELECT id FROM orders WHERE status = 'done' AND priority = 3",
                [
                    on("orders", "status"), on("orders", "priority"), on("orders", "status", "priority"),
                ]),
            .init(
                "SELECT count(*) FROM orders WHERE status = 'done'",
                [
                    on("orders", "status"), on("orders", "priority"), on("orders", "status", "warehouse"),
                ]),
            .init(
                "SELECT sum(total) FROM orders WHERE warehouse = 12",
                [
                    on("orders", "warehouse"), on("orders", "warehouse", include: ["total"]), on("orders", "total"),
                ]),
            .init(
                "SELECT * FROM customers WHERE email = 'user99@example.com'",
                [
                    on("customers", "email"), on("customers", "lower(email)"), on("customers", "country"),
                ]),
            .init(
                "SELECT * FROM customers WHERE lower(email) = 'user99@example.com'",
                [
                    on("customers", "email"), on("customers", "lower(email)"),
                ]),
            .init(
                "SELECT * FROM customers WHERE country = 'CH' AND segment = 17",
                [
                    on("customers", "country"), on("customers", "segment"), on("customers", "segment", "country"),
                ]),
            .init(
                "SELECT * FROM customers WHERE NOT is_active",
                [
                    on("customers", "is_active"), on("customers", "id", where: "NOT is_active"),
                    on("customers", "country"),
                ]),
            .init(
                "SELECT * FROM customers WHERE referrer IS NOT NULL AND segment = 3",
                [
                    on("customers", "referrer"), on("customers", "segment"),
                    on("customers", "segment", where: "referrer IS NOT NULL"),
                ]),
            .init(
                "SELECT * FROM items WHERE product_id = 3",
                [
                    on("items", "product_id"), on("items", "quantity"), on("items", "product_id", "quantity"),
                ]),
            .init(
                "SELECT * FROM items WHERE product_id = 19000 AND quantity = 3",
                [
                    on("items", "product_id"), on("items", "quantity"), on("items", "quantity", "price"),
                ]),
            .init(
                "SELECT quantity, count(*) FROM items WHERE product_id BETWEEN 100 AND 160 GROUP BY quantity",
                [
                    on("items", "product_id"), on("items", "product_id", "quantity"), on("items", "quantity"),
                ]),
            .init(
                "SELECT * FROM events WHERE device = 77 AND kind = 'alarm'",
                [
                    on("events", "device"), on("events", "kind"), on("events", "at"),
                ]),
            // Ranges.
            .init(
                "SELECT * FROM orders WHERE created_at >= '2023-11-20' AND created_at < '2023-11-21'",
                [
                    on("orders", "created_at"), on("orders", "shipped_at"), on("orders", "status"),
                ]),
            .init(
                "SELECT * FROM orders WHERE created_at >= '2023-06-01' AND status = 'failed'",
                [
                    on("orders", "created_at"), on("orders", "status"), on("orders", "created_at", "status"),
                ]),
            .init(
                "SELECT * FROM orders WHERE total > 999.5",
                [
                    on("orders", "total"), on("orders", "status"), on("orders", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE total BETWEEN 10 AND 20 AND warehouse = 4",
                [
                    on("orders", "total"), on("orders", "warehouse"), on("orders", "warehouse", "total"),
                ]),
            .init(
                "SELECT sum(total) FROM orders WHERE created_at >= '2022-02-01' AND created_at < '2022-05-01'",
                [
                    on("orders", "created_at"), on("orders", "created_at", include: ["total"]),
                    on("orders", "created_at", using: .brin),
                ]),
            .init(
                "SELECT * FROM orders WHERE shipped_at IS NULL AND created_at < '2022-02-01'",
                [
                    on("orders", "shipped_at"), on("orders", "created_at"),
                    on("orders", "created_at", where: "shipped_at IS NULL"),
                ]),
            .init(
                "SELECT * FROM events WHERE at BETWEEN '2024-03-01 10:00' AND '2024-03-01 11:00' AND device = 5",
                [
                    on("events", "at"), on("events", "device"), on("events", "device", "at"),
                ]),
            .init(
                "SELECT avg(value) FROM events WHERE at >= '2024-02-01' AND at < '2024-02-20'",
                [
                    on("events", "at"), on("events", "at", using: .brin), on("events", "at", include: ["value"]),
                ]),
            .init(
                "SELECT * FROM events WHERE value > 99.9 AND kind = 'ping'",
                [
                    on("events", "value"), on("events", "kind"), on("events", "kind", "value"),
                ]),
            .init(
                "SELECT * FROM products WHERE price < 2 AND is_sold",
                [
                    on("products", "price"), on("products", "is_sold"), on("products", "category"),
                ]),
            .init(
                "SELECT * FROM products WHERE name LIKE 'product 00a%'",
                [
                    on("products", "name"), on("products", "name", operatorClass: "text_pattern_ops"),
                    on("products", "category"),
                ]),
            // IN.
            .init(
                "SELECT * FROM orders WHERE customer_id IN (5, 900, 7000, 90001)",
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "status", "customer_id"),
                ]),
            .init(
                "SELECT * FROM orders WHERE status IN ('open', 'failed') AND created_at > '2023-11-01'",
                [
                    on("orders", "status"), on("orders", "created_at"), on("orders", "status", "created_at"),
                ]),
            .init(
                "SELECT * FROM products WHERE category IN (3, 5, 8) AND price > 490",
                [
                    on("products", "category"), on("products", "price"), on("products", "category", "price"),
                ]),
            .init(
                "SELECT * FROM events WHERE device IN (1, 2, 3) AND kind = 'error'",
                [
                    on("events", "device"), on("events", "kind"), on("events", "kind", "device"),
                ]),
            // Order and limit.
            .init(
                "SELECT * FROM orders ORDER BY created_at DESC LIMIT 20",
                [
                    on("orders", "created_at"), on("orders", "status"), on("orders", "id", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE customer_id = 31 ORDER BY created_at DESC LIMIT 10",
                [
                    on("orders", "customer_id"), on("orders", "created_at"), on("orders", "customer_id", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE status = 'done' ORDER BY total DESC LIMIT 10",
                [
                    on("orders", "status"), on("orders", "total"), on("orders", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE status = 'failed' ORDER BY total LIMIT 10",
                [
                    on("orders", "status"), on("orders", "total"), on("orders", "status", "total"),
                ]),
            .init(
                "SELECT * FROM orders WHERE warehouse = 9 ORDER BY created_at LIMIT 50",
                [
                    on("orders", "warehouse"), on("orders", "created_at"), on("orders", "warehouse", "created_at"),
                ]),
            .init(
                "SELECT * FROM events ORDER BY device, at DESC LIMIT 100",
                [
                    on("events", "device", "at"), on("events", "device", "at DESC"), on("events", "at"),
                ]),
            .init(
                "SELECT device, at FROM events WHERE kind = 'alarm' ORDER BY at DESC LIMIT 5",
                [
                    on("events", "kind"), on("events", "at"), on("events", "kind", "at"),
                ]),
            .init(
                "SELECT * FROM products ORDER BY category, price LIMIT 10 OFFSET 500",
                [
                    on("products", "category"), on("products", "category", "price"), on("products", "price"),
                ]),
            .init(
                "SELECT max(created_at) FROM orders WHERE customer_id = 9",
                [
                    on("orders", "created_at"), on("orders", "customer_id"), on("orders", "customer_id", "created_at"),
                ]),
            .init(
                "SELECT min(total), max(total) FROM orders",
                [
                    on("orders", "total"), on("orders", "created_at"), on("orders", "status", "total"),
                ]),
            // Groups.
            .init(
                "SELECT warehouse, count(*) FROM orders GROUP BY warehouse",
                [
                    on("orders", "warehouse"), on("orders", "status"), on("orders", "created_at"),
                ]),
            .init(
                "SELECT DISTINCT device FROM events",
                [
                    on("events", "device"), on("events", "kind"), on("events", "at"),
                ]),
            // Joins.
            .init(
                """
                SELECT o.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id
                WHERE c.email = 'user500@mail.org'
                """,
                [
                    on("customers", "email"), on("orders", "customer_id"), on("orders", "total"),
                ]),
            .init(
                """
                SELECT o.id, i.price FROM orders o JOIN items i ON i.order_id = o.id
                WHERE o.status = 'failed' AND o.warehouse = 3
                """,
                [
                    on("items", "order_id"), on("orders", "status"), on("orders", "warehouse"),
                ]),
            .init(
                """
                SELECT i.* FROM orders o JOIN items i ON i.order_id = o.id
                WHERE o.created_at BETWEEN '2022-05-01' AND '2022-05-02'
                """,
                [
                    on("items", "order_id"), on("orders", "created_at"), on("items", "product_id"),
                ]),
            .init(
                """
                SELECT p.category, sum(i.price) FROM products p JOIN items i ON i.product_id = p.id
                WHERE p.category = 17 GROUP BY p.category
                """,
                [
                    on("items", "product_id"), on("products", "category"),
                    on("items", "product_id", include: ["price"]),
                ]),
            .init(
                """
                SELECT c.country, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id
                WHERE o.created_at >= '2023-11-25' GROUP BY c.country
                """,
                [
                    on("orders", "created_at"), on("orders", "customer_id"), on("customers", "country"),
                ]),
            .init(
                """
                SELECT c.id, o.created_at FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
                WHERE c.country = 'CH' AND c.segment = 11
                """,
                [
                    on("orders", "customer_id"), on("customers", "segment"), on("customers", "country", "segment"),
                ]),
            .init(
                """
                SELECT o.id, c.email, i.quantity FROM orders o JOIN customers c ON c.id = o.customer_id
                JOIN items i ON i.order_id = o.id WHERE o.status = 'open' AND o.created_at > '2023-11-20'
                """,
                [
                    on("items", "order_id"), on("orders", "created_at"), on("orders", "status", "created_at"),
                ]),
            .init(
                """
                SELECT i.id FROM items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id
                WHERE c.email = 'user77@post.net'
                """,
                [
                    on("items", "order_id"), on("orders", "customer_id"), on("customers", "email"),
                ]),
            // Subqueries.
            .init(
                """
                SELECT c.id FROM customers c WHERE c.segment = 5
                AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = 'failed')
                """,
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "customer_id", "status"),
                ]),
            .init(
                """
                SELECT c.id, (SELECT max(o.created_at) FROM orders o WHERE o.customer_id = c.id) FROM customers c
                WHERE c.segment = 5
                """,
                [
                    on("orders", "customer_id"), on("orders", "customer_id", "created_at"), on("customers", "segment"),
                ]),
            .init(
                "SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE email LIKE 'user1234_@%')",
                [
                    on("orders", "customer_id"), on("orders", "status"), on("customers", "segment"),
                ]),
            .init(
                """
                SELECT p.* FROM products p WHERE p.category = 9
                AND NOT EXISTS (SELECT FROM items i WHERE i.product_id = p.id)
                """,
                [
                    on("items", "product_id"), on("products", "category"), on("items", "order_id"),
                ]),
            .init(
                """
                SELECT o.* FROM orders o WHERE o.warehouse = 3
                AND o.total > (SELECT avg(x.total) * 1.9 FROM orders x WHERE x.customer_id = o.customer_id)
                """,
                [
                    on("orders", "warehouse"), on("orders", "customer_id"), on("orders", "total"),
                ]),
            // Writes.
            .init(
                "UPDATE orders SET priority = 1 WHERE customer_id = 88 AND status = 'open'",
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "priority"),
                ]),
            .init(
                "DELETE FROM events WHERE at < '2024-01-02'",
                [
                    on("events", "at"), on("events", "device"), on("events", "kind"),
                ]),
            // Joins whose order an index may change, and longer ones.
            .init(
                """
                SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id
                WHERE c.email = 'user31@mail.org' AND o.status = 'done'
                """, [on("customers", "email"), on("orders", "customer_id"), on("orders", "status", "customer_id")]),
            .init(
                """
                SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id
                WHERE o.created_at > '2023-11-20' AND c.country = 'CH'
                """, [on("customers", "country"), on("orders", "created_at"), on("orders", "customer_id")]),
            .init(
                """
                SELECT p.name, i.quantity FROM orders o JOIN items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
                WHERE o.customer_id = 77
                """, [on("orders", "customer_id"), on("items", "order_id"), on("items", "product_id")]),
            .init(
                """
                SELECT c.segment, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id
                JOIN items i ON i.order_id = o.id WHERE c.segment = 8 AND i.quantity = 9 GROUP BY c.segment
                """, [on("orders", "customer_id"), on("items", "order_id"), on("customers", "segment")]),
            .init(
                """
                SELECT o.id, o.created_at FROM orders o JOIN customers c ON c.id = o.customer_id
                WHERE c.is_active ORDER BY o.created_at DESC LIMIT 10
                """, [on("orders", "created_at"), on("orders", "customer_id"), on("customers", "is_active")]),
            .init(
                """
                SELECT a.id FROM events a JOIN events b ON b.device = a.device AND b.at = a.at
                WHERE a.kind = 'alarm' AND a.value > 95
                """, [on("events", "device", "at"), on("events", "device"), on("events", "kind")]),
            .init(
                """
                WITH recent AS (SELECT * FROM orders WHERE created_at > '2023-11-24')
                SELECT r.id, i.id FROM recent r JOIN items i ON i.order_id = r.id WHERE r.priority = 2
                """, [on("orders", "created_at"), on("items", "order_id"), on("orders", "priority")]),
            .init(
                """
                SELECT * FROM (SELECT * FROM orders WHERE warehouse = 5 ORDER BY total DESC LIMIT 5) a
                UNION ALL SELECT * FROM (SELECT * FROM orders WHERE warehouse = 6 ORDER BY total DESC LIMIT 5) b
                """, [on("orders", "warehouse", "total"), on("orders", "warehouse"), on("orders", "total")]),
            // Parameters whose values nobody knows.
            .init(
                "SELECT * FROM orders WHERE customer_id = $1 AND status = $2", parameters: 2,
                [
                    on("orders", "customer_id"), on("orders", "status"), on("orders", "status", "warehouse"),
                ]),
            .init(
                "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2", parameters: 2,
                [
                    on("orders", "customer_id"), on("orders", "created_at"), on("orders", "customer_id", "created_at"),
                ]),
            .init(
                "SELECT * FROM orders WHERE created_at BETWEEN $1 AND $2 AND warehouse = $3", parameters: 3,
                [
                    on("orders", "created_at"), on("orders", "warehouse"), on("orders", "warehouse", "created_at"),
                ]),
            .init(
                "SELECT * FROM events WHERE device = $1 AND at > $2 ORDER BY at LIMIT 10", parameters: 2,
                [
                    on("events", "device"), on("events", "at"), on("events", "device", "at"),
                ]),
            .init(
                "SELECT i.* FROM orders o JOIN items i ON i.order_id = o.id WHERE o.code = $1", parameters: 1,
                [
                    on("orders", "code"), on("items", "order_id"), on("items", "product_id"),
                ]),
            .init(
                "SELECT * FROM customers WHERE country = $1 AND segment > $2", parameters: 2,
                [
                    on("customers", "country"), on("customers", "segment"), on("customers", "country", "segment"),
                ]),
            .init(
                "SELECT count(*) FROM items WHERE product_id = ANY ($1)", parameters: 1,
                [
                    on("items", "product_id"), on("items", "quantity"), on("items", "quantity", "product_id"),
                ]),
        ]
}
