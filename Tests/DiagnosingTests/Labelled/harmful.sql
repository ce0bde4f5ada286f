-- not visible in text: shape.views-on-views, shape.locking-without-order, shape.locks-joined-tables, shape.latest-per-group-by-window
-- visible only in part (limits ask for blocks, rows, calls or statistics; labelled below only where text and schema leave a reviewer no doubt, tables being large): shape.recursion-without-guard, shape.too-many-joins, shape.correlated-aggregate-in-where, shape.mixed-sort-direction, shape.update-defeats-hot, shape.count-whole-table, shape.distinct-of-few-values, shape.materialized-cte-fence, shape.leading-wildcard-search (LIKE), shape.wide-columns-by-star, shape.long-list, shape.offset-paging

-- harmful: shape.not-in-nullable-subquery
SELECT id, email FROM customers WHERE id NOT IN (SELECT customer_id FROM events);

-- harmful: shape.not-in-nullable-subquery
DELETE FROM categories WHERE id NOT IN (SELECT category_id FROM products);

-- harmful: shape.not-in-nullable-subquery
UPDATE orders AS o SET notes = 'never refunded'
WHERE o.placed_at < $1 AND o.id NOT IN (SELECT r.order_id FROM refunds r WHERE r.created_at >= $1);

-- harmful: shape.not-in-nullable-subquery
WITH subscribers AS (
    SELECT s.customer_id FROM subscriptions s WHERE s.status = 'active'
)
SELECT c.id, c.full_name
FROM customers c
WHERE c.account_id = $1
  AND c.id NOT IN (SELECT customer_id FROM subscribers);

-- harmful: shape.not-in-nullable-subquery
SELECT "customers"."id", "customers"."email" FROM "customers" WHERE NOT ("customers"."email" IN (SELECT "email_blocklist"."email" FROM "email_blocklist" WHERE "email_blocklist"."added_by" = $1));

-- harmful: shape.not-in-nullable-subquery
SELECT p.sku, p.name
FROM products p
WHERE p.id NOT IN (SELECT ol.product_id
                   FROM orders o
                   LEFT JOIN order_lines ol ON ol.order_id = o.id
                   WHERE o.placed_at >= '2024-01-01');

-- harmful: shape.not-in-nullable-subquery
SELECT c.id FROM customers c WHERE c.id <> ALL (SELECT m.sender_id FROM messages m WHERE m.sent_at > now() - interval '90 days');

-- harmful: shape.not-in-nullable-subquery
INSERT INTO email_blocklist (email, domain, added_by)
SELECT c.email, split_part(c.email, '@', 2), 'import'
FROM customers c
WHERE c.country_code = $1
  AND c.id NOT IN (SELECT k.referred_by FROM customers k);

-- harmful: shape.function-on-indexed-column
SELECT id, account_id, full_name FROM customers WHERE lower(email) = lower($1);

-- harmful: shape.function-on-indexed-column
SELECT o.currency, sum(o.total) AS revenue
FROM orders o
WHERE date_trunc('month', o.placed_at) = '2024-05-01'
GROUP BY o.currency;

-- harmful: shape.function-on-indexed-column
SELECT count(*) FROM orders WHERE placed_at::date = current_date;

-- harmful: shape.function-on-indexed-column
DELETE FROM events WHERE extract(year FROM occurred_at) = 2021;

-- harmful: shape.function-on-indexed-column
UPDATE orders SET notes = $2 WHERE upper(number) = upper($1);

-- harmful: shape.function-on-indexed-column
select to_char(p.paid_at, 'DD.MM.YYYY') as tag, p.method, sum(p.amount)
from payments p
where to_char(p.paid_at, 'YYYY-MM') = $1
group by 1, 2
order by 1, 2;

-- harmful: shape.function-on-indexed-column
SELECT o.id, p.id AS payment_id, p.amount
FROM orders o
JOIN payments p ON p.order_id::text = o.billing_ref
WHERE o.customer_id = $1;

-- harmful: shape.function-on-indexed-column
SELECT id, number FROM orders WHERE coalesce(shipped_at, '1970-01-01'::timestamptz) >= $1 AND coalesce(shipped_at, '1970-01-01'::timestamptz) < $2;

-- harmful: shape.function-on-indexed-column
WITH late AS (
    SELECT s.id, s.account_id FROM subscriptions s WHERE date(s.renews_at) = $1::date
)
SELECT a.slug, l.id FROM late l JOIN accounts a ON a.id = l.account_id;

-- harmful: shape.function-on-indexed-column
SELECT p.id, p.sku FROM products p WHERE substring(p.name FROM 1 FOR 3) = 'LED';

-- harmful: shape.leading-wildcard-search
SELECT id, sku, name FROM products WHERE name ILIKE $1 ORDER BY name LIMIT 20;

-- harmful: shape.leading-wildcard-search
SELECT c.id, c.full_name, c.email FROM customers c WHERE c.full_name LIKE '%son%';

-- harmful: shape.leading-wildcard-search
SELECT m.id, m.subject, m.sent_at FROM messages m WHERE m.body ILIKE '%' || $1 || '%' ORDER BY m.sent_at DESC LIMIT 25;

-- harmful: shape.leading-wildcard-search
DELETE FROM email_blocklist WHERE domain LIKE '%.example';

-- harmful: shape.leading-wildcard-search
SELECT o.id, o.number, c.full_name
FROM orders o
JOIN customers c ON c.id = o.customer_id
WHERE c.email ILIKE '%@acme.com'
ORDER BY o.placed_at DESC;

-- harmful: shape.leading-wildcard-search
UPDATE products SET stock = 0, updated_at = now() WHERE sku LIKE concat('%', $1::text);

-- harmful: shape.leading-wildcard-search
SELECT "accounts"."id", "accounts"."name" FROM "accounts" WHERE lower("accounts"."name") LIKE '%gmbh%';

-- harmful: shape.optional-filter
SELECT id, number, total, placed_at
FROM orders
WHERE ($1::bigint IS NULL OR customer_id = $1)
  AND ($2::text IS NULL OR coupon_code = $2)
ORDER BY placed_at DESC
LIMIT 50;

-- harmful: shape.optional-filter
SELECT c.id, c.email FROM customers c WHERE c.email = coalesce($1, c.email) AND c.country_code = coalesce($2, c.country_code);

-- harmful: shape.optional-filter
SELECT e.id, e.kind, e.occurred_at FROM events e WHERE CASE WHEN $1::bigint = 0 THEN true ELSE e.account_id = $1 END;

-- harmful: shape.optional-filter
SELECT p.id, p.sku, p.price
FROM products p
WHERE (p.category_id = $1 OR $1 IS NULL)
  AND (p.price >= $2 OR $2 IS NULL)
  AND (p.price <= $3 OR $3 IS NULL);

-- harmful: shape.optional-filter
UPDATE subscriptions SET price = price * 1.05 WHERE ($1::text = '' OR plan_code = $1) AND status = 'active';

-- harmful: shape.optional-filter
SELECT a.slug, count(*) AS orders, sum(o.total) AS turnover
FROM accounts a
JOIN orders o ON o.account_id = a.id
WHERE ($1::timestamptz IS NULL OR o.placed_at >= $1)
  AND ($2::timestamptz IS NULL OR o.placed_at < $2)
GROUP BY a.slug;

-- harmful: shape.optional-filter
SELECT l.order_id, l.line_no FROM order_lines l WHERE (cardinality($1::int[]) = 0 OR l.product_id = ANY ($1));

-- harmful: shape.or-across-relations
SELECT o.id, o.number, c.email
FROM orders o
JOIN customers c ON c.id = o.customer_id
WHERE c.email = $1 OR o.number = $1;

-- harmful: shape.or-across-relations
SELECT m.id, m.subject
FROM messages m LEFT JOIN customers c ON c.id = m.sender_id
WHERE m.thread_id = $1 OR c.full_name = $2
ORDER BY m.sent_at;

-- harmful: shape.or-across-relations
DELETE FROM refunds r USING orders o WHERE o.id = r.order_id AND (o.coupon_code = $1 OR r.id = $2);

-- harmful: shape.or-across-relations
SELECT l.order_id, l.line_no, p.sku
  FROM order_lines l, products p
 WHERE l.product_id = p.id
   AND (p.sku = 'A-100' OR l.order_id = 4711);

