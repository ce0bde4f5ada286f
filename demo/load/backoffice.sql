\set customer random(1, 120000)
\set page random(50000, 150000)
\set shipment random(1, 300000)
SELECT count(*) FROM customers c WHERE c.id NOT IN (SELECT r.customer_id FROM refunds r);
SELECT id, name FROM customers WHERE lower(email) = 'customer:customer@example.com';
SELECT id, kind, at FROM shipment_events ORDER BY id LIMIT 20 OFFSET :page;
SELECT id, at FROM shipment_events WHERE shipment_id = :shipment;
