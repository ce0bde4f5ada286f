\set order random(1, 400000)
\set customer random(1, 120000)
SELECT id, product_id, quantity, price FROM order_items WHERE order_id = :order;
SELECT id, total FROM orders WHERE customer_id = :customer ORDER BY created_at DESC LIMIT 10;
