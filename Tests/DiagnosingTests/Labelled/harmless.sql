-- harmless: shape.not-in-nullable-subquery · orders.customer_id is NOT NULL
SELECT id, email FROM customers WHERE account_id = $1 AND id NOT IN (SELECT customer_id FROM orders WHERE account_id = $1);

-- harmless: shape.not-in-nullable-subquery · the subquery excludes NULLs itself
DELETE FROM categories WHERE id NOT IN (SELECT category_id FROM products WHERE category_id IS NOT NULL) AND parent_id = $1;

-- harmless: shape.not-in-nullable-subquery · NOT EXISTS has no such trap
SELECT c.id, c.full_name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.customer_id = c.id);

-- harmless: shape.not-in-nullable-subquery · a list of literals, no subquery
SELECT id, number FROM orders WHERE account_id = $1 AND status NOT IN ('cancelled', 'new');

-- harmless: shape.not-in-nullable-subquery · nullable column, but IN and not NOT IN
SELECT id, number FROM orders WHERE id IN (SELECT order_id FROM refunds WHERE created_at > $1);

-- harmless: shape.function-on-indexed-column · there is an index on this very expression
SELECT id, slug FROM accounts WHERE lower(owner_email) = lower($1);

-- harmless: shape.function-on-indexed-column · varchar to text changes nothing
SELECT id, full_name FROM customers WHERE email::text = $1::text;

-- harmless: shape.function-on-indexed-column · the function is on the other side
SELECT currency, sum(total) FROM orders WHERE placed_at >= date_trunc('month', now()) GROUP BY currency;

-- harmless: shape.function-on-indexed-column · only in the select list and GROUP BY
SELECT date_trunc('day', occurred_at) AS day, count(*) FROM events WHERE account_id = $1 AND occurred_at >= $2 GROUP BY date_trunc('day', occurred_at) ORDER BY 1;

-- harmless: shape.function-on-indexed-column · the row is found by its key, the function only checks it
SELECT id FROM customers WHERE id = $1 AND lower(full_name) = lower($2);

-- harmless: shape.leading-wildcard-search · prefix pattern with a varchar_pattern_ops index
SELECT id, sku FROM products WHERE sku LIKE 'LAMP-%' ORDER BY sku;

-- harmless: shape.leading-wildcard-search · only the lines of one order are looked at
SELECT l.line_no, p.name FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = $1 AND p.name ILIKE '%' || $2 || '%';

-- harmless: shape.leading-wildcard-search · full text search with a GIN index
SELECT m.id, m.subject FROM messages m WHERE to_tsvector('english'::regconfig, m.body) @@ websearch_to_tsquery('english', $1) ORDER BY m.sent_at DESC LIMIT 20;

-- harmless: shape.leading-wildcard-search · LIKE in the select list only
SELECT id, email LIKE '%@example.com' AS internal FROM customers WHERE id = ANY ($1);

-- harmless: shape.optional-filter · the column may be NULL, not the parameter
SELECT id, plan_code FROM subscriptions WHERE account_id = $1 AND (ends_on IS NULL OR ends_on > $2);

-- harmless: shape.optional-filter · within one order, found by its key
SELECT line_no, quantity FROM order_lines WHERE order_id = $1 AND ($2::int IS NULL OR product_id = $2);

-- harmless: shape.optional-filter · coalesce gives the parameter a default, the filter is always on
SELECT id, number FROM orders WHERE account_id = $1 AND placed_at >= coalesce($2, now() - interval '30 days');

-- harmless: shape.optional-filter · coalesce in SET, not in a condition
UPDATE customers SET phone = coalesce($2, phone), birth_date = coalesce($3, birth_date) WHERE id = $1;

-- harmless: shape.or-across-relations · both columns are of one table, each with an index
SELECT o.id, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.number = $1 OR o.coupon_code = $2;

-- harmless: shape.or-across-relations · the order is found by its key first
SELECT o.number FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 AND (o.billing_ref = $2 OR c.phone = $3);

-- harmless: shape.or-across-relations · written as UNION of two indexed look-ups
SELECT o.id FROM orders o WHERE o.number = $1
UNION
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = $1;

-- harmless: shape.or-across-relations · OR in a CASE of the select list
SELECT o.id, CASE WHEN o.notes IS NOT NULL OR c.marketing_opt_in THEN 'contact' ELSE 'quiet' END FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = $1;

-- harmless: shape.or-across-columns · both columns have an index
SELECT id, email FROM customers WHERE email = $1 OR external_ref = $2;

-- harmless: shape.or-across-columns · the account's index has done the work already
SELECT id, plan_code FROM subscriptions WHERE account_id = $1 AND (customer_id = $2 OR status = 'trial');

-- harmless: shape.or-across-columns · each arm has an indexed condition, AND adds the rest
SELECT id, number FROM orders WHERE (number = $1 AND notes = $2) OR (coupon_code = $3 AND total > 100);

-- harmless: shape.or-across-columns · two values of one indexed column
SELECT id, amount FROM payments WHERE order_id = $1 OR order_id = $2;

-- harmless: shape.disconnected-join · one row by its key beside the other table
SELECT c.id, c.full_name, a.name FROM customers c CROSS JOIN accounts a WHERE a.id = $1 AND c.account_id = $1;

-- harmless: shape.disconnected-join · generate_series makes a few rows
SELECT d::date AS day, count(o.id) FROM generate_series($1::date, $1::date + 6, interval '1 day') AS d LEFT JOIN orders o ON o.placed_at >= d AND o.placed_at < d + interval '1 day' AND o.account_id = $2 GROUP BY d ORDER BY d;

-- harmless: shape.disconnected-join · LATERAL unnest depends on the row
SELECT p.id, t.tag FROM products p CROSS JOIN LATERAL unnest(p.tags) AS t (tag) WHERE p.category_id = $1;

-- harmless: shape.disconnected-join · the comma tables are joined in WHERE, through a third one
SELECT c.email, p.sku FROM customers c, products p, orders o, order_lines l WHERE o.customer_id = c.id AND l.order_id = o.id AND l.product_id = p.id AND o.number = $1;

-- harmless: shape.disconnected-join · the other side is a single total
SELECT o.id, o.total / t.sum AS share FROM orders o CROSS JOIN (SELECT sum(total) AS sum FROM orders WHERE account_id = $1) t WHERE o.account_id = $1;

-- harmless: shape.correlated-subquery-in-select-list · one row, found by its key
SELECT c.id, c.full_name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c WHERE c.id = $1;

-- harmless: shape.correlated-subquery-in-select-list · not correlated, runs once
SELECT p.id, p.price, (SELECT avg(price) FROM products WHERE category_id = $1) AS average FROM products p WHERE p.category_id = $1;

-- harmless: shape.correlated-subquery-in-select-list · a page of 20 accounts by key
SELECT a.id, a.slug, (SELECT max(e.occurred_at) FROM events e WHERE e.account_id = a.id) AS last_event FROM accounts a WHERE a.id > $1 ORDER BY a.id LIMIT 20;

-- harmless: shape.correlated-subquery-in-select-list · grouped once and joined
SELECT c.id, c.full_name, coalesce(x.n, 0) FROM customers c LEFT JOIN (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) x ON x.customer_id = c.id;

