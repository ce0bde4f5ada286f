-- The small caches of transaction status, subtransactions and multixacts. Names: `Subtrans` up to 16, `subtransaction`
-- from 17.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: nothing but reset, where it was never reset.
SELECT /* pgmedic */
    s.name,
    s.blks_read AS blocks_read,
    s.blks_hit AS blocks_hit,
    pg_catalog.date_part('epoch', s.stats_reset) AS reset
FROM pg_catalog.pg_stat_slru s
ORDER BY s.name
