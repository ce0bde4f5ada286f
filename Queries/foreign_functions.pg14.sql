-- Names of functions outside pg_catalog, and of operators that no extension brought: planning a statement that uses one
-- may run it as our role. Operators of extensions are left out, since theirs have the names of common ones (`=` of citext)
-- and come from the server's own files.
-- Privileges: none. Cost: one pass over pg_proc and pg_operator. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */ p.proname::text AS name
FROM pg_catalog.pg_proc p
WHERE p.oid >= 16384
UNION
SELECT o.oprname::text
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'e')
ORDER BY 1