-- harmless: shape.offset-paging · keyset
SELECT id, number, total FROM orders WHERE (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT 50;

-- harmless: shape.offset-paging · the first page only, FETCH FIRST without OFFSET
SELECT id, sku, name FROM products ORDER BY name FETCH FIRST 20 ROWS ONLY;

-- harmless: shape.offset-paging · a column of a VALUES list that is called offset
SELECT w."offset", w.label FROM (VALUES (0, 'zero'), (60, 'one hour')) AS w ("offset", label) ORDER BY w."offset";

-- harmless: shape.order-by-random · a few lines of one order
SELECT line_no, product_id FROM order_lines WHERE order_id = $1 ORDER BY random() LIMIT 1;

-- harmless: shape.order-by-random · a sample of the pages, not a sort of the table
SELECT id, email FROM customers TABLESAMPLE SYSTEM (0.1) WHERE marketing_opt_in;

-- harmless: shape.order-by-random · random() is only a value
INSERT INTO jobs (queue, payload, run_at) VALUES ($1, $2, now() + random() * interval '60 seconds') RETURNING id;

-- harmless: shape.order-by-random · an array of the call, not a table
SELECT v FROM unnest($1::int[]) AS v ORDER BY random() LIMIT 3;

-- harmless: shape.queue-without-skip-locked · SKIP LOCKED
SELECT id, payload FROM jobs WHERE queue = $1 AND run_at <= now() ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- harmless: shape.queue-without-skip-locked · one row by its key
SELECT id, total, status FROM orders WHERE id = $1 FOR UPDATE;

-- harmless: shape.queue-without-skip-locked · one row by a unique column
SELECT id, loyalty_points FROM customers WHERE account_id = $1 AND email = $2 LIMIT 1 FOR UPDATE;

-- harmless: shape.queue-without-skip-locked · nothing is locked
SELECT id, queue, run_at FROM jobs WHERE queue = $1 AND status = 'pending' ORDER BY run_at LIMIT 100;

-- harmless: shape.outer-join-undone-by-where · anti-join
SELECT o.id, o.number FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE p.id IS NULL AND o.placed_at < now() - interval '3 days';

-- harmless: shape.outer-join-undone-by-where · the condition stands in ON
SELECT c.id, c.full_name, s.plan_code FROM customers c LEFT JOIN subscriptions s ON s.account_id = c.account_id AND s.status = 'active' WHERE c.id = $1;

-- harmless: shape.outer-join-undone-by-where · coalesce turns NULL into a value
SELECT p.id, p.sku FROM products p LEFT JOIN stock_levels sl ON sl.product_id = p.id AND sl.warehouse_code = 'BER' WHERE p.category_id = $1 AND coalesce(sl.quantity, 0) < 5;

-- harmless: shape.outer-join-undone-by-where · NULL is let through by OR
SELECT o.id, r.amount FROM orders o LEFT JOIN refunds r ON r.order_id = o.id WHERE o.customer_id = $1 AND (r.id IS NULL OR r.amount < o.total);

-- harmless: shape.outer-join-undone-by-where · WHERE is about the kept side only
SELECT m.id, m.subject, c.full_name FROM messages m LEFT JOIN customers c ON c.id = m.sender_id WHERE m.thread_id = $1 AND m.read_at IS NOT NULL;

-- harmless: shape.union-of-disjoint-branches · UNION ALL already
SELECT 'order' AS kind, id, placed_at AS at FROM orders WHERE customer_id = $1 UNION ALL SELECT 'message', id, sent_at FROM messages WHERE sender_id = $1;

-- harmless: shape.union-of-disjoint-branches · the same address may be in both
SELECT email FROM customers WHERE account_id = $1 UNION SELECT owner_email FROM accounts WHERE id = $1;

-- harmless: shape.union-of-disjoint-branches · the constants differ, but a branch has duplicates of its own
SELECT 'buyer' AS role, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.account_id = $1
UNION
SELECT 'sender', c.full_name FROM messages m JOIN customers c ON c.id = m.sender_id WHERE m.account_id = $1;

-- harmless: shape.union-of-disjoint-branches · one product may be in both branches
SELECT id, sku FROM products WHERE category_id = $1 UNION SELECT id, sku FROM products WHERE tags @> ARRAY[$2::text];

-- harmless: shape.count-for-existence · EXISTS
SELECT c.id, c.email FROM customers c WHERE c.account_id = $1 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);

-- harmless: shape.count-for-existence · the number itself is wanted
SELECT count(*) FROM orders WHERE customer_id = $1;

-- harmless: shape.count-for-existence · HAVING of groups that are counted anyway
SELECT customer_id, count(*) AS n FROM orders WHERE account_id = $1 GROUP BY customer_id HAVING count(*) > 1;

-- harmless: shape.count-for-existence · compared with the seats, not with none
SELECT a.id FROM accounts a WHERE a.id = $1 AND (SELECT count(*) FROM customers c WHERE c.account_id = a.id) >= a.seats;

-- harmless: shape.having-for-where · a condition on the aggregate
SELECT product_id, sum(quantity) FROM order_lines WHERE order_id BETWEEN $1 AND $2 GROUP BY product_id HAVING sum(quantity) > 100;

-- harmless: shape.having-for-where · the aggregate is compared with a subquery
SELECT o.customer_id, sum(o.total) FROM orders o WHERE o.account_id = $1 GROUP BY o.customer_id HAVING sum(o.total) > (SELECT avg(total) * 5 FROM orders WHERE account_id = $1);

-- harmless: shape.having-for-where · IN of an aggregate's value cannot stand in WHERE
SELECT l.order_id, max(l.product_id) FROM order_lines l WHERE l.order_id > $1 GROUP BY l.order_id HAVING max(l.product_id) IN (SELECT id FROM products WHERE discontinued_on IS NOT NULL);

-- harmless: shape.having-for-where · the IN stands in WHERE already
SELECT customer_id, sum(total) FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE country_code = $1) GROUP BY customer_id;

-- harmless: shape.distinct-hides-fan-out · columns of both sides are returned
SELECT DISTINCT c.id, c.email, o.currency FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.account_id = $1;

-- harmless: shape.distinct-hides-fan-out · EXISTS instead
SELECT c.id, c.email, c.full_name FROM customers c WHERE c.account_id = $1 AND EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.placed_at >= $2);

-- harmless: shape.distinct-hides-fan-out · the joined table has one row for each
SELECT c.id, c.email, a.name FROM customers c JOIN accounts a ON a.id = c.account_id WHERE c.referred_by = $1;

-- harmless: shape.distinct-hides-fan-out · each row is wanted as often as it was sold
SELECT p.sku, l.quantity FROM products p JOIN order_lines l ON l.product_id = p.id WHERE p.category_id = $1;

-- harmless: shape.distinct-of-unique-rows · no key among the columns
SELECT DISTINCT customer_id, currency FROM orders WHERE account_id = $1;

-- harmless: shape.distinct-of-unique-rows · half of the key only
SELECT DISTINCT l.order_id, p.category_id FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = ANY ($1);

-- harmless: shape.distinct-of-unique-rows · the unique column may be NULL more than once
SELECT DISTINCT external_ref FROM customers WHERE account_id = $1;

