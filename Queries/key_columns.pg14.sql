-- Names and types of the columns that indexes and constraints are made of.
-- Privileges: none. Cost: one pass over pg_attribute. Locks: AccessShareLock on catalogs only.
SELECT /* pgmedic */
    a.attrelid AS relation,
    a.attnum AS number,
    a.attname::text AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    a.attcollation AS collation
FROM pg_catalog.pg_attribute a
WHERE a.attnum > 0
    AND (a.attrelid, a.attnum) IN (
        SELECT x.indrelid, pg_catalog.unnest(x.indkey::int2[])
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
        WHERE x.indexrelid >= 16384 AND c.relkind <> 't'
        UNION
        SELECT o.conrelid, pg_catalog.unnest(o.conkey)
        FROM pg_catalog.pg_constraint o
        WHERE o.contype IN ('p', 'u', 'f', 'x', 'c')
        UNION
        SELECT o.confrelid, pg_catalog.unnest(o.confkey)
        FROM pg_catalog.pg_constraint o
        WHERE o.contype = 'f')
ORDER BY a.attrelid, a.attnum
