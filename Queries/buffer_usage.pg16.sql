-- Buffers of shared_buffers by usage count (0 to 5; unused ones have 0). pg_buffercache 1.4 (16) and up.
-- Variables: schema of the extension.
-- Privileges: pg_monitor, or EXECUTE on pg_buffercache_usage_counts(). Cost: 3 ms a GB of shared_buffers: it reads the buffers'
-- headers and no more. Locks: none, not even of the buffers.
SELECT /* pgmedic */
    u.usage_count,
    u.buffers::bigint AS buffers,
    u.dirty::bigint AS dirty,
    u.pinned::bigint AS pinned
FROM :"schema".pg_buffercache_usage_counts() u
ORDER BY u.usage_count
