/// A small shop with what makes images hard: partitions, expressions, domains, views, odd names, skewed values.
enum Shop {
    static let schema = #"""
        SET session_replication_role = replica; -- no foreign key is checked row by row
        CREATE SCHEMA shop;
        CREATE SCHEMA "Odd Names";
        CREATE TYPE shop.status AS ENUM ('new', 'paid', 'shipped', 'returned');
        CREATE DOMAIN shop.email AS text CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
        CREATE TYPE shop.address AS (street text, city text);
        CREATE FUNCTION shop.normalised(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT lower(trim($1)) $$;
        CREATE FUNCTION shop.price_with_tax(net numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE plpgsql
            IMMUTABLE PARALLEL SAFE COST 7 AS $$ BEGIN RETURN net * (1 + rate); END $$;
        CREATE FUNCTION shop.recent(days int) RETURNS SETOF int LANGUAGE plpgsql STABLE ROWS 17
            AS $$ BEGIN RETURN QUERY SELECT g FROM generate_series(1, days) g; END $$;

        CREATE TABLE shop.regions (id int PRIMARY KEY, name text NOT NULL, parent int REFERENCES shop.regions);
        CREATE TABLE shop.customers (
            id int PRIMARY KEY, region int NOT NULL REFERENCES shop.regions, email shop.email NOT NULL, name text NOT NULL,
            home shop.address, tags text[], created date NOT NULL,
            key text GENERATED ALWAYS AS (lower(name)) STORED);
        CREATE TABLE shop.products (
            id int PRIMARY KEY, sku varchar(20) NOT NULL UNIQUE, category int NOT NULL, price numeric(10, 2) NOT NULL,
            words tsvector, CONSTRAINT positive CHECK (price > 0));
        CREATE TABLE shop.orders (
            id int PRIMARY KEY, customer int NOT NULL REFERENCES shop.customers, status shop.status NOT NULL,
            placed timestamptz NOT NULL, total numeric(12, 2), country text COLLATE "C" NOT NULL, city text NOT NULL);
        CREATE TABLE shop.items (
            order_id int NOT NULL REFERENCES shop.orders, line int NOT NULL, product int NOT NULL REFERENCES shop.products,
            quantity int NOT NULL, PRIMARY KEY (order_id, line)) WITH (fillfactor = 90);
        CREATE TABLE shop.events (
            id bigint NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, customer int, PRIMARY KEY (id, at))
            PARTITION BY RANGE (at);
        CREATE TABLE shop.events_2026_01 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
        CREATE TABLE shop.events_2026_02 PARTITION OF shop.events FOR VALUES FROM ('2026-02-01Z') TO ('2026-03-01Z');
        CREATE TABLE shop.events_2026_03 PARTITION OF shop.events FOR VALUES FROM ('2026-03-01Z') TO ('2026-04-01Z');
        CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
        CREATE TABLE shop.measures (sensor int NOT NULL, value float8) PARTITION BY HASH (sensor);
        CREATE TABLE shop.measures_0 PARTITION OF shop.measures FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE shop.measures_1 PARTITION OF shop.measures FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE "Odd Names"."Log ""x""" ("Key" int, "two words" text);
        CREATE TABLE "Odd Names".log_child (extra int) INHERITS ("Odd Names"."Log ""x""");
        CREATE TABLE shop.bookings (room int, during tsrange, EXCLUDE USING gist (during WITH &&));

        INSERT INTO shop.regions SELECT g, 'Region ' || g, NULLIF(g / 10, 0) FROM generate_series(1, 50) g;
        INSERT INTO shop.customers
        SELECT g, 1 + (g * g) % 50, 'user' || g || '@example.org', 'Name ' || g % 5000, ROW('S ' || g, 'C ' || g % 90)::shop.address,
            ARRAY['t' || g % 7, 't' || g % 31], date '2020-01-01' + g % 2000
        FROM generate_series(1, 20000) g;
        INSERT INTO shop.products
        SELECT g, 'SKU-' || g, g % 40, 1 + (g * 37) % 900, to_tsvector('simple', 'word' || g % 100 || ' thing' || g % 7)
        FROM generate_series(1, 4000) g;
        INSERT INTO shop.orders
        SELECT g, 1 + (power(g % 1000, 2) / 50.1)::int % 20000,
            (CASE WHEN g % 100 < 90 THEN 'shipped' WHEN g % 100 < 96 THEN 'paid' WHEN g % 100 < 99 THEN 'new' ELSE 'returned' END)::shop.status,
            timestamptz '2025-01-01Z' + g * interval '5 minutes', (g * 7919) % 100000 / 100.0,
            'C' || (power(g % 13, 2))::int % 10, 'City ' || (power(g % 13, 2))::int % 10 * 3
        FROM generate_series(1, 60000) g;
        INSERT INTO shop.items
        SELECT g, l, 1 + (g * l * 31) % 4000, 1 + g % 5 FROM generate_series(1, 30000) g, generate_series(1, 2) l;
        INSERT INTO shop.events
        SELECT g, timestamptz '2026-01-01Z' + (g % 43000) * interval '180 seconds', 'k' || (g % 17) / 5, NULLIF(g % 20001, 0)
        FROM generate_series(1, 43000) g;
        INSERT INTO shop.measures SELECT g % 300, g FROM generate_series(1, 30000) g;
        INSERT INTO "Odd Names"."Log ""x""" SELECT g, 'line ' || g FROM generate_series(1, 5000) g;
        INSERT INTO "Odd Names".log_child SELECT g, 'line ' || g, g FROM generate_series(5001, 9000) g;
        INSERT INTO shop.bookings
        SELECT g % 20, tsrange(timestamp '2026-01-01' + g * interval '1 hour', timestamp '2026-01-01' + (g + 1) * interval '1 hour')
        FROM generate_series(1, 3000) g;

        CREATE INDEX orders_customer_idx ON shop.orders (customer);
        CREATE INDEX orders_placed_idx ON shop.orders (placed DESC);
        CREATE INDEX orders_open_idx ON shop.orders (placed) WHERE status IN ('new', 'paid');
        CREATE INDEX orders_covering_idx ON shop.orders (country, city) INCLUDE (total);
        CREATE INDEX orders_brin_idx ON shop.orders USING brin (id) WITH (pages_per_range = 16);
        CREATE INDEX customers_name_idx ON shop.customers (shop.normalised(name));
        CREATE INDEX customers_region_idx ON shop.customers (region);
        CREATE UNIQUE INDEX customers_email_idx ON shop.customers (email);
        CREATE INDEX customers_tags_idx ON shop.customers USING gin (tags);
        CREATE INDEX products_words_idx ON shop.products USING gin (words);
        CREATE INDEX products_hash_idx ON shop.products USING hash (category);
        CREATE INDEX items_product_idx ON shop.items (product);
        CREATE INDEX events_customer_idx ON shop.events (customer);
        CREATE INDEX ON shop.measures (sensor);
        CREATE INDEX "Log index" ON "Odd Names"."Log ""x""" ("Key");
        CREATE STATISTICS shop.place (ndistinct, dependencies) ON country, city FROM shop.orders;
        CREATE VIEW shop.open_orders AS
        SELECT o.id, o.customer, c.name, o.placed FROM shop.orders o JOIN shop.customers c ON c.id = o.customer
        WHERE o.status IN ('new', 'paid');
        CREATE VIEW shop.open_names AS SELECT name, count(*) AS number FROM shop.open_orders GROUP BY name;
        CREATE MATERIALIZED VIEW shop.sales AS
        SELECT i.product, sum(i.quantity) AS quantity, count(*) AS orders FROM shop.items i GROUP BY i.product;
        CREATE INDEX sales_quantity_idx ON shop.sales (quantity DESC);
        CREATE FUNCTION shop.busiest(minimum int) RETURNS SETOF shop.sales LANGUAGE sql STABLE
            AS $$ SELECT * FROM shop.sales WHERE quantity > minimum $$;
        CREATE FUNCTION shop.order_count(who int) RETURNS bigint LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT count(*) FROM shop.orders WHERE customer = who; END;
        CREATE FUNCTION shop.longer(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
            AS $$ BEGIN RETURN CASE WHEN length($1) > length($2) THEN $1 ELSE $2 END; END $$;
        CREATE AGGREGATE shop.longest(text) (SFUNC = shop.longer, STYPE = text, INITCOND = '', PARALLEL = SAFE);
        ALTER TABLE shop.regions ENABLE ROW LEVEL SECURITY;
        """#
}