-- harmful: shape.or-across-relations
UPDATE payments p SET method = 'manual' FROM orders o WHERE o.id = p.order_id AND (o.billing_ref = $1 OR p.provider_ref = $1);

-- harmful: shape.or-across-columns
SELECT id, full_name FROM customers WHERE email = $1 OR phone = $1;

-- harmful: shape.or-across-columns
SELECT o.id, o.total, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE (o.number = $1 OR o.billing_ref = $1);

-- harmful: shape.or-across-columns
SELECT e.kind, count(*) FROM events e WHERE e.customer_id = 99120 OR e.session_id = '3f0d3c8e-5a1c-4b8e-9d8c-0a6a5a1e7b10' GROUP BY e.kind;

-- harmful: shape.or-across-columns
DELETE FROM subscriptions WHERE account_id = $1 OR customer_id = $2;

-- harmful: shape.or-across-columns
UPDATE customers SET marketing_opt_in = false WHERE external_ref = $1 OR (phone = $2 AND birth_date = $3);

-- harmful: shape.disconnected-join
SELECT DISTINCT c.country_code, c.loyalty_points FROM customers c, orders o WHERE o.total > 1000 AND c.created_at > $1;

-- harmful: shape.disconnected-join
SELECT sum(l.quantity)
FROM orders o, order_lines l, products p
WHERE o.id = l.order_id
  AND o.placed_at >= '2024-01-01';

-- harmful: shape.disconnected-join
SELECT a.plan, avg(s.price) FROM accounts a CROSS JOIN subscriptions s GROUP BY a.plan;

-- harmful: shape.disconnected-join
SELECT o.number, p.provider_ref FROM orders o INNER JOIN payments p ON p.amount > 0 WHERE o.total > 500;

-- harmful: shape.disconnected-join
DELETE FROM refunds r USING orders o WHERE o.placed_at < $1 AND r.created_at < $2;

-- harmful: shape.correlated-subquery-in-select-list
SELECT c.id, c.full_name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS order_count
FROM customers c
ORDER BY c.full_name;

-- harmful: shape.correlated-subquery-in-select-list
SELECT o.id, o.number,
       (SELECT max(p.paid_at) FROM payments p WHERE p.order_id = o.id) AS last_payment,
       coalesce((SELECT sum(r.amount) FROM refunds r WHERE r.order_id = o.id), 0) AS refunded
FROM orders o
WHERE o.placed_at >= date_trunc('year', now());

-- harmful: shape.correlated-subquery-in-select-list
SELECT a.slug, ARRAY(SELECT c.email FROM customers c WHERE c.account_id = a.id) AS emails FROM accounts a;

-- harmful: shape.correlated-subquery-in-select-list
WITH stats AS (
    SELECT p.id, p.sku,
           (SELECT sum(ol.quantity) FROM order_lines ol WHERE ol.product_id = p.id) AS sold
    FROM products p
)
SELECT sku, sold FROM stats ORDER BY sold DESC NULLS LAST;

-- harmful: shape.correlated-subquery-in-select-list
INSERT INTO email_blocklist (email, domain, added_by)
SELECT (SELECT k.email FROM customers k WHERE k.id = s.customer_id), s.plan_code, 'migration'
FROM subscriptions s;

-- harmful: shape.offset-paging
SELECT id, number, total FROM orders ORDER BY placed_at DESC, id DESC LIMIT 50 OFFSET 10000;

-- harmful: shape.offset-paging
SELECT "events"."id", "events"."kind", "events"."occurred_at" FROM "events" WHERE "events"."account_id" = $1 ORDER BY "events"."occurred_at" DESC LIMIT $2 OFFSET $3;

-- harmful: shape.offset-paging
SELECT p.id, p.sku, p.name FROM products p ORDER BY p.id OFFSET (($1::int - 1) * 20) ROWS FETCH NEXT 20 ROWS ONLY;

-- harmful: shape.offset-paging
SELECT t.id, t.full_name, t.orders
FROM (SELECT c.id, c.full_name, count(o.id) AS orders
      FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
      GROUP BY c.id) t
ORDER BY t.orders DESC, t.id
LIMIT 100 OFFSET $1;

-- harmful: shape.offset-paging, shape.limit-without-order
SELECT id, email FROM customers WHERE marketing_opt_in LIMIT 500 OFFSET 25000;

-- harmful: shape.order-by-random
SELECT id, name, price FROM products ORDER BY random() LIMIT 5;

-- harmful: shape.order-by-random
SELECT c.id, c.email FROM customers c WHERE c.marketing_opt_in AND c.last_seen_at > now() - interval '1 year' ORDER BY RANDOM() LIMIT $1;

-- harmful: shape.order-by-random
UPDATE customers SET loyalty_points = loyalty_points + 100
WHERE id IN (SELECT k.id FROM customers k WHERE k.birth_date IS NOT NULL ORDER BY random() LIMIT 100);

-- harmful: shape.order-by-random
WITH winner AS (
    SELECT o.customer_id FROM orders o WHERE o.total > 50 ORDER BY random() FETCH FIRST ROW ONLY
)
SELECT c.full_name, c.email FROM customers c JOIN winner w ON w.customer_id = c.id;

-- harmful: shape.queue-without-skip-locked
SELECT id, payload FROM jobs WHERE queue = $1 AND status = 'pending' AND run_at <= now() ORDER BY run_at LIMIT 1 FOR UPDATE;

-- harmful: shape.queue-without-skip-locked
UPDATE jobs SET locked_by = $1, locked_at = now(), status = 'running'
WHERE id = (SELECT j.id FROM jobs j WHERE j.queue = 'mail' AND j.status = 'pending' ORDER BY j.run_at, j.id LIMIT 1 FOR UPDATE)
RETURNING id, payload;

-- harmful: shape.queue-without-skip-locked
WITH batch AS (
    SELECT id FROM jobs
    WHERE queue = $1 AND locked_at IS NULL
    ORDER BY run_at
    FOR NO KEY UPDATE
    LIMIT 10
)
DELETE FROM jobs USING batch WHERE jobs.id = batch.id RETURNING jobs.id, jobs.payload;

-- harmful: shape.queue-without-skip-locked
SELECT o.id, o.number FROM orders o WHERE o.status = 'paid' AND o.shipped_at IS NULL ORDER BY o.placed_at FETCH FIRST 1 ROW ONLY FOR UPDATE OF o;

-- harmful: shape.outer-join-undone-by-where
SELECT o.id, o.number, r.amount
FROM orders o
LEFT JOIN refunds r ON r.order_id = o.id
WHERE o.customer_id = $1 AND r.amount > 10;

-- harmful: shape.outer-join-undone-by-where
SELECT c.full_name, s.plan_code
FROM customers c
LEFT OUTER JOIN subscriptions s ON s.account_id = c.account_id
WHERE c.id = $1 AND s.status = 'active';

-- harmful: shape.outer-join-undone-by-where
SELECT p.sku, cat.name FROM products p LEFT JOIN categories cat ON cat.id = p.category_id WHERE cat.slug IN ('shoes', 'bags') AND p.stock > 0;

-- harmful: shape.outer-join-undone-by-where
SELECT a.slug, count(e.id) AS logins
FROM accounts a
LEFT JOIN events e ON e.account_id = a.id
WHERE e.occurred_at >= $1 AND a.plan = 'team'
GROUP BY a.slug;

-- harmful: shape.outer-join-undone-by-where
DELETE FROM email_blocklist b
USING customers c LEFT JOIN messages m ON m.sender_id = c.id
WHERE c.email = b.email AND m.sent_at BETWEEN $1 AND $2;

-- harmful: shape.union-of-disjoint-branches
SELECT 'order' AS kind, o.id, o.placed_at AS at FROM orders o WHERE o.customer_id = $1
UNION
SELECT 'message', m.id, m.sent_at FROM messages m WHERE m.sender_id = $1
ORDER BY at DESC;

-- harmful: shape.union-of-disjoint-branches
SELECT 1 AS sort, customer_id, sum(total) FROM orders GROUP BY customer_id
UNION
SELECT 2, customer_id, sum(price) FROM subscriptions GROUP BY customer_id;

-- harmful: shape.union-of-disjoint-branches
SELECT id, number, shipped_at FROM orders WHERE account_id = $1 AND shipped_at IS NULL
UNION
SELECT id, number, shipped_at FROM orders WHERE account_id = $1 AND shipped_at IS NOT NULL AND placed_at > $2;

