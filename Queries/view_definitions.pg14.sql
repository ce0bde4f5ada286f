-- Definitions of the given views and of the views that they are made of.
-- Variables: views, an array of OIDs.
-- Privileges: none. Cost: 0.1 ms a view. Locks: AccessShareLock on the view and its tables, none where somebody holds or
-- awaits AccessExclusiveLock on one of them.
-- NULL: none.
WITH RECURSIVE named(oid) AS (
    SELECT v.oid FROM pg_catalog.unnest(:'views'::oid[]) v(oid)
    UNION
    SELECT d.refobjid
    FROM named n
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = n.oid
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
)
SELECT /* pgmedic */
    c.oid,
    pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM named n
JOIN pg_catalog.pg_class c ON c.oid = n.oid
WHERE c.relkind = 'v'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock'
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
            AND (l.relation = c.oid OR EXISTS (
                SELECT FROM pg_catalog.pg_rewrite r
                JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                WHERE r.ev_class = c.oid AND d.refobjid = l.relation)))
ORDER BY c.oid
