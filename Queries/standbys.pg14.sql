-- Standbys and other receivers of WAL, bytes and seconds behind.
-- Privileges: pg_read_all_stats. Cost: < 1 ms. Locks: none.
-- NULL: most columns without the right; lags when nothing is awaited.
SELECT /* pgmedic */
    r.pid,
    r.application_name AS application,
    pg_catalog.host(r.client_addr) AS client,
    r.usename::text AS role,
    r.state,
    r.sync_state,
    pg_catalog.pg_wal_lsn_diff(w.here, r.sent_lsn)::bigint AS sent_lag,
    pg_catalog.pg_wal_lsn_diff(w.here, r.replay_lsn)::bigint AS replay_lag,
    pg_catalog.date_part('epoch', r.replay_lag) AS replay_lag_time,
    pg_catalog.age(r.backend_xmin)::bigint AS xmin_age,
    pg_catalog.pg_wal_lsn_diff(r.replay_lsn, '0/0')::bigint AS replay_position
FROM pg_catalog.pg_stat_replication r
CROSS JOIN LATERAL (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn() ELSE pg_catalog.pg_current_wal_lsn() END AS here
) w
ORDER BY r.pid
