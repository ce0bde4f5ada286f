-- Settings. Those that carry secrets or commands, and custom ones of applications, come without their value.
-- Privileges: none; pg_read_all_settings for some rows. Cost: some 350 rows, 2 ms. Locks: none.
-- A value that our own SET LOCAL covers is given as the value that a new session of ours would have.
SELECT /* pgmedic */
    s.name,
    CASE
        WHEN s.name IN ('primary_conninfo', 'ssl_passphrase_command', 'restore_command', 'archive_cleanup_command',
            'recovery_end_command') OR v.is_foreign THEN CASE WHEN s.setting = '' THEN '' ELSE '(not read)' END
        WHEN s.source = 'session' THEN s.reset_val
        ELSE s.setting
    END AS value,
    s.unit,
    s.source,
    CASE WHEN v.is_foreign THEN NULL ELSE s.boot_val END AS boot_value,
    CASE
        WHEN s.name IN ('primary_conninfo', 'ssl_passphrase_command', 'restore_command', 'archive_cleanup_command',
            'recovery_end_command') OR v.is_foreign THEN NULL
        ELSE s.reset_val
    END AS reset_value,
    s.context,
    s.pending_restart AS is_pending_restart
FROM pg_catalog.pg_settings s
CROSS JOIN LATERAL (
    SELECT s.category = 'Customized Options'
        AND s.name !~ '^(pg_stat_statements|auto_explain|hypopg|plpgsql|pg_wait_sampling|pg_prewarm|pg_trgm)[.]' AS is_foreign
) v
ORDER BY s.name
