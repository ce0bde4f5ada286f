import Model
import Statements
import Testing

@testable import IndexAdvising

/// A statement with an index that must be among its candidates.
struct WantedIndex: Sendable, CustomTestStringConvertible {
    var sql: String
    var index: String

    init(_ sql: String, _ index: String) {
        self.sql = sql
        self.index = index
    }

    var testDescription: String { sql }
}

@Suite("Index candidates of a statement")
struct CandidateTests {
    @Test(
        "has the B-tree that serves it best",
        arguments: [
            WantedIndex("SELECT * FROM orders WHERE status = $1 AND customer_id = $2", "orders (customer_id, status)"),
            WantedIndex(
                "SELECT * FROM orders WHERE placed > $1 AND customer_id = $2", "orders (customer_id, placed)"),
            WantedIndex(
                "SELECT * FROM orders WHERE customer_id IN ($1, $2) AND room = $3 AND total BETWEEN $4 AND $5",
                "orders (room, customer_id, total)"),
            WantedIndex(
                "SELECT * FROM orders WHERE customer_id = ANY ($1) AND cancelled_at IS NULL",
                "orders (cancelled_at, customer_id)"),
            WantedIndex(
                "SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 10",
                "orders (customer_id, placed)"),
            WantedIndex(
                "SELECT * FROM orders ORDER BY total DESC, placed LIMIT 10", "orders (total DESC, placed)"),
            WantedIndex(
                "SELECT * FROM orders WHERE room = $1 ORDER BY paid DESC NULLS LAST LIMIT $2",
                "orders (room, paid DESC NULLS LAST)"),
            WantedIndex(
                "SELECT * FROM orders WHERE (placed, total) > ($1, $2) ORDER BY placed, total LIMIT 9",
                "orders (placed, total)"),
            WantedIndex("SELECT max(placed) FROM orders WHERE customer_id = $1", "orders (customer_id, placed)"),
            WantedIndex(
                "SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, placed DESC",
                "orders (customer_id, placed DESC)"),
            WantedIndex("SELECT * FROM orders WHERE customer_id = $1 OR room = $2", "orders (room)"),
            WantedIndex("SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id", "orders (customer_id)"),
            WantedIndex(
                "SELECT * FROM customers c JOIN orders o ON c.id = o.customer_id WHERE o.placed > $1 AND o.room = $2",
                "orders (room, customer_id)"),
            WantedIndex(
                "SELECT * FROM customers c JOIN orders o ON c.id = o.customer_id WHERE o.placed > $1 AND o.room = $2",
                "orders (customer_id, room, placed)"),
            WantedIndex(
                "SELECT * FROM items JOIN orders USING (order_id) JOIN products p ON p.id = product_id",
                "items (product_id)"),
            WantedIndex(
                "SELECT c.*, (SELECT sum(total) FROM orders o WHERE o.customer_id = c.id AND placed > $1) FROM customers c",
                "orders (customer_id, placed) INCLUDE (total)"),
            WantedIndex(
                "SELECT * FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.room = $1)",
                "orders (customer_id, room)"),
            WantedIndex(
                "SELECT * FROM orders WHERE id IN (SELECT order_id FROM items WHERE product_id = $1)",
                "items (product_id) INCLUDE (order_id)"),
            WantedIndex("SELECT * FROM open_orders WHERE customer_id = $1", "orders (customer_id, is_open)"),
            WantedIndex("WITH o AS (SELECT * FROM orders) SELECT * FROM o WHERE room = $1", "orders (room)"),
            WantedIndex(
                "SELECT * FROM (SELECT customer_id, count(*) FROM orders GROUP BY customer_id) t WHERE customer_id = $1",
                "orders (customer_id)"),
            WantedIndex(
                "SELECT * FROM (SELECT id, room FROM orders UNION ALL SELECT order_id, product_id FROM items) u WHERE room = $1",
                "items (product_id) INCLUDE (order_id)"),
            WantedIndex("UPDATE orders SET note = $1 WHERE customer_id = $2", "orders (customer_id)"),
            WantedIndex("INSERT INTO settings SELECT * FROM orders WHERE room = $1", "orders (room)"),
            WantedIndex("DELETE FROM products WHERE id = $1", "items (product_id)"),
            WantedIndex("UPDATE products SET id = $1 WHERE id = $2", "items (product_id)"),
            WantedIndex(
                "MERGE INTO products p USING settings s ON p.name = s.key WHEN MATCHED THEN DELETE",
                "items (product_id)"),
            WantedIndex(
                "MERGE INTO orders o USING settings s ON o.note = s.key WHEN MATCHED THEN DELETE", "orders (note)"),
            WantedIndex(
                "SELECT * FROM customers c, LATERAL (SELECT * FROM orders WHERE customer_id = c.id ORDER BY placed DESC LIMIT 3) o",
                "orders (customer_id, placed)"),
            WantedIndex(
                "SELECT * FROM orders WHERE (customer_id, room) IN (SELECT id, id FROM customers WHERE country = $1)",
                "orders (customer_id, room)"),
            WantedIndex(
                "SELECT * FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.room = $1",
                "orders (customer_id, room)"),
            WantedIndex(
                "SELECT * FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)",
                "orders (customer_id)"),
            WantedIndex(
                "SELECT * FROM orders WHERE (room = $1 AND customer_id = $2) OR (room = $1 AND placed > $3)",
                "orders (room, placed)"),
            WantedIndex(
                "SELECT *, row_number() OVER (PARTITION BY room ORDER BY placed) FROM orders", "orders (room, placed)"),
            WantedIndex(
                "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id = $1", "orders (customer_id)"),
            WantedIndex(
                "WITH RECURSIVE t AS (SELECT id FROM orders WHERE room = $1 UNION ALL SELECT o.id FROM orders o JOIN t ON o.customer_id = t.id) SELECT * FROM t",
                "orders (customer_id) INCLUDE (id)"),
            WantedIndex("SELECT * FROM log WHERE level = $1", "log (level)"),
            WantedIndex("SELECT * FROM log_2 WHERE level = $1", "log_2 (level)"),
            WantedIndex("SELECT * FROM totals WHERE a = $1", "totals (a)"),
            WantedIndex(
                "SELECT o.total FROM orders o JOIN items i ON i.order_id = o.id JOIN customers c ON c.id = o.customer_id WHERE c.id = $1",
                "orders (customer_id) INCLUDE (id, total)"),
        ])
    func trees(wanted: WantedIndex) throws {
        let found = try CatalogMaker.candidates(wanted.sql)
        #expect(found.contains(wanted.index), "\(found)")
        #expect(found.count <= 24, "\(found.count)")
    }

