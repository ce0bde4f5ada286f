-- The WAL archiver.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: times and files when it never happened; current_wal on a standby.
SELECT /* pgmedic */
    a.archived_count AS archived,
    a.failed_count AS failed,
    pg_catalog.date_part('epoch', a.last_archived_time) AS last_archived,
    pg_catalog.date_part('epoch', a.last_failed_time) AS last_failed,
    a.last_failed_wal,
    a.last_archived_wal,
    CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END AS current_wal,
    pg_catalog.date_part('epoch', a.stats_reset) AS reset
FROM pg_catalog.pg_stat_archiver a
