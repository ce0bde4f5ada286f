-- Statements that a standby cancelled for replay to go on, by kind; zeros on a primary.
-- Privileges: none. Cost: 6 function calls a database. Locks: AccessShareLock on catalogs.
-- NULL: logical_slot, which is counted from 16.
SELECT /* pgmedic */
    c.datname::text AS database,
    c.confl_tablespace AS tablespace,
    c.confl_lock AS lock,
    c.confl_snapshot AS snapshot,
    c.confl_bufferpin AS buffer_pin,
    c.confl_deadlock AS deadlock,
    NULL::bigint AS logical_slot
FROM pg_catalog.pg_stat_database_conflicts c
WHERE c.datname IS NOT NULL
ORDER BY c.datname