    @Test(
        "has covering ones where few narrow columns are read",
        arguments: [
            WantedIndex("SELECT note FROM orders WHERE room = $1", "orders (room) INCLUDE (note)"),
            WantedIndex("SELECT count(*) FROM orders WHERE region = $1", "orders (region)"),
            WantedIndex("SELECT sum(quantity) FROM items", "items (quantity)"),
            WantedIndex(
                "SELECT product_id, sum(price * quantity) FROM items GROUP BY product_id",
                "items (product_id) INCLUDE (quantity, price)"),
            WantedIndex(
                """
                SELECT p.name, sum(i.price) FROM orders o, items i, products p WHERE o.id = i.order_id
                AND p.id = i.product_id AND o.placed >= $1 AND o.placed < $2 GROUP BY p.name
                """, "orders (placed, id)"),
            WantedIndex(
                """
                SELECT p.name, sum(i.price) FROM orders o, items i, products p WHERE o.id = i.order_id
                AND p.id = i.product_id AND i.quantity > $1 GROUP BY p.name
                """, "items (order_id, quantity) INCLUDE (product_id, price)"),
            WantedIndex(
                """
                SELECT p.name, sum(i.price) FROM orders o, items i, products p WHERE o.id = i.order_id
                AND p.id = i.product_id AND i.quantity > $1 GROUP BY p.name
                """, "items (quantity, product_id) INCLUDE (order_id, price)"),
        ])
    func covering(wanted: WantedIndex) throws {
        let found = try CatalogMaker.candidates(wanted.sql)
        #expect(found.contains(wanted.index), "\(found)")
    }

