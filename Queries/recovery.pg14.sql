-- What a standby knows of itself; no row on a primary.
-- Privileges: pg_read_all_stats for receiver_status. Cost: < 1 ms. Locks: none.
-- NULL: receiver_status and last_message_age without a receiver or the right; last_replay_age before the first transaction;
-- replay_backlog and receive_position where nothing was ever streamed.
SELECT /* pgmedic */
    (SELECT r.status FROM pg_catalog.pg_stat_wal_receiver r) AS receiver_status,
    EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) AS has_receiver,
    (
        SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - r.last_msg_receipt_time)
        FROM pg_catalog.pg_stat_wal_receiver r
    ) AS last_message_age,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0')::bigint AS receive_position,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0')::bigint AS replay_position,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::bigint AS replay_backlog,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) AS last_replay_age,
    pg_catalog.pg_is_wal_replay_paused() AS is_paused,
    (SELECT pg_catalog.sum(c.conflicts)::bigint FROM pg_catalog.pg_stat_database c) AS conflicts
WHERE pg_catalog.pg_is_in_recovery()
