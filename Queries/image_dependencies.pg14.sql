-- Which object another needs to stand before it, and which catalog entries belong to an object (a table's row type, a view's
-- rule, a constraint's index).
-- Variables: limit.
-- Privileges: none. Cost: 2 µs a dependency. Locks: AccessShareLock on catalogs only.
-- NULL: none.
SELECT /* pgmedic */ e.class, e.oid, e.needed_class, e.needed_oid, e.belongs
FROM (
    SELECT d.classid::pg_catalog.regclass::text AS class, d.objid AS oid,
        d.refclassid::pg_catalog.regclass::text AS needed_class, d.refobjid AS needed_oid, false AS belongs
    FROM pg_catalog.pg_depend d
    WHERE d.deptype <> 'e' AND d.objid >= 16384 AND d.refobjid >= 16384
        AND d.classid IN (
            'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
            'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
            'pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)
        AND d.refclassid IN (
            'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
            'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
            'pg_catalog.pg_collation'::pg_catalog.regclass)
    UNION
    SELECT 'pg_type', t.oid, 'pg_class', t.typrelid, true
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE c.relkind <> 'c' AND c.oid >= 16384
    UNION
    SELECT 'pg_class', c.oid, 'pg_type', c.reltype, true
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'c' AND c.oid >= 16384
    UNION
    SELECT 'pg_type', t.typarray, 'pg_type', t.oid, true
    FROM pg_catalog.pg_type t
    WHERE t.typarray >= 16384
    UNION
    SELECT 'pg_type', r.rngmultitypid, 'pg_type', r.rngtypid, true
    FROM pg_catalog.pg_range r
    WHERE r.rngmultitypid >= 16384
    UNION
    SELECT 'pg_rewrite', r.oid, 'pg_class', r.ev_class, true
    FROM pg_catalog.pg_rewrite r
    WHERE r.ev_class >= 16384
    UNION
    SELECT 'pg_class', k.conindid, 'pg_constraint', k.oid, true
    FROM pg_catalog.pg_constraint k
    WHERE k.contype IN ('p', 'u', 'x')
    UNION
    SELECT 'pg_constraint', k.oid, 'pg_type', k.contypid, true
    FROM pg_catalog.pg_constraint k
    WHERE k.contypid >= 16384
    UNION
    SELECT 'attached', i.inhrelid, 'pg_class', o.oid, false
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT i.inhrelid UNION ALL SELECT i.inhparent) o(oid)
    WHERE c.relkind IN ('i', 'I')
) e
ORDER BY e.class, e.oid, e.needed_class, e.needed_oid, e.belongs
LIMIT :limit
