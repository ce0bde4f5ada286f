-- WAL written; times in ms.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: syncs and sync_time, which pg_stat_io has from 18.
SELECT /* pgmedic */
    w.wal_records AS records,
    w.wal_fpi AS full_page_images,
    w.wal_bytes::float8 AS bytes,
    w.wal_buffers_full AS buffers_full,
    NULL::bigint AS syncs,
    NULL::float8 AS sync_time,
    pg_catalog.date_part('epoch', w.stats_reset) AS reset
FROM pg_catalog.pg_stat_wal w
