-- Server processes that are in a transaction or do something, and any others that are asked for: what a reading of locks
-- needs. Idle sessions hold no locks, but for advisory ones.
-- Privileges: pg_read_all_stats for other roles' states, waits and texts. Cost: 5 µs a process. Locks: none.
-- NULL: uses_tls, of which locks do not hang; ages without an identifier or horizon; most columns of processes that are hidden from us.
SELECT /* pgmedic */
    a.pid,
    a.datname::text AS database,
    a.usename::text AS role,
    a.application_name AS application,
    pg_catalog.host(a.client_addr) AS client,
    a.backend_type AS type,
    a.state,
    a.wait_event_type,
    a.wait_event,
    pg_catalog.date_part('epoch', a.backend_start) AS backend_start,
    pg_catalog.date_part('epoch', a.xact_start) AS transaction_start,
    pg_catalog.date_part('epoch', a.query_start) AS query_start,
    pg_catalog.date_part('epoch', a.state_change) AS state_change,
    pg_catalog.age(a.backend_xid)::bigint AS transaction_id_age,
    pg_catalog.age(a.backend_xmin)::bigint AS xmin_age,
    a.query_id,
    a.query,
    a.leader_pid AS leader,
    NULL::boolean AS uses_tls,
    a.pid = pg_catalog.pg_backend_pid() AS is_own
FROM pg_catalog.pg_stat_activity a
WHERE a.state IS DISTINCT FROM 'idle' AND :idle = 0 OR a.pid = ANY (:'pids'::int[])
ORDER BY a.pid
