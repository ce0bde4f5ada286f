-- What a database like this one is made with.
-- Privileges: none. Cost: one row. Locks: AccessShareLock on catalogs only.
-- NULL: locale for the C library's locales, whose names are collation and character_type.
SELECT /* pgmedic */
    d.datname::text AS name,
    pg_catalog.current_setting('server_version_num')::int AS server_version,
    pg_catalog.current_setting('block_size')::int AS block_size,
    pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
    -- Columns of later versions are found by their names.
    COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
    d.datcollate::text AS collation,
    d.datctype::text AS character_type,
    COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1
