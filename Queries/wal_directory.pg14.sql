-- How much WAL there is, and how much of it waits to be archived.
-- Privileges: pg_monitor. Cost: 2 µs a file of pg_wal (16 MB each as it comes). Locks: none.
-- NULL: nothing.
SELECT /* pgmedic */
    w.files,
    w.size,
    (
        SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_ls_archive_statusdir() a
        WHERE a.name LIKE '%.ready'
    ) AS unarchived
FROM (
    SELECT pg_catalog.count(*) AS files, COALESCE(pg_catalog.sum(f.size), 0)::bigint AS size
    FROM pg_catalog.pg_ls_waldir() f
) w
