-- Indexes with all that identifies them but names of columns (key_columns) and expressions (index_expressions).
-- Privileges: none. Cost: 8 µs an index. Locks: AccessShareLock on catalogs only.
-- NULL: last_scan before 16; parent when it is not attached to a partitioned index.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    x.indrelid AS relation,
    n.nspname::text AS schema,
    i.relname::text AS name,
    m.amname::text AS access_method,
    i.relkind = 'I' AS is_partitioned,
    CASE WHEN i.relispartition THEN h.inhparent END AS parent,
    x.indnkeyatts AS key_count,
    x.indkey::text AS columns,
    x.indclass::text AS operator_classes,
    x.indcollation::text AS collations,
    x.indoption::text AS ordering,
    x.indisunique AS is_unique,
    x.indisprimary AS is_primary,
    x.indisexclusion AS is_exclusion,
    x.indisvalid AS is_valid,
    x.indisready AS is_ready,
    x.indislive AS is_live,
    x.indisreplident AS is_replica_identity,
    x.indisclustered AS is_clustered,
    false AS nulls_not_distinct,
    x.indexprs IS NOT NULL AS has_expressions,
    x.indpred IS NOT NULL AS has_predicate,
    i.reloptions::text AS options,
    i.relpages AS pages,
    i.reltuples::float8 AS estimated_rows,
    NULL::float8 AS last_scan,
    pg_catalog.pg_stat_get_numscans(i.oid) AS scans,
    pg_catalog.pg_stat_get_tuples_returned(i.oid) AS tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS tuples_fetched
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = i.relam
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.oid
WHERE x.indexrelid >= 16384 AND n.nspname <> 'pg_toast'
    AND NOT pg_catalog.pg_is_other_temp_schema(i.relnamespace)
ORDER BY x.indexrelid
