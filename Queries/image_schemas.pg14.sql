-- Statements that make the schemas, the extensions that bring operators or that other objects need, and the collations.
-- Variables: limit.
-- Privileges: none. Cost: 20 µs an object. Locks: AccessShareLock on catalogs only.
-- NULL: schema of schemas.
WITH members AS (
    SELECT d.classid, d.objid, d.refobjid AS extension
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
)
SELECT /* pgmedic */ o.class, o.oid, o.kind, o.schema, o.name, o.sql, false AS has_literals
FROM (
    SELECT 'pg_namespace' AS class, n.oid, 'schema' AS kind, NULL::text AS schema, n.nspname::text AS name,
        pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname) AS sql
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_extension', e.oid, 'extension', n.nspname::text, e.extname::text,
        pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I CASCADE', e.extname, n.nspname)
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE EXISTS (
        SELECT
        FROM members m
        WHERE m.extension = e.oid
            AND (m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
                OR EXISTS (
                    SELECT
                    FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype = 'n'
                        AND NOT EXISTS (SELECT FROM members o WHERE o.classid = d.classid AND o.objid = d.objid))))
    UNION ALL
    SELECT 'pg_collation', c.oid, 'collation', n.nspname::text, c.collname::text,
        CASE c.collprovider
            WHEN 'c' THEN pg_catalog.format(
                'CREATE COLLATION %I.%I (LC_COLLATE = %L, LC_CTYPE = %L)', n.nspname, c.collname, c.collcollate,
                c.collctype)
            ELSE pg_catalog.format(
                'CREATE COLLATION %I.%I (PROVIDER = %s, LOCALE = %L%s)', n.nspname, c.collname,
                CASE c.collprovider WHEN 'i' THEN 'icu' ELSE 'builtin' END,
                COALESCE(
                    pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale',
                    c.collcollate::text),
                CASE WHEN NOT c.collisdeterministic THEN ', DETERMINISTIC = false' END)
        END
    FROM pg_catalog.pg_collation c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND m.objid = c.oid)
) o
ORDER BY o.class, o.oid
LIMIT :limit
