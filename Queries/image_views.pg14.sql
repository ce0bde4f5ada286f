-- Statements that make the views, and the materialised views without their rows.
-- Variables: limit.
-- Privileges: none. Cost: 0.1 ms a view. Locks: AccessShareLock on the view and its tables, none where somebody holds or
-- awaits AccessExclusiveLock on one of them.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
)
SELECT /* pgmedic */
    'pg_class' AS class,
    c.oid,
    'view' AS kind,
    n.nspname::text AS schema,
    c.relname::text AS name,
    pg_catalog.format(
        'CREATE %sVIEW %I.%I%s AS%s', CASE WHEN c.relkind = 'm' THEN 'MATERIALIZED ' END, n.nspname, c.relname,
        (
            SELECT ' WITH (' || pg_catalog.string_agg(
                pg_catalog.format(
                    '%I = %L', pg_catalog.split_part(r.option, '=', 1),
                    pg_catalog.substr(r.option, pg_catalog.strpos(r.option, '=') + 1)),
                ', ' ORDER BY r.option) || ')'
            FROM pg_catalog.unnest(c.reloptions) r(option)
        ),
        E'\n' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')
        || CASE WHEN c.relkind = 'm' THEN E'\nWITH NO DATA' ELSE '' END) AS sql,
    true AS has_literals
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND c.oid NOT IN (SELECT l.relation FROM locked l)
    AND NOT EXISTS (
        SELECT
        FROM locked l
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refobjid = l.relation
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.ev_class = c.oid)
ORDER BY c.oid
LIMIT :limit
