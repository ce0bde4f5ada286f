-- Statements that make tables, partitions and sequences: columns, partition keys and bounds, storage parameters. Foreign
-- tables become plain ones. Defaults are left out, and generated columns are plain ones unless they are virtual.
-- Variables: limit.
-- Privileges: none. Cost: 0.1 ms a table. Locks: AccessShareLock on tables with expressions in them, none where somebody
-- holds or awaits AccessExclusiveLock.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
)
SELECT /* pgmedic */
    'pg_class' AS class,
    c.oid,
    CASE WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relispartition THEN 'partition' ELSE 'table' END AS kind,
    n.nspname::text AS schema,
    c.relname::text AS name,
    CASE
        WHEN c.relkind = 'S' THEN pg_catalog.format('CREATE SEQUENCE %I.%I', n.nspname, c.relname)
        WHEN c.relispartition THEN pg_catalog.format(
            'CREATE TABLE %I.%I PARTITION OF %s%s %s%s%s', n.nspname, c.relname, p.names, a.not_null,
            pg_catalog.pg_get_expr(c.relpartbound, 0), k.key, o.options)
        ELSE pg_catalog.format(
            'CREATE TABLE %I.%I (%s)%s%s%s', n.nspname, c.relname, a.columns, ' INHERITS (' || p.names || ')', k.key,
            o.options)
    END AS sql,
    c.relispartition AS has_literals
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(
            pg_catalog.format(
                '%I %s%s%s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                (
                    SELECT pg_catalog.format(' COLLATE %I.%I', cn.nspname, l.collname)
                    FROM pg_catalog.pg_collation l
                    JOIN pg_catalog.pg_namespace cn ON cn.oid = l.collnamespace
                    WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation
                ),
                (
                    SELECT pg_catalog.format(
                        ' GENERATED ALWAYS AS (%s)', pg_catalog.pg_get_expr(e.adbin, e.adrelid))
                    FROM pg_catalog.pg_attrdef e
                    WHERE a.attgenerated = 'v' AND e.adrelid = a.attrelid AND e.adnum = a.attnum
                ),
                CASE WHEN a.attnotnull THEN ' NOT NULL' END),
            ', ' ORDER BY a.attnum) FILTER (WHERE a.attislocal) AS columns,
        ' (' || pg_catalog.string_agg(
            pg_catalog.format('%I NOT NULL', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnotnull)
            || ')' AS not_null
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) a
CROSS JOIN LATERAL (
    SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) AS names
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid
) p
CROSS JOIN LATERAL (
    SELECT ' PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid) AS key
) k
CROSS JOIN LATERAL (
    SELECT ' WITH (' || pg_catalog.string_agg(
        pg_catalog.format(
            '%I = %L', pg_catalog.split_part(r.option, '=', 1),
            pg_catalog.substr(r.option, pg_catalog.strpos(r.option, '=') + 1)),
        ', ' ORDER BY r.option) || ')' AS options
    FROM pg_catalog.unnest(c.reloptions) r(option)
) o
WHERE c.relkind IN ('r', 'p', 'f', 'S') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND c.oid NOT IN (SELECT l.relation FROM locked l)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid
LIMIT :limit
