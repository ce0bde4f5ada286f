-- The lines of pg_hba.conf as they stand in the file, without their options, which may hold passwords.
-- Privileges: EXECUTE on pg_hba_file_rules() and SELECT on the view: superusers, or whom they granted it.
-- Cost: reads a small file. Locks: none.
-- NULL: address of local lines; all but error of a line that cannot be read.
SELECT /* pgmedic */
    h.line_number AS line,
    h.type,
    h.database::text AS databases,
    h.user_name::text AS roles,
    h.address,
    h.netmask,
    h.auth_method AS method,
    h.error IS NOT NULL AS is_faulty
FROM pg_catalog.pg_hba_file_rules h
ORDER BY h.line_number