-- harmful: shape.union-of-disjoint-branches
WITH feed AS (
    SELECT e.id, 'event' AS source, e.kind AS label FROM events e WHERE e.account_id = $1
    UNION DISTINCT
    SELECT j.id, 'job' AS source, j.queue FROM jobs j WHERE j.queue = $2
    UNION DISTINCT
    SELECT p.id, 'payment' AS source, p.method FROM payments p WHERE p.paid_at > $3
)
SELECT source, label, count(*) FROM feed GROUP BY source, label;

-- harmful: shape.count-for-existence
SELECT c.id, c.email FROM customers c WHERE c.account_id = $1 AND (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0;

-- harmful: shape.count-for-existence
SELECT count(*) > 0 AS has_events FROM events WHERE account_id = $1 AND kind = 'login';

-- harmful: shape.count-for-existence
DELETE FROM categories WHERE id = $1 AND (SELECT count(*) FROM products p WHERE p.category_id = categories.id) = 0;

-- harmful: shape.count-for-existence
SELECT CASE WHEN (SELECT count(id) FROM refunds WHERE order_id = $1) > 0 THEN 'refunded' ELSE 'clean' END AS state;

-- harmful: shape.count-for-existence
UPDATE products SET discontinued_on = current_date WHERE id = $1 AND 0 = (SELECT count(1) FROM order_lines ol WHERE ol.product_id = products.id);

-- harmful: shape.count-for-existence, shape.correlated-subquery-in-select-list
SELECT p.id, p.sku, (SELECT count(*) FROM order_lines l WHERE l.product_id = p.id) <> 0 AS ever_sold FROM products p;

-- harmful: shape.having-for-where
SELECT o.customer_id, sum(o.total)
FROM orders o
GROUP BY o.customer_id
HAVING o.customer_id IN (SELECT c.id FROM customers c WHERE c.country_code = $1);

-- harmful: shape.having-for-where
SELECT l.product_id, sum(l.quantity * l.unit_price) AS revenue
FROM order_lines l
GROUP BY l.product_id
HAVING EXISTS (SELECT 1 FROM products p WHERE p.id = l.product_id AND p.discontinued_on IS NULL)
ORDER BY revenue DESC;

-- harmful: shape.having-for-where
SELECT e.account_id, date_trunc('day', e.occurred_at) AS day, count(*)
FROM events e
GROUP BY 1, 2
HAVING e.account_id IN (SELECT a.id FROM accounts a WHERE a.plan = 'business') AND count(*) > 1000;

-- harmful: shape.having-for-where
WITH spend AS (
    SELECT p.order_id, sum(p.amount) AS paid
    FROM payments p
    GROUP BY p.order_id
    HAVING NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = p.order_id)
)
SELECT avg(paid) FROM spend;

-- harmful: shape.distinct-hides-fan-out
SELECT DISTINCT c.id, c.email, c.full_name
FROM customers c
JOIN orders o ON o.customer_id = c.id
WHERE o.placed_at >= $1;

-- harmful: shape.distinct-hides-fan-out
SELECT DISTINCT p.id, p.sku FROM products p, order_lines l WHERE l.product_id = p.id AND l.discount > 10;

-- harmful: shape.distinct-hides-fan-out
SELECT DISTINCT a.id, a.slug
FROM accounts a
INNER JOIN customers c ON c.account_id = a.id
INNER JOIN messages m ON m.sender_id = c.id
WHERE m.read_at IS NULL
ORDER BY a.slug;

-- harmful: shape.distinct-hides-fan-out, shape.wide-columns-by-star
SELECT DISTINCT "products".* FROM "products" INNER JOIN "stock_levels" ON "stock_levels"."product_id" = "products"."id" WHERE "stock_levels"."quantity" > 0;

-- harmful: shape.distinct-of-unique-rows
SELECT DISTINCT id, number, total FROM orders WHERE customer_id = $1;

-- harmful: shape.distinct-of-unique-rows
SELECT DISTINCT o.id, o.placed_at, c.full_name, a.slug
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN accounts a ON a.id = o.account_id
WHERE o.placed_at BETWEEN $1 AND $2;

-- harmful: shape.distinct-of-unique-rows
SELECT DISTINCT sku, name, price FROM products WHERE price < 10 ORDER BY sku;

-- harmful: shape.distinct-of-unique-rows
SELECT DISTINCT l.line_no, p.name, l.quantity FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = $1;

-- harmful: shape.distinct-of-unique-rows
SELECT DISTINCT b.* FROM email_blocklist b WHERE b.created_at > now() - interval '7 days';

-- harmful: shape.distinct-of-few-values
SELECT DISTINCT status FROM orders;

-- harmful: shape.distinct-of-few-values
SELECT DISTINCT e.kind FROM events e ORDER BY e.kind;

-- harmful: shape.distinct-of-few-values
SELECT currency FROM orders GROUP BY currency;

-- harmful: shape.distinct-of-few-values
SELECT DISTINCT "jobs"."queue" FROM "jobs" ORDER BY 1;

-- harmful: shape.sorted-for-nothing
SELECT count(*) FROM (SELECT o.id FROM orders o WHERE o.customer_id = $1 ORDER BY o.total DESC) AS t;

-- harmful: shape.sorted-for-nothing
SELECT id, full_name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE placed_at > $1 ORDER BY total);

-- harmful: shape.sorted-for-nothing
SELECT t.method, sum(t.amount)
FROM (SELECT p.method, p.amount FROM payments p WHERE p.paid_at >= $1 ORDER BY p.amount) t
GROUP BY t.method;

-- harmful: shape.sorted-for-nothing
SELECT x.sku, x.stock FROM (SELECT sku, stock, category_id FROM products WHERE stock < 5 ORDER BY stock) x JOIN categories c ON c.id = x.category_id ORDER BY c.name, x.sku;

-- harmful: shape.sorted-for-nothing
WITH lines AS (
    SELECT l.product_id, l.quantity FROM order_lines l WHERE l.quantity > 1 ORDER BY l.quantity DESC
)
SELECT product_id, max(quantity), avg(quantity) FROM lines GROUP BY product_id;

-- harmful: shape.sort-by-expression
SELECT id, full_name, email FROM customers ORDER BY lower(full_name) LIMIT 20;

-- harmful: shape.sort-by-expression
SELECT o.id, o.number FROM orders o ORDER BY coalesce(o.shipped_at, o.placed_at) DESC LIMIT 50;

-- harmful: shape.sort-by-expression
SELECT p.sku, p.price * p.stock AS value FROM products p WHERE p.stock > 0 ORDER BY value DESC LIMIT 10;

-- harmful: shape.sort-by-expression
SELECT "accounts"."id", "accounts"."slug" FROM "accounts" ORDER BY UPPER("accounts"."name") ASC FETCH FIRST 25 ROWS ONLY;

-- harmful: shape.mixed-sort-direction
SELECT id, queue, run_at FROM jobs ORDER BY priority DESC, run_at LIMIT 20;

-- harmful: shape.mixed-sort-direction
SELECT c.id, c.full_name, c.last_seen_at FROM customers c ORDER BY c.last_seen_at DESC NULLS LAST LIMIT 50;

-- harmful: shape.mixed-sort-direction
SELECT o.id, o.status, o.placed_at FROM orders o ORDER BY o.status, o.placed_at DESC LIMIT 100;

-- harmful: shape.mixed-sort-direction
SELECT id, plan_code, ends_on FROM subscriptions ORDER BY ends_on NULLS FIRST FETCH FIRST $1 ROWS ONLY;

-- harmful: shape.count-whole-table
SELECT count(*) FROM events;

-- harmful: shape.count-whole-table
SELECT COUNT(1) AS cnt FROM orders;

-- harmful: shape.count-whole-table
SELECT COUNT("messages"."id") AS "__count" FROM "messages";

-- harmful: shape.count-whole-table
SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM payments) AS payments;

-- harmful: shape.total-with-every-page
SELECT id, number, total, count(*) OVER () AS total_count FROM orders WHERE account_id = $1 ORDER BY placed_at DESC LIMIT 25;

-- harmful: shape.total-with-every-page, shape.offset-paging
SELECT c.id, c.email, COUNT(*) OVER() AS full_count
FROM customers c
WHERE c.country_code = 'DE'
ORDER BY c.created_at DESC
LIMIT $1 OFFSET $2;

