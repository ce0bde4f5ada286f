SELECT oi.product_id, oi.price, count(*), sum(oi.quantity), array_agg(oi.order_id ORDER BY oi.order_id)
FROM order_items oi GROUP BY oi.product_id, oi.price ORDER BY 4 DESC LIMIT 50;
