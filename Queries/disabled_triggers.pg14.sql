-- Disabled triggers; internal ones enforce foreign keys.
-- Privileges: none. Cost: one pass over pg_trigger. Locks: AccessShareLock on catalogs only.
SELECT /* pgmedic */
    n.nspname::text AS schema,
    c.relname::text AS relation,
    t.tgname::text AS name,
    t.tgisinternal AS is_internal
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgenabled = 'D'
ORDER BY n.nspname, c.relname, t.tgname
