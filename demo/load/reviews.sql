\set die random(1, 20)
\set product case when :die = 1 then 1 else random(2, 20000) end
SELECT count(*), avg(stars), count(DISTINCT md5(body || id)) FROM reviews WHERE product_id = :product;
