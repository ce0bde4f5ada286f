-- A ticket shop with what makes indexes hard: skew, NULLs, soft deletes, a queue, counters that are always written, an append-only
-- log, documents, arrays, texts to search, bookings (ranges), places (points), a partitioned table, foreign keys without an index,
-- and some indexes that are good, double, covered by another, or of no use. About 680 MB, loaded in about half a minute.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET TimeZone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
-- The same rows each time, as long as no worker shares in making them.
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42);

-- Word 0 … 7,999 of an invented language; the same for the same number.
CREATE FUNCTION word(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT s[n % 20 + 1] || s[n / 20 % 20 + 1] || s[n / 400 % 20 + 1]
    FROM (SELECT '{ba,ce,di,fo,gu,ha,je,ki,lo,mu,na,pe,qui,ro,su,ta,ve,wi,xo,zu}'::text[] AS s) AS syllables
$$;

CREATE TABLE countries (code text, name text NOT NULL, currency text NOT NULL);
INSERT INTO countries SELECT chr(65 + i / 26) || chr(65 + i % 26), 'Country of ' || word(i * 37 % 8000), 'C' || i % 40
FROM generate_series(0, 199) AS i;

CREATE TABLE categories (id integer, slug text NOT NULL, title text NOT NULL);
INSERT INTO categories SELECT i, 'category-' || i, initcap(word(i * 113 % 8000)) FROM generate_series(1, 40) AS i;

CREATE TABLE customers (
    id integer, email text NOT NULL, name text NOT NULL, country text NOT NULL, phone text, tags text[] NOT NULL,
    profile jsonb NOT NULL, referrer_id integer, credit numeric(10, 2) NOT NULL, last_seen_at timestamptz,
    created_at timestamptz NOT NULL, deleted_at timestamptz
);
INSERT INTO customers
SELECT i, initcap(word(a)) || '.' || initcap(word(b)) || i || '@' || (ARRAY['Example.com', 'mail.example.org', 'post.example.net'])[i % 3 + 1],
    initcap(word(a)) || ' ' || initcap(word(b)),
    chr(65 + floor(8 * r ^ 4)::integer) || chr(65 + floor(26 * r ^ 2)::integer),
    CASE WHEN i % 3 > 0 THEN '+49' || lpad((i * 7919 % 100000000)::text, 9, '0') END,
    ARRAY(SELECT t FROM unnest(ARRAY['newsletter', 'vip', 'press', 'staff', 'reseller', 'blocked']) WITH ORDINALITY AS u (t, n)
        WHERE abs(hashint4((i * 8 + n)::integer)) % (10 * n * n) < 2),
    jsonb_build_object('plan', CASE WHEN q < 0.004 THEN 'enterprise' WHEN q < 0.15 THEN 'pro' ELSE 'free' END,
        'lang', (ARRAY['de', 'en', 'fr', 'es', 'it'])[floor(5 * r ^ 2)::integer + 1], 'beta', i % 611 = 0,
        'limits', jsonb_build_object('seats', floor(1 + 500 * q ^ 6))),
    CASE WHEN i % 10 = 0 THEN 1 + floor(i * random())::integer END, round((500 * q ^ 3)::numeric, 2),
    CASE WHEN i % 4 > 0 THEN timestamptz '2026-01-01' - interval '700 days' * random() ^ 3 END,
    timestamptz '2022-01-01' + interval '1 minute' * 10 * i,
    CASE WHEN i % 50 = 7 THEN timestamptz '2025-01-01' + interval '365 days' * random() END
FROM (SELECT i, floor(8000 * random() ^ 2)::integer AS a, floor(8000 * random())::integer AS b, random() AS r, random() AS q
    FROM generate_series(1, 200010) AS i) AS rows;

CREATE TABLE venues (id integer, name text NOT NULL, city text NOT NULL, location point NOT NULL, capacity integer NOT NULL);
INSERT INTO venues SELECT i, initcap(word(floor(8000 * random())::integer)) || ' Hall', initcap(word(floor(900 * random() ^ 2)::integer)),
    point(180 * random() - 90, 360 * random() - 180), floor(100 + 50000 * random() ^ 6)
FROM generate_series(1, 60000) AS i;

CREATE TABLE events (
    id integer, venue_id integer NOT NULL, category_id integer NOT NULL, title text NOT NULL, status text NOT NULL,
    popularity integer NOT NULL, price_from numeric(8, 2) NOT NULL, starts_at timestamptz NOT NULL, reviewed_at timestamptz
);
INSERT INTO events SELECT i, 1 + floor(60000 * random() ^ 2)::integer, 1 + floor(40 * random() ^ 2)::integer,
    initcap(word(floor(8000 * random() ^ 2)::integer)) || ' ' || word(floor(8000 * random())::integer) || ' ' || word(i % 8000),
    (ARRAY['planned', 'on sale', 'on sale', 'over', 'over', 'over', 'over', 'cancelled'])[floor(8 * random())::integer + 1],
    floor(100000 * random() ^ 4), round((5 + 200 * random() ^ 2)::numeric, 2), timestamptz '2024-06-01' + interval '800 days' * random(),
    CASE WHEN random() > 0.002 THEN timestamptz '2024-01-01' + interval '700 days' * random() END
FROM generate_series(1, 120000) AS i;

CREATE TABLE orders (
    id integer, customer_id integer NOT NULL, status text NOT NULL, total numeric(10, 2) NOT NULL, coupon text, country text NOT NULL,
    placed_at timestamp NOT NULL, shipped_at timestamptz, flagged boolean NOT NULL, note text NOT NULL, deleted_at timestamptz
);
INSERT INTO orders
SELECT i, 1 + floor(200000 * random() ^ 3)::integer,
    CASE WHEN r < 0.002 THEN 'held' WHEN r < 0.01 THEN 'new' WHEN r < 0.03 THEN 'paid' WHEN r < 0.07 THEN 'cancelled' ELSE 'done' END,
    round((10 + 900 * random() ^ 5)::numeric, 2), CASE WHEN i % 33 = 0 THEN 'C-' || floor(4000 * random()) END,
    chr(65 + floor(8 * random() ^ 4)::integer) || chr(65 + floor(26 * random() ^ 2)::integer),
    timestamp '2025-01-01' + interval '63 seconds' * i + interval '1 hour' * random(),
    CASE WHEN r >= 0.05 THEN timestamptz '2025-01-02' + interval '63 seconds' * i + interval '3 days' * random() END,
    random() < 0.001, repeat('n', floor(60 * random())::integer),
    CASE WHEN random() < 0.02 THEN timestamptz '2025-02-01' + interval '63 seconds' * i END
FROM (SELECT i, random() AS r FROM generate_series(1, 500000) AS i) AS rows;

CREATE TABLE order_items (
    id integer, order_id integer NOT NULL, event_id integer NOT NULL, seat text NOT NULL, quantity smallint NOT NULL,
    price numeric(8, 2) NOT NULL, scanned_at timestamptz
);
INSERT INTO order_items SELECT i, (i + 1) / 2, 1 + floor(120000 * random() ^ 2)::integer,
    chr(65 + floor(26 * random())::integer) || '-' || floor(200 * random()) || '-' || floor(60 * random()), 1 + floor(4 * random() ^ 3),
    round((5 + 200 * random() ^ 2)::numeric, 2), CASE WHEN i % 5 > 1 THEN timestamptz '2025-02-01' + interval '31 seconds' * i END
FROM generate_series(1, 1000000) AS i;

CREATE TABLE order_notes (id integer, order_id integer NOT NULL, author text NOT NULL, body text NOT NULL);
INSERT INTO order_notes SELECT i, 1 + floor(500000 * random())::integer, word(i % 50), repeat(word(i % 8000), 6) FROM generate_series(1, 300000) AS i;

-- Written in the order of time, never changed.
CREATE TABLE audit_log (id bigint, at timestamptz NOT NULL, actor_id integer NOT NULL, action text NOT NULL, detail text NOT NULL);
INSERT INTO audit_log SELECT i, timestamptz '2025-01-01' + interval '31 seconds' * i, 1 + floor(200000 * random() ^ 2)::integer,
    (ARRAY['view', 'view', 'view', 'edit', 'sign-in', 'export'])[floor(6 * random())::integer + 1], repeat(md5(i::text), 4)
FROM generate_series(1, 1000000) AS i;

CREATE TABLE bookings (id integer, room_id integer NOT NULL, customer_id integer NOT NULL, during tstzrange NOT NULL, persons smallint NOT NULL);
INSERT INTO bookings SELECT i, 1 + floor(2000 * random())::integer, 1 + floor(200000 * random())::integer,
    tstzrange(start, start + interval '30 minutes' * (1 + floor(20 * random() ^ 3))), 1 + floor(8 * random())
FROM (SELECT i, timestamptz '2025-01-01' + interval '30 minutes' * floor(17520 * random()) AS start FROM generate_series(1, 300000) AS i) AS rows;

CREATE TABLE articles (
    id integer, slug text NOT NULL, title text NOT NULL, body text NOT NULL, author text NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED, published_at timestamptz
);
INSERT INTO articles (id, slug, title, body, author, published_at)
SELECT i, (ARRAY['guide', 'news', 'faq', 'story'])[i % 4 + 1] || '-' || word(floor(8000 * random())::integer) || '-' || i,
    initcap(word(floor(8000 * random() ^ 2)::integer)) || ' ' || word(floor(8000 * random())::integer),
    (SELECT string_agg(word(floor(8000 * random() ^ 3)::integer), ' ') FROM generate_series(1, 25 + 0 * i)), word(i % 300),
    CASE WHEN i % 20 > 0 THEN timestamptz '2024-01-01' + interval '700 days' * random() END
FROM generate_series(1, 60000) AS i;

CREATE TABLE jobs (
    id integer, kind text NOT NULL, state text NOT NULL, priority smallint NOT NULL, run_at timestamptz NOT NULL,
    attempts smallint NOT NULL, payload jsonb NOT NULL
);
INSERT INTO jobs SELECT i, (ARRAY['mail', 'mail', 'mail', 'invoice', 'export'])[i % 5 + 1],
    CASE WHEN r < 0.001 THEN 'running' WHEN r < 0.004 THEN 'failed' WHEN r < 0.01 THEN 'ready' ELSE 'done' END,
    floor(10 * random() ^ 3), timestamptz '2025-01-01' + interval '105 seconds' * i, floor(3 * random() ^ 4),
    jsonb_build_object('to', i % 200000, 'template', word(i % 30))
FROM (SELECT i, random() AS r FROM generate_series(1, 300000) AS i) AS rows;

-- Written all the time; read by id.
CREATE TABLE counters (id integer, shard integer NOT NULL, hits bigint NOT NULL, updated_at timestamptz NOT NULL) WITH (fillfactor = 70);
INSERT INTO counters SELECT i, i % 64, floor(100000 * random() ^ 4), timestamptz '2025-12-01' + interval '30 days' * random()
FROM generate_series(1, 100000) AS i;

CREATE TABLE payments (
    id integer NOT NULL, order_id integer NOT NULL, method text NOT NULL, amount numeric(10, 2) NOT NULL, reference text, paid_at timestamp NOT NULL
) PARTITION BY RANGE (paid_at);
SELECT format('CREATE TABLE payments_%s PARTITION OF payments FOR VALUES FROM (%L) TO (%L)',
    to_char(m, 'YYYY_MM'), m, m + interval '1 month')
FROM generate_series(timestamp '2025-01-01', '2026-01-01', '1 month') AS m \gexec
INSERT INTO payments SELECT id, id, (ARRAY['card', 'card', 'card', 'transfer', 'voucher'])[id % 5 + 1], total,
    CASE WHEN id % 5 = 3 THEN 'T' || lpad((id::bigint * 104729 % 10000000)::text, 7, '0') END, least(placed_at + interval '10 minutes', '2026-01-31')
FROM orders;

ALTER TABLE countries ADD PRIMARY KEY (code);
ALTER TABLE categories ADD PRIMARY KEY (id);
ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE venues ADD PRIMARY KEY (id);
ALTER TABLE events ADD PRIMARY KEY (id), ADD FOREIGN KEY (venue_id) REFERENCES venues, ADD FOREIGN KEY (category_id) REFERENCES categories;
ALTER TABLE orders ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD PRIMARY KEY (id), ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE,
    ADD FOREIGN KEY (event_id) REFERENCES events;
ALTER TABLE order_notes ADD PRIMARY KEY (id), ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE;
ALTER TABLE audit_log ADD PRIMARY KEY (id);
ALTER TABLE bookings ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE articles ADD PRIMARY KEY (id);
ALTER TABLE jobs ADD PRIMARY KEY (id);
ALTER TABLE counters ADD PRIMARY KEY (id);
ALTER TABLE payments ADD PRIMARY KEY (id, paid_at);

-- Good ones: their statements are served already.
CREATE UNIQUE INDEX customers_email_key ON customers (email);
CREATE INDEX events_venue_starts_idx ON events (venue_id, starts_at);
CREATE INDEX order_items_seat_idx ON order_items (seat);
-- Double, covered by the one before it, and of no use to any statement.
CREATE INDEX customers_email_idx ON customers (email);
CREATE INDEX events_venue_idx ON events (venue_id);
CREATE INDEX customers_phone_idx ON customers (phone);
CREATE INDEX orders_total_idx ON orders (total);

VACUUM (ANALYZE);

-- Traffic of counters, so that the server's own statistics show where the writes go.
DO $$ BEGIN FOR i IN 1..50 LOOP UPDATE counters SET hits = hits + 1, updated_at = now() WHERE id % 50 = i % 50; COMMIT; END LOOP; END $$;
VACUUM (ANALYZE) counters;
