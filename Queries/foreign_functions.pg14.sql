-- Names of functions and operators outside pg_catalog: planning a statement that uses one may run it as our role.
-- Privileges: none. Cost: one pass over pg_proc and pg_operator. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */ p.proname::text AS name
FROM pg_catalog.pg_proc p
WHERE p.oid >= 16384
UNION
SELECT o.oprname::text
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384
ORDER BY 1
