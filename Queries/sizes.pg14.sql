-- Bytes of the main fork of the given relations and indexes, from the file system.
-- Variables: relations, an array of OIDs.
-- Privileges: none. Cost: 10 µs a relation. Locks: AccessShareLock on each, none where somebody holds or awaits
-- AccessExclusiveLock.
-- NULL: it was dropped meanwhile.
SELECT /* pgmedic */
    r.oid,
    pg_catalog.pg_relation_size(r.oid) AS size
FROM pg_catalog.unnest(:'relations'::oid[]) r(oid)
WHERE r.oid NOT IN (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY r.oid
