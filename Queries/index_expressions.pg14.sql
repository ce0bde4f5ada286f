-- Expressions, predicates and definitions of the indexes that have expressions or a predicate.
-- Privileges: none. Cost: 50 µs an index. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock on the table or index.
-- NULL: expressions without any; predicate without one.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    pg_catalog.pg_get_indexdef(x.indexrelid) AS definition,
    pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate,
    ARRAY(
        SELECT CASE WHEN k.number = 0 THEN pg_catalog.pg_get_indexdef(x.indexrelid, k.position::int, false) END
        FROM pg_catalog.unnest(x.indkey::int2[]) WITH ORDINALITY k(number, position)
        ORDER BY k.position
    )::text AS expressions
FROM pg_catalog.pg_index x
WHERE (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL) AND x.indexrelid >= 16384
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock' AND l.relation IN (x.indexrelid, x.indrelid)
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY x.indexrelid
