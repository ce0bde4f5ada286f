-- Sizes of tables, materialised views and indexes as the planner keeps them.
-- Variables: limit.
-- Privileges: none. Cost: 5 µs a relation. Locks: AccessShareLock on catalogs only.
-- NULL: none.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind AS kind,
    c.relpages AS pages,
    c.reltuples::float8 AS tuples,
    c.relallvisible AS all_visible_pages
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'i', 'I') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid
LIMIT :limit
