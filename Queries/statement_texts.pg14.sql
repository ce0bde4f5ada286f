-- Texts of the entries that matter, most of the time first. Extension 1.9 (14) and up.
-- Variables: schema of the extension, limit: entries by each measure, length: characters of a text.
-- Privileges: pg_read_all_stats for other roles' texts. Cost: the file of texts is read whole. Locks: none.
-- NULL: query_id of entries that are hidden from us (left out here).
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.query,
        s.calls,
        s.rows,
        s.total_exec_time + s.total_plan_time AS time,
        s.temp_blks_read + s.temp_blks_written AS temporary_blocks
    FROM :"schema".pg_stat_statements(true) s
    WHERE s.queryid IS NOT NULL
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit / 4)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit / 4)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks DESC LIMIT :limit / 4)
)
SELECT
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    pg_catalog.left(e.query, :length) AS text,
    pg_catalog.length(e.query) > :length AS is_cut
FROM e
WHERE e.ordinal IN (SELECT t.ordinal FROM top t)
ORDER BY e.time DESC, e.queryid
