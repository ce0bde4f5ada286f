-- Roles, without passwords or their settings.
-- Privileges: none. Cost: one small catalog; 5 µs a role for what it is a member of. Locks: AccessShareLock on catalogs.
-- NULL: valid_until of a password that never expires.
SELECT /* pgmedic */
    r.oid,
    r.rolname::text AS name,
    r.rolsuper AS is_superuser,
    r.rolcanlogin AS can_login,
    r.rolconnlimit AS connection_limit,
    r.rolbypassrls AS bypasses_row_security,
    CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN pg_catalog.date_part('epoch', r.rolvaliduntil) END AS valid_until,
    ARRAY(
        SELECT DISTINCT g.rolname::text
        FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid
        ORDER BY 1
    )::text AS member_of
FROM pg_catalog.pg_roles r
ORDER BY r.oid
