/// A shop whose statements want an index of every kind.
enum IndexShop {
    static let setup = """
        CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, country char(2) NOT NULL, city text NOT NULL,
            attributes jsonb NOT NULL);
        CREATE TABLE products (id int PRIMARY KEY, sku text NOT NULL, category int NOT NULL, price int NOT NULL,
            description text NOT NULL);
        CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL,
            placed timestamptz NOT NULL, shipped timestamptz, total int NOT NULL, note text NOT NULL);
        CREATE TABLE order_items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders ON DELETE CASCADE,
            product_id int NOT NULL, quantity int NOT NULL);
        CREATE TABLE events (id int NOT NULL, kind int NOT NULL, customer_id int NOT NULL, at timestamptz NOT NULL)
            PARTITION BY RANGE (at);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
        CREATE TABLE countries (code char(2), name text);
        INSERT INTO countries VALUES ('NL', 'Netherlands'), ('DE', 'Germany'), ('FR', 'France'), ('BE', 'Belgium');
        INSERT INTO customers SELECT g, 'User' || g || '@example.org', (ARRAY['NL', 'DE', 'FR', 'BE'])[1 + g % 4],
            'city ' || abs(hashint4(g)) % 900, jsonb_build_object('tier', 't' || g % 500, 'n', g)
            FROM generate_series(1, 60000) g;
        INSERT INTO products SELECT g, 'sku-' || md5(g::text), g % 300, g % 1000, repeat('x', 200)
            FROM generate_series(1, 20000) g;
        INSERT INTO orders SELECT g, 1 + abs(hashint4(g)) % 60000,
            (ARRAY['paid', 'paid', 'paid', 'open', 'sent'])[1 + abs(hashint4(g + 7)) % 5],
            TIMESTAMPTZ '2026-01-01' + abs(hashint4(g + 5)) % 7000000 * interval '1 s',
            CASE WHEN g % 200 <> 0 THEN TIMESTAMPTZ '2026-03-29' END, abs(hashint4(g + 3)) % 100000, repeat('n', 60)
            FROM generate_series(1, 120000) g;
        INSERT INTO order_items SELECT g, 1 + abs(hashint4(g)) % 120000, 1 + abs(hashint4(g + 1)) % 20000, 1 + g % 5
            FROM generate_series(1, 250000) g;
        INSERT INTO events SELECT g, abs(hashint4(g)) % 400, abs(hashint4(g + 2)) % 60000,
            TIMESTAMPTZ '2026-01-01' + g * interval '50 s' FROM generate_series(1, 150000) g;
        VACUUM ANALYZE;

        """

    /// Nothing that the set-up did counts.
    static let forget = """
        SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
        SELECT pg_stat_reset();

        """

    static let forgetScans = "SELECT pg_stat_reset();\n"

    /// Asked through PREPARE, with values that only its parameters hold.
    static let prepared = """
        PREPARE day AS SELECT count(*), max(total) FROM orders WHERE placed >= $1 AND placed < $2;
        EXECUTE day('2026-02-01', '2026-02-02'); EXECUTE day('2026-02-03', '2026-02-04');
        EXECUTE day('2026-02-05', '2026-02-06'); EXECUTE day('2026-02-07', '2026-02-08');
        EXECUTE day('2026-03-01', '2026-03-02'); EXECUTE day('2026-03-03', '2026-03-04');

        """

    /// Values that all of it answers; what changes rows is undone.
    static let statements = [
        "SELECT * FROM customers WHERE city = 'city 7' AND country = 'NL'",
        "SELECT id, placed, total FROM orders WHERE status = 'open' ORDER BY placed DESC LIMIT 10",
        "SELECT sum(quantity) FROM order_items WHERE product_id = 5",
        "SELECT id, total FROM orders WHERE shipped IS NULL ORDER BY total LIMIT 20",
        "SELECT id, city FROM customers WHERE lower(email) = 'user77@example.org'",
        "SELECT id FROM customers WHERE attributes @> '{\"tier\": \"t7\"}'",
        "DELETE FROM orders WHERE id = 5",
        "SELECT count(*) FROM events WHERE kind = 17 AND at >= '2026-02-03' AND at < '2026-02-10'",
        "SELECT * FROM products WHERE sku = 'sku-e4da3b7fbbce2345d7772b0674a318d5'",
        """
        SELECT c.country, sum(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE o.placed >= '2026-03-20' AND o.placed < '2026-03-20 06:00' GROUP BY c.country
        """,
    ]

    /// Each three times.
    static let calls = String(
        repeating: statements.map { $0.hasPrefix("DELETE") ? "BEGIN; \($0); ROLLBACK;\n" : $0 + ";\n" }.joined(),
        count: 3)

    /// Each as often as a page would ask it.
    static let file = zip([40, 200, 60, 100, 100, 40, 30, 80, 90, 20], statements)
        .map { "-- weight: \($0)\n\($1);\n" }.joined()
}
