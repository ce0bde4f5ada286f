-- Statements that make check, primary key, unique, exclusion and foreign key constraints, and extended statistics. What a
-- partition or child inherits is left to its parent.
-- Variables: limit.
-- Privileges: none. Cost: 50 µs a constraint. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), tables AS (
    SELECT c.oid, c.relname, n.nspname
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid NOT IN (SELECT l.relation FROM locked l)
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT /* pgmedic */ o.class, o.oid, o.kind, o.schema, o.name, o.sql, o.has_literals
FROM (
    SELECT 'pg_constraint' AS class, k.oid,
        CASE k.contype WHEN 'f' THEN 'foreignKey' ELSE 'constraint' END AS kind,
        t.nspname::text AS schema, k.conname::text AS name,
        pg_catalog.format(
            'ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE WHEN k.contype IN ('p', 'u', 'x') THEN 'ONLY ' END,
            t.nspname, t.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) AS sql,
        k.contype IN ('c', 'x') AS has_literals
    FROM pg_catalog.pg_constraint k
    JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'x') OR k.contype = 'c' AND k.conislocal OR k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT 'pg_statistic_ext', s.oid, 'statistics', n.nspname::text, s.stxname::text,
        pg_catalog.pg_get_statisticsobjdef(s.oid), s.stxexprs IS NOT NULL
    FROM pg_catalog.pg_statistic_ext s
    JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
    JOIN tables t ON t.oid = s.stxrelid
) o
ORDER BY o.class, o.oid
LIMIT :limit
