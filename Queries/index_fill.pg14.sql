-- How full the pages of one B-tree are, measured; sent only when the user asks for it (--measure-bloat).
-- Variables: schema, where pgstattuple lives; relation, the index's OID.
-- Privileges: pg_stat_scan_tables, which pg_monitor has. Cost: reads the whole index. Locks: AccessShareLock on it.
-- NaN: leaf_density of an index without leaves.
SELECT /* pgmedic */
    s.index_size AS size,
    s.leaf_pages,
    s.empty_pages + s.deleted_pages AS unused_pages,
    CASE WHEN s.leaf_pages > 0 THEN s.avg_leaf_density / 100 ELSE 0 END AS leaf_density
FROM :"schema".pgstatindex(:relation::regclass) s
