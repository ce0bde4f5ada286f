-- Extensions of this database with the version that the server has files for.
-- Privileges: none. Cost: reads the control files, 1 to 3 ms. Locks: AccessShareLock on catalogs.
-- NULL available_version: the files are gone.
SELECT /* pgmedic */
    e.extname::text AS name,
    n.nspname::text AS schema,
    e.extversion AS version,
    a.default_version AS available_version
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
ORDER BY e.extname
