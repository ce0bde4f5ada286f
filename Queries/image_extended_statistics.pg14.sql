-- Numbers of distinct groups and functional dependencies of extended statistics.
-- Variables: limit.
-- Privileges: those of the tables' owner; others are silently left out. Cost: 0.2 ms an object. Locks: AccessShareLock on catalogs
-- only.
-- NULL: a kind that it has not. numbers and names are the columns' own, place by place; expressions are numbered from -1 down.
SELECT /* pgmedic */
    p.schemaname::text AS schema,
    p.tablename::text AS relation,
    p.statistics_schemaname::text AS statistics_schema,
    p.statistics_name::text AS name,
    COALESCE((pg_catalog.to_jsonb(p) ->> 'inherited')::bool, false) AS is_inherited,
    -- An int2vector counts from 0, and would be printed with its bounds.
    ARRAY(SELECT k.number FROM pg_catalog.unnest(s.stxkeys::int2[]) k(number))::text AS numbers,
    p.attnames::text[]::text AS names,
    p.n_distinct::text AS distinct,
    p.dependencies::text AS dependencies,
    'm' = ANY (p.kinds) AS has_common_values
FROM pg_catalog.pg_stats_ext p
JOIN pg_catalog.pg_namespace n ON n.nspname = p.statistics_schemaname
JOIN pg_catalog.pg_statistic_ext s ON s.stxnamespace = n.oid AND s.stxname = p.statistics_name
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 3, 4, 5
LIMIT :limit