-- harmful: shape.total-with-every-page
SELECT s.id, s.subject, s.n
FROM (SELECT m.id, m.subject, m.sent_at, count(m.id) OVER () AS n FROM messages m WHERE m.account_id = $1) s
ORDER BY s.sent_at DESC
LIMIT 30;

-- harmful: shape.total-with-every-page
WITH hits AS (
    SELECT p.id, p.sku, p.price FROM products p WHERE p.price BETWEEN $1 AND $2
)
SELECT h.id, h.sku, h.price, (SELECT count(*) FROM hits) AS total FROM hits h ORDER BY h.price, h.id LIMIT 40;

-- harmful: shape.aggregate-over-two-fan-outs
SELECT c.id, c.full_name, sum(o.total) AS ordered, count(m.id) AS messages
FROM customers c
LEFT JOIN orders o ON o.customer_id = c.id
LEFT JOIN messages m ON m.sender_id = c.id
GROUP BY c.id, c.full_name;

-- harmful: shape.aggregate-over-two-fan-outs
SELECT o.id, o.number, sum(p.amount) - coalesce(sum(r.amount), 0) AS net
FROM orders o
JOIN payments p ON p.order_id = o.id
LEFT JOIN refunds r ON r.order_id = o.id
WHERE o.account_id = $1
GROUP BY o.id;

-- harmful: shape.aggregate-over-two-fan-outs
SELECT p.sku, sum(sl.quantity) AS on_hand, sum(ol.quantity) AS sold
FROM products p, stock_levels sl, order_lines ol
WHERE sl.product_id = p.id AND ol.product_id = p.id
GROUP BY p.sku;

-- harmful: shape.aggregate-over-two-fan-outs
SELECT a.id, count(DISTINCT c.id) AS customers, count(DISTINCT s.id) AS subscriptions
FROM accounts a
LEFT JOIN customers c ON c.account_id = a.id
LEFT JOIN subscriptions s ON s.account_id = a.id
GROUP BY a.id;

-- harmful: shape.materialized-cte-fence
WITH o AS MATERIALIZED (
    SELECT id, customer_id, number, total FROM orders
)
SELECT id, number, total FROM o WHERE customer_id = $1;

-- harmful: shape.materialized-cte-fence
WITH ev AS (
    SELECT e.id, e.account_id, e.kind, e.occurred_at FROM events e
)
SELECT 'logins' AS what, count(*) FROM ev WHERE account_id = $1 AND kind = 'login'
UNION ALL
SELECT 'exports', count(*) FROM ev WHERE account_id = $1 AND kind = 'export';

-- harmful: shape.materialized-cte-fence
WITH customer_orders AS MATERIALIZED (
    SELECT c.id AS customer_id, c.email, c.full_name, o.number, o.placed_at
    FROM customers c
    JOIN orders o ON o.customer_id = c.id
)
SELECT co.number, co.placed_at, co.full_name
FROM customer_orders co
WHERE co.email = 'ann@example.org'
ORDER BY co.placed_at DESC;

-- harmful: shape.materialized-cte-fence
WITH lines AS MATERIALIZED (SELECT l.order_id, l.product_id, l.quantity FROM order_lines l)
UPDATE products p SET stock = p.stock - lines.quantity
FROM lines
WHERE lines.product_id = p.id AND lines.order_id = $1;

-- harmful: shape.recursion-without-guard
WITH RECURSIVE tree AS (
    SELECT id, parent_id, name FROM categories WHERE parent_id IS NULL
    UNION ALL
    SELECT c.id, c.parent_id, c.name FROM categories c JOIN tree t ON c.parent_id = t.id
)
SELECT id, name FROM tree;

-- harmful: shape.recursion-without-guard
WITH RECURSIVE up (id, parent_id, depth) AS (
    SELECT a.id, a.parent_id, 0 FROM accounts a
    UNION ALL
    SELECT p.id, p.parent_id, up.depth + 1 FROM up, accounts p WHERE p.id = up.parent_id
)
SELECT id, max(depth) FROM up GROUP BY id;

-- harmful: shape.recursion-without-guard
WITH RECURSIVE referrals AS (
    SELECT c.id, ARRAY[c.id] AS chain FROM customers c WHERE c.id = $1
    UNION ALL
    SELECT k.id, r.chain || k.id FROM customers k INNER JOIN referrals r ON k.referred_by = r.id
)
UPDATE customers SET loyalty_points = loyalty_points + 10 WHERE id IN (SELECT id FROM referrals);

-- harmful: shape.limit-without-order
SELECT id, email FROM customers WHERE account_id = $1 LIMIT 10;

-- harmful: shape.limit-without-order
SELECT "orders"."id", "orders"."number" FROM "orders" WHERE "orders"."coupon_code" = $1 LIMIT 1;

-- harmful: shape.limit-without-order
SELECT c.full_name, e.kind, e.occurred_at
FROM customers c
JOIN events e ON e.customer_id = c.id
WHERE c.account_id = $1 AND e.occurred_at > now() - interval '1 day'
FETCH FIRST 20 ROWS ONLY;

-- harmful: shape.limit-without-order
SELECT p.sku, top.order_id
FROM products p
CROSS JOIN LATERAL (SELECT l.order_id FROM order_lines l WHERE l.product_id = p.id LIMIT 3) top
WHERE p.category_id = $1;

-- harmful: shape.too-many-joins
SELECT o.number, c.full_name, p.name, cat.name AS category, sl.quantity, pay.amount, r.amount AS refund, s.plan_code, e.kind
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN accounts a ON a.id = o.account_id
JOIN order_lines l ON l.order_id = o.id
JOIN products p ON p.id = l.product_id
JOIN payments pay ON pay.order_id = o.id
JOIN refunds r ON r.order_id = o.id
JOIN subscriptions s ON s.account_id = a.id
JOIN events e ON e.customer_id = c.id
JOIN stock_levels sl ON sl.product_id = p.id
JOIN categories cat ON cat.id = p.category_id
WHERE cat.slug = $1 AND sl.warehouse_code = $2;

-- harmful: shape.too-many-joins
SELECT m.id, m.subject, ref.full_name AS referrer, l.line_no, parent.slug
FROM messages m
INNER JOIN customers c ON c.id = m.sender_id
INNER JOIN customers ref ON ref.id = c.referred_by
INNER JOIN orders o ON o.customer_id = c.id
INNER JOIN order_lines l ON l.order_id = o.id
INNER JOIN products p ON p.id = l.product_id
INNER JOIN categories g ON g.id = p.category_id
INNER JOIN categories gp ON gp.id = g.parent_id
INNER JOIN payments y ON y.order_id = o.id
INNER JOIN accounts a ON a.id = c.account_id
INNER JOIN accounts parent ON parent.id = a.parent_id
WHERE parent.slug = 'holding' AND y.provider_ref = 'ch_123';

-- harmful: shape.too-many-joins
WITH wide AS (
    SELECT e.id, e.kind, b.added_by
    FROM events e
    JOIN customers c ON c.id = e.customer_id
    JOIN accounts a ON a.id = c.account_id
    JOIN subscriptions s ON s.account_id = a.id
    JOIN orders o ON o.customer_id = c.id
    JOIN payments p ON p.order_id = o.id
    JOIN order_lines l ON l.order_id = o.id
    JOIN stock_levels sl ON sl.product_id = l.product_id
    JOIN messages m ON m.sender_id = c.id
    JOIN email_blocklist b ON b.email = c.email
    WHERE b.id = $1
)
SELECT kind, count(*) FROM wide GROUP BY kind;

-- harmful: shape.unconditional-update-or-delete
UPDATE customers SET loyalty_points = 0;

-- harmful: shape.unconditional-update-or-delete
DELETE FROM events;

-- harmful: shape.unconditional-update-or-delete
UPDATE products p SET stock = s.total, updated_at = now()
FROM (SELECT product_id, sum(quantity) AS total FROM stock_levels GROUP BY product_id) s
WHERE s.product_id = p.id;

-- harmful: shape.unconditional-update-or-delete
UPDATE subscriptions SET price = round(price, 1) WHERE true;

-- harmful: shape.unconditional-update-or-delete
WITH gone AS (DELETE FROM messages RETURNING account_id)
SELECT account_id, count(*) FROM gone GROUP BY account_id;

-- harmful: shape.array-any-column
SELECT id, sku, name FROM products WHERE $1 = ANY (tags);

