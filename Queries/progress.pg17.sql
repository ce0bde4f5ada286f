-- Maintenance commands at work, of all databases; blocks, tuples or bytes as the view has them.
-- Privileges: pg_read_all_stats for other roles' rows. Cost: < 1 ms. Locks: none.
-- NULL: relation without the right or of base backups; totals that are not known yet; dead_row_memory of all but VACUUM.
-- Up to 16 VACUUM counts dead rows of 6 bytes each, later bytes.
SELECT /* pgmedic */ 'vacuum' AS command, p.pid, p.datname::text AS database, p.relid AS relation, NULL::oid AS index,
    p.phase, p.heap_blks_scanned AS done, p.heap_blks_total AS total, p.index_vacuum_count AS index_passes,
    p.max_dead_tuple_bytes AS dead_row_memory
FROM pg_catalog.pg_stat_progress_vacuum p
UNION ALL
SELECT 'create_index', p.pid, p.datname::text, p.relid, NULLIF(p.index_relid, 0), p.phase,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END, NULL, NULL
FROM pg_catalog.pg_stat_progress_create_index p
UNION ALL
SELECT 'analyze', p.pid, p.datname::text, p.relid, NULL, p.phase, p.sample_blks_scanned, p.sample_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_analyze p
UNION ALL
SELECT 'cluster', p.pid, p.datname::text, p.relid, NULLIF(p.cluster_index_relid, 0), p.phase, p.heap_blks_scanned, p.heap_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_cluster p
UNION ALL
SELECT 'copy', p.pid, p.datname::text, p.relid, NULL, p.command, p.bytes_processed, NULLIF(p.bytes_total, 0), NULL, NULL
FROM pg_catalog.pg_stat_progress_copy p
UNION ALL
SELECT 'basebackup', p.pid, NULL, NULL, NULL, p.phase, p.backup_streamed, p.backup_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_basebackup p
ORDER BY 1, 2
