-- The WAL archiver.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: times and file when it never happened.
SELECT /* pgmedic */
    a.archived_count AS archived,
    a.failed_count AS failed,
    pg_catalog.date_part('epoch', a.last_archived_time) AS last_archived,
    pg_catalog.date_part('epoch', a.last_failed_time) AS last_failed,
    a.last_failed_wal,
    pg_catalog.date_part('epoch', a.stats_reset) AS reset
FROM pg_catalog.pg_stat_archiver a
