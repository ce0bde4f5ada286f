-- Expressions, predicates and definitions of the given indexes: those that have expressions, a predicate, or a collation
-- or operator class of their own.
-- Variables: indexes, an array of OIDs.
-- Privileges: none. Cost: 50 µs an index. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock on the table or index.
-- NULL: predicate without one; expressions of plain columns.
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
WHERE x.indexrelid = ANY (:'indexes'::oid[])
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock' AND l.relation IN (x.indexrelid, x.indrelid)
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY x.indexrelid
