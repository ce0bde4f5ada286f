-- The server, our session and our rights: one row, read first because the rest depends on it.
-- Privileges: none. Cost: < 1 ms. Locks: AccessShareLock on catalogs.
-- NULL: address over a unix socket; *_schema and *_version when the extension is not in this database;
-- statements_loaded is false when pg_stat_statements is not in shared_preload_libraries.
SELECT /* pgmedic */
    pg_catalog.current_setting('server_version_num')::int AS version,
    pg_catalog.current_setting('server_version') AS version_text,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS taken_at,
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) AS started_at,
    pg_catalog.date_part('epoch', pg_catalog.pg_conf_load_time()) AS configuration_loaded_at,
    pg_catalog.pg_is_in_recovery() AS is_in_recovery,
    pg_catalog.host(pg_catalog.inet_server_addr()) AS address,
    pg_catalog.inet_client_port() AS client_port,
    pg_catalog.current_database()::text AS database,
    d.oid AS database_oid,
    r.rolname::text AS role,
    r.rolsuper AS is_superuser,
    pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS next_transaction_id,
    ARRAY(
        SELECT m.rolname
        FROM pg_catalog.pg_roles m
        WHERE m.oid < 16384 AND m.rolname LIKE 'pg\_%' AND NOT r.rolsuper
            AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE')
        ORDER BY m.rolname
    )::text AS memberships,
    r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'pg_read_all_stats', 'USAGE') AS reads_all_stats,
    r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'pg_read_all_settings', 'USAGE') AS reads_all_settings,
    pg_catalog.current_setting('auto_explain.log_min_duration', true) AS plans_logged_from,
    pg_catalog.current_setting('logging_collector')::bool AS collects_log,
    pg_catalog.has_function_privilege('pg_catalog.pg_current_logfile()', 'EXECUTE')
        AND pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE')
        AND pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint)', 'EXECUTE')
        AS reads_log,
    pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')
        AND pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT') AS reads_host_rules,
    pg_catalog.current_setting('pg_stat_statements.max', true)::bigint AS statements_capacity,
    pg_catalog.current_setting('pg_stat_statements.track_planning', true)::bool AS statements_track_planning,
    sn.nspname::text AS statements_schema,
    s.extversion AS statements_version,
    hn.nspname::text AS hypopg_schema,
    h.extversion AS hypopg_version,
    wn.nspname::text AS wait_sampling_schema,
    w.extversion AS wait_sampling_version,
    pg_catalog.current_setting('pg_wait_sampling.profile_period', true)::double precision AS wait_sampling_period,
    kn.nspname::text AS kcache_schema,
    k.extversion AS kcache_version,
    pg_catalog.current_setting('pg_stat_kcache.linux_hz', true) IS NOT NULL AS kcache_is_loaded,
    bn.nspname::text AS buffercache_schema,
    b.extversion AS buffercache_version
FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_extension s ON s.extname = 'pg_stat_statements'
LEFT JOIN pg_catalog.pg_namespace sn ON sn.oid = s.extnamespace
LEFT JOIN pg_catalog.pg_extension h ON h.extname = 'hypopg'
LEFT JOIN pg_catalog.pg_namespace hn ON hn.oid = h.extnamespace
LEFT JOIN pg_catalog.pg_extension w ON w.extname = 'pg_wait_sampling'
LEFT JOIN pg_catalog.pg_namespace wn ON wn.oid = w.extnamespace
LEFT JOIN pg_catalog.pg_extension k ON k.extname = 'pg_stat_kcache'
LEFT JOIN pg_catalog.pg_namespace kn ON kn.oid = k.extnamespace
LEFT JOIN pg_catalog.pg_extension b ON b.extname = 'pg_buffercache'
LEFT JOIN pg_catalog.pg_namespace bn ON bn.oid = b.extnamespace
WHERE r.rolname = CURRENT_USER
