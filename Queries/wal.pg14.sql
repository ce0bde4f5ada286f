-- WAL written; times in ms.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- sync_time is 0 where track_wal_io_timing is off.
SELECT /* pgmedic */
    w.wal_records AS records,
    w.wal_fpi AS full_page_images,
    w.wal_bytes::float8 AS bytes,
    w.wal_buffers_full AS buffers_full,
    w.wal_sync AS syncs,
    w.wal_sync_time AS sync_time,
    pg_catalog.date_part('epoch', w.stats_reset) AS reset
FROM pg_catalog.pg_stat_wal w
