-- The space of one table, measured; sent only when the user asks for it (--measure-bloat).
-- Variables: schema, where pgstattuple lives; relation, the table's OID.
-- Privileges: pg_stat_scan_tables, which pg_monitor has. Cost: reads the visibility map, and each page that is not all-visible.
-- Locks: AccessShareLock on the table.
SELECT /* pgmedic */
    s.table_len AS size,
    s.scanned_percent / 100 AS scanned_share,
    s.approx_tuple_count::float8 AS live_tuples,
    s.approx_tuple_len::float8 AS live_bytes,
    s.dead_tuple_count AS dead_tuples,
    s.dead_tuple_len AS dead_bytes,
    s.approx_free_space::bigint AS free_bytes
FROM :"schema".pgstattuple_approx(:relation::regclass) s
