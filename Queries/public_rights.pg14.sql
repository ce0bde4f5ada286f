-- What every role may do: create in a schema, write a table. Defaults of PostgreSQL that nobody changed are not among them.
-- Variables: limit.
-- Privileges: none. Cost: 3 µs a table with rights of its own. Locks: AccessShareLock on catalogs only.
-- NULL: relation of a right on a schema.
SELECT /* pgmedic */
    n.nspname::text AS schema,
    NULL::text AS relation,
    'CREATE' AS rights
FROM pg_catalog.pg_namespace n
WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) x WHERE x.grantee = 0 AND x.privilege_type = 'CREATE')
UNION ALL
SELECT
    n.nspname::text,
    c.relname::text,
    w.rights
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.string_agg(x.privilege_type, ',' ORDER BY x.privilege_type) AS rights
    FROM pg_catalog.aclexplode(c.relacl) x
    WHERE x.grantee = 0 AND x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
) w
WHERE c.relacl IS NOT NULL AND c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND w.rights IS NOT NULL
ORDER BY schema, relation NULLS FIRST
LIMIT :limit