-- harmful: shape.array-any-column
SELECT m.id, m.subject FROM messages m WHERE 7 = ANY (m.label_ids) AND m.read_at IS NULL;

-- harmful: shape.array-any-column
UPDATE customers SET marketing_opt_in = false WHERE 'churned' = ANY (segments);

-- harmful: shape.array-any-column
SELECT o.id, o.number
FROM orders o
WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id AND $1::text = ANY (c.segments));

-- harmful: shape.json-path-filter
SELECT id, kind, occurred_at FROM events WHERE payload ->> 'invoice_id' = $1;

-- harmful: shape.json-path-filter
SELECT e.id FROM events e WHERE (e.payload #>> '{request,ip}') = '10.0.0.8' AND (e.payload -> 'response' ->> 'status')::int >= 500;

-- harmful: shape.json-path-filter
DELETE FROM jobs WHERE payload ->> 'customer_id' = $1::text;

-- harmful: shape.json-path-filter
SELECT c.full_name, count(*)
FROM customers c
JOIN events e ON e.customer_id = c.id
WHERE jsonb_extract_path_text(e.payload, 'utm', 'campaign') = 'spring'
GROUP BY c.full_name;

-- harmful: shape.json-path-filter
SELECT j.id, j.queue FROM jobs j WHERE j.payload['template'] = '"welcome"' ORDER BY j.id;

-- harmful: shape.wide-columns-by-star
SELECT * FROM messages WHERE account_id = $1 ORDER BY sent_at DESC LIMIT 50;

-- harmful: shape.wide-columns-by-star
SELECT "messages".* FROM "messages" WHERE "messages"."thread_id" = $1 ORDER BY "messages"."sent_at" ASC;

-- harmful: shape.wide-columns-by-star
SELECT e.*, c.full_name
FROM events e
JOIN customers c ON c.id = e.customer_id
WHERE e.account_id = $1 AND e.occurred_at >= $2
ORDER BY e.occurred_at;

-- harmful: shape.wide-columns-by-star
SELECT * FROM products p JOIN categories g ON g.id = p.category_id WHERE g.slug = 'garden' ORDER BY p.name;

-- harmful: shape.implicit-cast-on-indexed-column
SELECT id, number, total FROM orders WHERE id = 100245.0;

-- harmful: shape.implicit-cast-on-indexed-column
SELECT id, full_name FROM customers WHERE id = $1::numeric;

-- harmful: shape.implicit-cast-on-indexed-column
UPDATE products SET stock = stock - 1 WHERE id = $1::double precision;

-- harmful: shape.implicit-cast-on-indexed-column
SELECT p.amount, p.paid_at FROM payments p WHERE p.order_id = ANY ($1::numeric[]);

-- harmful: shape.implicit-cast-on-indexed-column
DELETE FROM jobs j WHERE j.id = CAST($1 AS numeric(20,0));

-- harmful: shape.update-defeats-hot
UPDATE customers SET last_seen_at = now() WHERE id = $1;

-- harmful: shape.update-defeats-hot
UPDATE products SET view_count = view_count + 1 WHERE id = $1;

-- harmful: shape.update-defeats-hot
UPDATE jobs SET run_at = now() + interval '30 seconds', attempts = attempts + 1, last_error = $2 WHERE id = $1;

-- harmful: shape.update-defeats-hot
UPDATE "customers" SET "last_seen_at" = CURRENT_TIMESTAMP, "settings" = $2 WHERE "customers"."account_id" = $3 AND "customers"."email" = $1;

-- harmful: shape.null-safe-comparison
SELECT id, number FROM orders WHERE coupon_code IS NOT DISTINCT FROM $1;

-- harmful: shape.null-safe-comparison
SELECT c.id, k.id AS twin
FROM customers c
JOIN customers k ON k.referred_by IS NOT DISTINCT FROM c.referred_by AND k.id > c.id;

-- harmful: shape.null-safe-comparison
UPDATE products p SET stock = 0 WHERE p.category_id IS NOT DISTINCT FROM $1;

-- harmful: shape.null-safe-comparison
DELETE FROM refunds r USING orders o WHERE r.order_id IS NOT DISTINCT FROM o.id AND o.account_id = $1;

-- harmful: shape.volatile-comparison
SELECT id, kind FROM events WHERE occurred_at > clock_timestamp() - interval '5 minutes';

-- harmful: shape.volatile-comparison
SELECT id, email FROM customers WHERE id >= (random() * 5000000)::bigint ORDER BY id LIMIT 1;

-- harmful: shape.volatile-comparison
DELETE FROM jobs WHERE queue = 'mail' AND run_at < timeofday()::timestamptz;

-- harmful: shape.volatile-comparison
SELECT o.number, p.amount FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.paid_at BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp();

-- harmful: shape.volatile-comparison
UPDATE subscriptions SET status = 'expired' WHERE ends_on <= clock_timestamp()::date AND status <> 'expired';

-- harmful: shape.keyset-paging-by-or
SELECT id, number, placed_at
FROM orders
WHERE placed_at < $1 OR (placed_at = $1 AND id < $2)
ORDER BY placed_at DESC, id DESC
LIMIT 20;

-- harmful: shape.keyset-paging-by-or
SELECT p.id, p.name, p.price FROM products p WHERE ((p.price > $1) OR (p.price = $1 AND p.id > $2)) ORDER BY p.price, p.id FETCH FIRST 50 ROWS ONLY;

-- harmful: shape.keyset-paging-by-or
SELECT m.id, m.subject, m.sent_at
FROM messages m
WHERE m.thread_id = $1
  AND (m.sent_at > $2 OR m.sent_at = $2 AND m.id > $3)
ORDER BY m.sent_at, m.id
LIMIT 100;

-- harmful: shape.keyset-paging-by-or
SELECT "order_lines"."order_id", "order_lines"."line_no", "order_lines"."quantity" FROM "order_lines" WHERE ("order_lines"."order_id" > 5000 OR ("order_lines"."order_id" = 5000 AND "order_lines"."line_no" > 3)) ORDER BY "order_lines"."order_id" ASC, "order_lines"."line_no" ASC LIMIT 1000;

-- harmful: shape.long-list
SELECT order_id, line_no, quantity FROM order_lines WHERE (order_id, line_no) IN ((1124, 7), (1232, 1), (1371, 5), (2189, 8), (2306, 7), (2517, 8), (3119, 3), (3368, 9), (3449, 11), (3578, 6), (3827, 6), (3997, 12), (4801, 8), (5171, 4), (5288, 8), (5498, 5), (5673, 7), (5726, 9), (5818, 4), (6239, 3), (6486, 8), (6709, 9), (7124, 12), (7796, 3), (8096, 3), (8301, 11), (8471, 5), (8544, 10), (9281, 9), (9537, 6), (9653, 5), (9967, 12), (10437, 5), (11249, 11), (11333, 12), (11611, 10), (12166, 2), (12683, 8), (12984, 6), (13068, 5), (13428, 5), (14365, 10), (14976, 3), (15145, 6), (15162, 10), (15183, 11), (15526, 6), (15753, 7), (15838, 6), (16083, 12), (16975, 11), (17171, 2), (17606, 3), (17929, 7), (18114, 12), (18194, 12), (18364, 1), (19118, 12), (19188, 10), (19507, 8), (19593, 9), (19626, 3), (20097, 5), (20512, 12), (20561, 1), (21285, 12), (21919, 2), (22126, 2), (22685, 8), (22739, 3), (22780, 4), (23606, 12), (24415, 10), (24690, 4), (24713, 10), (24795, 8), (24865, 7), (24997, 10), (25285, 7), (26058, 1), (26344, 9), (26637, 3), (26751, 5), (26758, 2), (27068, 9), (27103, 3), (27840, 3), (28326, 6), (28453, 4), (29735, 10), (29913, 5), (30654, 3), (30666, 8), (31149, 5), (31725, 6), (31884, 5), (32175, 12), (32912, 8), (33178, 5), (33255, 8), (33643, 11), (33680, 1), (33885, 8), (33908, 7), (35055, 12), (35715, 12), (36692, 9), (36872, 8), (36897, 11), (37507, 7), (37811, 8), (38074, 12), (38451, 5), (38538, 3), (38857, 9), (38919, 6), (39041, 9), (39144, 8), (39206, 8), (39337, 12), (39429, 6), (39630, 3), (39779, 1), (39905, 12), (40412, 5), (40426, 8), (40499, 10), (40800, 1), (41130, 3), (41303, 8), (41756, 3), (42391, 3), (43656, 11), (43717, 11), (44653, 12), (44802, 4), (44822, 9), (45056, 10), (45365, 3), (45482, 10), (45559, 5), (45574, 11), (45774, 2), (46066, 5), (46138, 9), (46296, 12), (46943, 7), (47021, 11), (47321, 11), (47503, 9), (47576, 5), (47622, 12), (47736, 6), (47877, 7), (48322, 11), (48359, 2), (48451, 8), (48530, 3), (48635, 9), (49423, 8), (50022, 1), (50046, 1), (50330, 10), (50702, 12), (50846, 11), (50906, 9), (51229, 5), (51317, 3), (51974, 3), (52431, 1), (53925, 3), (54118, 12), (54497, 5), (54538, 6), (54640, 10), (55382, 3), (55608, 3), (55896, 6), (56134, 5), (56154, 5), (56280, 3), (56779, 10), (57256, 7), (57273, 2), (57317, 7), (57751, 2), (57958, 6), (58405, 3), (59954, 6), (60419, 12), (60724, 11), (61861, 6), (61959, 2), (61991, 6), (62481, 4), (63210, 9), (63353, 7), (63512, 1), (63789, 5), (63953, 9), (64012, 12), (64074, 8), (64160, 7), (64411, 3), (64791, 1), (64983, 12), (65152, 8), (65240, 5), (65522, 10), (66232, 6), (68224, 10), (68692, 11), (68763, 3), (69445, 8), (70450, 1), (70697, 3), (70926, 12), (70930, 7), (71509, 3), (71703, 3), (71963, 1), (72463, 9), (72695, 5), (72728, 6), (72840, 9), (73074, 10), (73512, 8), (74441, 5), (74906, 8), (74930, 3), (74963, 7), (75162, 10), (75533, 11), (76399, 2), (77298, 5), (77826, 1), (77866, 8), (78002, 11), (78354, 4), (78973, 10), (79094, 10), (79110, 7), (79116, 11), (80771, 2), (81189, 2), (81421, 5), (81842, 10), (81930, 8), (82317, 3), (82485, 8), (82579, 4), (82644, 5), (82752, 3), (82754, 9), (82798, 11), (83177, 8), (83627, 7), (83688, 12), (83868, 11), (84475, 5), (85187, 9), (85525, 10), (85638, 2), (85860, 11), (85986, 8), (86463, 9), (87979, 1), (88930, 12), (89844, 11), (89859, 9), (90434, 12), (90846, 10), (90880, 2), (90909, 3), (90910, 6), (91101, 9), (91310, 12), (91331, 5), (91498, 12), (91523, 4), (92045, 7), (92125, 9), (93092, 9), (93336, 11), (93362, 3), (93756, 6), (93838, 7), (94381, 3), (94845, 5), (95388, 1), (95426, 1), (96617, 6), (96837, 4), (98066, 10), (98227, 6), (98299, 7), (98448, 2), (98650, 10), (99094, 6), (99379, 5));

-- harmful: shape.long-list
DELETE FROM stock_levels WHERE (product_id = 6135 AND warehouse_code = 'HAM') OR (product_id = 7515 AND warehouse_code = 'BER') OR (product_id = 4029 AND warehouse_code = 'CGN') OR (product_id = 8905 AND warehouse_code = 'CGN') OR (product_id = 6147 AND warehouse_code = 'BER') OR (product_id = 1926 AND warehouse_code = 'VIE') OR (product_id = 6135 AND warehouse_code = 'HAM') OR (product_id = 54 AND warehouse_code = 'CGN') OR (product_id = 6244 AND warehouse_code = 'MUC') OR (product_id = 1183 AND warehouse_code = 'CGN') OR (product_id = 4849 AND warehouse_code = 'BER') OR (product_id = 1915 AND warehouse_code = 'CGN') OR (product_id = 5803 AND warehouse_code = 'HAM') OR (product_id = 5631 AND warehouse_code = 'CGN') OR (product_id = 2321 AND warehouse_code = 'MUC') OR (product_id = 8172 AND warehouse_code = 'BER') OR (product_id = 9432 AND warehouse_code = 'BER') OR (product_id = 4850 AND warehouse_code = 'CGN') OR (product_id = 5521 AND warehouse_code = 'BER') OR (product_id = 8508 AND warehouse_code = 'CGN') OR (product_id = 826 AND warehouse_code = 'HAM') OR (product_id = 6894 AND warehouse_code = 'HAM') OR (product_id = 4442 AND warehouse_code = 'BER') OR (product_id = 2390 AND warehouse_code = 'MUC') OR (product_id = 1574 AND warehouse_code = 'VIE') OR (product_id = 7825 AND warehouse_code = 'CGN') OR (product_id = 2948 AND warehouse_code = 'VIE') OR (product_id = 6329 AND warehouse_code = 'HAM') OR (product_id = 1505 AND warehouse_code = 'CGN') OR (product_id = 5829 AND warehouse_code = 'HAM') OR (product_id = 1371 AND warehouse_code = 'BER') OR (product_id = 2308 AND warehouse_code = 'MUC') OR (product_id = 269 AND warehouse_code = 'BER') OR (product_id = 4110 AND warehouse_code = 'VIE') OR (product_id = 7508 AND warehouse_code = 'CGN') OR (product_id = 8467 AND warehouse_code = 'BER') OR (product_id = 871 AND warehouse_code = 'HAM') OR (product_id = 3176 AND warehouse_code = 'CGN') OR (product_id = 200 AND warehouse_code = 'CGN') OR (product_id = 8507 AND warehouse_code = 'BER') OR (product_id = 4574 AND warehouse_code = 'VIE') OR (product_id = 7707 AND warehouse_code = 'VIE') OR (product_id = 369 AND warehouse_code = 'BER') OR (product_id = 2622 AND warehouse_code = 'CGN') OR (product_id = 8195 AND warehouse_code = 'CGN') OR (product_id = 9725 AND warehouse_code = 'VIE') OR (product_id = 9620 AND warehouse_code = 'BER') OR (product_id = 3533 AND warehouse_code = 'BER') OR (product_id = 6909 AND warehouse_code = 'CGN') OR (product_id = 7084 AND warehouse_code = 'CGN') OR (product_id = 245 AND warehouse_code = 'HAM') OR (product_id = 5545 AND warehouse_code = 'HAM') OR (product_id = 4964 AND warehouse_code = 'HAM') OR (product_id = 6917 AND warehouse_code = 'BER') OR (product_id = 6054 AND warehouse_code = 'HAM') OR (product_id = 6449 AND warehouse_code = 'CGN') OR (product_id = 3124 AND warehouse_code = 'MUC') OR (product_id = 2282 AND warehouse_code = 'CGN') OR (product_id = 5955 AND warehouse_code = 'MUC') OR (product_id = 40 AND warehouse_code = 'BER') OR (product_id = 2773 AND warehouse_code = 'CGN') OR (product_id = 1261 AND warehouse_code = 'BER') OR (product_id = 6246 AND warehouse_code = 'BER') OR (product_id = 6711 AND warehouse_code = 'HAM') OR (product_id = 3220 AND warehouse_code = 'BER') OR (product_id = 8091 AND warehouse_code = 'MUC') OR (product_id = 9813 AND warehouse_code = 'CGN') OR (product_id = 2234 AND warehouse_code = 'CGN') OR (product_id = 3876 AND warehouse_code = 'BER') OR (product_id = 5978 AND warehouse_code = 'VIE') OR (product_id = 510 AND warehouse_code = 'BER') OR (product_id = 3028 AND warehouse_code = 'CGN') OR (product_id = 1403 AND warehouse_code = 'MUC') OR (product_id = 2153 AND warehouse_code = 'MUC') OR (product_id = 5475 AND warehouse_code = 'HAM') OR (product_id = 2491 AND warehouse_code = 'MUC') OR (product_id = 8493 AND warehouse_code = 'VIE') OR (product_id = 1476 AND warehouse_code = 'MUC') OR (product_id = 1819 AND warehouse_code = 'BER') OR (product_id = 6545 AND warehouse_code = 'MUC') OR (product_id = 4975 AND warehouse_code = 'MUC') OR (product_id = 7827 AND warehouse_code = 'VIE') OR (product_id = 9531 AND warehouse_code = 'CGN') OR (product_id = 3948 AND warehouse_code = 'VIE') OR (product_id = 2302 AND warehouse_code = 'MUC') OR (product_id = 288 AND warehouse_code = 'VIE') OR (product_id = 207 AND warehouse_code = 'CGN') OR (product_id = 2189 AND warehouse_code = 'HAM') OR (product_id = 7884 AND warehouse_code = 'BER') OR (product_id = 134 AND warehouse_code = 'BER') OR (product_id = 3463 AND warehouse_code = 'CGN') OR (product_id = 3809 AND warehouse_code = 'VIE') OR (product_id = 3868 AND warehouse_code = 'MUC') OR (product_id = 919 AND warehouse_code = 'VIE') OR (product_id = 3908 AND warehouse_code = 'BER') OR (product_id = 6316 AND warehouse_code = 'MUC') OR (product_id = 351 AND warehouse_code = 'VIE') OR (product_id = 4879 AND warehouse_code = 'CGN') OR (product_id = 7374 AND warehouse_code = 'BER') OR (product_id = 2023 AND warehouse_code = 'MUC') OR (product_id = 9318 AND warehouse_code = 'VIE') OR (product_id = 4517 AND warehouse_code = 'VIE') OR (product_id = 9736 AND warehouse_code = 'CGN') OR (product_id = 6191 AND warehouse_code = 'MUC') OR (product_id = 2731 AND warehouse_code = 'VIE') OR (product_id = 1268 AND warehouse_code = 'CGN') OR (product_id = 905 AND warehouse_code = 'HAM') OR (product_id = 8663 AND warehouse_code = 'VIE') OR (product_id = 6370 AND warehouse_code = 'BER') OR (product_id = 8412 AND warehouse_code = 'MUC') OR (product_id = 9040 AND warehouse_code = 'MUC') OR (product_id = 6697 AND warehouse_code = 'HAM') OR (product_id = 7475 AND warehouse_code = 'MUC') OR (product_id = 1035 AND warehouse_code = 'CGN') OR (product_id = 63 AND warehouse_code = 'VIE') OR (product_id = 9253 AND warehouse_code = 'HAM') OR (product_id = 9287 AND warehouse_code = 'CGN') OR (product_id = 692 AND warehouse_code = 'BER') OR (product_id = 1441 AND warehouse_code = 'BER') OR (product_id = 5606 AND warehouse_code = 'HAM') OR (product_id = 6131 AND warehouse_code = 'MUC') OR (product_id = 4314 AND warehouse_code = 'MUC') OR (product_id = 7930 AND warehouse_code = 'HAM') OR (product_id = 2038 AND warehouse_code = 'MUC') OR (product_id = 4118 AND warehouse_code = 'BER') OR (product_id = 4135 AND warehouse_code = 'CGN') OR (product_id = 2724 AND warehouse_code = 'HAM') OR (product_id = 4316 AND warehouse_code = 'VIE') OR (product_id = 7187 AND warehouse_code = 'HAM') OR (product_id = 9731 AND warehouse_code = 'HAM') OR (product_id = 9268 AND warehouse_code = 'BER') OR (product_id = 5818 AND warehouse_code = 'VIE') OR (product_id = 2023 AND warehouse_code = 'BER') OR (product_id = 7470 AND warehouse_code = 'BER') OR (product_id = 8100 AND warehouse_code = 'BER') OR (product_id = 427 AND warehouse_code = 'VIE') OR (product_id = 6741 AND warehouse_code = 'BER') OR (product_id = 6761 AND warehouse_code = 'VIE') OR (product_id = 7254 AND warehouse_code = 'VIE') OR (product_id = 9455 AND warehouse_code = 'HAM') OR (product_id = 8789 AND warehouse_code = 'BER') OR (product_id = 1050 AND warehouse_code = 'VIE') OR (product_id = 1521 AND warehouse_code = 'BER') OR (product_id = 1096 AND warehouse_code = 'CGN') OR (product_id = 4979 AND warehouse_code = 'VIE') OR (product_id = 8866 AND warehouse_code = 'BER') OR (product_id = 4479 AND warehouse_code = 'BER') OR (product_id = 6638 AND warehouse_code = 'MUC') OR (product_id = 4238 AND warehouse_code = 'CGN') OR (product_id = 4893 AND warehouse_code = 'MUC');

-- harmful: shape.long-list
SELECT c.id, c.full_name FROM customers c WHERE (c.account_id, c.email) IN (($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32), ($33, $34), ($35, $36), ($37, $38), ($39, $40), ($41, $42), ($43, $44), ($45, $46), ($47, $48), ($49, $50), ($51, $52), ($53, $54), ($55, $56), ($57, $58), ($59, $60), ($61, $62), ($63, $64), ($65, $66), ($67, $68), ($69, $70), ($71, $72), ($73, $74), ($75, $76), ($77, $78), ($79, $80), ($81, $82), ($83, $84), ($85, $86), ($87, $88), ($89, $90), ($91, $92), ($93, $94), ($95, $96), ($97, $98), ($99, $100), ($101, $102), ($103, $104), ($105, $106), ($107, $108), ($109, $110), ($111, $112), ($113, $114), ($115, $116), ($117, $118), ($119, $120), ($121, $122), ($123, $124), ($125, $126), ($127, $128), ($129, $130), ($131, $132), ($133, $134), ($135, $136), ($137, $138), ($139, $140), ($141, $142), ($143, $144), ($145, $146), ($147, $148), ($149, $150), ($151, $152), ($153, $154), ($155, $156), ($157, $158), ($159, $160), ($161, $162), ($163, $164), ($165, $166), ($167, $168), ($169, $170), ($171, $172), ($173, $174), ($175, $176), ($177, $178), ($179, $180), ($181, $182), ($183, $184), ($185, $186), ($187, $188), ($189, $190), ($191, $192), ($193, $194), ($195, $196), ($197, $198), ($199, $200), ($201, $202), ($203, $204), ($205, $206), ($207, $208), ($209, $210), ($211, $212), ($213, $214), ($215, $216), ($217, $218), ($219, $220), ($221, $222), ($223, $224), ($225, $226), ($227, $228), ($229, $230), ($231, $232), ($233, $234), ($235, $236), ($237, $238), ($239, $240), ($241, $242), ($243, $244), ($245, $246), ($247, $248), ($249, $250), ($251, $252), ($253, $254), ($255, $256), ($257, $258), ($259, $260), ($261, $262), ($263, $264), ($265, $266), ($267, $268), ($269, $270), ($271, $272), ($273, $274), ($275, $276), ($277, $278), ($279, $280), ($281, $282), ($283, $284), ($285, $286), ($287, $288), ($289, $290), ($291, $292), ($293, $294), ($295, $296), ($297, $298), ($299, $300), ($301, $302), ($303, $304), ($305, $306), ($307, $308), ($309, $310), ($311, $312), ($313, $314), ($315, $316), ($317, $318), ($319, $320), ($321, $322), ($323, $324), ($325, $326), ($327, $328), ($329, $330), ($331, $332), ($333, $334), ($335, $336), ($337, $338), ($339, $340), ($341, $342), ($343, $344), ($345, $346), ($347, $348), ($349, $350), ($351, $352), ($353, $354), ($355, $356), ($357, $358), ($359, $360), ($361, $362), ($363, $364), ($365, $366), ($367, $368), ($369, $370), ($371, $372), ($373, $374), ($375, $376), ($377, $378), ($379, $380), ($381, $382), ($383, $384), ($385, $386), ($387, $388), ($389, $390), ($391, $392), ($393, $394), ($395, $396), ($397, $398), ($399, $400)) ORDER BY c.id;

-- harmful: shape.long-list
UPDATE order_lines SET discount = 0 WHERE unit_price > $1 AND NOT ((order_id, line_no) IN ((1009, 5), (1142, 1), (1387, 11), (1822, 8), (2619, 5), (3178, 4), (3281, 8), (3452, 12), (3642, 11), (4267, 10), (4545, 10), (4600, 2), (5206, 6), (5345, 8), (5347, 3), (5360, 9), (5461, 2), (5711, 2), (5764, 10), (5947, 2), (5953, 2), (6171, 8), (6756, 11), (7186, 12), (7278, 5), (7347, 11), (7613, 8), (7636, 3), (7729, 1), (7856, 4), (8046, 11), (8977, 8), (9012, 9), (9046, 8), (9135, 10), (9216, 10), (9448, 4), (10540, 6), (10879, 12), (11049, 11), (11190, 1), (11215, 3), (11250, 10), (11980, 11), (12065, 10), (12379, 9), (12438, 6), (12486, 5), (13051, 8), (13167, 6), (13713, 1), (13914, 2), (13939, 12), (14074, 4), (14115, 4), (14211, 1), (14410, 11), (14570, 9), (14574, 3), (14964, 7), (15448, 5), (16163, 3), (16455, 11), (16493, 6), (16868, 4), (17356, 9), (17426, 6), (18389, 3), (18398, 12), (19000, 5), (19049, 9), (19319, 12), (19720, 4), (19878, 8), (20218, 7), (20552, 2), (20765, 7), (20917, 6), (21273, 11), (21531, 2), (21845, 2), (22048, 9), (22173, 5), (22225, 10), (22394, 1), (22403, 10), (23224, 7), (23250, 1), (23482, 8), (24348, 11), (24990, 12), (25649, 9), (25819, 8), (26366, 11), (26493, 3), (27080, 7), (27348, 12), (27365, 5), (27369, 6), (27388, 5), (27529, 4), (28055, 6), (28360, 8), (29103, 10), (30356, 9), (30445, 11), (30922, 8), (31024, 12), (31208, 11), (31634, 2), (31724, 2), (32063, 8), (32271, 7), (32450, 12), (32527, 3), (32911, 11), (33026, 5), (33537, 11), (33607, 1), (34838, 10), (36083, 10), (36148, 9), (36992, 12), (37153, 1), (37889, 4), (38112, 2), (38247, 5), (38488, 6), (38984, 6), (39516, 5), (39752, 10), (40393, 10), (41101, 11), (41166, 3), (41211, 1), (41857, 8), (41873, 3), (41904, 9), (42141, 2), (42427, 1), (42559, 8), (42581, 11), (43110, 2), (43127, 7), (43364, 5), (43373, 2), (43495, 2), (43505, 5), (43736, 10), (44345, 3), (45821, 9), (46680, 1), (46701, 7), (46766, 3), (46876, 2), (47058, 12), (47437, 7), (47438, 4), (47791, 4), (47812, 7), (47955, 1), (48476, 9), (48552, 10), (48743, 11), (48885, 2), (49057, 6), (50023, 4), (50104, 7), (50563, 3), (50789, 9), (51179, 9), (51412, 1), (51999, 1), (52139, 7), (52840, 2), (53077, 1), (53311, 8), (53569, 12), (53769, 6), (54408, 8), (55137, 3), (55637, 4), (55824, 5), (55979, 11), (56125, 6), (56288, 1), (56519, 7), (56757, 8), (56966, 8), (57045, 5), (57183, 6), (57184, 10), (57862, 4), (57958, 7), (58957, 3), (60490, 11), (61638, 8), (61842, 4), (62023, 8), (62346, 3), (62346, 6), (62559, 3), (62622, 9), (62814, 4), (62830, 3), (63037, 8), (63403, 9), (63541, 11), (64044, 11), (64175, 12), (64771, 7), (65240, 7), (65414, 4), (65573, 12), (65798, 7), (66237, 11), (68723, 2), (69018, 10), (69446, 4), (69461, 11), (70132, 7), (70249, 4), (70306, 10), (70560, 1), (71354, 2), (71730, 6), (72054, 12), (72092, 12), (72969, 10), (73360, 5), (73746, 10), (74036, 1), (74067, 11), (74653, 3), (74719, 9), (74842, 3), (75172, 11), (75897, 7), (76133, 11), (76138, 4), (76330, 1), (76362, 8), (76627, 4), (76940, 12), (78853, 8), (79120, 1), (79148, 7), (80342, 10), (80419, 3), (80781, 7), (81043, 10), (81082, 9), (81446, 12), (81646, 8), (81705, 2), (82161, 3), (82388, 3), (82671, 2), (82893, 7), (82933, 2), (83649, 12), (83751, 7), (84877, 9), (84958, 7), (85565, 7), (85920, 5), (86733, 3), (88333, 4), (88810, 5), (89078, 4), (89104, 4), (89318, 8), (89786, 10), (90274, 4), (90302, 7), (91121, 11), (91140, 1), (91220, 12), (91256, 8), (91265, 1), (91280, 9), (91469, 6), (92190, 9), (92379, 2), (93189, 12), (93222, 4), (94645, 7), (94917, 2), (95728, 6), (96213, 5), (96267, 2), (96425, 7), (96541, 2), (96990, 12), (97497, 6), (97811, 10), (98014, 3), (99252, 2), (99565, 6), (99966, 6)));

-- harmful: shape.correlated-aggregate-in-where
SELECT l.order_id, l.line_no, l.unit_price
FROM order_lines l
WHERE l.unit_price > (SELECT avg(x.unit_price) FROM order_lines x WHERE x.product_id = l.product_id);

-- harmful: shape.correlated-aggregate-in-where
SELECT o.customer_id, o.number, o.total FROM orders o WHERE o.total = (SELECT max(i.total) FROM orders i WHERE i.customer_id = o.customer_id) ORDER BY o.total DESC;

-- harmful: shape.correlated-aggregate-in-where
SELECT a.slug, e.kind, e.occurred_at
FROM accounts a
JOIN events e ON e.account_id = a.id
WHERE e.occurred_at = (SELECT max(e2.occurred_at) FROM events e2 WHERE e2.account_id = e.account_id);

-- harmful: shape.correlated-aggregate-in-where
DELETE FROM messages m WHERE m.sent_at < (SELECT max(n.sent_at) - interval '2 years' FROM messages n WHERE n.thread_id = m.thread_id);

-- harmful: shape.update-of-key
INSERT INTO customers (account_id, email, full_name, country_code)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, email) DO UPDATE
SET account_id = excluded.account_id, email = excluded.email, phone = excluded.phone, country_code = excluded.country_code;

