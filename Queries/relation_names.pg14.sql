-- Names of relations by their numbers, from the rows of the catalog: none of them is opened or locked.
-- Privileges: none. Cost: 5 µs a relation. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind IN ('i', 'I') AS is_index
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (:'relations'::oid[])
ORDER BY c.oid