    @Test(
        "has partial ones where a condition without parameter keeps few rows",
        arguments: [
            WantedIndex(
                "SELECT * FROM orders WHERE cancelled_at IS NOT NULL AND room = $1",
                "orders (room) WHERE cancelled_at IS NOT NULL"),
            WantedIndex(
                "SELECT * FROM orders WHERE deleted_at IS NULL AND room = $1", "orders (room) WHERE deleted_at IS NULL"),
            WantedIndex(
                "SELECT * FROM orders WHERE is_open ORDER BY placed LIMIT 10", "orders (placed) WHERE is_open"),
            WantedIndex("SELECT id FROM orders WHERE NOT is_open", "orders (id) WHERE NOT is_open"),
            WantedIndex(
                "SELECT * FROM orders WHERE status = 'new' AND placed < $1", "orders (placed) WHERE status = 'new'"),
            WantedIndex(
                "SELECT * FROM orders WHERE status IN ('new', 'late') AND room = $1",
                "orders (room, status) WHERE status IN ('new', 'late')"),
            WantedIndex(
                "SELECT * FROM orders WHERE status <> 'done' AND room = $1", "orders (room) WHERE status <> 'done'"),
        ])
    func partial(wanted: WantedIndex) throws {
        let found = try CatalogMaker.candidates(wanted.sql)
        #expect(found.contains(wanted.index), "\(found)")
    }

    @Test(
        "has ones on expressions that are immutable",
        arguments: [
            WantedIndex("SELECT * FROM customers WHERE lower(email) = lower($1)", "customers ((lower(email)))"),
            WantedIndex(
                "SELECT * FROM orders WHERE date_trunc('day', placed) = $1",
                "orders ((date_trunc('day', placed)))"),
            WantedIndex("SELECT * FROM orders WHERE placed::date = $1", "orders (((placed)::date))"),
            WantedIndex("SELECT * FROM orders WHERE doc ->> 'sku' = $1", "orders ((doc ->> 'sku'))"),
            WantedIndex(
                "SELECT * FROM orders WHERE (doc ->> 'n')::int > $1", "orders (((doc ->> 'n')::integer))"),
            WantedIndex("SELECT * FROM orders WHERE coalesce(note, '') = $1", "orders ((COALESCE(note, '')))"),
            WantedIndex("SELECT * FROM orders WHERE total * 2 > $1", "orders ((total * 2))"),
            WantedIndex("SELECT * FROM orders WHERE code::text = $1", "orders (code)"),
            WantedIndex(
                "SELECT * FROM orders ORDER BY lower(note) DESC LIMIT 5", "orders ((lower(note)))"),
            WantedIndex(
                "SELECT * FROM orders WHERE (paid AT TIME ZONE 'UTC')::date = $1",
                "orders (((timezone('UTC', paid))::date))"),
            WantedIndex(
                "SELECT extract(year FROM placed), count(*) FROM orders GROUP BY extract(year FROM placed)",
                "orders ((pg_catalog.extract('year', placed))) INCLUDE (placed)"),
        ])
    func expressions(wanted: WantedIndex) throws {
        let found = try CatalogMaker.candidates(wanted.sql)
        #expect(found.contains(wanted.index), "\(found)")
    }

