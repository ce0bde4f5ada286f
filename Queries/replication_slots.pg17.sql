-- Replication slots with the WAL that they keep, bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: retained_bytes of a slot that was never used; invalidation_reason, inactive_since and is_synced before 17.
SELECT /* pgmedic */
    s.slot_name::text AS name,
    s.plugin::text AS plugin,
    s.slot_type AS type,
    s.database::text AS database,
    s.temporary AS is_temporary,
    s.active AS is_active,
    s.active_pid,
    pg_catalog.age(s.xmin)::bigint AS xmin_age,
    pg_catalog.age(s.catalog_xmin)::bigint AS catalog_xmin_age,
    pg_catalog.pg_wal_lsn_diff(
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
        s.restart_lsn)::bigint AS retained_bytes,
    s.wal_status,
    s.safe_wal_size,
    s.invalidation_reason,
    pg_catalog.date_part('epoch', s.inactive_since) AS inactive_since,
    s.synced AS is_synced
FROM pg_catalog.pg_replication_slots s
ORDER BY s.slot_name
