-- Operator classes that are not the default of their type.
-- Privileges: none. Cost: one small catalog. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */ c.oid, c.opcname::text AS name
FROM pg_catalog.pg_opclass c
WHERE NOT c.opcdefault
ORDER BY c.oid
