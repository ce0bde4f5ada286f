-- The ticket shop's statements; the weight is how often each runs in an hour. The headings say which kind of index should win.

-- Several columns: equality, then a range, then the order.
-- name: orders-of-status-in-week
-- weight: 400
SELECT id, customer_id, total FROM orders WHERE status = 'paid' AND placed_at >= '2025-11-01' AND placed_at < '2025-11-08';

-- name: orders-of-customer-latest
-- weight: 9000
SELECT id, status, total, placed_at FROM orders WHERE customer_id = 4711 AND deleted_at IS NULL ORDER BY placed_at DESC LIMIT 10;

-- name: bookings-of-customer
-- weight: 1200
SELECT id, room_id, during FROM bookings WHERE customer_id = 41011;

-- name: orders-of-country-and-status
-- weight: 60
SELECT id, total, placed_at FROM orders WHERE country = 'DF' AND status IN ('new', 'held') AND total > 40;

-- name: events-on-sale-cheap
-- weight: 900
SELECT id, title, price_from FROM events
WHERE status = 'on sale' AND category_id = 17 AND starts_at >= '2025-11-20' AND starts_at < '2025-12-20' AND price_from < 20;

-- ORDER BY … LIMIT: one direction, mixed directions, NULLs first and last.
-- name: events-popular
-- weight: 3000
SELECT id, title, popularity FROM events WHERE category_id = 3 ORDER BY popularity DESC LIMIT 20;

-- name: events-popular-soonest
-- weight: 2500
SELECT id, title, starts_at FROM events WHERE status = 'on sale' ORDER BY popularity DESC, starts_at LIMIT 20;

-- name: events-to-review
-- weight: 300
SELECT id, title FROM events ORDER BY reviewed_at NULLS FIRST, id LIMIT 50;

-- name: customers-seen-last
-- weight: 120
SELECT id, name, last_seen_at FROM customers ORDER BY last_seen_at DESC NULLS LAST LIMIT 25;

-- name: articles-of-author-latest
-- weight: 700
SELECT id, title, published_at FROM articles WHERE author = 'tajeba' ORDER BY published_at DESC LIMIT 10;

-- Join keys of nested loops.
-- name: order-with-items
-- weight: 8000
SELECT o.id, o.total, i.seat, i.price, e.title FROM orders o JOIN order_items i ON i.order_id = o.id JOIN events e ON e.id = i.event_id
WHERE o.id = 314159;

-- name: customer-with-items
-- weight: 1500
SELECT c.name, o.id, i.seat, i.price FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id
WHERE c.id = 140023;

-- name: held-orders-with-notes
-- weight: 40
SELECT o.id, o.total, n.author, n.body FROM orders o JOIN order_notes n ON n.order_id = o.id
WHERE o.status = 'held' AND o.placed_at >= '2025-12-20';

-- name: customers-without-orders
-- weight: 10
SELECT c.id, c.name FROM customers c WHERE c.created_at >= '2025-10-10'
AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id);

-- Covering.
-- name: event-revenue
-- weight: 2000
SELECT sum(price * quantity), count(*) FROM order_items WHERE event_id = 42;

-- name: room-use
-- weight: 500
SELECT sum(persons) FROM bookings WHERE room_id = 77;

-- name: revenue-by-day
-- weight: 30
SELECT status, sum(total) FROM orders WHERE placed_at >= '2025-10-01' AND placed_at < '2025-10-15' GROUP BY status;

-- Partial.
-- name: jobs-next
-- weight: 36000
SELECT id, kind, payload FROM jobs WHERE state = 'ready' AND run_at <= '2025-12-31' ORDER BY priority DESC, run_at LIMIT 10
FOR UPDATE SKIP LOCKED;

-- name: orders-flagged
-- weight: 240
SELECT id, customer_id, total FROM orders WHERE flagged AND deleted_at IS NULL;

-- name: orders-by-coupon
-- weight: 900
SELECT id, total, placed_at FROM orders WHERE coupon = 'C-1234';

-- name: customers-deleted-lately
-- weight: 24
SELECT id, email, deleted_at FROM customers WHERE deleted_at >= '2025-12-20' AND deleted_at IS NOT NULL;

-- name: orders-not-shipped
-- weight: 600
SELECT id, placed_at FROM orders WHERE shipped_at IS NULL AND status = 'paid' AND deleted_at IS NULL ORDER BY placed_at LIMIT 50;

-- Expressions.
-- name: customer-by-email
-- weight: 7000
SELECT id, name FROM customers WHERE lower(email) = 'tabape.zuguki1@mail.example.org';

-- name: orders-of-day
-- weight: 90
SELECT count(*), sum(total) FROM orders WHERE date_trunc('day', placed_at) = '2025-09-09';

-- name: customers-of-plan
-- weight: 200
SELECT id, name FROM customers WHERE profile ->> 'plan' = 'enterprise';

-- name: jobs-to-recipient
-- weight: 300
SELECT id, kind, state FROM jobs WHERE (payload ->> 'to')::integer = 123456;

-- Prefixes of texts.
-- name: articles-by-slug-prefix
-- weight: 800
SELECT id, title FROM articles WHERE slug LIKE 'guide-quiqui%';

-- name: payments-by-reference-prefix
-- weight: 60
SELECT id, order_id, amount FROM payments WHERE reference LIKE 'T0001%';

-- Trigrams.
-- name: customers-by-part-of-name
-- weight: 500
SELECT id, name FROM customers WHERE name ILIKE '%zuguki%' LIMIT 50;