-- harmless: shape.distinct-of-unique-rows · email is unique within an account only
SELECT DISTINCT c.email FROM customers c WHERE c.country_code = 'FR' AND c.created_at >= $1;

-- harmless: shape.distinct-of-few-values · of one account and day
SELECT DISTINCT kind FROM events WHERE account_id = $1 AND occurred_at >= current_date;

-- harmless: shape.distinct-of-few-values · the list is kept in a table of its own
SELECT id, name FROM categories ORDER BY position, name;

-- harmless: shape.distinct-of-few-values · the recursive jump from value to value
WITH RECURSIVE v AS (
    (SELECT status FROM orders ORDER BY status LIMIT 1)
    UNION ALL
    SELECT (SELECT o.status FROM orders o WHERE o.status > v.status ORDER BY o.status LIMIT 1) FROM v WHERE v.status IS NOT NULL
)
SELECT status FROM v WHERE status IS NOT NULL;

-- harmless: shape.distinct-of-few-values · several columns, of one customer
SELECT DISTINCT status, currency FROM orders WHERE customer_id = $1;

-- harmless: shape.sorted-for-nothing · LIMIT makes the order count
SELECT sum(t.total) FROM (SELECT total FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 10) t;

-- harmless: shape.sorted-for-nothing · string_agg shows the order
SELECT string_agg(t.name, ', ') FROM (SELECT name FROM categories WHERE parent_id = $1 ORDER BY position) t;

-- harmless: shape.sorted-for-nothing · array constructor keeps the order
SELECT a.slug, ARRAY(SELECT c.email FROM customers c WHERE c.account_id = a.id ORDER BY c.email) AS emails FROM accounts a WHERE a.id = $1;

-- harmless: shape.sorted-for-nothing · DISTINCT ON needs it
SELECT count(*) FROM (SELECT DISTINCT ON (m.thread_id) m.thread_id, m.read_at FROM messages m WHERE m.sender_id = $1 ORDER BY m.thread_id, m.sent_at DESC) t WHERE t.read_at IS NULL;

-- harmless: shape.sorted-for-nothing · rows are locked in this order
UPDATE orders SET notes = 'archived' WHERE id IN (SELECT id FROM orders WHERE account_id = $1 AND placed_at < $2 ORDER BY id FOR UPDATE);

-- harmless: shape.sort-by-expression · all of one customer, no page of a large table
SELECT id, number FROM orders WHERE customer_id = $1 ORDER BY coalesce(shipped_at, placed_at) DESC LIMIT 10;

-- harmless: shape.sort-by-expression · an index has this expression
SELECT id, slug FROM accounts ORDER BY lower(owner_email) LIMIT 20;

-- harmless: shape.sort-by-expression · groups are sorted after they are made
SELECT product_id, sum(quantity * unit_price) AS revenue FROM order_lines WHERE order_id BETWEEN $1 AND $2 GROUP BY product_id ORDER BY sum(quantity * unit_price) DESC LIMIT 10;

-- harmless: shape.mixed-sort-direction · read backwards as a whole
SELECT id, queue FROM jobs ORDER BY priority DESC, run_at DESC LIMIT 20;

-- harmless: shape.mixed-sort-direction · the index has just these directions
SELECT id, full_name FROM customers ORDER BY country_code, created_at DESC LIMIT 50;

-- harmless: shape.mixed-sort-direction · the first column is fixed by an equality
SELECT id, placed_at FROM orders WHERE status = 'paid' ORDER BY status, placed_at DESC LIMIT 100;

-- harmless: shape.mixed-sort-direction · NULLS FIRST is what DESC does anyway
SELECT id, last_seen_at FROM customers ORDER BY last_seen_at DESC NULLS FIRST LIMIT 10;

-- harmless: shape.count-whole-table · one customer's
SELECT count(*) FROM events WHERE customer_id = $1;

-- harmless: shape.count-whole-table · the estimate of the catalog
SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.events'::regclass;

-- harmless: shape.count-whole-table · of a short period
SELECT count(*) AS today FROM orders WHERE placed_at >= current_date AND placed_at < current_date + 1;

-- harmless: shape.total-with-every-page · no total, one row more shows whether there is a next page
SELECT id, number FROM orders WHERE account_id = $1 ORDER BY placed_at DESC LIMIT 26;

-- harmless: shape.total-with-every-page · counts within each customer, not the whole result
SELECT o.id, o.customer_id, count(*) OVER (PARTITION BY o.customer_id) AS of_customer FROM orders o WHERE o.account_id = $1 AND o.placed_at >= $2 ORDER BY o.placed_at;

-- harmless: shape.total-with-every-page · no page: all lines of an order, with their number
SELECT line_no, quantity, count(*) OVER () AS lines FROM order_lines WHERE order_id = $1 ORDER BY line_no;

-- harmless: shape.total-with-every-page · a running total of one order's payments
SELECT p.id, p.amount, sum(p.amount) OVER (ORDER BY p.paid_at, p.id) AS running FROM payments p WHERE p.order_id = $1 ORDER BY p.paid_at, p.id;

-- harmless: shape.aggregate-over-two-fan-outs · each side is summed up before the join
SELECT o.id, p.paid, r.refunded
FROM orders o
LEFT JOIN (SELECT order_id, sum(amount) AS paid FROM payments GROUP BY order_id) p ON p.order_id = o.id
LEFT JOIN (SELECT order_id, sum(amount) AS refunded FROM refunds GROUP BY order_id) r ON r.order_id = o.id
WHERE o.account_id = $1;

