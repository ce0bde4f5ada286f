-- Errors in configuration files. Values of the lines are not read.
-- Privileges: superuser, or SELECT on pg_file_settings with EXECUTE on pg_show_all_file_settings.
-- Cost: parses the files. Locks: none.
SELECT /* pgmedic */
    pg_catalog.regexp_replace(f.sourcefile, '^.*/', '') AS file,
    f.sourceline AS line,
    f.name,
    f.error
FROM pg_catalog.pg_file_settings f
WHERE f.error IS NOT NULL
ORDER BY f.sourcefile, f.sourceline
