\set product random(1, 2000)
\set warehouse random(1, 5)
\set session random(1, 40000)
UPDATE stock SET quantity = quantity - 1 WHERE warehouse_id = :warehouse AND product_id = :product;
UPDATE web_sessions SET hits = hits + 1, seen_at = now() WHERE id = :session;
