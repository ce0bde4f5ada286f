-- What a standby knows of itself; no row on a primary.
-- Privileges: pg_read_all_stats for receiver_status. Cost: < 1 ms. Locks: none.
-- NULL: receiver_status without a receiver or the right; last_replay_age before the first transaction.
SELECT /* pgmedic */
    (SELECT r.status FROM pg_catalog.pg_stat_wal_receiver r) AS receiver_status,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::bigint AS replay_backlog,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) AS last_replay_age,
    pg_catalog.pg_is_wal_replay_paused() AS is_paused,
    (SELECT pg_catalog.sum(c.conflicts)::bigint FROM pg_catalog.pg_stat_database c) AS conflicts
WHERE pg_catalog.pg_is_in_recovery()
