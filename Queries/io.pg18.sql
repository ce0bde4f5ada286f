-- I/O by kind of process, object and context; times in ms. 18 and up.
-- An operation is of one or more blocks; object wal is of the WAL.
-- Privileges: none. Cost: some 80 rows. Locks: none.
-- NULL becomes 0: the operation does not happen there.
SELECT /* pgmedic */
    i.backend_type,
    i.object,
    i.context,
    COALESCE(i.reads, 0) AS reads,
    COALESCE(i.read_time, 0) AS read_time,
    COALESCE(i.writes, 0) AS writes,
    COALESCE(i.write_time, 0) AS write_time,
    COALESCE(i.extends, 0) AS extends,
    COALESCE(i.hits, 0) AS hits,
    COALESCE(i.evictions, 0) AS evictions,
    COALESCE(i.fsyncs, 0) AS fsyncs,
    COALESCE(i.fsync_time, 0) AS fsync_time,
    COALESCE(i.read_bytes, 0)::float8 AS read_bytes,
    COALESCE(i.write_bytes, 0)::float8 AS write_bytes,
    COALESCE(i.extend_bytes, 0)::float8 AS extend_bytes,
    pg_catalog.date_part('epoch', i.stats_reset) AS reset
FROM pg_catalog.pg_stat_io i
ORDER BY i.backend_type, i.object, i.context