-- harmless: shape.aggregate-over-two-fan-outs · customer and account are one row for each order
SELECT a.slug, c.country_code, sum(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id JOIN accounts a ON a.id = o.account_id WHERE o.placed_at >= $1 GROUP BY a.slug, c.country_code;

-- harmless: shape.aggregate-over-two-fan-outs · min and max do not mind repetition
SELECT c.id, max(o.placed_at) AS last_order, max(m.sent_at) AS last_message FROM customers c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN messages m ON m.sender_id = c.id WHERE c.id = $1 GROUP BY c.id;

-- harmless: shape.aggregate-over-two-fan-outs · the whole key of the second table is given
SELECT p.id, sum(l.quantity) AS sold, sl.quantity AS stock FROM products p JOIN order_lines l ON l.product_id = p.id JOIN stock_levels sl ON sl.product_id = p.id AND sl.warehouse_code = $1 WHERE p.category_id = $2 GROUP BY p.id, sl.quantity;

-- harmless: shape.materialized-cte-fence · referenced once, merged by the planner
WITH o AS (SELECT id, customer_id, number, total FROM orders) SELECT id, number, total FROM o WHERE customer_id = $1;

-- harmless: shape.materialized-cte-fence · the filter stands inside
WITH mine AS MATERIALIZED (SELECT id, total, status FROM orders WHERE customer_id = $1) SELECT count(*) FILTER (WHERE status = 'paid'), sum(total) FROM mine;

-- harmless: shape.materialized-cte-fence · NOT MATERIALIZED, though referenced twice
WITH ev AS NOT MATERIALIZED (SELECT account_id, kind, occurred_at FROM events)
SELECT count(*) FROM ev WHERE account_id = $1 AND occurred_at > $2 UNION ALL SELECT count(*) FROM ev WHERE account_id = $3 AND occurred_at > $2;

-- harmless: shape.materialized-cte-fence · it writes, so it has to be computed
WITH moved AS (DELETE FROM jobs WHERE queue = $1 AND run_at < now() - interval '30 days' RETURNING id, queue, attempts) SELECT id FROM moved WHERE attempts > 3;

-- harmless: shape.recursion-without-guard · UNION stops at rows already seen
WITH RECURSIVE tree AS (SELECT id, parent_id FROM categories WHERE id = $1 UNION SELECT c.id, c.parent_id FROM categories c JOIN tree t ON c.parent_id = t.id) SELECT id FROM tree;

-- harmless: shape.recursion-without-guard · a depth limit
WITH RECURSIVE up AS (
    SELECT id, parent_id, 1 AS depth FROM accounts WHERE id = $1
    UNION ALL
    SELECT a.id, a.parent_id, up.depth + 1 FROM accounts a JOIN up ON a.id = up.parent_id WHERE up.depth < 20
)
SELECT id, depth FROM up ORDER BY depth;

-- harmless: shape.recursion-without-guard · the path keeps cycles out
WITH RECURSIVE r AS (
    SELECT c.id, ARRAY[c.id] AS path FROM customers c WHERE c.id = $1
    UNION ALL
    SELECT k.id, r.path || k.id FROM customers k JOIN r ON k.referred_by = r.id WHERE k.id <> ALL (r.path)
)
SELECT id, cardinality(path) FROM r;

-- harmless: shape.recursion-without-guard · CYCLE clause
WITH RECURSIVE t AS (
    SELECT id, parent_id, name FROM categories WHERE slug = $1
    UNION ALL
    SELECT c.id, c.parent_id, c.name FROM categories c JOIN t ON c.parent_id = t.id
) CYCLE id SET looped USING trail
SELECT id, name FROM t WHERE NOT looped;

-- harmless: shape.limit-without-order · found by its key
SELECT id, email FROM customers WHERE id = $1 LIMIT 1;

-- harmless: shape.limit-without-order · inside EXISTS the order does not count
SELECT EXISTS (SELECT 1 FROM orders WHERE coupon_code = $1 LIMIT 1);

-- harmless: shape.limit-without-order · an aggregate is one row
SELECT max(placed_at) FROM orders WHERE customer_id = $1 LIMIT 1;

-- harmless: shape.limit-without-order · ordered by the key
SELECT id, queue, attempts FROM jobs WHERE id > $1 ORDER BY id LIMIT 500;

-- harmless: shape.too-many-joins · five joins, one order
SELECT o.number, c.full_name, a.name, l.line_no, p.sku, g.name
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN accounts a ON a.id = o.account_id
JOIN order_lines l ON l.order_id = o.id
JOIN products p ON p.id = l.product_id
JOIN categories g ON g.id = p.category_id
WHERE o.id = $1;

-- harmless: shape.too-many-joins · nine outer joins, each looks up one row by its key
SELECT o.number, c.full_name, r.full_name, rr.full_name, a.name, pa.name, gpa.name, ca.name, cpa.name, ra.name
FROM orders o
LEFT JOIN customers c ON c.id = o.customer_id
LEFT JOIN customers r ON r.id = c.referred_by
LEFT JOIN customers rr ON rr.id = r.referred_by
LEFT JOIN accounts a ON a.id = o.account_id
LEFT JOIN accounts pa ON pa.id = a.parent_id
LEFT JOIN accounts gpa ON gpa.id = pa.parent_id
LEFT JOIN accounts ca ON ca.id = c.account_id
LEFT JOIN accounts cpa ON cpa.id = ca.parent_id
LEFT JOIN accounts ra ON ra.id = r.account_id
WHERE o.id = $1;

-- harmless: shape.too-many-joins · comma tables are all put in order, and it is one order's
SELECT l.line_no, p.sku, g.slug, gp.slug, c.email, r.email, a.slug, ap.slug, ra.slug
FROM orders o, order_lines l, products p, categories g, categories gp, customers c, customers r, accounts a, accounts ap, accounts ra
WHERE l.order_id = o.id AND p.id = l.product_id AND g.id = p.category_id AND gp.id = g.parent_id AND c.id = o.customer_id AND r.id = c.referred_by
  AND a.id = o.account_id AND ap.id = a.parent_id AND ra.id = r.account_id AND o.number = $1;

-- harmless: shape.views-on-views · one plain view, filtered by a key of its table
SELECT id, full_name, account_name FROM active_customers WHERE id = $1;

-- harmless: shape.views-on-views · the view joins two tables, and the filter gets through
SELECT b.order_id, b.total - b.paid AS open FROM order_balances b WHERE b.order_id = $1;

-- harmless: shape.views-on-views · two small views joined
SELECT ac.full_name, rs.plan_code FROM active_customers ac JOIN running_subscriptions rs ON rs.account_id = ac.account_id WHERE ac.account_id = $1;

-- harmless: shape.unconditional-update-or-delete · one row
DELETE FROM messages WHERE id = $1;

-- harmless: shape.unconditional-update-or-delete · a batch of old rows, by an index
DELETE FROM events WHERE occurred_at < now() - interval '400 days' AND account_id = $1;

-- harmless: shape.unconditional-update-or-delete · TRUNCATE is what one wants for all rows
TRUNCATE TABLE stock_levels;

-- harmless: shape.unconditional-update-or-delete · the join keeps it to one order's products
UPDATE products p SET stock = p.stock - l.quantity FROM order_lines l WHERE l.product_id = p.id AND l.order_id = $1;

-- harmless: shape.array-any-column · a B-tree column compared with an array parameter
SELECT id, sku FROM products WHERE id = ANY ($1::int[]);

-- harmless: shape.array-any-column · containment, served by the GIN index
SELECT id, sku, name FROM products WHERE tags @> ARRAY['sale'];

-- harmless: shape.array-any-column · one row by its key
SELECT 'vip' = ANY (segments) AS vip FROM customers WHERE id = $1;

-- harmless: shape.array-any-column · overlap, served by the GIN index
SELECT m.id, m.subject FROM messages m WHERE m.label_ids && $1::int[] ORDER BY m.sent_at DESC LIMIT 30;

-- harmless: shape.json-path-filter · index on this very expression
SELECT id, email FROM customers WHERE settings ->> 'locale' = $1;

-- harmless: shape.json-path-filter · containment with a GIN index
SELECT id, sku FROM products WHERE attributes @> '{"color": "red"}';

-- harmless: shape.json-path-filter · the field is only shown
SELECT id, payload ->> 'invoice_id' AS invoice FROM events WHERE account_id = $1 AND occurred_at >= $2 ORDER BY occurred_at DESC LIMIT 20;

-- harmless: shape.json-path-filter · a check on the row found by its key
SELECT id FROM jobs WHERE id = $1 AND payload ->> 'tenant' = $2;

-- harmless: shape.wide-columns-by-star · one row
SELECT * FROM messages WHERE id = $1;

-- harmless: shape.wide-columns-by-star · a narrow table
SELECT * FROM order_lines WHERE order_id = $1 ORDER BY line_no;

-- harmless: shape.wide-columns-by-star · the star in EXISTS fetches nothing
SELECT t.id FROM customers t WHERE t.account_id = $1 AND EXISTS (SELECT * FROM messages m WHERE m.sender_id = t.id);

-- harmless: shape.wide-columns-by-star · only the columns that a list shows
SELECT id, subject, sent_at, left(body, 120) AS preview FROM messages WHERE thread_id = $1 ORDER BY sent_at DESC LIMIT 20;

-- harmless: shape.implicit-cast-on-indexed-column · integer and bigint share an index's family
SELECT id, number FROM orders WHERE id = $1::int;

-- harmless: shape.implicit-cast-on-indexed-column · the parameter is cast, not the column
SELECT id, full_name FROM customers WHERE id = ($1::numeric)::bigint;

-- harmless: shape.implicit-cast-on-indexed-column · a numeric column with a numeric value
SELECT id, sku FROM products WHERE price = 19.90::numeric;

-- harmless: shape.implicit-cast-on-indexed-column · date and timestamptz work together in an index
SELECT count(*) FROM payments WHERE paid_at >= $1::date AND paid_at < $1::date + 1;

-- harmless: shape.update-defeats-hot · no indexed column is set
UPDATE products SET stock = stock - $2, updated_at = now() WHERE id = $1;

-- harmless: shape.update-defeats-hot · a counter without an index
UPDATE customers SET loyalty_points = loyalty_points + $2 WHERE id = $1 RETURNING loyalty_points;

-- harmless: shape.update-defeats-hot · lock columns of the queue are in no index
UPDATE jobs SET locked_by = NULL, locked_at = NULL, last_error = $2, attempts = attempts + 1 WHERE id = $1;

-- harmless: shape.null-safe-comparison · with the word NULL it is IS NULL
SELECT id, email FROM customers WHERE account_id = $1 AND last_seen_at IS NOT DISTINCT FROM NULL;

-- harmless: shape.null-safe-comparison · IS DISTINCT FROM keeps an update from writing what is there
UPDATE customers SET phone = $2 WHERE id = $1 AND phone IS DISTINCT FROM $2;

-- harmless: shape.null-safe-comparison · in the WHERE of an upsert
INSERT INTO stock_levels AS s (product_id, warehouse_code, quantity, counted_at) VALUES ($1, $2, $3, now())
ON CONFLICT (product_id, warehouse_code) DO UPDATE SET quantity = excluded.quantity, counted_at = excluded.counted_at WHERE s.quantity IS DISTINCT FROM excluded.quantity;

-- harmless: shape.null-safe-comparison · compared in the select list, of one order
SELECT r.id, r.approved_by IS NOT DISTINCT FROM $2 AS mine FROM refunds r WHERE r.order_id = $1;

-- harmless: shape.volatile-comparison · now() is STABLE
SELECT id, kind FROM events WHERE occurred_at > now() - interval '5 minutes';

-- harmless: shape.volatile-comparison · statement_timestamp() is STABLE too
DELETE FROM jobs WHERE queue = $1 AND run_at < statement_timestamp() - interval '7 days';

-- harmless: shape.volatile-comparison · a scalar subquery is computed once
SELECT id, amount FROM payments WHERE paid_at >= (SELECT clock_timestamp() - interval '1 hour');

-- harmless: shape.volatile-comparison · only a value that is written
UPDATE jobs SET locked_at = clock_timestamp() WHERE id = $1;

-- harmless: shape.keyset-paging-by-or · row comparison
SELECT p.id, p.name, p.price FROM products p WHERE (p.price, p.id) > ($1, $2) ORDER BY p.price, p.id LIMIT 50;

-- harmless: shape.keyset-paging-by-or · the bound on the first column starts the scan at the right place
SELECT id, number, placed_at FROM orders WHERE placed_at <= $1 AND (placed_at < $1 OR id < $2) ORDER BY placed_at DESC, id DESC LIMIT 20;

-- harmless: shape.keyset-paging-by-or · one unique column is enough
SELECT id, kind, occurred_at FROM events WHERE id > $1 ORDER BY id LIMIT 1000;

-- harmless: shape.keyset-paging-by-or · row comparison within a thread
SELECT m.id, m.subject FROM messages m WHERE m.thread_id = $1 AND (m.sent_at, m.id) < ($2, $3) ORDER BY m.sent_at DESC, m.id DESC LIMIT 100;

-- harmless: shape.long-list · three pairs
SELECT order_id, line_no, quantity FROM order_lines WHERE (order_id, line_no) IN ((1, 1), (1, 2), (7, 4));

-- harmless: shape.long-list · single values, looked up in the index
SELECT id, sku, price FROM products WHERE id IN (99, 112, 113, 154, 156, 271, 561, 581, 622, 634, 667, 679, 684, 757, 783, 953, 959, 1038, 1106, 1162, 1166, 1194, 1308, 1328, 1335, 1352, 1364, 1394, 1441, 1451, 1489, 1533, 1546, 1552, 1572, 1611, 1703, 1720, 1774, 1783, 1790, 1824, 1890, 2024, 2032, 2133, 2158, 2346, 2358, 2369, 2440, 2465, 2477, 2618, 2640, 2649, 2797, 2841, 2853, 2874, 2907, 2968, 2984, 3126, 3148, 3217, 3320, 3425, 3547, 3599, 3737, 3763, 3801, 3991, 4102, 4331, 4336, 4337, 4479, 4554, 4559, 4662, 4680, 4719, 4756, 4782, 4787, 4828, 4832, 4859, 4958, 4978, 5003, 5014, 5071, 5072, 5143, 5236, 5255, 5289, 5326, 5330, 5344, 5366, 5376, 5394, 5443, 5571, 5612, 5666, 5682, 5741, 5836, 5855, 5938, 5984, 5989, 5991, 6023, 6057, 6071, 6170, 6394, 6443, 6478, 6586, 6587, 6644, 6674, 6745, 6758, 6767, 6778, 6899, 6946, 6950, 6969, 6985, 6988, 7078, 7095, 7103, 7171, 7194, 7215, 7259, 7265, 7306, 7363, 7365, 7394, 7397, 7420, 7481, 7500, 7536, 7564, 7580, 7639, 7645, 7693, 7775, 7827, 7871, 7932, 7981, 7992, 8136, 8232, 8305, 8357, 8363, 8408, 8411, 8423, 8466, 8502, 8618, 8651, 8741, 8798, 8885, 8917, 9011, 9155, 9240, 9303, 9335, 9365, 9379, 9537, 9663, 9667, 9675, 9739, 9748, 9861, 9885, 9923, 9962);

-- harmless: shape.long-list · pairs as joined VALUES are hashed
SELECT l.order_id, l.line_no, l.quantity FROM order_lines l JOIN (VALUES (1137, 8), (1158, 9), (1196, 6), (1271, 8), (1347, 3), (1431, 1), (3235, 3), (3657, 11), (4109, 6), (4451, 5), (4523, 10), (6132, 4), (7880, 9), (8585, 5), (9220, 2), (9443, 5), (9774, 12), (10329, 3), (10771, 1), (10932, 8), (11370, 11), (11971, 11), (12307, 2), (12691, 3), (13387, 12), (13573, 5), (14398, 7), (14450, 8), (14494, 11), (14654, 8), (14933, 3), (16000, 7), (16047, 10), (16056, 5), (16662, 12), (17028, 4), (17809, 5), (18409, 9), (18589, 10), (19193, 8), (20309, 7), (20688, 6), (21880, 10), (21920, 5), (22387, 12), (22760, 12), (23033, 7), (23255, 11), (23304, 4), (23395, 9), (23572, 11), (23912, 4), (24440, 1), (24611, 1), (25842, 4), (26156, 6), (26700, 5), (27341, 2), (27388, 2), (27389, 12), (27551, 3), (27571, 8), (27872, 11), (29404, 9), (29446, 3), (29860, 7), (30647, 7), (30801, 9), (31016, 11), (31498, 7), (31671, 3), (31916, 10), (32218, 11), (32430, 11), (33733, 3), (34014, 11), (34528, 5), (34688, 10), (35141, 9), (35167, 2), (35519, 6), (35956, 2), (36882, 1), (37977, 7), (38298, 10), (38892, 9), (40052, 10), (40322, 4), (40508, 2), (41127, 1), (41161, 8), (41162, 4), (41167, 9), (42092, 5), (43374, 6), (44868, 12), (45094, 2), (47696, 12), (49862, 9), (49913, 1), (50843, 2), (50883, 7), (50918, 3), (51039, 11), (52307, 3), (53351, 11), (53772, 8), (53946, 12), (54523, 6), (54809, 7), (55348, 6), (55538, 11), (55545, 2), (55720, 11), (55740, 11), (56058, 5), (56732, 8), (56758, 6), (56800, 1), (57186, 1), (57866, 5), (57998, 10), (59190, 9), (59265, 11), (60493, 7), (60730, 9), (60858, 8), (60980, 2), (61043, 8), (61416, 6), (61756, 1), (61812, 11), (62527, 8), (64080, 11), (64152, 2), (64274, 8), (64791, 11), (65056, 9), (65820, 11), (66278, 8), (66820, 8), (66881, 9), (67031, 6), (67211, 6), (67371, 7), (68457, 3), (68600, 11), (68666, 5), (71003, 6), (71438, 2), (71928, 5), (72182, 7), (73386, 5), (73470, 10), (74818, 8), (76139, 6), (76708, 10), (78523, 11), (79217, 9), (80150, 5), (80199, 12), (80280, 2), (80348, 6), (81178, 4), (81527, 1), (81865, 2), (81918, 4), (82063, 10), (82476, 9), (82724, 8), (83387, 5), (84080, 3), (84301, 9), (85047, 8), (85224, 2), (86278, 7), (86398, 2), (86860, 4), (86982, 4), (87278, 9), (88003, 9), (90342, 9), (91117, 11), (91338, 4), (91397, 2), (92093, 12), (92283, 6), (92630, 10), (93961, 11), (94261, 9), (94265, 12), (94533, 12), (94960, 6), (95286, 8), (95451, 9), (96236, 1), (96459, 1), (96523, 7), (96923, 9), (97378, 2)) AS v (order_id, line_no) ON v.order_id = l.order_id AND v.line_no = l.line_no;

-- harmless: shape.long-list · arrays unnested and joined
SELECT s.product_id, s.quantity FROM unnest($1::int[], $2::text[]) AS k (product_id, warehouse_code) JOIN stock_levels s ON s.product_id = k.product_id AND s.warehouse_code = k.warehouse_code;

-- harmless: shape.long-list · a long list to insert, not to compare
INSERT INTO stock_levels (product_id, warehouse_code, quantity, counted_at) VALUES (1, 'BER', 0, now()), (8, 'HAM', 1, now()), (15, 'MUC', 2, now()), (22, 'CGN', 3, now()), (29, 'VIE', 4, now()), (36, 'BER', 5, now()), (43, 'HAM', 6, now()), (50, 'MUC', 7, now()), (57, 'CGN', 8, now()), (64, 'VIE', 9, now()), (71, 'BER', 10, now()), (78, 'HAM', 11, now()), (85, 'MUC', 12, now()), (92, 'CGN', 13, now()), (99, 'VIE', 14, now()), (106, 'BER', 15, now()), (113, 'HAM', 16, now()), (120, 'MUC', 17, now()), (127, 'CGN', 18, now()), (134, 'VIE', 19, now()), (141, 'BER', 20, now()), (148, 'HAM', 21, now()), (155, 'MUC', 22, now()), (162, 'CGN', 23, now()), (169, 'VIE', 24, now()), (176, 'BER', 25, now()), (183, 'HAM', 26, now()), (190, 'MUC', 27, now()), (197, 'CGN', 28, now()), (204, 'VIE', 29, now()), (211, 'BER', 30, now()), (218, 'HAM', 31, now()), (225, 'MUC', 32, now()), (232, 'CGN', 33, now()), (239, 'VIE', 34, now()), (246, 'BER', 35, now()), (253, 'HAM', 36, now()), (260, 'MUC', 37, now()), (267, 'CGN', 38, now()), (274, 'VIE', 39, now()), (281, 'BER', 40, now()), (288, 'HAM', 41, now()), (295, 'MUC', 42, now()), (302, 'CGN', 43, now()), (309, 'VIE', 44, now()), (316, 'BER', 45, now()), (323, 'HAM', 46, now()), (330, 'MUC', 47, now()), (337, 'CGN', 48, now()), (344, 'VIE', 49, now()), (351, 'BER', 0, now()), (358, 'HAM', 1, now()), (365, 'MUC', 2, now()), (372, 'CGN', 3, now()), (379, 'VIE', 4, now()), (386, 'BER', 5, now()), (393, 'HAM', 6, now()), (400, 'MUC', 7, now()), (407, 'CGN', 8, now()), (414, 'VIE', 9, now()), (421, 'BER', 10, now()), (428, 'HAM', 11, now()), (435, 'MUC', 12, now()), (442, 'CGN', 13, now()), (449, 'VIE', 14, now()), (456, 'BER', 15, now()), (463, 'HAM', 16, now()), (470, 'MUC', 17, now()), (477, 'CGN', 18, now()), (484, 'VIE', 19, now()), (491, 'BER', 20, now()), (498, 'HAM', 21, now()), (505, 'MUC', 22, now()), (512, 'CGN', 23, now()), (519, 'VIE', 24, now()), (526, 'BER', 25, now()), (533, 'HAM', 26, now()), (540, 'MUC', 27, now()), (547, 'CGN', 28, now()), (554, 'VIE', 29, now()), (561, 'BER', 30, now()), (568, 'HAM', 31, now()), (575, 'MUC', 32, now()), (582, 'CGN', 33, now()), (589, 'VIE', 34, now()), (596, 'BER', 35, now()), (603, 'HAM', 36, now()), (610, 'MUC', 37, now()), (617, 'CGN', 38, now()), (624, 'VIE', 39, now()), (631, 'BER', 40, now()), (638, 'HAM', 41, now()), (645, 'MUC', 42, now()), (652, 'CGN', 43, now()), (659, 'VIE', 44, now()), (666, 'BER', 45, now()), (673, 'HAM', 46, now()), (680, 'MUC', 47, now()), (687, 'CGN', 48, now()), (694, 'VIE', 49, now()) ON CONFLICT DO NOTHING;

-- harmless: shape.correlated-aggregate-in-where · the lines of one order only
SELECT l.line_no, l.unit_price FROM order_lines l WHERE l.order_id = $1 AND l.unit_price < (SELECT p.price FROM products p WHERE p.id = l.product_id);

-- harmless: shape.correlated-aggregate-in-where · grouped first, then joined
SELECT o.id, o.total FROM orders o JOIN (SELECT customer_id, max(total) AS top FROM orders GROUP BY customer_id) x ON x.customer_id = o.customer_id AND x.top = o.total;

-- harmless: shape.correlated-aggregate-in-where · not correlated
SELECT id, number FROM orders WHERE account_id = $1 AND total > (SELECT avg(total) FROM orders WHERE account_id = $1);

-- harmless: shape.correlated-aggregate-in-where · a window computes each group once
SELECT t.id, t.total FROM (SELECT o.id, o.total, avg(o.total) OVER (PARTITION BY o.customer_id) AS mean FROM orders o WHERE o.account_id = $1) t WHERE t.total > t.mean * 2;

-- harmless: shape.locking-without-order · locks in the order of the key
SELECT product_id, quantity FROM stock_levels WHERE product_id = ANY ($1) AND warehouse_code = $2 ORDER BY product_id FOR UPDATE;

-- harmless: shape.locking-without-order · one row
UPDATE stock_levels SET quantity = quantity - $3 WHERE product_id = $1 AND warehouse_code = $2;

-- harmless: shape.locking-without-order · the subquery locks in order
UPDATE customers c SET loyalty_points = 0 FROM (SELECT id FROM customers WHERE id = ANY ($1) ORDER BY id FOR UPDATE) k WHERE k.id = c.id;

-- harmless: shape.locks-joined-tables · OF names the order only
SELECT o.id, o.total, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1 FOR UPDATE OF o;

-- harmless: shape.locks-joined-tables · one table only
SELECT id, amount FROM payments WHERE order_id = $1 ORDER BY id FOR UPDATE;

-- harmless: shape.locks-joined-tables · the other table is only asked in EXISTS
SELECT s.id FROM subscriptions s WHERE s.account_id = $1 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.closed_at IS NULL) ORDER BY s.id FOR NO KEY UPDATE;

