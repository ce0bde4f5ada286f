-- Locks that are awaited, who holds or awaits the same, what these holders hold beside, and strong ones on relations.
-- Privileges: none. Cost: every lock partition is read once, 3 µs a lock. Locks: none.
-- NULL: columns that do not belong to the kind of object; pid and prepared_owner exclude each other. prepared_owner is
-- the virtual ID of a prepared transaction: that of the session that prepared it until a restart, -1/xid after it.
-- A lock that was taken on the fast path stands in nobody's way: it leaves the fast path when somebody asks for what
-- conflicts with it (src/backend/storage/lmgr/README). Numbers are compared without their kind: a few rows too many.
-- At most 10,001 rows, awaited ones and their holders first: with more than 10,000 some are missing.
WITH /* pgmedic */ l AS MATERIALIZED (
    SELECT s.*
    FROM pg_catalog.pg_locks s
), w AS MATERIALIZED (
    SELECT l.pid, l.locktype, l.relation, l.transactionid, l.virtualxid, l.objid FROM l WHERE NOT l.granted
), contended AS MATERIALIZED (
    SELECT l.*
    FROM l
    WHERE NOT l.fastpath AND (
        l.transactionid IN (SELECT w.transactionid FROM w WHERE w.transactionid IS NOT NULL)
        OR l.relation IN (SELECT w.relation FROM w WHERE w.relation IS NOT NULL)
        OR l.virtualxid IN (SELECT w.virtualxid FROM w WHERE w.virtualxid IS NOT NULL)
        OR l.objid IN (SELECT w.objid FROM w WHERE w.objid IS NOT NULL)
        OR l.locktype IN ('tuple', 'spectoken', 'applytransaction') OR l.pid IS NULL
        OR l.locktype IN ('relation', 'advisory')
            AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
), chosen AS (
    SELECT c.*, true AS is_contended FROM contended c
    UNION ALL
    -- What the holders hold beside, and the tables of waiters for a transaction where no tuple lock names the row.
    SELECT l.*, false
    FROM l
    WHERE l.fastpath AND l.locktype = 'relation' AND (
        l.pid IN (SELECT c.pid FROM contended c WHERE c.granted)
            AND l.pid NOT IN (SELECT w.pid FROM w WHERE w.pid IS NOT NULL)
        OR l.mode IN ('RowShareLock', 'RowExclusiveLock')
            AND l.pid IN (SELECT w.pid FROM w WHERE w.locktype = 'transactionid')
            AND l.pid NOT IN (SELECT c.pid FROM contended c WHERE c.locktype = 'tuple' AND c.pid IS NOT NULL))
)
SELECT
    i.pid,
    i.locktype AS type,
    i.mode,
    i.granted AS is_granted,
    i.fastpath AS is_fast_path,
    d.datname::text AS database,
    i.relation,
    i.page,
    i.tuple,
    i.transactionid::text::bigint AS transaction_id,
    i.virtualxid AS virtual_xid,
    i.classid AS class_id,
    i.objid AS object_id,
    i.objsubid AS object_sub_id,
    pg_catalog.date_part('epoch', i.waitstart) AS wait_start,
    CASE WHEN i.pid IS NULL THEN i.virtualtransaction END AS prepared_owner
FROM chosen i
LEFT JOIN pg_catalog.pg_database d ON d.oid = i.database
WHERE i.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
ORDER BY i.is_contended DESC, i.granted, i.pid
LIMIT 10001
