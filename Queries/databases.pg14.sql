-- Databases with their counters; times in ms. The size is not asked: it walks the file system.
-- Privileges: none. Cost: some 25 function calls a database. Locks: AccessShareLock on catalogs.
-- NULL: statistics_reset when they were never reset; checksum_failures where checksums are off;
-- parallel_workers_* before 18.
SELECT /* pgmedic */
    d.oid,
    d.datname::text AS name,
    d.datistemplate AS is_template,
    d.datallowconn AS allows_connections,
    pg_catalog.age(d.datfrozenxid)::bigint AS frozen_xid_age,
    pg_catalog.mxid_age(d.datminmxid)::bigint AS multixact_age,
    d.datconnlimit AS connection_limit,
    d.datcollate::text AS collation,
    pg_catalog.date_part('epoch', s.stats_reset) AS statistics_reset,
    s.xact_commit AS commits,
    s.xact_rollback AS rollbacks,
    s.blks_read AS blocks_read,
    s.blks_hit AS blocks_hit,
    s.tup_returned AS tuples_returned,
    s.tup_fetched AS tuples_fetched,
    s.tup_inserted AS tuples_inserted,
    s.tup_updated AS tuples_updated,
    s.tup_deleted AS tuples_deleted,
    s.conflicts,
    s.temp_files AS temporary_files,
    s.temp_bytes AS temporary_bytes,
    s.deadlocks,
    s.checksum_failures,
    s.blk_read_time AS read_time,
    s.blk_write_time AS write_time,
    s.active_time,
    s.session_time,
    s.idle_in_transaction_time,
    s.sessions,
    s.sessions_abandoned,
    s.sessions_fatal,
    s.sessions_killed,
    NULL::bigint AS parallel_workers_to_launch,
    NULL::bigint AS parallel_workers_launched
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid
ORDER BY d.oid
