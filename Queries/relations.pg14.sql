-- Tables, partitioned and foreign tables, materialised views, views, system catalogs, and the TOAST tables that hold
-- something or are past the server's own autovacuum_freeze_max_age.
-- Privileges: none. Cost: some 25 function calls a relation: 15 µs each. Locks: AccessShareLock on catalogs only.
-- NULL: times when it never happened; ages where it has none. index scans of a table are the sum over its indexes and
-- are left to the reader, who has those.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind AS kind,
    c.relowner AS owner,
    c.relpersistence AS persistence,
    c.oid < 16384 OR n.nspname = 'information_schema' AS is_system,
    c.relispartition AS is_partition,
    CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::oid END AS partition_root,
    NULLIF(c.reltoastrelid, 0) AS toast,
    c.relnatts AS column_count,
    c.reltuples::float8 AS estimated_rows,
    c.relpages AS pages,
    c.relallvisible AS all_visible_pages,
    c.reloptions::text AS options,
    CASE WHEN c.relfrozenxid <> 0 THEN pg_catalog.age(c.relfrozenxid)::bigint END AS frozen_xid_age,
    CASE WHEN c.relminmxid <> 0 THEN pg_catalog.mxid_age(c.relminmxid)::bigint END AS multixact_age,
    c.relreplident AS replica_identity,
    c.relhastriggers AS has_triggers,
    c.relrowsecurity AS has_row_security,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_vacuum_time(c.oid)) AS last_vacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) AS last_autovacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_analyze_time(c.oid)) AS last_analyze,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS last_autoanalyze,
    pg_catalog.pg_stat_get_live_tuples(c.oid) AS live_tuples,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead_tuples,
    pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified_since_analyze,
    pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted_since_vacuum,
    pg_catalog.pg_stat_get_numscans(c.oid) AS sequential_scans,
    pg_catalog.pg_stat_get_tuples_returned(c.oid) AS sequential_tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS bitmap_tuples_fetched,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    NULL::bigint AS new_page_updated,
    pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuums,
    pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuums,
    pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyzes,
    pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyzes,
    pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS heap_blocks_fetched,
    pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blocks_hit
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind IN ('r', 'p', 'm', 'f') OR c.relkind = 'v' AND c.oid >= 16384 OR c.relkind = 't' AND (
        c.relpages > 0
        OR pg_catalog.age(c.relfrozenxid) > pg_catalog.current_setting('autovacuum_freeze_max_age')::int))
    AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
ORDER BY c.oid
