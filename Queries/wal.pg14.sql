-- WAL written.
-- Privileges: none. Cost: < 1 ms. Locks: none.
SELECT /* pgmedic */
    w.wal_records AS records,
    w.wal_fpi AS full_page_images,
    w.wal_bytes::float8 AS bytes,
    w.wal_buffers_full AS buffers_full,
    pg_catalog.date_part('epoch', w.stats_reset) AS reset
FROM pg_catalog.pg_stat_wal w