-- harmless: shape.update-of-key · the key is not set
INSERT INTO customers (account_id, email, full_name, country_code) VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, email) DO UPDATE SET phone = excluded.phone, country_code = excluded.country_code RETURNING id;

-- harmless: shape.update-of-key · DO NOTHING
INSERT INTO categories (id, name, slug) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING;

-- harmless: shape.update-of-key · the key is only compared
INSERT INTO products AS p (sku, name, price) VALUES ($1, $2, $3) ON CONFLICT (sku) DO UPDATE SET description = excluded.description, updated_at = now() WHERE p.discontinued_on IS NULL RETURNING p.id, p.sku;

-- harmless: shape.latest-per-group-by-window · one customer's orders
SELECT DISTINCT ON (o.status) o.status, o.id, o.placed_at FROM orders o WHERE o.customer_id = $1 ORDER BY o.status, o.placed_at DESC;

-- harmless: shape.latest-per-group-by-window · the look-up for each group already
SELECT a.id, a.slug, e.kind, e.occurred_at FROM accounts a CROSS JOIN LATERAL (SELECT kind, occurred_at FROM events WHERE account_id = a.id ORDER BY occurred_at DESC LIMIT 1) e;

-- harmless: shape.latest-per-group-by-window · within one thread, a few rows
SELECT t.sender_id, t.subject FROM (SELECT sender_id, subject, row_number() OVER (PARTITION BY sender_id ORDER BY sent_at DESC) AS rn FROM messages WHERE thread_id = $1) t WHERE t.rn = 1;