-- harmful: shape.update-of-key
INSERT INTO "categories" ("id", "parent_id", "name", "slug", "position") VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ("id") DO UPDATE SET "id" = EXCLUDED."id", "name" = EXCLUDED."name", "position" = EXCLUDED."position" RETURNING "id";

-- harmful: shape.update-of-key
INSERT INTO products AS p (sku, name, price)
SELECT t.sku, t.name, t.price FROM unnest($1::text[], $2::text[], $3::numeric[]) AS t (sku, name, price)
ON CONFLICT (sku) DO UPDATE SET sku = excluded.sku, description = 'imported', stock = p.stock
RETURNING p.id;

-- harmful: shape.update-of-key
INSERT INTO orders (account_id, customer_id, number, currency, total) VALUES (1, 2, 'R-1', 'EUR', 10)
ON CONFLICT (number) DO UPDATE SET number = excluded.number RETURNING id;

-- harmful: shape.function-on-indexed-column, shape.offset-paging
SELECT o.id, o.number, o.total FROM orders o WHERE date_trunc('day', o.placed_at) = $1 ORDER BY o.id LIMIT 20 OFFSET $2;

-- harmful: shape.wide-columns-by-star, shape.limit-without-order
SELECT * FROM events WHERE customer_id = $1 LIMIT 100;

-- harmful: shape.optional-filter, shape.leading-wildcard-search
SELECT c.id, c.full_name FROM customers c WHERE ($1::bigint IS NULL OR c.account_id = $1) AND ($2::text IS NULL OR c.full_name ILIKE '%' || $2 || '%') ORDER BY c.full_name;

-- harmful: shape.correlated-subquery-in-select-list
SELECT s.id, s.plan_code, (SELECT a.name FROM accounts a WHERE a.id = s.account_id) AS account FROM subscriptions s WHERE s.ends_on BETWEEN $1 AND $2;

-- harmful: shape.sort-by-expression, shape.offset-paging
SELECT p.id, p.name FROM products p ORDER BY lower(p.name), p.id LIMIT 24 OFFSET 4800;

-- harmful: shape.outer-join-undone-by-where, shape.function-on-indexed-column
SELECT a.slug, s.plan_code
FROM accounts a
LEFT JOIN subscriptions s ON s.account_id = a.id
WHERE date_trunc('month', s.renews_at) = date_trunc('month', now());
