-- Texts of the entries that matter, most of the time first, and the beginnings of our own. Extension 1.9 (14) and up.
-- Variables: schema of the extension, limit: entries by time and, a quarter as many, by calls, rows and temporary
-- blocks; length: characters of a text.
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
        s.query LIKE '%/* pgmedic */%' OR s.query LIKE '%EXECUTE pgmedic%' OR s.query LIKE '%SAVEPOINT pgmedic'
            OR s.query LIKE '%DEALLOCATE pgmedic' AS is_ours,
        s.calls,
        s.rows,
        s.total_exec_time + s.total_plan_time AS time,
        s.temp_blks_read + s.temp_blks_written AS temporary_blocks
    FROM :"schema".pg_stat_statements(true) s
    WHERE s.queryid IS NOT NULL
), top AS (
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.time DESC, e.queryid LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.calls DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.rows > 0 ORDER BY e.rows DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (
        SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.temporary_blocks > 0
        ORDER BY e.temporary_blocks DESC, e.time DESC, e.queryid LIMIT :limit / 4
    )
)
SELECT
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    pg_catalog.left(e.query, CASE WHEN e.is_ours THEN 60 ELSE :length END) AS text,
    NOT e.is_ours AND pg_catalog.length(e.query) > :length AS is_cut,
    e.is_ours
FROM e
WHERE e.is_ours OR e.ordinal IN (SELECT t.ordinal FROM top t)
ORDER BY e.time DESC, e.queryid
