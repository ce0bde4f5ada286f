-- Primary keys, unique, foreign key, check and exclusion constraints. Expressions are not read.
-- Privileges: none. Cost: one pass over pg_constraint. Locks: AccessShareLock on catalogs only.
-- NULL: columns of a check without columns; index of a check; referenced_* of all but foreign keys.
SELECT /* pgmedic */
    o.conname::text AS name,
    o.contype AS kind,
    o.conrelid AS relation,
    o.conkey::text AS columns,
    NULLIF(o.conindid, 0) AS index,
    o.convalidated AS is_validated,
    o.condeferrable AS is_deferrable,
    o.coninhcount > 0 OR o.conparentid <> 0 AS is_inherited,
    NULLIF(o.confrelid, 0) AS referenced_relation,
    o.confkey::text AS referenced_columns,
    o.confmatchtype AS match,
    o.confdeltype AS on_delete,
    o.confupdtype AS on_update
FROM pg_catalog.pg_constraint o
WHERE o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.conrelid >= 16384
ORDER BY o.conrelid, o.conname