-- harmless: none · ordinary
INSERT INTO orders (account_id, customer_id, number, currency, total) VALUES ($1, $2, $3, $4, $5) RETURNING id, placed_at;

-- harmless: none · ordinary
SELECT "accounts"."id", "accounts"."slug", "accounts"."name", "accounts"."plan" FROM "accounts" WHERE "accounts"."slug" = $1;

-- harmless: none · ordinary
UPDATE accounts SET name = $2, seats = $3 WHERE id = $1;

-- harmless: none · ordinary
DELETE FROM order_lines WHERE order_id = $1 AND line_no = $2;

-- harmless: none · ordinary
SELECT o.id, o.number, o.total, o.placed_at FROM orders o WHERE o.customer_id = $1 ORDER BY o.placed_at DESC LIMIT 10;

-- harmless: none · ordinary
SELECT l.line_no, p.sku, p.name, l.quantity, l.unit_price, l.quantity * l.unit_price * (1 - coalesce(l.discount, 0) / 100) AS amount
FROM order_lines l
INNER JOIN products p ON p.id = l.product_id
WHERE l.order_id = $1
ORDER BY l.line_no;

-- harmless: none · ordinary
INSERT INTO events (account_id, customer_id, kind, session_id, payload, occurred_at) VALUES ($1, $2, 'page_view', $3, $4::jsonb, now());

