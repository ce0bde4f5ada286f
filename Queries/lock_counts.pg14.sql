-- How full the shared lock table is, and whose the locks are: the 50 processes with the most, one row each.
-- Privileges: none. Cost: every lock partition is read once, 2 µs a lock. Locks: none.
-- NULL: pid of prepared transactions. Predicate locks (SIReadLock) have a table of their own.
WITH /* pgmedic */ l AS MATERIALIZED (
    SELECT s.pid, s.locktype, s.mode, s.fastpath,
        ROW(s.locktype, s.database, s.relation, s.page, s.tuple, s.virtualxid, s.transactionid, s.classid, s.objid, s.objsubid)::text AS object
    FROM pg_catalog.pg_locks s
    WHERE s.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND s.mode <> 'SIReadLock'
)
SELECT
    l.pid,
    pg_catalog.count(*) AS locks,
    pg_catalog.count(*) FILTER (WHERE NOT l.fastpath) AS in_table,
    pg_catalog.count(*) FILTER (
        WHERE NOT l.fastpath AND l.locktype = 'relation'
            AND l.mode IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')) AS beyond_fast_path,
    (SELECT pg_catalog.count(DISTINCT t.object) FROM l t WHERE NOT t.fastpath) AS objects
FROM l
GROUP BY l.pid
ORDER BY 3 DESC, 1
LIMIT 50
