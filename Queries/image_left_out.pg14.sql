-- Objects that bear on plans and that no statement of the other queries makes: how many, and the first of them.
-- Privileges: none. Cost: 2 µs an object. Locks: AccessShareLock on catalogs only.
-- NULL: none.
WITH users AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), members AS (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e'
)
SELECT /* pgmedic */ o.what, pg_catalog.count(*) AS number, pg_catalog.min(u.nspname || '.' || o.name) AS example
FROM (
    SELECT CASE WHEN c.relkind = 'f' THEN 'foreign' ELSE 'row_security' END AS what, c.relnamespace AS schema,
        c.relname::text AS name, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'f' OR c.relrowsecurity
    UNION ALL
    SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'stub' END, p.pronamespace, p.proname::text,
        'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid IN (SELECT g.aggfnoid FROM pg_catalog.pg_aggregate g WHERE g.aggkind <> 'n')
        OR p.prokind IN ('f', 'w') AND l.lanname <> 'sql'
            AND p.prorettype NOT IN (
                'pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
    UNION ALL
    SELECT 'type', t.typnamespace, t.typname::text, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    FROM pg_catalog.pg_type t
    WHERE t.typtype = 'b' AND t.typcategory <> 'A'
    UNION ALL
    SELECT 'operator', o.oprnamespace, o.oprname::text, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid
    FROM pg_catalog.pg_operator o
    UNION ALL
    SELECT 'operator_class', o.opcnamespace, o.opcname::text, 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid
    FROM pg_catalog.pg_opclass o
    UNION ALL
    SELECT 'rule', c.relnamespace, r.rulename::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
    WHERE r.rulename <> '_RETURN'
) o
JOIN users u ON u.oid = o.schema
WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = o.class AND m.objid = o.oid)
GROUP BY o.what
ORDER BY o.what