    @Test(
        "has other methods and operator classes where they serve",
        arguments: [
            WantedIndex("SELECT * FROM customers WHERE name LIKE 'Mü%'", "customers (name text_pattern_ops)"),
            WantedIndex(
                "SELECT * FROM orders WHERE room = $1 AND code LIKE $2", "orders (room, code varchar_pattern_ops)"),
            WantedIndex(
                "SELECT * FROM customers WHERE name LIKE '%x%'", "customers USING gin (name public.gin_trgm_ops)"),
            WantedIndex(
                "SELECT * FROM customers WHERE name ILIKE $1", "customers USING gin (name public.gin_trgm_ops)"),
            WantedIndex("SELECT * FROM customers WHERE name ~ $1", "customers USING gin (name public.gin_trgm_ops)"),
            WantedIndex("SELECT * FROM customers WHERE name % $1", "customers USING gin (name public.gin_trgm_ops)"),
            WantedIndex(
                "SELECT * FROM customers ORDER BY name <-> $1 LIMIT 5",
                "customers USING gist (name public.gist_trgm_ops)"),
            WantedIndex("SELECT * FROM orders WHERE doc @> $1", "orders USING gin (doc jsonb_path_ops)"),
            WantedIndex("SELECT * FROM orders WHERE doc ? $1", "orders USING gin (doc)"),
            WantedIndex("SELECT * FROM orders WHERE doc -> 'a' ?| $1", "orders USING gin ((doc -> 'a'))"),
            WantedIndex("SELECT * FROM orders WHERE tags @> $1", "orders USING gin (tags)"),
            WantedIndex("SELECT * FROM orders WHERE $1 && tags", "orders USING gin (tags)"),
            WantedIndex("SELECT * FROM orders WHERE words @@ to_tsquery($1)", "orders USING gin (words)"),
            WantedIndex(
                "SELECT * FROM orders WHERE to_tsvector('english', body) @@ plainto_tsquery('english', $1)",
                "orders USING gin ((to_tsvector('english', body)))"),
            WantedIndex("SELECT * FROM orders WHERE period && $1", "orders USING gist (period)"),
            WantedIndex("SELECT * FROM orders WHERE period @> now()", "orders USING gist (period)"),
            WantedIndex("SELECT * FROM orders WHERE spot <@ $1::box", "orders USING gist (spot)"),
            WantedIndex("SELECT * FROM orders ORDER BY spot <-> $1 LIMIT 3", "orders USING gist (spot)"),
            WantedIndex("SELECT * FROM orders WHERE address <<= $1", "orders USING gist (address inet_ops)"),
            WantedIndex("SELECT * FROM events WHERE at > $1", "events USING brin (at)"),
        ])
    func methods(wanted: WantedIndex) throws {
        let found = try CatalogMaker.candidates(wanted.sql)
        #expect(found.contains(wanted.index), "\(found)")
    }

    @Test(
        "has none where an index cannot serve, or pays not",
        arguments: [
            "SELECT * FROM orders WHERE $1 IS NULL OR customer_id = $1",
            "SELECT * FROM orders WHERE NOT (customer_id = $1)",
            "SELECT * FROM orders WHERE customer_id <> $1",
            "SELECT * FROM orders WHERE customer_id NOT IN ($1, $2)",
            "SELECT * FROM orders WHERE customer_id = room",
            "SELECT * FROM orders WHERE total > random()",
            "SELECT * FROM orders WHERE room = 5.5",
            "SELECT * FROM orders WHERE to_char(placed, 'YYYY') = $1",
            "SELECT * FROM orders WHERE date_trunc('day', paid) = $1",
            "SELECT * FROM orders WHERE date_trunc($1, placed) = $2",
            "SELECT * FROM orders WHERE paid::date = $1",
            "SELECT * FROM orders WHERE room = coalesce($1, room)",
            "UPDATE products SET name = $1",
            "SELECT * FROM products p LEFT JOIN orders o ON o.id = p.id ORDER BY o.placed LIMIT 10",
            "SELECT * FROM customers c LEFT JOIN settings s ON c.country = $1",
            "SELECT * FROM orders WHERE my_function(note) = $1",
            "SELECT * FROM orders WHERE concat(note, code) = $1",
            "SELECT * FROM orders WHERE to_tsvector(body) @@ to_tsquery($1)",
            "SELECT * FROM orders WHERE $1 = ANY (tags)",
            "SELECT * FROM orders WHERE region = $1",
            "SELECT * FROM orders WHERE is_gift",
            "SELECT * FROM orders WHERE deleted_at IS NOT NULL",
            "SELECT * FROM orders WHERE id = $1",
            "SELECT * FROM orders WHERE id = $1 AND customer_id = $2 ORDER BY placed LIMIT 1",
            "SELECT * FROM orders WHERE no_such_column = $1",
            "SELECT count(*) FROM orders",
            "SELECT * FROM orders",
            "SELECT * FROM orders LIMIT 10",
            "SELECT * FROM orders WHERE body = $1",
            "SELECT * FROM orders ORDER BY random() LIMIT 1",
            "SELECT * FROM settings WHERE key = $1",
            "SELECT * FROM spool WHERE a = $1",
            "SELECT * FROM remote WHERE a = $1",
            "SELECT * FROM held WHERE a = $1",
            "SELECT * FROM unknown_view WHERE id = $1",
            "SELECT * FROM pg_class WHERE relname = $1",
            "INSERT INTO orders (id) VALUES ($1)",
            "SELECT * FROM customers c LEFT JOIN orders o ON o.id = c.id AND c.country = $1 WHERE c.id = $2",
        ])
    func none(sql: String) throws {
        let found = try CatalogMaker.candidates(sql)
        #expect(found == [], "\(found)")
    }

