-- Statistics of columns and of indexes' expressions, as ANALYZE made them, with the operators that they are by.
-- Variables: limit.
-- Privileges: SELECT on the tables; others are silently left out. Cost: 0.2 ms a column. Locks: AccessShareLock on catalogs only.
-- NULL: what ANALYZE did not make; equal and less where the type has no such operator; collation where its type has none.
WITH RECURSIVE statistics AS MATERIALIZED (
    SELECT n.nspname, c.relname, a.attname, a.attnum, a.atttypid, a.attcollation, p.inherited, p.null_frac, p.avg_width,
        p.n_distinct, p.most_common_vals::text::text[] AS common_values, p.most_common_freqs AS common_frequencies,
        p.histogram_bounds::text::text[] AS bounds, p.correlation,
        p.most_common_elems::text::text[] AS common_elements, p.most_common_elem_freqs AS element_frequencies,
        p.elem_count_histogram AS element_counts,
        p.range_length_histogram::text::text[] AS range_lengths, p.range_empty_frac AS range_empty,
        p.range_bounds_histogram::text::text[] AS range_bounds
    FROM pg_catalog.pg_stats p
    JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = p.attname
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    LIMIT :limit
), bases(type, base) AS (
    -- A domain is compared as the type that it is made of.
    SELECT DISTINCT s.atttypid, s.atttypid
    FROM statistics s
    UNION
    SELECT b.type, t.typbasetype
    FROM bases b
    JOIN pg_catalog.pg_type t ON t.oid = b.base
    WHERE t.typtype = 'd'
), types AS (
    SELECT b.type, t.oid AS base, t.typtype, t.typcategory, t.typelem
    FROM bases b
    JOIN pg_catalog.pg_type t ON t.oid = b.base
    WHERE t.typtype <> 'd'
), compared AS (
    SELECT t.type, t.base AS compared FROM types t
    UNION
    SELECT t.type, CASE WHEN t.base = 'pg_catalog.tsvector'::pg_catalog.regtype THEN 'pg_catalog.text'::pg_catalog.regtype
        ELSE t.typelem END
    FROM types t
), classes AS (
    -- The default operator class of the type itself, else of what it is taken for.
    SELECT DISTINCT ON (o.compared) o.compared, k.opcfamily, k.opcintype, m.amname
    FROM (SELECT DISTINCT c.compared FROM compared c WHERE c.compared <> 0) o
    JOIN pg_catalog.pg_type t ON t.oid = o.compared
    JOIN pg_catalog.pg_opclass k ON k.opcdefault
        AND (k.opcintype = o.compared
            OR k.opcintype = CASE
                WHEN t.typtype = 'e' THEN 'pg_catalog.anyenum'::pg_catalog.regtype
                WHEN t.typtype = 'r' THEN 'pg_catalog.anyrange'::pg_catalog.regtype
                WHEN t.typtype = 'm' THEN 'pg_catalog.anymultirange'::pg_catalog.regtype
                WHEN t.typtype = 'c' THEN 'pg_catalog.record'::pg_catalog.regtype
                WHEN t.typcategory = 'A' THEN 'pg_catalog.anyarray'::pg_catalog.regtype
            END
            OR k.opcintype IN (
                SELECT a.casttarget
                FROM pg_catalog.pg_cast a
                WHERE a.castsource = o.compared AND a.castmethod = 'b' AND a.castcontext = 'i'))
    JOIN pg_catalog.pg_am m ON m.oid = k.opcmethod AND m.amname IN ('btree', 'hash')
    JOIN pg_catalog.pg_type i ON i.oid = k.opcintype
    ORDER BY o.compared, m.amname, k.opcintype = o.compared DESC, i.typispreferred DESC, k.oid
), operators AS (
    SELECT c.compared,
        pg_catalog.max(o.amopopr::pg_catalog.regoperator::text) FILTER (
            WHERE o.amopstrategy = CASE c.amname WHEN 'btree' THEN 3 ELSE 1 END) AS equal,
        pg_catalog.max(o.amopopr::pg_catalog.regoperator::text) FILTER (
            WHERE c.amname = 'btree' AND o.amopstrategy = 1) AS less
    FROM classes c
    JOIN pg_catalog.pg_amop o ON o.amopfamily = c.opcfamily AND o.amoplefttype = c.opcintype
        AND o.amoprighttype = c.opcintype AND o.amoppurpose = 's'
    GROUP BY c.compared
)
SELECT /* pgmedic */
    s.nspname::text AS schema,
    s.relname::text AS relation,
    s.attname::text AS column,
    s.attnum AS number,
    s.inherited AS is_inherited,
    pg_catalog.format('%I.%I', tn.nspname, t.typname) AS type,
    t.typcategory AS type_category,
    (
        SELECT pg_catalog.format('%I.%I', cn.nspname, l.collname)
        FROM pg_catalog.pg_collation l
        JOIN pg_catalog.pg_namespace cn ON cn.oid = l.collnamespace
        WHERE l.oid = s.attcollation
    ) AS collation,
    s.null_frac::float8 AS null_fraction,
    s.avg_width AS width,
    s.n_distinct::float8 AS distinct,
    o.equal,
    o.less,
    s.common_values::text AS common_values,
    s.common_frequencies::text AS common_frequencies,
    s.bounds::text AS bounds,
    s.correlation::float8 AS correlation,
    CASE
        WHEN b.base = 'pg_catalog.tsvector'::pg_catalog.regtype THEN 'pg_catalog.text'
        WHEN b.typcategory = 'A' THEN (
            SELECT pg_catalog.format('%I.%I', en.nspname, e.typname)
            FROM pg_catalog.pg_type e
            JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
            WHERE e.oid = b.typelem)
    END AS element_type,
    eo.equal AS element_equal,
    s.common_elements::text AS common_elements,
    s.element_frequencies::text AS element_frequencies,
    s.element_counts::text AS element_counts,
    s.range_lengths::text AS range_lengths,
    s.range_empty::float8 AS range_empty,
    s.range_bounds::text AS range_bounds
FROM statistics s
JOIN types b ON b.type = s.atttypid
JOIN pg_catalog.pg_type t ON t.oid = s.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN operators o ON o.compared = b.base
LEFT JOIN operators eo ON eo.compared = CASE
    WHEN b.base = 'pg_catalog.tsvector'::pg_catalog.regtype THEN 'pg_catalog.text'::pg_catalog.regtype ELSE b.typelem END
ORDER BY s.nspname, s.relname, s.attnum, s.inherited
