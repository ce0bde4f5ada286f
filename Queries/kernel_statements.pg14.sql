-- What pg_stat_kcache (2.2 and up) counted of executions: CPU time, and bytes past the operating system's cache.
-- Privileges: none. Cost: < 1 ms for each thousand entries. Locks: a shared lock of its own.
-- Times in s.
SELECT /* pgmedic */
    k.queryid AS query_id,
    d.datname::text AS database,
    pg_catalog.sum(k.exec_user_time) AS user_time,
    pg_catalog.sum(k.exec_system_time) AS system_time,
    pg_catalog.sum(k.exec_reads)::bigint AS bytes_read,
    pg_catalog.sum(k.exec_writes)::bigint AS bytes_written
FROM :"schema".pg_stat_kcache() k
JOIN pg_catalog.pg_database d ON d.oid = k.dbid
WHERE k.top
GROUP BY k.queryid, d.datname
ORDER BY pg_catalog.sum(k.exec_user_time + k.exec_system_time) DESC, k.queryid, d.datname
LIMIT :limit