-- harmless: none · ordinary
SELECT date_trunc('week', o.placed_at) AS week, o.currency, count(*) AS orders, sum(o.total) AS revenue
FROM orders o
WHERE o.account_id = $1 AND o.placed_at >= now() - interval '6 months'
GROUP BY 1, 2
ORDER BY 1, 2;

-- harmless: none · ordinary
WITH next AS (
    SELECT id FROM jobs WHERE queue = $1 AND run_at <= now() ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs j SET locked_by = $2, locked_at = now(), status = 'running', attempts = attempts + 1 FROM next WHERE j.id = next.id RETURNING j.id, j.payload;

-- harmless: none · ordinary
SELECT c.id, c.full_name, rank() OVER (ORDER BY sum(o.total) DESC) AS place, sum(o.total) AS spent
FROM customers c JOIN orders o ON o.customer_id = c.id
WHERE o.account_id = $1 AND o.placed_at >= $2
GROUP BY c.id
ORDER BY place, c.id;

-- harmless: none · ordinary
SELECT o.placed_at::date AS day, sum(o.total) AS total, sum(sum(o.total)) OVER (ORDER BY o.placed_at::date) AS running
FROM orders o WHERE o.account_id = $1 AND o.placed_at BETWEEN $2 AND $3 GROUP BY o.placed_at::date ORDER BY day;

-- harmless: none · ordinary
SELECT id, name FROM categories WHERE parent_id = $1 ORDER BY position;

-- harmless: none · ordinary
WITH RECURSIVE crumbs AS (
    SELECT c.id, c.parent_id, c.name, 0 AS level FROM categories c WHERE c.id = (SELECT category_id FROM products WHERE id = $1)
    UNION ALL
    SELECT p.id, p.parent_id, p.name, crumbs.level + 1 FROM categories p JOIN crumbs ON p.id = crumbs.parent_id WHERE crumbs.level < 10
)
SELECT name FROM crumbs ORDER BY level DESC;

-- harmless: none · ordinary
INSERT INTO payments (order_id, amount, method, provider_ref, paid_at) VALUES ($1, $2, 'card', $3, now()) ON CONFLICT (provider_ref) DO NOTHING RETURNING id;

-- harmless: none · ordinary
SELECT EXISTS (SELECT 1 FROM customers WHERE account_id = $1 AND email = $2) AS taken;

-- harmless: none · ordinary
SELECT s.id, s.plan_code, s.price, a.owner_email FROM subscriptions s JOIN accounts a ON a.id = s.account_id WHERE s.renews_at >= now() AND s.renews_at < now() + interval '3 days' AND s.status = 'active';

-- harmless: none · ordinary
SELECT m.id, m.subject, m.sent_at, c.full_name AS sender FROM messages m LEFT JOIN customers c ON c.id = m.sender_id WHERE m.account_id = $1 AND m.sent_at >= $2 ORDER BY m.sent_at DESC LIMIT 50;

-- harmless: none · ordinary
UPDATE messages SET read_at = now() WHERE id = $1 AND read_at IS NULL;

-- harmless: none · ordinary
INSERT INTO refunds (order_id, amount, reason, approved_by)
SELECT o.id, o.total, $2, $3 FROM orders o WHERE o.id = $1 AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id)
RETURNING id;

