-- Numbers of the largest entries of pg_stat_statements by time, calls, rows, temporary blocks and WAL, and the sums over
-- all entries (is_total) with their number. Extension 1.10 (15, 16); times in ms, blocks of block_size bytes.
-- Variables: schema of the extension, limit: entries by each measure; where there are no more, nothing is sorted for it.
-- Privileges: pg_read_all_stats for other roles' queryids. Cost: 2 µs an entry, no texts are read. Locks: none.
-- NULL: query_id of entries that are hidden from us; since before 1.11.
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.calls AS calls,
        s.rows AS rows,
        s.plans AS plans,
        s.total_plan_time AS plan_time,
        s.total_exec_time AS execution_time,
        s.shared_blks_hit AS shared_blocks_hit,
        s.shared_blks_read AS shared_blocks_read,
        s.shared_blks_dirtied AS shared_blocks_dirtied,
        s.shared_blks_written AS shared_blocks_written,
        s.local_blks_read AS local_blocks_read,
        s.local_blks_written AS local_blocks_written,
        s.temp_blks_read AS temporary_blocks_read,
        s.temp_blks_written AS temporary_blocks_written,
        s.blk_read_time AS read_time,
        s.blk_write_time AS write_time,
        s.wal_records AS wal_records,
        s.wal_fpi AS wal_full_page_images,
        s.wal_bytes::float8 AS wal_bytes,
        s.jit_functions AS jit_functions,
        s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time AS jit_time,
        s.min_exec_time AS minimum_time,
        s.max_exec_time AS maximum_time,
        s.mean_exec_time AS mean_time,
        s.stddev_exec_time AS deviation_of_time,
        NULL::float8 AS since
    FROM :"schema".pg_stat_statements(false) s
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.execution_time + e.plan_time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks_read + e.temporary_blocks_written DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.wal_bytes DESC LIMIT :limit)
)
SELECT
    false AS is_total,
    1::bigint AS entries,
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    e.calls,
    e.rows,
    e.plans,
    e.plan_time,
    e.execution_time,
    e.shared_blocks_hit,
    e.shared_blocks_read,
    e.shared_blocks_dirtied,
    e.shared_blocks_written,
    e.local_blocks_read,
    e.local_blocks_written,
    e.temporary_blocks_read,
    e.temporary_blocks_written,
    e.read_time,
    e.write_time,
    e.wal_records,
    e.wal_full_page_images,
    e.wal_bytes,
    e.jit_functions,
    e.jit_time,
    e.minimum_time,
    e.maximum_time,
    e.mean_time,
    e.deviation_of_time,
    e.since
FROM e
WHERE (SELECT pg_catalog.count(*) FROM e) <= :limit OR e.ordinal IN (SELECT t.ordinal FROM top t)
UNION ALL
SELECT
    true, pg_catalog.count(*), NULL, NULL, NULL, NULL,
    COALESCE(pg_catalog.sum(e.calls), 0)::bigint,
    COALESCE(pg_catalog.sum(e.rows), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plans), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plan_time), 0),
    COALESCE(pg_catalog.sum(e.execution_time), 0),
    COALESCE(pg_catalog.sum(e.shared_blocks_hit), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_dirtied), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.read_time), 0),
    COALESCE(pg_catalog.sum(e.write_time), 0),
    COALESCE(pg_catalog.sum(e.wal_records), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_full_page_images), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_bytes), 0),
    COALESCE(pg_catalog.sum(e.jit_functions), 0)::bigint,
    COALESCE(pg_catalog.sum(e.jit_time), 0),
    NULL, NULL, NULL, NULL, NULL
FROM e
ORDER BY is_total DESC, execution_time DESC, query_id