    @Test("of what is unknown there are no partial ones")
    func parameterIsNoPredicate() throws {
        for sql in [
            "SELECT * FROM orders WHERE status = $1 AND room = $2",
            "SELECT * FROM orders WHERE (deleted_at IS NULL OR $1) AND room = $2",
            "SELECT * FROM orders WHERE is_gift AND room = $1",
            "SELECT * FROM orders WHERE cancelled_at IS NULL AND room = $1",
            "SELECT * FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.deleted_at IS NULL AND c.country = $1",
        ] {
            let found = try CatalogMaker.candidates(sql)
            #expect(!found.isEmpty && !found.contains { $0.contains("WHERE") }, "\(sql): \(found)")
        }
    }

    @Test("under the collation C, the default operator class serves LIKE")
    func collation() throws {
        let found = try CatalogMaker.candidates("SELECT * FROM customers WHERE name LIKE 'M%'", collationIsC: true)
        #expect(found == ["customers (name)"])
    }

    @Test("without pg_trgm there is no trigram index")
    func trigrams() throws {
        var catalog = CatalogMaker.shop
        catalog.extensions = []
        #expect(try CatalogMaker.candidates("SELECT * FROM customers WHERE name ILIKE $1", catalog) == [])
    }

    @Test("where pages are not visible, and where all columns are read, there is no covering one")
    func visibility() throws {
        var catalog = CatalogMaker.shop
        for place in catalog.relations.indices { catalog.relations[place].allVisiblePages = 0 }
        #expect(try CatalogMaker.candidates("SELECT note FROM orders WHERE room = $1", catalog) == ["orders (room)"])
        #expect(try CatalogMaker.candidates("SELECT * FROM orders WHERE room = $1") == ["orders (room)"])
        #expect(try CatalogMaker.candidates("SELECT o FROM orders o WHERE room = $1") == ["orders (room)"])
        #expect(try CatalogMaker.candidates("SELECT body FROM orders WHERE room = $1") == ["orders (room)"])
        #expect(try CatalogMaker.candidates("SELECT id FROM orders WHERE room = $1 FOR UPDATE") == ["orders (room)"])
    }

    @Test("BRIN only for large tables that are written at their end")
    func blockRanges() throws {
        let sql = "SELECT * FROM events WHERE at > $1"
        var catalog = CatalogMaker.shop
        let place = try #require(catalog.relations.firstIndex { $0.name.name == "events" })
        catalog.relations[place].counters.updated = 20_000_000
        #expect(try CatalogMaker.candidates(sql, catalog) == ["events (at)"])
        catalog.relations[place].counters.updated = 0
        catalog.relations[place].pages = 16_384
        #expect(try CatalogMaker.candidates(sql, catalog) == ["events (at)"])
    }

