-- Settings that plans depend on (those of EXPLAIN's option SETTINGS), as SHOW prints them.
-- Privileges: none. Cost: 1 ms. Locks: none.
-- NULL: none.
SELECT /* pgmedic */
    s.name,
    pg_catalog.current_setting(s.name) AS value
FROM pg_catalog.pg_settings s
WHERE s.context <> 'internal'
    AND (s.category LIKE 'Query Tuning%'
        OR s.name IN (
            'work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', 'max_parallel_workers',
            'max_parallel_workers_per_gather', 'min_parallel_table_scan_size', 'min_parallel_index_scan_size',
            'parallel_leader_participation', 'TimeZone', 'default_text_search_config'))
ORDER BY s.name