-- name: articles-by-part-of-title
-- weight: 250
SELECT id, title FROM articles WHERE title LIKE '%veha dita%';

-- Documents and arrays.
-- name: customers-in-beta
-- weight: 100
SELECT id, name FROM customers WHERE profile @> '{"beta": true, "plan": "enterprise"}';

-- name: customers-with-seats
-- weight: 20
SELECT id, name FROM customers WHERE profile @> '{"limits": {"seats": 321}}';

-- name: customers-blocked
-- weight: 150
SELECT id, name FROM customers WHERE tags @> ARRAY['blocked', 'reseller'];

-- Full text: a column, and an expression.
-- name: articles-about
-- weight: 1800
SELECT id, title FROM articles WHERE search @@ to_tsquery('simple', 'xojeba & quimupe') LIMIT 20;

-- name: articles-titled
-- weight: 400
SELECT id, title FROM articles WHERE to_tsvector('english', title) @@ to_tsquery('english', 'xoveha & ditace');

-- Ranges and places.
-- name: bookings-at-time
-- weight: 300
SELECT id, room_id FROM bookings WHERE during && tstzrange('2025-06-01 12:00+00', '2025-06-01 12:30+00');

-- name: room-is-free
-- weight: 2400
SELECT id FROM bookings WHERE room_id = 1234 AND during && tstzrange('2025-06-01 00:00+00', '2025-06-08 00:00+00');

-- name: venues-nearest
-- weight: 1000
SELECT id, name FROM venues ORDER BY location <-> point(48.1, 11.6) LIMIT 10;

-- Big, only appended to, in the order of time.
-- name: audit-of-day
-- weight: 12
SELECT action, count(*) FROM audit_log WHERE at >= '2025-08-15' AND at < '2025-08-16' GROUP BY action;

-- name: audit-of-month
-- weight: 1
SELECT actor_id, count(*) FROM audit_log WHERE at >= '2025-07-01' AND at < '2025-08-01' GROUP BY actor_id ORDER BY 2 DESC LIMIT 10;

-- A partitioned table.
-- name: payments-of-order
-- weight: 3000
SELECT id, method, amount FROM payments WHERE order_id = 271828;

-- name: payments-by-voucher-in-month
-- weight: 15
SELECT id, amount FROM payments WHERE method = 'voucher' AND amount > 800 AND paid_at >= '2025-05-01' AND paid_at < '2025-06-01';

-- Writes: some find their rows by an index, all pay for the indexes of their table.
-- name: delete-order
-- weight: 50
DELETE FROM orders WHERE id = 499123;

-- name: delete-customer
-- weight: 20
DELETE FROM customers WHERE id = 200005;

-- name: expire-new-orders
-- weight: 60
UPDATE orders SET status = 'cancelled' WHERE status = 'new' AND placed_at < '2025-01-20';

-- name: job-done
-- weight: 36000
UPDATE jobs SET state = 'done', attempts = attempts + 1 WHERE id = 271000;

-- name: jobs-purge
-- weight: 4
DELETE FROM jobs WHERE state = 'failed' AND run_at < '2025-02-01';

-- name: insert-order
-- weight: 2500
INSERT INTO orders (id, customer_id, status, total, country, placed_at, flagged, note) VALUES (900001, 5, 'new', 12.50, 'AA', '2026-01-01', false, '');

-- name: insert-item
-- weight: 5000
INSERT INTO order_items (id, order_id, event_id, seat, quantity, price) VALUES (9000001, 400000, 7, 'A-1-1', 1, 25);

-- name: insert-audit
-- weight: 90000
INSERT INTO audit_log (id, at, actor_id, action, detail) VALUES (9000001, '2026-01-02', 17, 'view', 'detail');

-- name: insert-payment
-- weight: 2500
INSERT INTO payments (id, order_id, method, amount, paid_at) VALUES (900001, 499000, 'card', 12.50, '2025-12-31');

-- name: count-hit
-- weight: 500000
UPDATE counters SET hits = hits + 1, updated_at = now() WHERE id = 4242;

-- Decoys: a tiny table, predicates that keep most rows, a table that is written all the time, statements that are served already.
-- name: decoy-country-by-name
-- weight: 20000
SELECT code FROM countries WHERE name = 'Country of cexogu';

-- name: decoy-category-by-slug
-- weight: 20000
SELECT id, title FROM categories WHERE slug = 'category-17';

-- name: decoy-orders-done
-- weight: 2
SELECT count(DISTINCT customer_id), max(note) FROM orders WHERE status = 'done';

-- name: decoy-items-priced
-- weight: 2
SELECT avg(quantity), max(seat) FROM order_items WHERE price > 6 AND quantity >= 1;

-- name: decoy-counters-highest
-- weight: 1
SELECT id, hits FROM counters ORDER BY hits DESC LIMIT 10;

-- name: decoy-counters-stale
-- weight: 1
SELECT count(*) FROM counters WHERE updated_at < '2025-12-02' AND shard = 5;

-- name: decoy-venue-programme
-- weight: 5000
SELECT id, title, starts_at FROM events WHERE venue_id = 30010 AND starts_at >= '2025-12-01' ORDER BY starts_at;

-- name: decoy-customer-by-exact-email
-- weight: 3000
SELECT id FROM customers WHERE email = 'Sumuje.Takizu3@Example.com';

-- name: decoy-seat
-- weight: 1000
SELECT id, order_id FROM order_items WHERE seat = 'K-17-23';

-- name: decoy-order-by-id
-- weight: 12000
SELECT * FROM orders WHERE id = 123456;
