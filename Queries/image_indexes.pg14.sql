-- Statements that make the valid indexes which no constraint makes, and those that attach partitions' indexes to the index of
-- their partitioned table.
-- Variables: limit.
-- Privileges: none. Cost: 50 µs an index. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock on the table or index.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), chosen AS (
    SELECT x.indexrelid, n.nspname, c.relname,
        x.indpred IS NOT NULL OR x.indexprs IS NOT NULL AS has_literals,
        EXISTS (
            SELECT
            FROM pg_catalog.pg_constraint k
            WHERE k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x')
        ) AS is_of_constraint
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE x.indisvalid AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND x.indexrelid NOT IN (SELECT l.relation FROM locked l)
        AND x.indrelid NOT IN (SELECT l.relation FROM locked l)
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.indrelid AND d.deptype = 'e')
)
SELECT /* pgmedic */ o.class, o.oid, 'index' AS kind, o.schema, o.name, o.sql, o.has_literals
FROM (
    SELECT 'pg_class' AS class, x.indexrelid AS oid, x.nspname::text AS schema, x.relname::text AS name,
        pg_catalog.pg_get_indexdef(x.indexrelid) AS sql, x.has_literals
    FROM chosen x
    WHERE NOT x.is_of_constraint
    UNION ALL
    SELECT 'attached', x.indexrelid, x.nspname::text, x.relname::text,
        pg_catalog.format(
            'ALTER INDEX %I.%I ATTACH PARTITION %I.%I', pn.nspname, p.relname, x.nspname, x.relname),
        false
    FROM chosen x
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = x.indexrelid
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
) o
ORDER BY o.class, o.oid
LIMIT :limit