    @Test("what an index serves already is left out")
    func served() throws {
        func found(_ sql: String, _ keys: [String], _ configure: (inout Index) -> Void = { _ in }) throws -> [String] {
            var maker = CatalogMaker()
            maker.change { $0 = CatalogMaker.shop }
            maker.addIndex("there", on: "orders", keys, configure)
            return try CatalogMaker.candidates(sql, maker.catalog)
        }
        let lookUp = "SELECT * FROM orders WHERE customer_id = $1 AND room = $2"
        #expect(try found(lookUp, ["room", "customer_id"]) == [])
        #expect(try found(lookUp, ["room", "customer_id", "placed"]) == [])
        #expect(try found(lookUp, ["room"]) == ["orders (customer_id, room)"])
        #expect(try found(lookUp, ["room", "customer_id"]) { $0.isValid = false } == ["orders (customer_id, room)"])
        #expect(
            try found(lookUp, ["room", "customer_id"]) { $0.predicate = "is_open" } == ["orders (customer_id, room)"])
        #expect(
            try found(lookUp + " AND is_gift", ["room", "customer_id", "is_gift"]) { $0.predicate = "is_gift" } == [])
        let order = "SELECT * FROM orders WHERE room = $1 ORDER BY placed DESC LIMIT 3"
        #expect(try !found(order, ["room", "placed"]).contains("orders (room, placed)"))
        #expect(try found(order, ["placed", "room"]).contains("orders (room, placed)"))
        let narrow = "SELECT total FROM orders WHERE room = $1"
        #expect(try found(narrow, ["room"]) == ["orders (room) INCLUDE (total)"])
        #expect(try found(narrow, ["room", "total"]) { $0.keyCount = 1 } == [])
        #expect(
            try found("SELECT * FROM orders WHERE note = $1", ["note"]) { $0.predicate = "(note IS NOT NULL)" } == [])
        // Literals are left out of a snapshot; there is no plan that would tell them apart.
        let sku = "SELECT * FROM orders WHERE doc ->> 'sku' = $1"
        #expect(try found(sku, ["(doc ->> '…'::text)"]) { $0.hasLiterals = true } == [])
        #expect(try found(sku, ["(doc -> '…'::text)"]) { $0.hasLiterals = true } == ["orders ((doc ->> 'sku'))"])
        #expect(try found("SELECT * FROM orders WHERE lower(code) = $1", ["lower((code)::text)"]) == [])
        #expect(
            try found("SELECT * FROM orders WHERE code LIKE $1", ["code"]).contains("orders (code varchar_pattern_ops)")
        )
    }

    @Test("says why a relation gets none")
    func leftOut() throws {
        let statement = try CatalogMaker.statement(
            "SELECT * FROM settings, spool, remote, held, unknown_view, pg_class, nowhere, orders, open_orders")
        let reasons = CandidateGenerator(CatalogNames(CatalogMaker.shop)).leftOut(of: statement)
        #expect(
            reasons.map { "\($0.relation): \($0.reason)".prefix { $0 != " " } }
                == ["settings:", "spool:", "remote:", "held:", "unknown_view:", "pg_class:", "nowhere:"])
        #expect(reasons[0].reason.hasPrefix("Small: "))
        #expect(reasons.allSatisfy { $0.reason.hasSuffix(".") })
    }

    @Test("two are merged into ones that serve both, and narrowed to smaller ones")
    func merges() throws {
        func index(_ keys: [String], include: [String] = [], predicate: String? = nil) -> IndexCandidate {
            var candidate = IndexCandidate(
                relation: QualifiedName("public", "orders"), keys: keys.map { .init(key: .column($0)) })
            candidate.included = include
            candidate.predicate = predicate
            return candidate
        }
        let merged = CandidateGenerator.merged(
            index(["a", "b"], include: ["x"]), index(["a", "c"], include: ["b", "y"]))
        #expect(
            merged == [index(["a", "b", "c"], include: ["x", "y"]), index(["a", "c", "b"], include: ["y", "x"])])
        #expect(CandidateGenerator.merged(index(["a"]), index(["a", "b"])) == [index(["a", "b"])])
        #expect(CandidateGenerator.merged(index(["a"], predicate: "p"), index(["a"])) == [index(["a"])])
        var other = index(["a"])
        other.relation = QualifiedName("public", "items")
        #expect(CandidateGenerator.merged(index(["a"]), other) == [])
        #expect(
            CandidateGenerator.narrowed(index(["a", "b"], include: ["x"], predicate: "p"))
                == [index(["a", "b"], predicate: "p"), index(["a"], predicate: "p")])
        #expect(CandidateGenerator.narrowed(index(["a"])) == [])
    }
}
