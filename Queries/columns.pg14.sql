-- Columns of the given relations with the planner's statistics, without most common values and histograms.
-- Variables: relations, an array of OIDs.
-- Privileges: SELECT on the table for statistics (pg_stats is empty without). Cost: 30 µs a column, twice that of smallint and integer.
-- Locks: AccessShareLock on catalogs only.
-- range_used is how far the greatest value of the statistics has come towards the type's limit, in thousandths: the value
-- itself is not read. NULL: range_used of other types; statistics of columns that were never analysed or that we may not read (is_readable false).
SELECT /* pgmedic */
    a.attrelid AS relation,
    a.attname::text AS name,
    a.attnum AS number,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    t.typcategory AS type_category,
    a.attnotnull AS is_not_null,
    a.atthasdef AS has_default,
    a.attidentity <> '' AS is_identity,
    a.attstorage AS storage,
    a.attlen AS length,
    a.attalign AS alignment,
    COALESCE(a.attstattarget, -1) AS statistics_target,
    pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS is_readable,
    s.null_frac AS null_fraction,
    s.avg_width AS average_width,
    s.n_distinct AS distinct,
    s.correlation,
    s.most_common_freqs[1:20]::text AS most_common_frequencies,
    pg_catalog.cardinality(s.most_common_freqs) AS most_common_count,
    (SELECT pg_catalog.sum(f) FROM pg_catalog.unnest(s.most_common_freqs) f)::float8 AS most_common_share,
    s.most_common_freqs[pg_catalog.cardinality(s.most_common_freqs)] AS least_common_frequency,
    pg_catalog.round(s.greatest / CASE a.attlen WHEN 2 THEN 32767.0 ELSE 2147483647.0 END, 3)::float8 AS range_used
FROM pg_catalog.unnest(:'relations'::oid[]) r(oid)
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
    SELECT p.null_frac, p.avg_width, p.n_distinct, p.correlation, p.most_common_freqs,
        CASE WHEN a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype) THEN (
            SELECT pg_catalog.max(v.value)
            FROM pg_catalog.unnest(p.histogram_bounds::text::bigint[] || p.most_common_vals::text::bigint[]) v(value)
        ) END AS greatest
    FROM pg_catalog.pg_stats p
    WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = a.attname
    ORDER BY p.inherited = (c.relkind = 'p') DESC
    LIMIT 1
) s ON true
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
