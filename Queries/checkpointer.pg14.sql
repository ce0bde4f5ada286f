-- Checkpoints and the background writer; times in ms, buffers of block_size bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: buffers_backend and buffers_backend_fsync from 17 (pg_stat_io has them).
SELECT /* pgmedic */
    b.checkpoints_timed AS timed,
    b.checkpoints_req AS requested,
    b.checkpoint_write_time AS write_time,
    b.checkpoint_sync_time AS sync_time,
    b.buffers_checkpoint AS buffers_written,
    b.buffers_clean AS buffers_cleaned,
    b.maxwritten_clean AS max_written_clean,
    b.buffers_backend,
    b.buffers_backend_fsync,
    b.buffers_alloc AS buffers_allocated,
    pg_catalog.date_part('epoch', b.stats_reset) AS reset
FROM pg_catalog.pg_stat_bgwriter b
