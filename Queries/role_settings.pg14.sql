-- Settings of roles and databases (ALTER ROLE … SET). Custom settings of applications come without their value.
-- Privileges: none. Cost: one small catalog. Locks: AccessShareLock on catalogs.
-- NULL role: of all roles; NULL database: of all databases.
SELECT /* pgmedic */
    r.rolname::text AS role,
    d.datname::text AS database,
    pg_catalog.split_part(c.entry, '=', 1) AS name,
    CASE
        WHEN pg_catalog.split_part(c.entry, '=', 1) ~ '[.]'
            AND c.entry !~ '^(pg_stat_statements|auto_explain|plpgsql)[.]' THEN '(not read)'
        ELSE pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1)
    END AS value
FROM pg_catalog.pg_db_role_setting s
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c(entry)
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
ORDER BY 1, 2, 3
