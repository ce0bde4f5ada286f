-- The newest bound of each table that is partitioned by a range of one date or timestamp.
-- Variables: limit.
-- Bounds without a time zone are taken as UTC.
-- Privileges: none. Cost: 15 µs a partition of such a table. Locks: AccessShareLock on catalogs only: the bounds are printed
-- without their table.
-- NULL: bounds where no partition has one that is a moment; default_partition where there is none.
SELECT /* pgmedic */
    t.partrelid AS relation,
    a.attname::text AS column,
    pg_catalog.format_type(a.atttypid, NULL) AS type,
    NULLIF(t.partdefid, 0) AS default_partition,
    pg_catalog.count(b.bound) AS partitions,
    COALESCE(pg_catalog.bool_or(b.bound ~ ' TO \((MAXVALUE|''infinity'')\)$'), false) AS is_open_ended,
    pg_catalog.date_part('epoch', pg_catalog.max(CASE a.atttypid
        WHEN 'pg_catalog.timestamptz'::pg_catalog.regtype THEN b.upper::timestamptz
        ELSE b.upper::timestamp AT TIME ZONE 'UTC' END)) AS newest_end,
    pg_catalog.date_part('epoch', pg_catalog.max(CASE a.atttypid
        WHEN 'pg_catalog.timestamptz'::pg_catalog.regtype THEN b.lower::timestamptz
        ELSE b.lower::timestamp AT TIME ZONE 'UTC' END)) AS newest_start
FROM pg_catalog.pg_partitioned_table t
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
CROSS JOIN LATERAL (
    SELECT e.bound,
        pg_catalog.substring(e.bound, ' FROM \(''([0-9][^'']*)''\) TO ') AS lower,
        pg_catalog.substring(e.bound, ' TO \(''([0-9][^'']*)''\)$') AS upper
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(c.relpartbound, 0)) e(bound)
    WHERE i.inhparent = t.partrelid AND c.relispartition AND c.oid <> t.partdefid
) b
WHERE t.partstrat = 'r' AND t.partnatts = 1
    AND a.atttypid IN (
        'pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,
        'pg_catalog.timestamptz'::pg_catalog.regtype)
GROUP BY t.partrelid, a.attname, a.atttypid, t.partdefid
ORDER BY t.partrelid
LIMIT :limit
