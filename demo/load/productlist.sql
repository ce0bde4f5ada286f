\set supplier random(1, 200)
\set p0 random(1, 20000)
\set p1 random(1, 20000)
\set p2 random(1, 20000)
\set p3 random(1, 20000)
\set p4 random(1, 20000)
\set p5 random(1, 20000)
\set p6 random(1, 20000)
\set p7 random(1, 20000)
\set p8 random(1, 20000)
\set p9 random(1, 20000)
\set p10 random(1, 20000)
\set p11 random(1, 20000)
\set p12 random(1, 20000)
\set p13 random(1, 20000)
\set p14 random(1, 20000)
SELECT id FROM products WHERE supplier_id = :supplier ORDER BY id LIMIT 15;
SELECT price FROM price_history WHERE product_id = :p0 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p1 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p2 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p3 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p4 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p5 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p6 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p7 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p8 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p9 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p10 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p11 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p12 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p13 ORDER BY valid_from DESC LIMIT 1;
SELECT price FROM price_history WHERE product_id = :p14 ORDER BY valid_from DESC LIMIT 1;
