-- Row security policies of the given tables.
-- Variables: relations, an array of OIDs.
-- Privileges: none. Cost: 40 µs a policy. Locks: AccessShareLock on the tables, none where somebody holds or awaits
-- AccessExclusiveLock on one.
-- NULL: the expression that a policy does not have.
SELECT /* pgmedic */
    p.polrelid AS relation,
    p.polname::text AS name,
    p.polpermissive AS is_permissive,
    p.polcmd AS command,
    ARRAY(
        SELECT COALESCE(r.rolname::text, 'public')
        FROM pg_catalog.unnest(p.polroles) o(oid)
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.oid
        ORDER BY 1
    )::text AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using_expression,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression
FROM pg_catalog.pg_policy p
WHERE p.polrelid = ANY (:'relations'::oid[])
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock' AND l.relation = p.polrelid
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY p.polrelid, p.polname
