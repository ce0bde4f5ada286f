-- Subscriptions of the whole cluster, with the worker that applies their changes.
-- Privileges: none. Cost: < 1 ms. Locks: AccessShareLock on catalogs.
-- NULL: worker without one now; ages before the first message; error counts before 15.
SELECT /* pgmedic */
    s.subname::text AS name,
    d.datname::text AS database,
    s.subenabled AS is_enabled,
    s.subslotname::text AS slot,
    (
        SELECT pg_catalog.min(w.pid)
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS worker,
    (
        SELECT pg_catalog.min(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.last_msg_receipt_time))
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS last_message_age,
    NULL::bigint AS apply_errors,
    NULL::bigint AS sync_errors
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
ORDER BY d.datname, s.subname