-- harmless: none · ordinary
SELECT p.id, p.sku, p.name, p.price FROM products p WHERE p.category_id = ANY ($1::int[]) AND p.discontinued_on IS NULL AND p.price BETWEEN $2 AND $3 ORDER BY p.price, p.id LIMIT 48;

-- harmless: none · ordinary
SELECT c.id, c.full_name, lo.number, lo.placed_at
FROM customers c
LEFT JOIN LATERAL (SELECT o.number, o.placed_at FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed_at DESC LIMIT 1) lo ON true
WHERE c.account_id = $1
ORDER BY c.full_name;

-- harmless: none · ordinary
SELECT status, count(*) AS n, sum(total) AS total FROM orders WHERE account_id = $1 AND placed_at >= current_date - 30 GROUP BY status;

-- harmless: none · ordinary
SELECT count(*) FILTER (WHERE kind = 'login') AS logins, count(*) FILTER (WHERE kind = 'export') AS exports, min(occurred_at) AS first_seen FROM events WHERE customer_id = $1;

-- harmless: none · ordinary
WITH ins AS (
    INSERT INTO orders (account_id, customer_id, number, currency, total) VALUES ($1, $2, $3, 'EUR', 0) RETURNING id
)
INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price)
SELECT ins.id, t.n, t.product_id, t.quantity, p.price
FROM ins, unnest($4::int[], $5::int[]) WITH ORDINALITY AS t (product_id, quantity, n)
JOIN products p ON p.id = t.product_id;

-- harmless: none · ordinary
SELECT o.id, o.number, lag(o.placed_at) OVER (ORDER BY o.placed_at) AS previous, o.placed_at - lag(o.placed_at) OVER (ORDER BY o.placed_at) AS gap FROM orders o WHERE o.customer_id = $1 ORDER BY o.placed_at;

-- harmless: none · ordinary
SELECT g.name, count(p.id) AS products, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.price) AS median FROM categories g LEFT JOIN products p ON p.category_id = g.id WHERE g.parent_id = $1 GROUP BY g.id ORDER BY g.position;

-- harmless: none · ordinary
SELECT product_id, sum(quantity) AS units FROM order_lines l WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = l.order_id AND o.placed_at >= now() - interval '7 days') GROUP BY product_id;

-- harmless: none · ordinary
DELETE FROM jobs WHERE id = $1 AND locked_by = $2;

-- harmless: none · ordinary
INSERT INTO jobs (queue, payload, priority) SELECT 'renewal', jsonb_build_object('subscription_id', s.id), 5 FROM subscriptions s WHERE s.renews_at >= $1 AND s.renews_at < $2;

-- harmless: none · ordinary
SELECT p.method, to_char(date_trunc('month', p.paid_at), 'YYYY-MM') AS month, sum(p.amount) FROM payments p WHERE p.paid_at >= '2024-01-01' AND p.paid_at < '2025-01-01' GROUP BY GROUPING SETS ((p.method, date_trunc('month', p.paid_at)), (p.method)) ORDER BY 1, 2;

-- harmless: none · ordinary
SELECT c.country_code, avg(extract(year FROM age(c.birth_date)))::int AS average_age FROM customers c WHERE c.account_id = $1 AND c.birth_date IS NOT NULL GROUP BY c.country_code ORDER BY c.country_code;

-- harmless: none · ordinary
SELECT s.product_id, p.sku, s.warehouse_code, s.quantity FROM stock_levels s JOIN products p ON p.id = s.product_id WHERE p.sku = $1 ORDER BY s.warehouse_code;

-- harmless: none · ordinary
UPDATE orders o SET total = t.sum FROM (SELECT order_id, sum(quantity * unit_price) AS sum FROM order_lines WHERE order_id = $1 GROUP BY order_id) t WHERE o.id = t.order_id;

-- harmless: none · ordinary
SELECT a.slug, json_agg(json_build_object('id', c.id, 'name', c.full_name) ORDER BY c.full_name) AS people FROM accounts a JOIN customers c ON c.account_id = a.id WHERE a.id = $1 GROUP BY a.slug;

-- harmless: none · ordinary
SELECT e.kind, e.occurred_at, e.payload FROM events e WHERE e.id = $1 AND e.account_id = $2;

-- harmless: none · ordinary
MERGE INTO stock_levels s
USING (SELECT $1::int AS product_id, $2::text AS warehouse_code, $3::int AS quantity) n
ON s.product_id = n.product_id AND s.warehouse_code = n.warehouse_code
WHEN MATCHED THEN UPDATE SET quantity = n.quantity, counted_at = now()
WHEN NOT MATCHED THEN INSERT (product_id, warehouse_code, quantity, counted_at) VALUES (n.product_id, n.warehouse_code, n.quantity, now());

-- harmless: none · ordinary
SELECT id FROM orders WHERE customer_id = $1 AND placed_at >= $2 INTERSECT SELECT order_id FROM refunds WHERE created_at >= $2;

-- harmless: none · ordinary
SELECT CASE WHEN p.stock = 0 THEN 'out' WHEN p.stock < 10 THEN 'low' ELSE 'ok' END AS level, count(*) FROM products p WHERE p.category_id = $1 GROUP BY 1;

-- harmless: none · ordinary
SELECT b.email, b.added_by FROM email_blocklist b WHERE b.email = $1;

-- harmless: none · ordinary
SELECT d.day::date, coalesce(r.revenue, 0) AS revenue
FROM generate_series($2::date, $3::date, interval '1 day') AS d (day)
LEFT JOIN (SELECT o.placed_at::date AS day, sum(o.total) AS revenue FROM orders o WHERE o.account_id = $1 AND o.placed_at >= $2::date AND o.placed_at < $3::date + 1 GROUP BY 1) r ON r.day = d.day::date
ORDER BY 1;

-- harmless: none · ordinary
SELECT r.id, r.amount, r.reason, o.number FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.account_id = $1 AND r.created_at >= $2 ORDER BY r.created_at;

-- harmless: none · ordinary
INSERT INTO accounts (slug, name, owner_email) VALUES ($1, $2, $3) ON CONFLICT (slug) DO UPDATE SET name = excluded.name, owner_email = excluded.owner_email RETURNING id;
