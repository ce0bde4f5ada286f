-- Locks that are awaited, and those that can stand in the way: what a reading of locks begins with.
-- Privileges: none. Cost: every lock partition is read once, 1 µs a lock; twice where sessions hold more relations than
-- the fast path has places for. Locks: none.
-- NULL: as in locks. A lock on the fast path stands in nobody's way (src/backend/storage/lmgr/README). Weak ones on
-- relations that nobody waits for are left out; the condition is read from left to right, so the second reading comes last.
-- At most 10,001 rows, awaited ones first: with more than 10,000 some are missing.
SELECT /* pgmedic */
    l.pid,
    l.locktype AS type,
    l.mode,
    l.granted AS is_granted,
    l.fastpath AS is_fast_path,
    d.datname::text AS database,
    l.relation,
    l.page,
    l.tuple,
    l.transactionid::text::bigint AS transaction_id,
    l.virtualxid AS virtual_xid,
    l.classid AS class_id,
    l.objid AS object_id,
    l.objsubid AS object_sub_id,
    pg_catalog.date_part('epoch', l.waitstart) AS wait_start,
    CASE WHEN l.pid IS NULL THEN l.virtualtransaction END AS prepared_owner
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_database d ON d.oid = l.database
WHERE NOT l.fastpath AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND (
    NOT l.granted
    OR l.locktype <> 'relation'
    OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    OR l.pid IS NULL
    OR l.relation IN (SELECT w.relation FROM pg_catalog.pg_locks w WHERE NOT w.granted AND w.relation IS NOT NULL))
ORDER BY l.granted, l.pid
LIMIT 10001
