-- Evictions and reset of pg_stat_statements; extension 1.9 and up.
-- Privileges: none. Cost: < 1 ms. Locks: none.
SELECT /* pgmedic */ i.dealloc AS evictions, pg_catalog.date_part('epoch', i.stats_reset) AS reset
FROM :"schema".pg_stat_statements_info i
