-- Checkpoints and the background writer; times in ms, buffers of block_size bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: buffers_backend and buffers_backend_fsync from 17 (pg_stat_io has them).
SELECT /* pgmedic */
    c.num_timed AS timed,
    c.num_requested AS requested,
    c.write_time,
    c.sync_time,
    c.buffers_written,
    b.buffers_clean AS buffers_cleaned,
    b.maxwritten_clean AS max_written_clean,
    NULL::bigint AS buffers_backend,
    NULL::bigint AS buffers_backend_fsync,
    b.buffers_alloc AS buffers_allocated,
    pg_catalog.date_part('epoch', c.stats_reset) AS reset
FROM pg_catalog.pg_stat_checkpointer c
CROSS JOIN pg_catalog.pg_stat_bgwriter b
