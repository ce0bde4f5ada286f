-- Roles, without passwords or their settings.
-- Privileges: none. Cost: one small catalog. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */
    r.oid,
    r.rolname::text AS name,
    r.rolsuper AS is_superuser,
    r.rolcanlogin AS can_login,
    r.rolconnlimit AS connection_limit
FROM pg_catalog.pg_roles r
ORDER BY r.oid
