extension CostsWorld {
    static let tables = """
        SELECT setseed(0.42);
        CREATE TABLE customers (
            id int PRIMARY KEY, email text NOT NULL, country char(2) NOT NULL, segment int NOT NULL, created_at timestamptz NOT NULL,
            referrer int, credit numeric(10,2), is_active boolean NOT NULL);
        INSERT INTO customers
        SELECT g, 'user' || g || '@' || (ARRAY['example.com','mail.org','post.net'])[1 + g % 3],
            (ARRAY['DE','US','FR','GB','ES','IT','PL','NL','AT','CH'])[1 + floor(10 * power(random(), 3))::int],
            floor(random() * 200)::int, timestamptz '2020-01-01' + g * interval '10 minutes',
            CASE WHEN random() < 0.1 THEN floor(random() * 100000)::int END,
            round((random() * 10000)::numeric, 2), random() < 0.97
        FROM generate_series(1, 100000) g;
        CREATE TABLE orders (
            id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL, shipped_at timestamptz,
            total numeric(10,2) NOT NULL, priority smallint NOT NULL, code uuid NOT NULL, note text, warehouse int NOT NULL);
        INSERT INTO orders
        SELECT g, 1 + floor(100000 * power(random(), 1.5))::int,
            CASE WHEN r < 0.9 THEN 'done' WHEN r < 0.97 THEN 'shipped' WHEN r < 0.995 THEN 'open' ELSE 'failed' END,
            timestamptz '2022-01-01' + g * interval '2 minutes' + random() * interval '1 hour',
            CASE WHEN r < 0.97 THEN timestamptz '2022-01-02' + g * interval '2 minutes' + random() * interval '9 days' END,
            round((random() * 1000)::numeric, 2), floor(random() * 5)::int, md5(g::text)::uuid,
            CASE WHEN random() < 0.3 THEN repeat(md5(g::text), 1 + (random() * 2)::int) END, floor(random() * 50)::int
        FROM (SELECT g, random() AS r FROM generate_series(1, 500000) g) s;
        CREATE TABLE items (
            id bigint PRIMARY KEY, order_id bigint NOT NULL, product_id int NOT NULL, quantity int NOT NULL, price double precision NOT NULL,
            attributes jsonb NOT NULL, tags text[] NOT NULL);
        INSERT INTO items
        SELECT g, 1 + (g / 2) % 500000, 1 + floor(20000 * power(random(), 2))::int, 1 + floor(random() * 9)::int, random() * 100,
            jsonb_build_object('color', (ARRAY['red','green','blue','black'])[1 + g % 4], 'size', g % 50, 'lot', g / 100),
            ARRAY['t' || (g % 300), 't' || floor(random() * 300)::int, 'x' || (g % 7)]
        FROM generate_series(1, 1000000) g;
        CREATE TABLE products (
            id int PRIMARY KEY, name text NOT NULL, category int NOT NULL, price numeric(8,2) NOT NULL, weight real, is_sold boolean NOT NULL);
        INSERT INTO products
        SELECT g, 'product ' || md5(g::text) || ' ' || (g % 977), floor(random() * 400)::int, round((random() * 500)::numeric, 2),
            random() * 20, g % 50 <> 0
        FROM generate_series(1, 100000) g;
        CREATE TABLE events (
            id bigint NOT NULL, device int NOT NULL, at timestamp NOT NULL, kind varchar(20) NOT NULL, payload text, period tsrange NOT NULL,
            value real, place point);
        INSERT INTO events
        SELECT g, floor(random() * 5000)::int, timestamp '2024-01-01' + g * interval '15 seconds',
            (ARRAY['ping','login','logout','error','alarm','update'])[1 + floor(6 * power(random(), 4))::int],
            md5(random()::text), tsrange(timestamp '2024-01-01' + g * interval '15 seconds',
                timestamp '2024-01-01' + g * interval '15 seconds' + random() * interval '2 hours'),
            CASE WHEN random() < 0.8 THEN random() * 100 END, point(random() * 100, random() * 100)
        FROM generate_series(1, 800000) g;
        """
}
