-- Of the given columns the most common value and one that is not common, to plan statements with. They are sent back to the server
-- as parameters, and are neither kept nor shown.
-- Variables: relations, an array of OIDs; columns, an array of names, place by place.
-- Privileges: SELECT on the table. Cost: 0.1 ms a column. Locks: AccessShareLock on catalogs only.
-- NULL: no such value is known.
SELECT /* pgmedic */
    w.relation,
    w.name,
    s.common_values[1] AS common_value,
    s.frequencies[1] AS common_frequency,
    COALESCE(s.bounds[pg_catalog.cardinality(s.bounds) / 2 + 1], s.common_values[pg_catalog.cardinality(s.common_values)])
        AS rare_value,
    CASE WHEN s.bounds IS NULL THEN s.frequencies[pg_catalog.cardinality(s.frequencies)] END AS rare_frequency
FROM ROWS FROM (pg_catalog.unnest(:'relations'::oid[]), pg_catalog.unnest(:'columns'::text[])) w(relation, name)
JOIN pg_catalog.pg_class c ON c.oid = w.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN LATERAL (
    SELECT p.most_common_vals::text::text[] AS common_values, p.most_common_freqs AS frequencies,
        p.histogram_bounds::text::text[] AS bounds
    FROM pg_catalog.pg_stats p
    WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = w.name
    ORDER BY p.inherited = (c.relkind = 'p') DESC
    LIMIT 1
) s ON true
WHERE s.common_values IS NOT NULL
ORDER BY w.relation, w.name
