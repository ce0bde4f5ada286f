-- What pg_wait_sampling (1.1 and up) counted since its start or reset, by event and statement, processes summed.
-- Main loops that wait for work and sessions that are idle (ClientRead without a statement) are left out.
-- Privileges: none. Cost: < 1 ms for each thousand rows of its profile. Locks: a lock of its own, for the time of the
-- copy; readers wait for each other.
-- NULL event_type: on the CPU (1.1.5 and up, with sample_cpu). query_id 0: no statement.
SELECT /* pgmedic */
    p.event_type,
    p.event,
    p.queryid AS query_id,
    pg_catalog.sum(p.count)::bigint AS count
FROM :"schema".pg_wait_sampling_profile p
WHERE p.event_type IS DISTINCT FROM 'Activity'
    AND NOT (p.queryid = 0 AND (p.event_type IS NULL OR p.event = 'ClientRead'))
GROUP BY p.event_type, p.event, p.queryid
ORDER BY pg_catalog.sum(p.count) DESC, p.event_type, p.event, p.queryid
LIMIT :limit
