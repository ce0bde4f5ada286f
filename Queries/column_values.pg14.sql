-- Of the given columns common values, values that are not common, and quantiles of the rest, to plan statements with. They are
-- sent back to the server as parameters, and are neither kept nor shown.
-- Variables: relations, an array of OIDs; columns, an array of names, place by place.
-- Privileges: SELECT on the table. Cost: 0.2 ms a column. Locks: AccessShareLock on catalogs only.
-- NULL: no such value is known. quantiles: 0, 1, 50, 99 and 100 % of the histogram, which the common values are not part of.
SELECT /* pgmedic */
    w.relation,
    w.name,
    s.common_values[1:8]::text AS common_values,
    s.frequencies[1] AS common_frequency,
    CASE
        WHEN s.bounds IS NOT NULL
            THEN ARRAY(
                SELECT s.bounds[1 + (pg_catalog.cardinality(s.bounds) - 1) * p.place / 9]
                FROM pg_catalog.unnest('{4,6,2,7,5,3,8,1}'::int[]) WITH ORDINALITY p(place, number)
                ORDER BY p.number)::text
        ELSE ARRAY(
            SELECT s.common_values[pg_catalog.cardinality(s.common_values) - p.number::int + 1]
            FROM pg_catalog.generate_series(1, LEAST(8, pg_catalog.cardinality(s.common_values))) p(number)
            ORDER BY p.number)::text
    END AS rare_values,
    CASE WHEN s.bounds IS NULL THEN s.frequencies[pg_catalog.cardinality(s.frequencies)] END AS rare_frequency,
    CASE
        WHEN s.bounds IS NOT NULL
            THEN ARRAY(
                SELECT s.bounds[1 + (pg_catalog.cardinality(s.bounds) - 1) * p.percent / 100]
                FROM pg_catalog.unnest('{0,1,50,99,100}'::int[]) WITH ORDINALITY p(percent, number)
                ORDER BY p.number)::text
    END AS quantiles
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
WHERE s.common_values IS NOT NULL OR s.bounds IS NOT NULL
ORDER BY w.relation, w.name
