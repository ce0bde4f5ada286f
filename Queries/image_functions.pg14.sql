-- Statements that make the functions: those in SQL as they are, others with their marks (volatility, cost, rows, strictness,
-- parallel safety) and a body that gives one value; and plain aggregates. Without trigger functions and procedures.
-- Variables: limit.
-- Privileges: none. Cost: 50 µs a function. Locks: AccessShareLock on the tables of BEGIN ATOMIC bodies, none where somebody
-- holds or awaits AccessExclusiveLock on one of them.
-- NULL: none.
SELECT /* pgmedic */
    'pg_proc' AS class,
    p.oid,
    'function' AS kind,
    n.nspname::text AS schema,
    p.proname::text AS name,
    CASE
        WHEN p.prokind = 'a' THEN pg_catalog.format(
            'CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s%s%s%s%s, PARALLEL = %s)', n.nspname, p.proname,
            COALESCE(NULLIF(pg_catalog.pg_get_function_arguments(p.oid), ''), '*'), g.aggtransfn,
            pg_catalog.format_type(g.aggtranstype, NULL),
            CASE WHEN g.aggtransspace > 0 THEN pg_catalog.format(', SSPACE = %s', g.aggtransspace) END,
            CASE WHEN g.aggfinalfn <> 0 THEN pg_catalog.format(', FINALFUNC = %s', g.aggfinalfn) END,
            CASE WHEN g.aggcombinefn <> 0 THEN pg_catalog.format(', COMBINEFUNC = %s', g.aggcombinefn) END,
            CASE WHEN g.agginitval IS NOT NULL THEN pg_catalog.format(', INITCOND = %L', g.agginitval) END,
            CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END)
        WHEN l.lanname = 'sql' THEN pg_catalog.pg_get_functiondef(p.oid)
        ELSE pg_catalog.format(
            'CREATE OR REPLACE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql %s%s PARALLEL %s COST %s%s AS %L',
            n.nspname, p.proname, pg_catalog.pg_get_function_arguments(p.oid),
            pg_catalog.pg_get_function_result(p.oid),
            CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
            CASE WHEN p.proisstrict THEN ' STRICT' END,
            CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END,
            p.procost,
            CASE WHEN p.proretset THEN pg_catalog.format(' ROWS %s', p.prorows) END,
            CASE
                WHEN p.proretset THEN 'BEGIN RETURN; END'
                WHEN p.prorettype = 'pg_catalog.void'::pg_catalog.regtype
                    OR p.proargmodes && '{o,b}'::"char"[] THEN 'BEGIN END'
                -- Of constants it is run by the planner, which takes a condition on NULL for false.
                WHEN t.typtype = 'b' AND t.typcategory = 'N' THEN 'BEGIN RETURN 0; END'
                WHEN t.typtype = 'b' AND t.typcategory = 'S' THEN 'BEGIN RETURN ''''; END'
                WHEN t.typtype = 'b' AND t.typcategory = 'B' THEN 'BEGIN RETURN true; END'
                WHEN t.typname IN ('date', 'timestamp', 'timestamptz') THEN 'BEGIN RETURN ''2000-01-01''; END'
                ELSE 'BEGIN RETURN NULL; END'
            END)
    END AS sql,
    l.lanname = 'sql' OR p.pronargdefaults > 0 OR g.agginitval IS NOT NULL AS has_literals
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
LEFT JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid
WHERE (p.prokind IN ('f', 'w') OR p.prokind = 'a' AND g.aggkind = 'n')
    AND t.typname NOT IN (
        'trigger', 'event_trigger', 'language_handler', 'fdw_handler', 'index_am_handler', 'table_am_handler',
        'tsm_handler', 'internal', 'cstring')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
            AND (d.deptype = 'e'
                OR d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.refobjid IN (
                        SELECT k.relation
                        FROM pg_catalog.pg_locks k
                        WHERE k.relation IS NOT NULL AND k.mode = 'AccessExclusiveLock'
                            AND k.database = (
                                SELECT b.oid FROM pg_catalog.pg_database b
                                WHERE b.datname = pg_catalog.current_database()))))
ORDER BY p.oid
LIMIT :limit
