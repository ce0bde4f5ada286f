-- Who is busy with what at this moment.
-- Privileges: pg_read_all_stats for other roles' waits. Cost: 5 µs a process. Locks: none.
-- NULL wait_event_type: on the CPU, or in code without a wait event.
-- Left out: main loops that wait for work (Activity), walsenders that wait for WAL or for their client, and workers of
-- extensions in a wait of their own (most often their main loop).
SELECT /* pgmedic */
    a.pid,
    a.datname::text AS database,
    a.usename::text AS role,
    a.application_name AS application,
    a.query_id,
    a.wait_event_type,
    a.wait_event,
    a.backend_type = 'client backend' AS is_client,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS taken_at
FROM pg_catalog.pg_stat_activity a
WHERE a.state IN ('active', 'fastpath function call') AND a.pid <> pg_catalog.pg_backend_pid()
    AND a.wait_event_type IS DISTINCT FROM 'Activity'
    AND NOT (a.backend_type = 'walsender' AND a.wait_event_type IS NOT DISTINCT FROM 'Client')
    AND NOT (a.wait_event_type IS NOT DISTINCT FROM 'Extension'
        AND a.backend_type NOT IN ('client backend', 'parallel worker'))
ORDER BY a.pid
