-- What some sessions hold beside: weak locks on relations.
-- Privileges: none. Cost: every lock partition is read once, 1 µs a lock. Locks: none.
-- NULL: as in locks.
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
WHERE l.granted AND l.locktype = 'relation' AND l.pid = ANY (:'pids'::int[])
    AND l.mode IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
ORDER BY l.pid, l.relation, l.mode
LIMIT 1000
