-- Statements that make the enumerated types, composite types, domains and ranges; a domain's default is left out.
-- Variables: limit.
-- Privileges: none. Cost: 30 µs a type. Locks: AccessShareLock on catalogs only.
-- NULL: none.
SELECT /* pgmedic */
    'pg_type' AS class,
    t.oid,
    CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
    n.nspname::text AS schema,
    t.typname::text AS name,
    CASE t.typtype
        WHEN 'e' THEN pg_catalog.format(
            'CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
            (
                SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                FROM pg_catalog.pg_enum e
                WHERE e.enumtypid = t.oid
            ))
        WHEN 'c' THEN pg_catalog.format(
            'CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', '
                    ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            ))
        WHEN 'd' THEN pg_catalog.format(
            'CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname,
            pg_catalog.format_type(t.typbasetype, t.typtypmod),
            (
                SELECT pg_catalog.format(' COLLATE %I.%I', cn.nspname, c.collname)
                FROM pg_catalog.pg_collation c
                JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
                JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
                WHERE c.oid = t.typcollation AND t.typcollation <> b.typcollation
            ),
            CASE WHEN t.typnotnull THEN ' NOT NULL' END,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format(' CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)), ''
                    ORDER BY k.conname)
                FROM pg_catalog.pg_constraint k
                WHERE k.contypid = t.oid AND k.contype = 'c'
            ))
        ELSE pg_catalog.format(
            'CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s%s%s%s)', n.nspname, t.typname,
            pg_catalog.format_type(r.rngsubtype, NULL),
            (
                SELECT pg_catalog.format(', SUBTYPE_OPCLASS = %I.%I', pn.nspname, p.opcname)
                FROM pg_catalog.pg_opclass p
                JOIN pg_catalog.pg_namespace pn ON pn.oid = p.opcnamespace
                WHERE p.oid = r.rngsubopc
            ),
            (
                SELECT pg_catalog.format(', COLLATION = %I.%I', cn.nspname, c.collname)
                FROM pg_catalog.pg_collation c
                JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
                WHERE c.oid = r.rngcollation
            ),
            (
                SELECT pg_catalog.format(', MULTIRANGE_TYPE_NAME = %I.%I', mn.nspname, m.typname)
                FROM pg_catalog.pg_type m
                JOIN pg_catalog.pg_namespace mn ON mn.oid = m.typnamespace
                WHERE m.oid = r.rngmultitypid
            ))
    END AS sql,
    EXISTS (
        SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'
    ) AS has_literals
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
WHERE t.typtype IN ('e', 'c', 'd', 'r') AND COALESCE(c.relkind, 'c') = 'c'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY t.oid
LIMIT :limit
