-- Sequences with the column that they feed. The last value is read only where it can come near an end: of sequences or
-- columns smaller than bigint; it opens the sequence.
-- Privileges: SELECT or USAGE on the sequence for last_value. Cost: 3 µs a sequence, 20 µs where the value is read.
-- Locks: RowExclusiveLock on each sequence that is read, none on those that somebody locks harder.
-- NULL last_value: not used yet, not readable (is_readable false), locked, or out of reach of its end.
WITH /* pgmedic */ locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), owners AS (
    SELECT DISTINCT ON (u.sequence) u.sequence, u.relation, u.number
    FROM (
        SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number, 0 AS rank
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        UNION ALL
        SELECT d.refobjid, f.adrelid, f.adnum, 1
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid = 0
    ) u
    ORDER BY u.sequence, u.rank, u.relation, u.number
)
SELECT
    s.seqrelid AS oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    pg_catalog.format_type(s.seqtypid, NULL) AS type,
    CASE
        WHEN (s.seqmax < 9223372036854775807 OR a.atttypid IN (21, 23))
            AND s.seqrelid NOT IN (SELECT l.relation FROM locked l WHERE l.relation IS NOT NULL)
            AND pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT,USAGE')
        THEN pg_catalog.pg_sequence_last_value(s.seqrelid)
    END AS last_value,
    pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT,USAGE') AS is_readable,
    s.seqmin AS minimum,
    s.seqmax AS maximum,
    s.seqincrement AS increment,
    s.seqcycle AS cycles,
    o.relation AS owner_relation,
    a.attname::text AS owner_column,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS owner_type
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN owners o ON o.sequence = s.seqrelid
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.relation AND a.attnum = o.number
WHERE NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
ORDER BY s.seqrelid
