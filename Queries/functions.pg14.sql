-- Users' functions that run with their owner's rights, and those written in SQL and marked VOLATILE; not those of extensions.
-- Variables: limit.
-- Privileges: none. Cost: 20 µs a function. Locks: AccessShareLock on catalogs only.
-- NULL: body of what is not such an SQL function, is longer than 4,000 characters, or was written BEGIN ATOMIC.
SELECT /* pgmedic */
    n.nspname::text AS schema,
    p.proname::text AS name,
    pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
    p.prokind AS kind,
    r.rolname::text AS owner,
    r.rolsuper AS is_owned_by_superuser,
    l.lanname::text AS language,
    p.prosecdef AS is_security_definer,
    p.provolatile AS volatility,
    p.proretset AS returns_set,
    EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) s(setting) WHERE s.setting LIKE 'search\_path=%') AS pins_search_path,
    p.proacl IS NULL OR EXISTS (
        SELECT FROM pg_catalog.aclexplode(p.proacl) x WHERE x.grantee = 0 AND x.privilege_type = 'EXECUTE'
    ) AS is_public,
    CASE WHEN l.lanname = 'sql' AND p.provolatile = 'v' AND p.prosqlbody IS NULL AND NOT p.prosecdef
        AND pg_catalog.length(p.prosrc) <= 4000 THEN p.prosrc END AS body
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
WHERE p.oid >= 16384
    AND (p.prosecdef OR l.lanname = 'sql' AND p.provolatile = 'v' AND p.prokind = 'f')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid
LIMIT :limit
