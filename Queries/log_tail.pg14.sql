-- The last bytes of the server's current log file, for the plans that auto_explain wrote, deadlocks and waits for locks, and
-- refused logins. Asked only where our role may read files of the server.
-- Variables: length, bytes at most.
-- Privileges: EXECUTE on pg_current_logfile, pg_stat_file and pg_read_binary_file. Cost: 10 ms for 4 MB. Locks: none.
-- No row: the server keeps no log file of its own (logging_collector is off).
SELECT /* pgmedic */
    pg_catalog.encode(
        pg_catalog.pg_read_binary_file(f.path, GREATEST(0, f.size - :length), :length), 'base64') AS tail,
    f.size > :length AS is_cut
FROM (
    SELECT p.path, (pg_catalog.pg_stat_file(p.path)).size AS size
    FROM (SELECT pg_catalog.pg_current_logfile() AS path) p
    WHERE p.path IS NOT NULL
) f
ORDER BY f.path
