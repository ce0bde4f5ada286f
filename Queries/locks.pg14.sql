-- Locks that are awaited, those that are held or awaited on the same objects, strong ones on relations,
-- and of tuples (held only by those that wait for a row: which row, and how strongly they want it).
-- Privileges: none. Cost: every lock partition is read once, 1 µs a lock. Locks: none.
-- NULL: columns that do not belong to the kind of object; pid and prepared_transaction exclude each other.
WITH /* pgmedic */ l AS MATERIALIZED (
    SELECT s.*, ROW(s.locktype, s.database, s.relation, s.page, s.tuple, s.virtualxid, s.transactionid, s.classid, s.objid, s.objsubid)::text AS object
    FROM pg_catalog.pg_locks s
    WHERE s.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT
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
    p.gid AS prepared_transaction
FROM l
LEFT JOIN pg_catalog.pg_database d ON d.oid = l.database
LEFT JOIN (
    -- A prepared transaction keeps the virtual identifier of its session until a restart; its own identifier names it.
    SELECT t.virtualtransaction, x.gid
    FROM l t
    JOIN pg_catalog.pg_prepared_xacts x ON x.transaction = t.transactionid
    WHERE t.pid IS NULL AND t.locktype = 'transactionid'
) p ON l.pid IS NULL AND p.virtualtransaction = l.virtualtransaction
WHERE l.object IN (SELECT w.object FROM l w WHERE NOT w.granted)
    OR l.locktype IN ('relation', 'advisory')
        AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    OR l.pid IS NULL AND l.locktype = 'relation'
    OR l.locktype = 'tuple'
ORDER BY l.pid, l.object, l.mode
