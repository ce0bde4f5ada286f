// swift-format-ignore-file
// Written by Scripts/embed (make generate); do not edit.

/// File name → text.
let queryFiles: [String: String] = [
    "activity_sample.pg14.sql": #"""
-- Who is busy with what at this moment.
-- Privileges: pg_read_all_stats for other roles' waits. Cost: 5 µs a process. Locks: none.
-- NULL wait_event_type: on the CPU, or in code without a wait event.
-- Left out: main loops that wait for work (Activity), walsenders that wait for WAL or for their client, and workers of
-- extensions in a wait of their own (most often their main loop).
SELECT /* pgmedic */
    a.pid,
    a.datname::text AS database,
    a.usename::text AS role,
    a.application_name AS application,
    a.query_id,
    a.wait_event_type,
    a.wait_event,
    a.backend_type = 'client backend' AS is_client,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS taken_at
FROM pg_catalog.pg_stat_activity a
WHERE a.state IN ('active', 'fastpath function call') AND a.pid <> pg_catalog.pg_backend_pid()
    AND a.wait_event_type IS DISTINCT FROM 'Activity'
    AND NOT (a.backend_type = 'walsender' AND a.wait_event_type IS NOT DISTINCT FROM 'Client')
    AND NOT (a.wait_event_type IS NOT DISTINCT FROM 'Extension'
        AND a.backend_type NOT IN ('client backend', 'parallel worker'))
ORDER BY a.pid

"""#,
    "archiver.pg14.sql": #"""
-- The WAL archiver.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: times and files when it never happened; current_wal on a standby.
SELECT /* pgmedic */
    a.archived_count AS archived,
    a.failed_count AS failed,
    pg_catalog.date_part('epoch', a.last_archived_time) AS last_archived,
    pg_catalog.date_part('epoch', a.last_failed_time) AS last_failed,
    a.last_failed_wal,
    a.last_archived_wal,
    CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END AS current_wal,
    pg_catalog.date_part('epoch', a.stats_reset) AS reset
FROM pg_catalog.pg_stat_archiver a

"""#,
    "backends.pg14.sql": #"""
-- Server processes.
-- Privileges: pg_read_all_stats for other roles' states, waits and texts. Cost: 10 µs a process. Locks: none.
-- NULL: uses_tls of what is hidden from us; ages without an identifier or horizon; most columns of processes that are hidden from us.
SELECT /* pgmedic */
    a.pid,
    a.datname::text AS database,
    a.usename::text AS role,
    a.application_name AS application,
    pg_catalog.host(a.client_addr) AS client,
    a.backend_type AS type,
    a.state,
    a.wait_event_type,
    a.wait_event,
    pg_catalog.date_part('epoch', a.backend_start) AS backend_start,
    pg_catalog.date_part('epoch', a.xact_start) AS transaction_start,
    pg_catalog.date_part('epoch', a.query_start) AS query_start,
    pg_catalog.date_part('epoch', a.state_change) AS state_change,
    pg_catalog.age(a.backend_xid)::bigint AS transaction_id_age,
    pg_catalog.age(a.backend_xmin)::bigint AS xmin_age,
    a.query_id,
    a.query,
    a.leader_pid AS leader,
    s.ssl AS uses_tls,
    a.pid = pg_catalog.pg_backend_pid() AS is_own
FROM pg_catalog.pg_stat_activity a
LEFT JOIN pg_catalog.pg_stat_ssl s ON s.pid = a.pid
ORDER BY a.pid

"""#,
    "buffer_usage.pg16.sql": #"""
-- Buffers of shared_buffers by usage count (0 to 5; unused ones have 0). pg_buffercache 1.4 (16) and up.
-- Variables: schema of the extension.
-- Privileges: pg_monitor, or EXECUTE on pg_buffercache_usage_counts(). Cost: 3 ms a GB of shared_buffers: it reads the buffers'
-- headers and no more. Locks: none, not even of the buffers.
SELECT /* pgmedic */
    u.usage_count,
    u.buffers::bigint AS buffers,
    u.dirty::bigint AS dirty,
    u.pinned::bigint AS pinned
FROM :"schema".pg_buffercache_usage_counts() u
ORDER BY u.usage_count

"""#,
    "busy_backends.pg14.sql": #"""
-- Server processes that are in a transaction or do something, and any others that are asked for: what a reading of locks
-- needs. Idle sessions hold no locks, but for advisory ones.
-- Privileges: pg_read_all_stats for other roles' states, waits and texts. Cost: 5 µs a process. Locks: none.
-- NULL: uses_tls, of which locks do not hang; ages without an identifier or horizon; most columns of processes that are hidden from us.
SELECT /* pgmedic */
    a.pid,
    a.datname::text AS database,
    a.usename::text AS role,
    a.application_name AS application,
    pg_catalog.host(a.client_addr) AS client,
    a.backend_type AS type,
    a.state,
    a.wait_event_type,
    a.wait_event,
    pg_catalog.date_part('epoch', a.backend_start) AS backend_start,
    pg_catalog.date_part('epoch', a.xact_start) AS transaction_start,
    pg_catalog.date_part('epoch', a.query_start) AS query_start,
    pg_catalog.date_part('epoch', a.state_change) AS state_change,
    pg_catalog.age(a.backend_xid)::bigint AS transaction_id_age,
    pg_catalog.age(a.backend_xmin)::bigint AS xmin_age,
    a.query_id,
    a.query,
    a.leader_pid AS leader,
    NULL::boolean AS uses_tls,
    a.pid = pg_catalog.pg_backend_pid() AS is_own
FROM pg_catalog.pg_stat_activity a
WHERE a.state IS DISTINCT FROM 'idle' AND :idle = 0 OR a.pid = ANY (:'pids'::int[])
ORDER BY a.pid

"""#,
    "checkpointer.pg14.sql": #"""
-- Checkpoints and the background writer; times in ms, buffers of block_size bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: buffers_backend and buffers_backend_fsync from 17 (pg_stat_io has them).
SELECT /* pgmedic */
    b.checkpoints_timed AS timed,
    b.checkpoints_req AS requested,
    b.checkpoint_write_time AS write_time,
    b.checkpoint_sync_time AS sync_time,
    b.buffers_checkpoint AS buffers_written,
    b.buffers_clean AS buffers_cleaned,
    b.maxwritten_clean AS max_written_clean,
    b.buffers_backend,
    b.buffers_backend_fsync,
    b.buffers_alloc AS buffers_allocated,
    pg_catalog.date_part('epoch', b.stats_reset) AS reset
FROM pg_catalog.pg_stat_bgwriter b

"""#,
    "checkpointer.pg17.sql": #"""
-- Checkpoints and the background writer; times in ms, buffers of block_size bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: buffers_backend and buffers_backend_fsync from 17 (pg_stat_io has them).
SELECT /* pgmedic */
    c.num_timed AS timed,
    c.num_requested AS requested,
    c.write_time,
    c.sync_time,
    c.buffers_written,
    b.buffers_clean AS buffers_cleaned,
    b.maxwritten_clean AS max_written_clean,
    NULL::bigint AS buffers_backend,
    NULL::bigint AS buffers_backend_fsync,
    b.buffers_alloc AS buffers_allocated,
    pg_catalog.date_part('epoch', c.stats_reset) AS reset
FROM pg_catalog.pg_stat_checkpointer c
CROSS JOIN pg_catalog.pg_stat_bgwriter b

"""#,
    "column_values.pg14.sql": #"""
-- Of the given columns common values, values that are not common, and quantiles of the rest, to plan statements with. They are
-- sent back to the server as parameters, and are neither kept nor shown.
-- Variables: relations, an array of OIDs; columns, an array of names, place by place.
-- Privileges: SELECT on the table. Cost: 0.2 ms a column. Locks: AccessShareLock on catalogs only.
-- NULL: no such value is known. quantiles: 0, 1, 50, 99 and 100 % of the histogram, which the common values are not part of.
SELECT /* pgmedic */
    w.relation,
    w.name,
    s.common_values[1:8]::text AS common_values,
    s.frequencies[1] AS common_frequency,
    CASE
        WHEN s.bounds IS NOT NULL
            THEN ARRAY(
                SELECT s.bounds[1 + (pg_catalog.cardinality(s.bounds) - 1) * p.place / 9]
                FROM pg_catalog.unnest('{4,6,2,7,5,3,8,1}'::int[]) WITH ORDINALITY p(place, number)
                ORDER BY p.number)::text
        ELSE ARRAY(
            SELECT s.common_values[pg_catalog.cardinality(s.common_values) - p.number::int + 1]
            FROM pg_catalog.generate_series(1, LEAST(8, pg_catalog.cardinality(s.common_values))) p(number)
            ORDER BY p.number)::text
    END AS rare_values,
    CASE WHEN s.bounds IS NULL THEN s.frequencies[pg_catalog.cardinality(s.frequencies)] END AS rare_frequency,
    CASE
        WHEN s.bounds IS NOT NULL
            THEN ARRAY(
                SELECT s.bounds[1 + (pg_catalog.cardinality(s.bounds) - 1) * p.percent / 100]
                FROM pg_catalog.unnest('{0,1,50,99,100}'::int[]) WITH ORDINALITY p(percent, number)
                ORDER BY p.number)::text
    END AS quantiles
FROM ROWS FROM (pg_catalog.unnest(:'relations'::oid[]), pg_catalog.unnest(:'columns'::text[])) w(relation, name)
JOIN pg_catalog.pg_class c ON c.oid = w.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN LATERAL (
    SELECT p.most_common_vals::text::text[] AS common_values, p.most_common_freqs AS frequencies,
        p.histogram_bounds::text::text[] AS bounds
    FROM pg_catalog.pg_stats p
    WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = w.name
    ORDER BY p.inherited = (c.relkind = 'p') DESC
    LIMIT 1
) s ON true
WHERE s.common_values IS NOT NULL OR s.bounds IS NOT NULL
ORDER BY w.relation, w.name

"""#,
    "columns.pg14.sql": #"""
-- Columns of the given relations with the planner's statistics, without most common values and histograms.
-- Variables: relations, an array of OIDs.
-- Privileges: SELECT on the table for statistics (pg_stats is empty without). Cost: 30 µs a column, twice that of smallint and integer.
-- Locks: AccessShareLock on catalogs only.
-- range_used is how far the greatest value of the statistics has come towards the type's limit, in thousandths: the value
-- itself is not read. NULL: range_used of other types; statistics of columns that were never analysed or that we may not read (is_readable false).
SELECT /* pgmedic */
    a.attrelid AS relation,
    a.attname::text AS name,
    a.attnum AS number,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    t.typcategory AS type_category,
    a.attnotnull AS is_not_null,
    a.atthasdef AS has_default,
    a.attidentity <> '' AS is_identity,
    a.attstorage AS storage,
    a.attlen AS length,
    a.attalign AS alignment,
    COALESCE(a.attstattarget, -1) AS statistics_target,
    pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS is_readable,
    s.null_frac AS null_fraction,
    s.avg_width AS average_width,
    s.n_distinct AS distinct,
    s.correlation,
    s.most_common_freqs[1:20]::text AS most_common_frequencies,
    pg_catalog.cardinality(s.most_common_freqs) AS most_common_count,
    (SELECT pg_catalog.sum(f) FROM pg_catalog.unnest(s.most_common_freqs) f)::float8 AS most_common_share,
    s.most_common_freqs[pg_catalog.cardinality(s.most_common_freqs)] AS least_common_frequency,
    pg_catalog.round(s.greatest / CASE a.attlen WHEN 2 THEN 32767.0 ELSE 2147483647.0 END, 3)::float8 AS range_used
FROM pg_catalog.unnest(:'relations'::oid[]) r(oid)
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
    SELECT p.null_frac, p.avg_width, p.n_distinct, p.correlation, p.most_common_freqs,
        CASE WHEN a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype) THEN (
            SELECT pg_catalog.max(v.value)
            FROM pg_catalog.unnest(p.histogram_bounds::text::bigint[] || p.most_common_vals::text::bigint[]) v(value)
        ) END AS greatest
    FROM pg_catalog.pg_stats p
    WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = a.attname
    ORDER BY p.inherited = (c.relkind = 'p') DESC
    LIMIT 1
) s ON true
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum

"""#,
    "constraints.pg14.sql": #"""
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

"""#,
    "database_conflicts.pg14.sql": #"""
-- Statements that a standby cancelled for replay to go on, by kind; zeros on a primary.
-- Privileges: none. Cost: 6 function calls a database. Locks: AccessShareLock on catalogs.
-- NULL: logical_slot, which is counted from 16.
SELECT /* pgmedic */
    c.datname::text AS database,
    c.confl_tablespace AS tablespace,
    c.confl_lock AS lock,
    c.confl_snapshot AS snapshot,
    c.confl_bufferpin AS buffer_pin,
    c.confl_deadlock AS deadlock,
    NULL::bigint AS logical_slot
FROM pg_catalog.pg_stat_database_conflicts c
WHERE c.datname IS NOT NULL
ORDER BY c.datname

"""#,
    "database_conflicts.pg16.sql": #"""
-- Statements that a standby cancelled for replay to go on, by kind; zeros on a primary.
-- Privileges: none. Cost: 6 function calls a database. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */
    c.datname::text AS database,
    c.confl_tablespace AS tablespace,
    c.confl_lock AS lock,
    c.confl_snapshot AS snapshot,
    c.confl_bufferpin AS buffer_pin,
    c.confl_deadlock AS deadlock,
    c.confl_active_logicalslot AS logical_slot
FROM pg_catalog.pg_stat_database_conflicts c
WHERE c.datname IS NOT NULL
ORDER BY c.datname

"""#,
    "databases.pg14.sql": #"""
-- Databases with their counters; times in ms. The size is not asked: it walks the file system.
-- Privileges: none. Cost: some 25 function calls a database. Locks: AccessShareLock on catalogs.
-- NULL: statistics_reset when they were never reset; checksum_failures where checksums are off;
-- parallel_workers_* before 18.
SELECT /* pgmedic */
    d.oid,
    d.datname::text AS name,
    d.datistemplate AS is_template,
    d.datallowconn AS allows_connections,
    pg_catalog.age(d.datfrozenxid)::bigint AS frozen_xid_age,
    pg_catalog.mxid_age(d.datminmxid)::bigint AS multixact_age,
    d.datconnlimit AS connection_limit,
    d.datcollate::text AS collation,
    pg_catalog.date_part('epoch', s.stats_reset) AS statistics_reset,
    s.xact_commit AS commits,
    s.xact_rollback AS rollbacks,
    s.blks_read AS blocks_read,
    s.blks_hit AS blocks_hit,
    s.tup_returned AS tuples_returned,
    s.tup_fetched AS tuples_fetched,
    s.tup_inserted AS tuples_inserted,
    s.tup_updated AS tuples_updated,
    s.tup_deleted AS tuples_deleted,
    s.conflicts,
    s.temp_files AS temporary_files,
    s.temp_bytes AS temporary_bytes,
    s.deadlocks,
    s.checksum_failures,
    s.blk_read_time AS read_time,
    s.blk_write_time AS write_time,
    s.active_time,
    s.session_time,
    s.idle_in_transaction_time,
    s.sessions,
    s.sessions_abandoned,
    s.sessions_fatal,
    s.sessions_killed,
    NULL::bigint AS parallel_workers_to_launch,
    NULL::bigint AS parallel_workers_launched
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid
ORDER BY d.oid

"""#,
    "databases.pg18.sql": #"""
-- Databases with their counters; times in ms. The size is not asked: it walks the file system.
-- Privileges: none. Cost: some 25 function calls a database. Locks: AccessShareLock on catalogs.
-- NULL: statistics_reset when they were never reset; checksum_failures where checksums are off.
SELECT /* pgmedic */
    d.oid,
    d.datname::text AS name,
    d.datistemplate AS is_template,
    d.datallowconn AS allows_connections,
    pg_catalog.age(d.datfrozenxid)::bigint AS frozen_xid_age,
    pg_catalog.mxid_age(d.datminmxid)::bigint AS multixact_age,
    d.datconnlimit AS connection_limit,
    d.datcollate::text AS collation,
    pg_catalog.date_part('epoch', s.stats_reset) AS statistics_reset,
    s.xact_commit AS commits,
    s.xact_rollback AS rollbacks,
    s.blks_read AS blocks_read,
    s.blks_hit AS blocks_hit,
    s.tup_returned AS tuples_returned,
    s.tup_fetched AS tuples_fetched,
    s.tup_inserted AS tuples_inserted,
    s.tup_updated AS tuples_updated,
    s.tup_deleted AS tuples_deleted,
    s.conflicts,
    s.temp_files AS temporary_files,
    s.temp_bytes AS temporary_bytes,
    s.deadlocks,
    s.checksum_failures,
    s.blk_read_time AS read_time,
    s.blk_write_time AS write_time,
    s.active_time,
    s.session_time,
    s.idle_in_transaction_time,
    s.sessions,
    s.sessions_abandoned,
    s.sessions_fatal,
    s.sessions_killed,
    s.parallel_workers_to_launch,
    s.parallel_workers_launched
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid
ORDER BY d.oid

"""#,
    "disabled_triggers.pg14.sql": #"""
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

"""#,
    "extensions.pg14.sql": #"""
-- Extensions of this database with the version that the server has files for.
-- Privileges: none. Cost: reads the control files, 1 to 3 ms. Locks: AccessShareLock on catalogs.
-- NULL available_version: the files are gone.
SELECT /* pgmedic */
    e.extname::text AS name,
    n.nspname::text AS schema,
    e.extversion AS version,
    a.default_version AS available_version
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
ORDER BY e.extname

"""#,
    "file_errors.pg14.sql": #"""
-- Errors in configuration files. Values of the lines are not read.
-- Privileges: superuser, or SELECT on pg_file_settings with EXECUTE on pg_show_all_file_settings.
-- Cost: parses the files. Locks: none.
SELECT /* pgmedic */
    pg_catalog.regexp_replace(f.sourcefile, '^.*/', '') AS file,
    f.sourceline AS line,
    f.name,
    f.error
FROM pg_catalog.pg_file_settings f
WHERE f.error IS NOT NULL
ORDER BY f.sourcefile, f.sourceline

"""#,
    "foreign_functions.pg14.sql": #"""
-- Names of functions outside pg_catalog, and of operators that no extension brought: planning a statement that uses one
-- may run it as our role. Operators of extensions are left out, since theirs have the names of common ones (`=` of citext)
-- and come from the server's own files.
-- Privileges: none. Cost: one pass over pg_proc and pg_operator. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */ p.proname::text AS name
FROM pg_catalog.pg_proc p
WHERE p.oid >= 16384
UNION
SELECT o.oprname::text
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'e')
ORDER BY 1

"""#,
    "functions.pg14.sql": #"""
-- Users' functions that run with their owner's rights, and those written in SQL and marked VOLATILE; not those of extensions.
-- Variables: limit.
-- Privileges: none. Cost: 20 µs a function. Locks: AccessShareLock on catalogs only.
-- NULL: body of what is not such an SQL function, is longer than 4,000 characters, or was written BEGIN ATOMIC.
SELECT /* pgmedic */
    n.nspname::text AS schema,
    p.proname::text AS name,
    pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
    p.prokind AS kind,
    r.rolname::text AS owner,
    r.rolsuper AS is_owned_by_superuser,
    l.lanname::text AS language,
    p.prosecdef AS is_security_definer,
    p.provolatile AS volatility,
    p.proretset AS returns_set,
    EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) s(setting) WHERE s.setting LIKE 'search\_path=%') AS pins_search_path,
    p.proacl IS NULL OR EXISTS (
        SELECT FROM pg_catalog.aclexplode(p.proacl) x WHERE x.grantee = 0 AND x.privilege_type = 'EXECUTE'
    ) AS is_public,
    CASE WHEN l.lanname = 'sql' AND p.provolatile = 'v' AND p.prosqlbody IS NULL AND NOT p.prosecdef
        AND pg_catalog.length(p.prosrc) <= 4000 THEN p.prosrc END AS body
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
WHERE p.oid >= 16384
    AND (p.prosecdef OR l.lanname = 'sql' AND p.provolatile = 'v' AND p.prokind = 'f')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid
LIMIT :limit

"""#,
    "heap_fill.pg14.sql": #"""
-- The space of one table, measured; sent only when the user asks for it (--measure-bloat).
-- Variables: schema, where pgstattuple lives; relation, the table's OID.
-- Privileges: pg_stat_scan_tables, which pg_monitor has. Cost: reads the visibility map, and each page that is not all-visible.
-- Locks: AccessShareLock on the table.
SELECT /* pgmedic */
    s.table_len AS size,
    s.scanned_percent / 100 AS scanned_share,
    s.approx_tuple_count::float8 AS live_tuples,
    s.approx_tuple_len::float8 AS live_bytes,
    s.dead_tuple_count AS dead_tuples,
    s.dead_tuple_len AS dead_bytes,
    s.approx_free_space::bigint AS free_bytes
FROM :"schema".pgstattuple_approx(:relation::regclass) s

"""#,
    "held_locks.pg14.sql": #"""
-- What some sessions hold beside: weak locks on relations.
-- Privileges: none. Cost: every lock partition is read once, 1 µs a lock. Locks: none.
-- NULL: as in locks.
SELECT /* pgmedic */
    l.pid,
    l.locktype AS type,
    l.mode,
    l.granted AS is_granted,
    l.fastpath AS is_fast_path,
    d.datname::text AS database,
    l.relation,
    l.page,
    l.tuple,
    l.transactionid::text::bigint AS transaction_id,
    l.virtualxid AS virtual_xid,
    l.classid AS class_id,
    l.objid AS object_id,
    l.objsubid AS object_sub_id,
    pg_catalog.date_part('epoch', l.waitstart) AS wait_start,
    CASE WHEN l.pid IS NULL THEN l.virtualtransaction END AS prepared_owner
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_database d ON d.oid = l.database
WHERE l.granted AND l.locktype = 'relation' AND l.pid = ANY (:'pids'::int[])
    AND l.mode IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
ORDER BY l.pid, l.relation, l.mode
LIMIT 1000

"""#,
    "host_rules.pg14.sql": #"""
-- The lines of pg_hba.conf as they stand in the file, without their options, which may hold passwords.
-- Privileges: EXECUTE on pg_hba_file_rules() and SELECT on the view: superusers, or whom they granted it.
-- Cost: reads a small file. Locks: none.
-- NULL: address of local lines; all but error of a line that cannot be read.
SELECT /* pgmedic */
    h.line_number AS line,
    h.type,
    h.database::text AS databases,
    h.user_name::text AS roles,
    h.address,
    h.netmask,
    h.auth_method AS method,
    h.error IS NOT NULL AS is_faulty
FROM pg_catalog.pg_hba_file_rules h
ORDER BY h.line_number

"""#,
    "image_columns.pg14.sql": #"""
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
        NULL::text[] AS range_lengths, NULL::float4 AS range_empty, NULL::text[] AS range_bounds
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

"""#,
    "image_columns.pg17.sql": #"""
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

"""#,
    "image_constraints.pg14.sql": #"""
-- Statements that make check, primary key, unique, exclusion and foreign key constraints, and extended statistics. What a
-- partition or child inherits is left to its parent.
-- Variables: limit.
-- Privileges: none. Cost: 50 µs a constraint. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), tables AS (
    SELECT c.oid, c.relname, n.nspname
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid NOT IN (SELECT l.relation FROM locked l)
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT /* pgmedic */ o.class, o.oid, o.kind, o.schema, o.name, o.sql, o.has_literals
FROM (
    SELECT 'pg_constraint' AS class, k.oid,
        CASE k.contype WHEN 'f' THEN 'foreignKey' ELSE 'constraint' END AS kind,
        t.nspname::text AS schema, k.conname::text AS name,
        pg_catalog.format(
            'ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE WHEN k.contype IN ('p', 'u', 'x') THEN 'ONLY ' END,
            t.nspname, t.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) AS sql,
        k.contype IN ('c', 'x') AS has_literals
    FROM pg_catalog.pg_constraint k
    JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'x') OR k.contype = 'c' AND k.conislocal OR k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT 'pg_statistic_ext', s.oid, 'statistics', n.nspname::text, s.stxname::text,
        pg_catalog.pg_get_statisticsobjdef(s.oid), s.stxexprs IS NOT NULL
    FROM pg_catalog.pg_statistic_ext s
    JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
    JOIN tables t ON t.oid = s.stxrelid
) o
ORDER BY o.class, o.oid
LIMIT :limit

"""#,
    "image_database.pg14.sql": #"""
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

"""#,
    "image_dependencies.pg14.sql": #"""
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

"""#,
    "image_extended_statistics.pg14.sql": #"""
-- Numbers of distinct groups and functional dependencies of extended statistics.
-- Variables: limit.
-- Privileges: those of the tables' owner; others are silently left out. Cost: 0.2 ms an object. Locks: AccessShareLock on catalogs
-- only.
-- NULL: a kind that it has not. numbers and names are the columns' own, place by place; expressions are numbered from -1 down.
SELECT /* pgmedic */
    p.schemaname::text AS schema,
    p.tablename::text AS relation,
    p.statistics_schemaname::text AS statistics_schema,
    p.statistics_name::text AS name,
    COALESCE((pg_catalog.to_jsonb(p) ->> 'inherited')::bool, false) AS is_inherited,
    -- An int2vector counts from 0, and would be printed with its bounds.
    ARRAY(SELECT k.number FROM pg_catalog.unnest(s.stxkeys::int2[]) k(number))::text AS numbers,
    p.attnames::text[]::text AS names,
    p.n_distinct::text AS distinct,
    p.dependencies::text AS dependencies,
    'm' = ANY (p.kinds) AS has_common_values
FROM pg_catalog.pg_stats_ext p
JOIN pg_catalog.pg_namespace n ON n.nspname = p.statistics_schemaname
JOIN pg_catalog.pg_statistic_ext s ON s.stxnamespace = n.oid AND s.stxname = p.statistics_name
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 3, 4, 5
LIMIT :limit

"""#,
    "image_functions.pg14.sql": #"""
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

"""#,
    "image_indexes.pg14.sql": #"""
-- Statements that make the valid indexes which no constraint makes, and those that attach partitions' indexes to the index of
-- their partitioned table.
-- Variables: limit.
-- Privileges: none. Cost: 50 µs an index. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock on the table or index.
-- NULL: none.
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), chosen AS (
    SELECT x.indexrelid, n.nspname, c.relname,
        x.indpred IS NOT NULL OR x.indexprs IS NOT NULL AS has_literals,
        EXISTS (
            SELECT
            FROM pg_catalog.pg_constraint k
            WHERE k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x')
        ) AS is_of_constraint
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE x.indisvalid AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND x.indexrelid NOT IN (SELECT l.relation FROM locked l)
        AND x.indrelid NOT IN (SELECT l.relation FROM locked l)
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.indrelid AND d.deptype = 'e')
)
SELECT /* pgmedic */ o.class, o.oid, 'index' AS kind, o.schema, o.name, o.sql, o.has_literals
FROM (
    SELECT 'pg_class' AS class, x.indexrelid AS oid, x.nspname::text AS schema, x.relname::text AS name,
        pg_catalog.pg_get_indexdef(x.indexrelid) AS sql, x.has_literals
    FROM chosen x
    WHERE NOT x.is_of_constraint
    UNION ALL
    SELECT 'attached', x.indexrelid, x.nspname::text, x.relname::text,
        pg_catalog.format(
            'ALTER INDEX %I.%I ATTACH PARTITION %I.%I', pn.nspname, p.relname, x.nspname, x.relname),
        false
    FROM chosen x
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = x.indexrelid
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
) o
ORDER BY o.class, o.oid
LIMIT :limit

"""#,
    "image_left_out.pg14.sql": #"""
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

"""#,
    "image_relations.pg14.sql": #"""
-- Sizes of tables, materialised views and indexes as the planner keeps them.
-- Variables: limit.
-- Privileges: none. Cost: 5 µs a relation. Locks: AccessShareLock on catalogs only.
-- NULL: none.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind AS kind,
    c.relpages AS pages,
    c.reltuples::float8 AS tuples,
    c.relallvisible AS all_visible_pages
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'i', 'I') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid
LIMIT :limit

"""#,
    "image_schemas.pg14.sql": #"""
-- Statements that make the schemas, the extensions that bring operators or that other objects need, and the collations.
-- Variables: limit.
-- Privileges: none. Cost: 20 µs an object. Locks: AccessShareLock on catalogs only.
-- NULL: schema of schemas.
WITH members AS (
    SELECT d.classid, d.objid, d.refobjid AS extension
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
)
SELECT /* pgmedic */ o.class, o.oid, o.kind, o.schema, o.name, o.sql, false AS has_literals
FROM (
    SELECT 'pg_namespace' AS class, n.oid, 'schema' AS kind, NULL::text AS schema, n.nspname::text AS name,
        pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname) AS sql
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_extension', e.oid, 'extension', n.nspname::text, e.extname::text,
        pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I CASCADE', e.extname, n.nspname)
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE EXISTS (
        SELECT
        FROM members m
        WHERE m.extension = e.oid
            AND (m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
                OR EXISTS (
                    SELECT
                    FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype = 'n'
                        AND NOT EXISTS (SELECT FROM members o WHERE o.classid = d.classid AND o.objid = d.objid))))
    UNION ALL
    SELECT 'pg_collation', c.oid, 'collation', n.nspname::text, c.collname::text,
        CASE c.collprovider
            WHEN 'c' THEN pg_catalog.format(
                'CREATE COLLATION %I.%I (LC_COLLATE = %L, LC_CTYPE = %L)', n.nspname, c.collname, c.collcollate,
                c.collctype)
            ELSE pg_catalog.format(
                'CREATE COLLATION %I.%I (PROVIDER = %s, LOCALE = %L%s)', n.nspname, c.collname,
                CASE c.collprovider WHEN 'i' THEN 'icu' ELSE 'builtin' END,
                COALESCE(
                    pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale',
                    c.collcollate::text),
                CASE WHEN NOT c.collisdeterministic THEN ', DETERMINISTIC = false' END)
        END
    FROM pg_catalog.pg_collation c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND m.objid = c.oid)
) o
ORDER BY o.class, o.oid
LIMIT :limit

"""#,
    "image_settings.pg14.sql": #"""
-- Settings that plans depend on (those of EXPLAIN's option SETTINGS), as SHOW prints them.
-- Privileges: none. Cost: 1 ms. Locks: none.
-- NULL: none.
SELECT /* pgmedic */
    s.name,
    pg_catalog.current_setting(s.name) AS value
FROM pg_catalog.pg_settings s
WHERE s.context <> 'internal'
    AND (s.category LIKE 'Query Tuning%'
        OR s.name IN (
            'work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', 'max_parallel_workers',
            'max_parallel_workers_per_gather', 'min_parallel_table_scan_size', 'min_parallel_index_scan_size',
            'parallel_leader_participation', 'TimeZone', 'default_text_search_config'))
ORDER BY s.name

"""#,
    "image_tables.pg14.sql": #"""
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

"""#,
    "image_types.pg14.sql": #"""
-- Statements that make the enumerated types, composite types, domains and ranges; a domain's default is left out.
-- Variables: limit.
-- Privileges: none. Cost: 30 µs a type. Locks: AccessShareLock on catalogs only.
-- NULL: none.
SELECT /* pgmedic */
    'pg_type' AS class,
    t.oid,
    CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
    n.nspname::text AS schema,
    t.typname::text AS name,
    CASE t.typtype
        WHEN 'e' THEN pg_catalog.format(
            'CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
            (
                SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                FROM pg_catalog.pg_enum e
                WHERE e.enumtypid = t.oid
            ))
        WHEN 'c' THEN pg_catalog.format(
            'CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', '
                    ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            ))
        WHEN 'd' THEN pg_catalog.format(
            'CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname,
            pg_catalog.format_type(t.typbasetype, t.typtypmod),
            (
                SELECT pg_catalog.format(' COLLATE %I.%I', cn.nspname, c.collname)
                FROM pg_catalog.pg_collation c
                JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
                JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
                WHERE c.oid = t.typcollation AND t.typcollation <> b.typcollation
            ),
            CASE WHEN t.typnotnull THEN ' NOT NULL' END,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format(' CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)), ''
                    ORDER BY k.conname)
                FROM pg_catalog.pg_constraint k
                WHERE k.contypid = t.oid AND k.contype = 'c'
            ))
        ELSE pg_catalog.format(
            'CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s%s%s%s)', n.nspname, t.typname,
            pg_catalog.format_type(r.rngsubtype, NULL),
            (
                SELECT pg_catalog.format(', SUBTYPE_OPCLASS = %I.%I', pn.nspname, p.opcname)
                FROM pg_catalog.pg_opclass p
                JOIN pg_catalog.pg_namespace pn ON pn.oid = p.opcnamespace
                WHERE p.oid = r.rngsubopc
            ),
            (
                SELECT pg_catalog.format(', COLLATION = %I.%I', cn.nspname, c.collname)
                FROM pg_catalog.pg_collation c
                JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
                WHERE c.oid = r.rngcollation
            ),
            (
                SELECT pg_catalog.format(', MULTIRANGE_TYPE_NAME = %I.%I', mn.nspname, m.typname)
                FROM pg_catalog.pg_type m
                JOIN pg_catalog.pg_namespace mn ON mn.oid = m.typnamespace
                WHERE m.oid = r.rngmultitypid
            ))
    END AS sql,
    EXISTS (
        SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'
    ) AS has_literals
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
WHERE t.typtype IN ('e', 'c', 'd', 'r') AND COALESCE(c.relkind, 'c') = 'c'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY t.oid
LIMIT :limit

"""#,
    "image_views.pg14.sql": #"""
-- Statements that make the views, and the materialised views without their rows.
-- Variables: limit.
-- Privileges: none. Cost: 0.1 ms a view. Locks: AccessShareLock on the view and its tables, none where somebody holds or
-- awaits AccessExclusiveLock on one of them.
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
    'view' AS kind,
    n.nspname::text AS schema,
    c.relname::text AS name,
    pg_catalog.format(
        'CREATE %sVIEW %I.%I%s AS%s', CASE WHEN c.relkind = 'm' THEN 'MATERIALIZED ' END, n.nspname, c.relname,
        (
            SELECT ' WITH (' || pg_catalog.string_agg(
                pg_catalog.format(
                    '%I = %L', pg_catalog.split_part(r.option, '=', 1),
                    pg_catalog.substr(r.option, pg_catalog.strpos(r.option, '=') + 1)),
                ', ' ORDER BY r.option) || ')'
            FROM pg_catalog.unnest(c.reloptions) r(option)
        ),
        E'\n' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')
        || CASE WHEN c.relkind = 'm' THEN E'\nWITH NO DATA' ELSE '' END) AS sql,
    true AS has_literals
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND c.oid NOT IN (SELECT l.relation FROM locked l)
    AND NOT EXISTS (
        SELECT
        FROM locked l
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refobjid = l.relation
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.ev_class = c.oid)
ORDER BY c.oid
LIMIT :limit

"""#,
    "index_expressions.pg14.sql": #"""
-- Expressions, predicates and definitions of the given indexes: those that have expressions, a predicate, or a collation
-- or operator class of their own.
-- Variables: indexes, an array of OIDs.
-- Privileges: none. Cost: 50 µs an index. Locks: AccessShareLock on their tables, none where somebody holds or awaits
-- AccessExclusiveLock on the table or index.
-- NULL: predicate without one; expressions of plain columns.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    pg_catalog.pg_get_indexdef(x.indexrelid) AS definition,
    pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate,
    ARRAY(
        SELECT CASE WHEN k.number = 0 THEN pg_catalog.pg_get_indexdef(x.indexrelid, k.position::int, false) END
        FROM pg_catalog.unnest(x.indkey::int2[]) WITH ORDINALITY k(number, position)
        ORDER BY k.position
    )::text AS expressions
FROM pg_catalog.pg_index x
WHERE x.indexrelid = ANY (:'indexes'::oid[])
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock' AND l.relation IN (x.indexrelid, x.indrelid)
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY x.indexrelid

"""#,
    "index_fill.pg14.sql": #"""
-- How full the pages of one B-tree are, measured; sent only when the user asks for it (--measure-bloat).
-- Variables: schema, where pgstattuple lives; relation, the index's OID.
-- Privileges: pg_stat_scan_tables, which pg_monitor has. Cost: reads the whole index. Locks: AccessShareLock on it.
-- NaN: leaf_density of an index without leaves.
SELECT /* pgmedic */
    s.index_size AS size,
    s.leaf_pages,
    s.empty_pages + s.deleted_pages AS unused_pages,
    CASE WHEN s.leaf_pages > 0 THEN s.avg_leaf_density / 100 ELSE 0 END AS leaf_density
FROM :"schema".pgstatindex(:relation::regclass) s

"""#,
    "indexes.pg14.sql": #"""
-- Indexes with all that identifies them but names of columns (key_columns) and expressions (index_expressions).
-- Privileges: none. Cost: 8 µs an index. Locks: AccessShareLock on catalogs only.
-- NULL: last_scan before 16; parent when it is not attached to a partitioned index.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    x.indrelid AS relation,
    n.nspname::text AS schema,
    i.relname::text AS name,
    m.amname::text AS access_method,
    i.relkind = 'I' AS is_partitioned,
    CASE WHEN i.relispartition THEN h.inhparent END AS parent,
    x.indnkeyatts AS key_count,
    x.indkey::text AS columns,
    x.indclass::text AS operator_classes,
    x.indcollation::text AS collations,
    x.indoption::text AS ordering,
    x.indisunique AS is_unique,
    x.indisprimary AS is_primary,
    x.indisexclusion AS is_exclusion,
    x.indisvalid AS is_valid,
    x.indisready AS is_ready,
    x.indislive AS is_live,
    x.indisreplident AS is_replica_identity,
    x.indisclustered AS is_clustered,
    false AS nulls_not_distinct,
    x.indexprs IS NOT NULL AS has_expressions,
    x.indpred IS NOT NULL AS has_predicate,
    i.reloptions::text AS options,
    i.relpages AS pages,
    i.reltuples::float8 AS estimated_rows,
    NULL::float8 AS last_scan,
    pg_catalog.pg_stat_get_numscans(i.oid) AS scans,
    pg_catalog.pg_stat_get_tuples_returned(i.oid) AS tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS tuples_fetched
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = i.relam
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.oid
WHERE x.indexrelid >= 16384 AND n.nspname <> 'pg_toast'
    AND NOT pg_catalog.pg_is_other_temp_schema(i.relnamespace)
ORDER BY x.indexrelid

"""#,
    "indexes.pg15.sql": #"""
-- Indexes with all that identifies them but names of columns (key_columns) and expressions (index_expressions).
-- Privileges: none. Cost: 8 µs an index. Locks: AccessShareLock on catalogs only.
-- NULL: last_scan before 16; parent when it is not attached to a partitioned index.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    x.indrelid AS relation,
    n.nspname::text AS schema,
    i.relname::text AS name,
    m.amname::text AS access_method,
    i.relkind = 'I' AS is_partitioned,
    CASE WHEN i.relispartition THEN h.inhparent END AS parent,
    x.indnkeyatts AS key_count,
    x.indkey::text AS columns,
    x.indclass::text AS operator_classes,
    x.indcollation::text AS collations,
    x.indoption::text AS ordering,
    x.indisunique AS is_unique,
    x.indisprimary AS is_primary,
    x.indisexclusion AS is_exclusion,
    x.indisvalid AS is_valid,
    x.indisready AS is_ready,
    x.indislive AS is_live,
    x.indisreplident AS is_replica_identity,
    x.indisclustered AS is_clustered,
    x.indnullsnotdistinct AS nulls_not_distinct,
    x.indexprs IS NOT NULL AS has_expressions,
    x.indpred IS NOT NULL AS has_predicate,
    i.reloptions::text AS options,
    i.relpages AS pages,
    i.reltuples::float8 AS estimated_rows,
    NULL::float8 AS last_scan,
    pg_catalog.pg_stat_get_numscans(i.oid) AS scans,
    pg_catalog.pg_stat_get_tuples_returned(i.oid) AS tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS tuples_fetched
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = i.relam
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.oid
WHERE x.indexrelid >= 16384 AND n.nspname <> 'pg_toast'
    AND NOT pg_catalog.pg_is_other_temp_schema(i.relnamespace)
ORDER BY x.indexrelid

"""#,
    "indexes.pg16.sql": #"""
-- Indexes with all that identifies them but names of columns (key_columns) and expressions (index_expressions).
-- Privileges: none. Cost: 8 µs an index. Locks: AccessShareLock on catalogs only.
-- NULL: last_scan before 16; parent when it is not attached to a partitioned index.
SELECT /* pgmedic */
    x.indexrelid AS oid,
    x.indrelid AS relation,
    n.nspname::text AS schema,
    i.relname::text AS name,
    m.amname::text AS access_method,
    i.relkind = 'I' AS is_partitioned,
    CASE WHEN i.relispartition THEN h.inhparent END AS parent,
    x.indnkeyatts AS key_count,
    x.indkey::text AS columns,
    x.indclass::text AS operator_classes,
    x.indcollation::text AS collations,
    x.indoption::text AS ordering,
    x.indisunique AS is_unique,
    x.indisprimary AS is_primary,
    x.indisexclusion AS is_exclusion,
    x.indisvalid AS is_valid,
    x.indisready AS is_ready,
    x.indislive AS is_live,
    x.indisreplident AS is_replica_identity,
    x.indisclustered AS is_clustered,
    x.indnullsnotdistinct AS nulls_not_distinct,
    x.indexprs IS NOT NULL AS has_expressions,
    x.indpred IS NOT NULL AS has_predicate,
    i.reloptions::text AS options,
    i.relpages AS pages,
    i.reltuples::float8 AS estimated_rows,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_lastscan(i.oid)) AS last_scan,
    pg_catalog.pg_stat_get_numscans(i.oid) AS scans,
    pg_catalog.pg_stat_get_tuples_returned(i.oid) AS tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS tuples_fetched
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = i.relam
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.oid
WHERE x.indexrelid >= 16384 AND n.nspname <> 'pg_toast'
    AND NOT pg_catalog.pg_is_other_temp_schema(i.relnamespace)
ORDER BY x.indexrelid

"""#,
    "io.pg16.sql": #"""
-- I/O by kind of process, object and context; times in ms. 16 and 17.
-- *_bytes: operations times op_bytes.
-- Privileges: none. Cost: some 80 rows. Locks: none.
-- NULL becomes 0: the operation does not happen there.
SELECT /* pgmedic */
    i.backend_type,
    i.object,
    i.context,
    COALESCE(i.reads, 0) AS reads,
    COALESCE(i.read_time, 0) AS read_time,
    COALESCE(i.writes, 0) AS writes,
    COALESCE(i.write_time, 0) AS write_time,
    COALESCE(i.extends, 0) AS extends,
    COALESCE(i.hits, 0) AS hits,
    COALESCE(i.evictions, 0) AS evictions,
    COALESCE(i.fsyncs, 0) AS fsyncs,
    COALESCE(i.fsync_time, 0) AS fsync_time,
    (COALESCE(i.reads, 0) * COALESCE(i.op_bytes, 0))::float8 AS read_bytes,
    (COALESCE(i.writes, 0) * COALESCE(i.op_bytes, 0))::float8 AS write_bytes,
    (COALESCE(i.extends, 0) * COALESCE(i.op_bytes, 0))::float8 AS extend_bytes,
    pg_catalog.date_part('epoch', i.stats_reset) AS reset
FROM pg_catalog.pg_stat_io i
ORDER BY i.backend_type, i.object, i.context

"""#,
    "io.pg18.sql": #"""
-- I/O by kind of process, object and context; times in ms. 18 and up.
-- An operation is of one or more blocks; object wal is of the WAL.
-- Privileges: none. Cost: some 80 rows. Locks: none.
-- NULL becomes 0: the operation does not happen there.
SELECT /* pgmedic */
    i.backend_type,
    i.object,
    i.context,
    COALESCE(i.reads, 0) AS reads,
    COALESCE(i.read_time, 0) AS read_time,
    COALESCE(i.writes, 0) AS writes,
    COALESCE(i.write_time, 0) AS write_time,
    COALESCE(i.extends, 0) AS extends,
    COALESCE(i.hits, 0) AS hits,
    COALESCE(i.evictions, 0) AS evictions,
    COALESCE(i.fsyncs, 0) AS fsyncs,
    COALESCE(i.fsync_time, 0) AS fsync_time,
    COALESCE(i.read_bytes, 0)::float8 AS read_bytes,
    COALESCE(i.write_bytes, 0)::float8 AS write_bytes,
    COALESCE(i.extend_bytes, 0)::float8 AS extend_bytes,
    pg_catalog.date_part('epoch', i.stats_reset) AS reset
FROM pg_catalog.pg_stat_io i
ORDER BY i.backend_type, i.object, i.context

"""#,
    "kernel_statements.pg14.sql": #"""
-- What pg_stat_kcache (2.2 and up) counted of executions: CPU time, and bytes past the operating system's cache.
-- Privileges: none. Cost: < 1 ms for each thousand entries. Locks: a shared lock of its own.
-- Times in s.
SELECT /* pgmedic */
    k.queryid AS query_id,
    d.datname::text AS database,
    pg_catalog.sum(k.exec_user_time) AS user_time,
    pg_catalog.sum(k.exec_system_time) AS system_time,
    pg_catalog.sum(k.exec_reads)::bigint AS bytes_read,
    pg_catalog.sum(k.exec_writes)::bigint AS bytes_written
FROM :"schema".pg_stat_kcache() k
JOIN pg_catalog.pg_database d ON d.oid = k.dbid
WHERE k.top
GROUP BY k.queryid, d.datname
ORDER BY pg_catalog.sum(k.exec_user_time + k.exec_system_time) DESC, k.queryid, d.datname
LIMIT :limit

"""#,
    "key_columns.pg14.sql": #"""
-- Names and types of the columns that indexes and constraints are made of.
-- Privileges: none. Cost: one pass over pg_attribute. Locks: AccessShareLock on catalogs only.
SELECT /* pgmedic */
    a.attrelid AS relation,
    a.attnum AS number,
    a.attname::text AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    a.attcollation AS collation
FROM pg_catalog.pg_attribute a
WHERE a.attnum > 0
    AND (a.attrelid, a.attnum) IN (
        SELECT x.indrelid, pg_catalog.unnest(x.indkey::int2[])
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
        WHERE x.indexrelid >= 16384 AND c.relkind <> 't'
        UNION
        SELECT o.conrelid, pg_catalog.unnest(o.conkey)
        FROM pg_catalog.pg_constraint o
        WHERE o.contype IN ('p', 'u', 'f', 'x', 'c')
        UNION
        SELECT o.confrelid, pg_catalog.unnest(o.confkey)
        FROM pg_catalog.pg_constraint o
        WHERE o.contype = 'f')
ORDER BY a.attrelid, a.attnum

"""#,
    "lock_counts.pg14.sql": #"""
-- How full the shared lock table is, and whose the locks are: the 50 processes with the most, one row each.
-- Privileges: none. Cost: every lock partition is read once, 2 µs a lock. Locks: none.
-- NULL: pid of prepared transactions. Predicate locks (SIReadLock) have a table of their own.
WITH /* pgmedic */ l AS MATERIALIZED (
    SELECT s.pid, s.locktype, s.mode, s.fastpath,
        ROW(s.locktype, s.database, s.relation, s.page, s.tuple, s.virtualxid, s.transactionid, s.classid, s.objid, s.objsubid)::text AS object
    FROM pg_catalog.pg_locks s
    WHERE s.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND s.mode <> 'SIReadLock'
)
SELECT
    l.pid,
    pg_catalog.count(*) AS locks,
    pg_catalog.count(*) FILTER (WHERE NOT l.fastpath) AS in_table,
    pg_catalog.count(*) FILTER (
        WHERE NOT l.fastpath AND l.locktype = 'relation'
            AND l.mode IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')) AS beyond_fast_path,
    (SELECT pg_catalog.count(DISTINCT t.object) FROM l t WHERE NOT t.fastpath) AS objects
FROM l
GROUP BY l.pid
ORDER BY 3 DESC, 1
LIMIT 50

"""#,
    "locks.pg14.sql": #"""
-- Locks that are awaited, who holds or awaits the same, what these holders hold beside, and strong ones on relations.
-- Privileges: none. Cost: every lock partition is read once, 3 µs a lock. Locks: none.
-- NULL: columns that do not belong to the kind of object; pid and prepared_owner exclude each other. prepared_owner is
-- the virtual ID of a prepared transaction: that of the session that prepared it until a restart, -1/xid after it.
-- A lock that was taken on the fast path stands in nobody's way: it leaves the fast path when somebody asks for what
-- conflicts with it (src/backend/storage/lmgr/README). Numbers are compared without their kind: a few rows too many.
-- At most 10,001 rows, awaited ones and their holders first: with more than 10,000 some are missing.
WITH /* pgmedic */ l AS MATERIALIZED (
    SELECT s.*
    FROM pg_catalog.pg_locks s
), w AS MATERIALIZED (
    SELECT l.pid, l.locktype, l.relation, l.transactionid, l.virtualxid, l.objid FROM l WHERE NOT l.granted
), contended AS MATERIALIZED (
    SELECT l.*
    FROM l
    WHERE NOT l.fastpath AND (
        l.transactionid IN (SELECT w.transactionid FROM w WHERE w.transactionid IS NOT NULL)
        OR l.relation IN (SELECT w.relation FROM w WHERE w.relation IS NOT NULL)
        OR l.virtualxid IN (SELECT w.virtualxid FROM w WHERE w.virtualxid IS NOT NULL)
        OR l.objid IN (SELECT w.objid FROM w WHERE w.objid IS NOT NULL)
        OR l.locktype IN ('tuple', 'spectoken', 'applytransaction') OR l.pid IS NULL
        OR l.locktype IN ('relation', 'advisory')
            AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
), chosen AS (
    SELECT c.*, true AS is_contended FROM contended c
    UNION ALL
    -- What the holders hold beside, and the tables of waiters for a transaction where no tuple lock names the row.
    SELECT l.*, false
    FROM l
    WHERE l.fastpath AND l.locktype = 'relation' AND (
        l.pid IN (SELECT c.pid FROM contended c WHERE c.granted)
            AND l.pid NOT IN (SELECT w.pid FROM w WHERE w.pid IS NOT NULL)
        OR l.mode IN ('RowShareLock', 'RowExclusiveLock')
            AND l.pid IN (SELECT w.pid FROM w WHERE w.locktype = 'transactionid')
            AND l.pid NOT IN (SELECT c.pid FROM contended c WHERE c.locktype = 'tuple' AND c.pid IS NOT NULL))
)
SELECT
    i.pid,
    i.locktype AS type,
    i.mode,
    i.granted AS is_granted,
    i.fastpath AS is_fast_path,
    d.datname::text AS database,
    i.relation,
    i.page,
    i.tuple,
    i.transactionid::text::bigint AS transaction_id,
    i.virtualxid AS virtual_xid,
    i.classid AS class_id,
    i.objid AS object_id,
    i.objsubid AS object_sub_id,
    pg_catalog.date_part('epoch', i.waitstart) AS wait_start,
    CASE WHEN i.pid IS NULL THEN i.virtualtransaction END AS prepared_owner
FROM chosen i
LEFT JOIN pg_catalog.pg_database d ON d.oid = i.database
WHERE i.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
ORDER BY i.is_contended DESC, i.granted, i.pid
LIMIT 10001

"""#,
    "log_tail.pg14.sql": #"""
-- The last bytes of the server's current log file, for the plans that auto_explain wrote, deadlocks and waits for locks, and
-- refused logins. Asked only where our role may read files of the server.
-- Variables: length, bytes at most.
-- Privileges: EXECUTE on pg_current_logfile, pg_stat_file and pg_read_binary_file. Cost: 10 ms for 4 MB. Locks: none.
-- No row: the server keeps no log file of its own (logging_collector is off).
SELECT /* pgmedic */
    pg_catalog.encode(
        pg_catalog.pg_read_binary_file(f.path, GREATEST(0, f.size - :length), :length), 'base64') AS tail,
    f.size > :length AS is_cut
FROM (
    SELECT p.path, (pg_catalog.pg_stat_file(p.path)).size AS size
    FROM (SELECT pg_catalog.pg_current_logfile() AS path) p
    WHERE p.path IS NOT NULL
) f
ORDER BY f.path

"""#,
    "operator_classes.pg14.sql": #"""
-- Operator classes that are not the default of their type.
-- Privileges: none. Cost: one small catalog. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */ c.oid, c.opcname::text AS name
FROM pg_catalog.pg_opclass c
WHERE NOT c.opcdefault
ORDER BY c.oid

"""#,
    "partition_bounds.pg14.sql": #"""
-- The newest bound of each table that is partitioned by a range of one date or timestamp.
-- Variables: limit.
-- Bounds without a time zone are taken as UTC.
-- Privileges: none. Cost: 15 µs a partition of such a table. Locks: AccessShareLock on catalogs only: the bounds are printed
-- without their table.
-- NULL: bounds where no partition has one that is a moment; default_partition where there is none.
SELECT /* pgmedic */
    t.partrelid AS relation,
    a.attname::text AS column,
    pg_catalog.format_type(a.atttypid, NULL) AS type,
    NULLIF(t.partdefid, 0) AS default_partition,
    pg_catalog.count(b.bound) AS partitions,
    COALESCE(pg_catalog.bool_or(b.bound ~ ' TO \((MAXVALUE|''infinity'')\)$'), false) AS is_open_ended,
    pg_catalog.date_part('epoch', pg_catalog.max(CASE a.atttypid
        WHEN 'pg_catalog.timestamptz'::pg_catalog.regtype THEN b.upper::timestamptz
        ELSE b.upper::timestamp AT TIME ZONE 'UTC' END)) AS newest_end,
    pg_catalog.date_part('epoch', pg_catalog.max(CASE a.atttypid
        WHEN 'pg_catalog.timestamptz'::pg_catalog.regtype THEN b.lower::timestamptz
        ELSE b.lower::timestamp AT TIME ZONE 'UTC' END)) AS newest_start
FROM pg_catalog.pg_partitioned_table t
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
CROSS JOIN LATERAL (
    SELECT e.bound,
        pg_catalog.substring(e.bound, ' FROM \(''([0-9][^'']*)''\) TO ') AS lower,
        pg_catalog.substring(e.bound, ' TO \(''([0-9][^'']*)''\)$') AS upper
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(c.relpartbound, 0)) e(bound)
    WHERE i.inhparent = t.partrelid AND c.relispartition AND c.oid <> t.partdefid
) b
WHERE t.partstrat = 'r' AND t.partnatts = 1
    AND a.atttypid IN (
        'pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,
        'pg_catalog.timestamptz'::pg_catalog.regtype)
GROUP BY t.partrelid, a.attname, a.atttypid, t.partdefid
ORDER BY t.partrelid
LIMIT :limit

"""#,
    "policies.pg14.sql": #"""
-- Row security policies of the given tables.
-- Variables: relations, an array of OIDs.
-- Privileges: none. Cost: 40 µs a policy. Locks: AccessShareLock on the tables, none where somebody holds or awaits
-- AccessExclusiveLock on one.
-- NULL: the expression that a policy does not have.
SELECT /* pgmedic */
    p.polrelid AS relation,
    p.polname::text AS name,
    p.polpermissive AS is_permissive,
    p.polcmd AS command,
    ARRAY(
        SELECT COALESCE(r.rolname::text, 'public')
        FROM pg_catalog.unnest(p.polroles) o(oid)
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.oid
        ORDER BY 1
    )::text AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using_expression,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression
FROM pg_catalog.pg_policy p
WHERE p.polrelid = ANY (:'relations'::oid[])
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        WHERE l.mode = 'AccessExclusiveLock' AND l.relation = p.polrelid
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY p.polrelid, p.polname

"""#,
    "prepared_transactions.pg14.sql": #"""
-- Transactions prepared for two-phase commit.
-- Privileges: none. Cost: < 1 ms. Locks: none.
SELECT /* pgmedic */
    p.gid,
    p.transaction::text::bigint AS transaction_id,
    pg_catalog.age(p.transaction)::bigint AS transaction_id_age,
    pg_catalog.date_part('epoch', p.prepared) AS prepared,
    p.owner::text AS owner,
    p.database::text AS database
FROM pg_catalog.pg_prepared_xacts p
ORDER BY p.prepared, p.gid

"""#,
    "progress.pg14.sql": #"""
-- Maintenance commands at work, of all databases; blocks, tuples or bytes as the view has them.
-- Privileges: pg_read_all_stats for other roles' rows. Cost: < 1 ms. Locks: none.
-- NULL: relation without the right or of base backups; totals that are not known yet; dead_row_memory of all but VACUUM.
-- Up to 16 VACUUM counts dead rows of 6 bytes each, later bytes.
SELECT /* pgmedic */ 'vacuum' AS command, p.pid, p.datname::text AS database, p.relid AS relation, NULL::oid AS index,
    p.phase, p.heap_blks_scanned AS done, p.heap_blks_total AS total, p.index_vacuum_count AS index_passes,
    6 * p.max_dead_tuples AS dead_row_memory
FROM pg_catalog.pg_stat_progress_vacuum p
UNION ALL
SELECT 'create_index', p.pid, p.datname::text, p.relid, NULLIF(p.index_relid, 0), p.phase,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END, NULL, NULL
FROM pg_catalog.pg_stat_progress_create_index p
UNION ALL
SELECT 'analyze', p.pid, p.datname::text, p.relid, NULL, p.phase, p.sample_blks_scanned, p.sample_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_analyze p
UNION ALL
SELECT 'cluster', p.pid, p.datname::text, p.relid, NULLIF(p.cluster_index_relid, 0), p.phase, p.heap_blks_scanned, p.heap_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_cluster p
UNION ALL
SELECT 'copy', p.pid, p.datname::text, p.relid, NULL, p.command, p.bytes_processed, NULLIF(p.bytes_total, 0), NULL, NULL
FROM pg_catalog.pg_stat_progress_copy p
UNION ALL
SELECT 'basebackup', p.pid, NULL, NULL, NULL, p.phase, p.backup_streamed, p.backup_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_basebackup p
ORDER BY 1, 2

"""#,
    "progress.pg17.sql": #"""
-- Maintenance commands at work, of all databases; blocks, tuples or bytes as the view has them.
-- Privileges: pg_read_all_stats for other roles' rows. Cost: < 1 ms. Locks: none.
-- NULL: relation without the right or of base backups; totals that are not known yet; dead_row_memory of all but VACUUM.
-- Up to 16 VACUUM counts dead rows of 6 bytes each, later bytes.
SELECT /* pgmedic */ 'vacuum' AS command, p.pid, p.datname::text AS database, p.relid AS relation, NULL::oid AS index,
    p.phase, p.heap_blks_scanned AS done, p.heap_blks_total AS total, p.index_vacuum_count AS index_passes,
    p.max_dead_tuple_bytes AS dead_row_memory
FROM pg_catalog.pg_stat_progress_vacuum p
UNION ALL
SELECT 'create_index', p.pid, p.datname::text, p.relid, NULLIF(p.index_relid, 0), p.phase,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END, NULL, NULL
FROM pg_catalog.pg_stat_progress_create_index p
UNION ALL
SELECT 'analyze', p.pid, p.datname::text, p.relid, NULL, p.phase, p.sample_blks_scanned, p.sample_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_analyze p
UNION ALL
SELECT 'cluster', p.pid, p.datname::text, p.relid, NULLIF(p.cluster_index_relid, 0), p.phase, p.heap_blks_scanned, p.heap_blks_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_cluster p
UNION ALL
SELECT 'copy', p.pid, p.datname::text, p.relid, NULL, p.command, p.bytes_processed, NULLIF(p.bytes_total, 0), NULL, NULL
FROM pg_catalog.pg_stat_progress_copy p
UNION ALL
SELECT 'basebackup', p.pid, NULL, NULL, NULL, p.phase, p.backup_streamed, p.backup_total, NULL, NULL
FROM pg_catalog.pg_stat_progress_basebackup p
ORDER BY 1, 2

"""#,
    "public_rights.pg14.sql": #"""
-- What every role may do: create in a schema, write a table. Defaults of PostgreSQL that nobody changed are not among them.
-- Variables: limit.
-- Privileges: none. Cost: 3 µs a table with rights of its own. Locks: AccessShareLock on catalogs only.
-- NULL: relation of a right on a schema.
SELECT /* pgmedic */
    n.nspname::text AS schema,
    NULL::text AS relation,
    'CREATE' AS rights
FROM pg_catalog.pg_namespace n
WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) x WHERE x.grantee = 0 AND x.privilege_type = 'CREATE')
UNION ALL
SELECT
    n.nspname::text,
    c.relname::text,
    w.rights
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.string_agg(x.privilege_type, ',' ORDER BY x.privilege_type) AS rights
    FROM pg_catalog.aclexplode(c.relacl) x
    WHERE x.grantee = 0 AND x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
) w
WHERE c.relacl IS NOT NULL AND c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND w.rights IS NOT NULL
ORDER BY schema, relation NULLS FIRST
LIMIT :limit

"""#,
    "queued_locks.pg14.sql": #"""
-- Locks that are awaited, and those that can stand in the way: what a reading of locks begins with.
-- Privileges: none. Cost: every lock partition is read once, 1 µs a lock; twice where sessions hold more relations than
-- the fast path has places for. Locks: none.
-- NULL: as in locks. A lock on the fast path stands in nobody's way (src/backend/storage/lmgr/README). Weak ones on
-- relations that nobody waits for are left out; the condition is read from left to right, so the second reading comes last.
-- At most 10,001 rows, awaited ones first: with more than 10,000 some are missing.
SELECT /* pgmedic */
    l.pid,
    l.locktype AS type,
    l.mode,
    l.granted AS is_granted,
    l.fastpath AS is_fast_path,
    d.datname::text AS database,
    l.relation,
    l.page,
    l.tuple,
    l.transactionid::text::bigint AS transaction_id,
    l.virtualxid AS virtual_xid,
    l.classid AS class_id,
    l.objid AS object_id,
    l.objsubid AS object_sub_id,
    pg_catalog.date_part('epoch', l.waitstart) AS wait_start,
    CASE WHEN l.pid IS NULL THEN l.virtualtransaction END AS prepared_owner
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_database d ON d.oid = l.database
WHERE NOT l.fastpath AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND (
    NOT l.granted
    OR l.locktype <> 'relation'
    OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    OR l.pid IS NULL
    OR l.relation IN (SELECT w.relation FROM pg_catalog.pg_locks w WHERE NOT w.granted AND w.relation IS NOT NULL))
ORDER BY l.granted, l.pid
LIMIT 10001

"""#,
    "recovery.pg14.sql": #"""
-- What a standby knows of itself; no row on a primary.
-- Privileges: pg_read_all_stats for receiver_status. Cost: < 1 ms. Locks: none.
-- NULL: receiver_status and last_message_age without a receiver or the right; last_replay_age before the first transaction;
-- replay_backlog and receive_position where nothing was ever streamed.
SELECT /* pgmedic */
    (SELECT r.status FROM pg_catalog.pg_stat_wal_receiver r) AS receiver_status,
    EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) AS has_receiver,
    (
        SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - r.last_msg_receipt_time)
        FROM pg_catalog.pg_stat_wal_receiver r
    ) AS last_message_age,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0')::bigint AS receive_position,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0')::bigint AS replay_position,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::bigint AS replay_backlog,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) AS last_replay_age,
    pg_catalog.pg_is_wal_replay_paused() AS is_paused,
    (SELECT pg_catalog.sum(c.conflicts)::bigint FROM pg_catalog.pg_stat_database c) AS conflicts
WHERE pg_catalog.pg_is_in_recovery()

"""#,
    "relation_names.pg14.sql": #"""
-- Names of relations by their numbers, from the rows of the catalog: none of them is opened or locked.
-- Privileges: none. Cost: 5 µs a relation. Locks: AccessShareLock on catalogs.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind IN ('i', 'I') AS is_index
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (:'relations'::oid[])
ORDER BY c.oid

"""#,
    "relations.pg14.sql": #"""
-- Tables, partitioned and foreign tables, materialised views, views, system catalogs, and the TOAST tables that hold
-- something or are past the server's own autovacuum_freeze_max_age.
-- Privileges: none. Cost: some 25 function calls a relation: 15 µs each. Locks: AccessShareLock on catalogs only.
-- NULL: times when it never happened; ages where it has none. index scans of a table are the sum over its indexes and
-- are left to the reader, who has those.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind AS kind,
    c.relowner AS owner,
    c.relpersistence AS persistence,
    c.oid < 16384 OR n.nspname = 'information_schema' AS is_system,
    c.relispartition AS is_partition,
    CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::oid END AS partition_root,
    NULLIF(c.reltoastrelid, 0) AS toast,
    c.relnatts AS column_count,
    c.reltuples::float8 AS estimated_rows,
    c.relpages AS pages,
    c.relallvisible AS all_visible_pages,
    c.reloptions::text AS options,
    CASE WHEN c.relfrozenxid <> 0 THEN pg_catalog.age(c.relfrozenxid)::bigint END AS frozen_xid_age,
    CASE WHEN c.relminmxid <> 0 THEN pg_catalog.mxid_age(c.relminmxid)::bigint END AS multixact_age,
    c.relreplident AS replica_identity,
    c.relhastriggers AS has_triggers,
    c.relrowsecurity AS has_row_security,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_vacuum_time(c.oid)) AS last_vacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) AS last_autovacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_analyze_time(c.oid)) AS last_analyze,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS last_autoanalyze,
    pg_catalog.pg_stat_get_live_tuples(c.oid) AS live_tuples,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead_tuples,
    pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified_since_analyze,
    pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted_since_vacuum,
    pg_catalog.pg_stat_get_numscans(c.oid) AS sequential_scans,
    pg_catalog.pg_stat_get_tuples_returned(c.oid) AS sequential_tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS bitmap_tuples_fetched,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    NULL::bigint AS new_page_updated,
    pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuums,
    pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuums,
    pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyzes,
    pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyzes,
    pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS heap_blocks_fetched,
    pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blocks_hit
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind IN ('r', 'p', 'm', 'f') OR c.relkind = 'v' AND c.oid >= 16384 OR c.relkind = 't' AND (
        c.relpages > 0
        OR pg_catalog.age(c.relfrozenxid) > pg_catalog.current_setting('autovacuum_freeze_max_age')::int))
    AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
ORDER BY c.oid

"""#,
    "relations.pg16.sql": #"""
-- Tables, partitioned and foreign tables, materialised views, views, system catalogs, and the TOAST tables that hold
-- something or are past the server's own autovacuum_freeze_max_age.
-- Privileges: none. Cost: some 25 function calls a relation: 15 µs each. Locks: AccessShareLock on catalogs only.
-- NULL: times when it never happened; ages where it has none. index scans of a table are the sum over its indexes and
-- are left to the reader, who has those.
SELECT /* pgmedic */
    c.oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind AS kind,
    c.relowner AS owner,
    c.relpersistence AS persistence,
    c.oid < 16384 OR n.nspname = 'information_schema' AS is_system,
    c.relispartition AS is_partition,
    CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::oid END AS partition_root,
    NULLIF(c.reltoastrelid, 0) AS toast,
    c.relnatts AS column_count,
    c.reltuples::float8 AS estimated_rows,
    c.relpages AS pages,
    c.relallvisible AS all_visible_pages,
    c.reloptions::text AS options,
    CASE WHEN c.relfrozenxid <> 0 THEN pg_catalog.age(c.relfrozenxid)::bigint END AS frozen_xid_age,
    CASE WHEN c.relminmxid <> 0 THEN pg_catalog.mxid_age(c.relminmxid)::bigint END AS multixact_age,
    c.relreplident AS replica_identity,
    c.relhastriggers AS has_triggers,
    c.relrowsecurity AS has_row_security,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_vacuum_time(c.oid)) AS last_vacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) AS last_autovacuum,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_analyze_time(c.oid)) AS last_analyze,
    pg_catalog.date_part('epoch', pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS last_autoanalyze,
    pg_catalog.pg_stat_get_live_tuples(c.oid) AS live_tuples,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead_tuples,
    pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified_since_analyze,
    pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted_since_vacuum,
    pg_catalog.pg_stat_get_numscans(c.oid) AS sequential_scans,
    pg_catalog.pg_stat_get_tuples_returned(c.oid) AS sequential_tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS bitmap_tuples_fetched,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS new_page_updated,
    pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuums,
    pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuums,
    pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyzes,
    pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyzes,
    pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS heap_blocks_fetched,
    pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blocks_hit
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind IN ('r', 'p', 'm', 'f') OR c.relkind = 'v' AND c.oid >= 16384 OR c.relkind = 't' AND (
        c.relpages > 0
        OR pg_catalog.age(c.relfrozenxid) > pg_catalog.current_setting('autovacuum_freeze_max_age')::int))
    AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
ORDER BY c.oid

"""#,
    "replication_slots.pg14.sql": #"""
-- Replication slots with the WAL that they keep, bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: retained_bytes of a slot that was never used; invalidation_reason, inactive_since and is_synced before 17.
SELECT /* pgmedic */
    s.slot_name::text AS name,
    s.plugin::text AS plugin,
    s.slot_type AS type,
    s.database::text AS database,
    s.temporary AS is_temporary,
    s.active AS is_active,
    s.active_pid,
    pg_catalog.age(s.xmin)::bigint AS xmin_age,
    pg_catalog.age(s.catalog_xmin)::bigint AS catalog_xmin_age,
    pg_catalog.pg_wal_lsn_diff(
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
        s.restart_lsn)::bigint AS retained_bytes,
    s.wal_status,
    s.safe_wal_size,
    NULL::text AS invalidation_reason,
    NULL::float8 AS inactive_since,
    NULL::boolean AS is_synced
FROM pg_catalog.pg_replication_slots s
ORDER BY s.slot_name

"""#,
    "replication_slots.pg17.sql": #"""
-- Replication slots with the WAL that they keep, bytes.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: retained_bytes of a slot that was never used; invalidation_reason, inactive_since and is_synced before 17.
SELECT /* pgmedic */
    s.slot_name::text AS name,
    s.plugin::text AS plugin,
    s.slot_type AS type,
    s.database::text AS database,
    s.temporary AS is_temporary,
    s.active AS is_active,
    s.active_pid,
    pg_catalog.age(s.xmin)::bigint AS xmin_age,
    pg_catalog.age(s.catalog_xmin)::bigint AS catalog_xmin_age,
    pg_catalog.pg_wal_lsn_diff(
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
        s.restart_lsn)::bigint AS retained_bytes,
    s.wal_status,
    s.safe_wal_size,
    s.invalidation_reason,
    pg_catalog.date_part('epoch', s.inactive_since) AS inactive_since,
    s.synced AS is_synced
FROM pg_catalog.pg_replication_slots s
ORDER BY s.slot_name

"""#,
    "role_settings.pg14.sql": #"""
-- Settings of roles and databases (ALTER ROLE … SET). Custom settings of applications come without their value.
-- Privileges: none. Cost: one small catalog. Locks: AccessShareLock on catalogs.
-- NULL role: of all roles; NULL database: of all databases.
SELECT /* pgmedic */
    r.rolname::text AS role,
    d.datname::text AS database,
    pg_catalog.split_part(c.entry, '=', 1) AS name,
    CASE
        WHEN pg_catalog.split_part(c.entry, '=', 1) ~ '[.]'
            AND c.entry !~ '^(pg_stat_statements|auto_explain|plpgsql)[.]' THEN '(not read)'
        ELSE pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1)
    END AS value
FROM pg_catalog.pg_db_role_setting s
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c(entry)
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
ORDER BY 1, 2, 3

"""#,
    "roles.pg14.sql": #"""
-- Roles, without passwords or their settings.
-- Privileges: none. Cost: one small catalog; 5 µs a role for what it is a member of. Locks: AccessShareLock on catalogs.
-- NULL: valid_until of a password that never expires.
SELECT /* pgmedic */
    r.oid,
    r.rolname::text AS name,
    r.rolsuper AS is_superuser,
    r.rolcanlogin AS can_login,
    r.rolconnlimit AS connection_limit,
    r.rolbypassrls AS bypasses_row_security,
    CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN pg_catalog.date_part('epoch', r.rolvaliduntil) END AS valid_until,
    ARRAY(
        SELECT DISTINCT g.rolname::text
        FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid
        ORDER BY 1
    )::text AS member_of
FROM pg_catalog.pg_roles r
ORDER BY r.oid

"""#,
    "sequences.pg14.sql": #"""
-- Sequences with the column that they feed. The last value, for which the sequence is opened, is read only where it can
-- come near an end: of sequences or columns smaller than bigint, whose table holds rows or was inserted into; of those
-- the ones of the largest tables.
-- Variables: limit: sequences whose value is read.
-- Privileges: SELECT or USAGE on the sequence for last_value. Cost: 3 µs a sequence, 30 µs where the value is read.
-- Locks: RowExclusiveLock on each sequence that is read, none on those that somebody locks harder.
-- NULL last_value: not used yet, not readable (is_readable false), locked, beyond the limit (is_beyond_limit), or far
-- from any end.
WITH /* pgmedic */ locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
        AND l.relation IS NOT NULL
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), owners AS (
    SELECT DISTINCT ON (u.sequence) u.sequence, u.relation, u.number
    FROM (
        SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number, 0 AS rank
        FROM pg_catalog.pg_sequence q
        JOIN pg_catalog.pg_depend d ON d.objid = q.seqrelid
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
            AND d.deptype IN ('a', 'i')
        UNION ALL
        SELECT d.refobjid, f.adrelid, f.adnum, 1
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid = 0
    ) u
    ORDER BY u.sequence, u.rank, u.relation, u.number
), known AS MATERIALIZED (
    SELECT
        s.*,
        o.relation AS owner_relation,
        a.attname AS owner_column,
        a.atttypid AS owner_type,
        a.atttypmod AS owner_typmod,
        t.reltuples AS owner_rows,
        t.relkind AS owner_kind
    FROM pg_catalog.pg_sequence s
    LEFT JOIN owners o ON o.sequence = s.seqrelid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.relation AND a.attnum = o.number
    LEFT JOIN pg_catalog.pg_class t ON t.oid = o.relation
), near AS MATERIALIZED (
    SELECT k.seqrelid, pg_catalog.row_number() OVER (ORDER BY k.owner_rows DESC NULLS FIRST, k.seqrelid) AS place
    FROM known k
    WHERE (k.seqmax < 9223372036854775807 OR k.owner_type IN (21, 23))
        AND (k.owner_relation IS NULL OR k.owner_rows > 0 OR k.owner_kind = 'p'
            OR pg_catalog.pg_stat_get_tuples_inserted(k.owner_relation) > 0)
        AND k.seqrelid NOT IN (SELECT l.relation FROM locked l)
)
SELECT
    k.seqrelid AS oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    pg_catalog.format_type(k.seqtypid, NULL) AS type,
    CASE
        WHEN r.place <= :limit AND pg_catalog.has_sequence_privilege(k.seqrelid, 'SELECT,USAGE')
        THEN pg_catalog.pg_sequence_last_value(k.seqrelid)
    END AS last_value,
    pg_catalog.has_sequence_privilege(k.seqrelid, 'SELECT,USAGE') AS is_readable,
    COALESCE(r.place > :limit, false) AS is_beyond_limit,
    k.seqmin AS minimum,
    k.seqmax AS maximum,
    k.seqincrement AS increment,
    k.seqcycle AS cycles,
    k.owner_relation,
    k.owner_column::text AS owner_column,
    pg_catalog.format_type(k.owner_type, k.owner_typmod) AS owner_type
FROM known k
JOIN pg_catalog.pg_class c ON c.oid = k.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN near r ON r.seqrelid = k.seqrelid
WHERE NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
ORDER BY k.seqrelid

"""#,
    "server.pg14.sql": #"""
-- The server, our session and our rights: one row, read first because the rest depends on it.
-- Privileges: none. Cost: < 1 ms. Locks: AccessShareLock on catalogs.
-- NULL: address over a unix socket; *_schema and *_version when the extension is not in this database;
-- statements_loaded is false when pg_stat_statements is not in shared_preload_libraries.
SELECT /* pgmedic */
    pg_catalog.current_setting('server_version_num')::int AS version,
    pg_catalog.current_setting('server_version') AS version_text,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS taken_at,
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) AS started_at,
    pg_catalog.date_part('epoch', pg_catalog.pg_conf_load_time()) AS configuration_loaded_at,
    pg_catalog.pg_is_in_recovery() AS is_in_recovery,
    pg_catalog.host(pg_catalog.inet_server_addr()) AS address,
    pg_catalog.inet_client_port() AS client_port,
    pg_catalog.current_database()::text AS database,
    d.oid AS database_oid,
    r.rolname::text AS role,
    r.rolsuper AS is_superuser,
    pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS next_transaction_id,
    ARRAY(
        SELECT m.rolname
        FROM pg_catalog.pg_roles m
        WHERE m.oid < 16384 AND m.rolname LIKE 'pg\_%' AND NOT r.rolsuper
            AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE')
        ORDER BY m.rolname
    )::text AS memberships,
    r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'pg_read_all_stats', 'USAGE') AS reads_all_stats,
    r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'pg_read_all_settings', 'USAGE') AS reads_all_settings,
    pg_catalog.current_setting('auto_explain.log_min_duration', true) AS plans_logged_from,
    pg_catalog.current_setting('logging_collector')::bool AS collects_log,
    pg_catalog.has_function_privilege('pg_catalog.pg_current_logfile()', 'EXECUTE')
        AND pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE')
        AND pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint)', 'EXECUTE')
        AS reads_log,
    pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')
        AND pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT') AS reads_host_rules,
    pg_catalog.current_setting('pg_stat_statements.max', true)::bigint AS statements_capacity,
    pg_catalog.current_setting('pg_stat_statements.track_planning', true)::bool AS statements_track_planning,
    sn.nspname::text AS statements_schema,
    s.extversion AS statements_version,
    hn.nspname::text AS hypopg_schema,
    h.extversion AS hypopg_version,
    wn.nspname::text AS wait_sampling_schema,
    w.extversion AS wait_sampling_version,
    pg_catalog.current_setting('pg_wait_sampling.profile_period', true)::double precision AS wait_sampling_period,
    kn.nspname::text AS kcache_schema,
    k.extversion AS kcache_version,
    pg_catalog.current_setting('pg_stat_kcache.linux_hz', true) IS NOT NULL AS kcache_is_loaded,
    bn.nspname::text AS buffercache_schema,
    b.extversion AS buffercache_version
FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_extension s ON s.extname = 'pg_stat_statements'
LEFT JOIN pg_catalog.pg_namespace sn ON sn.oid = s.extnamespace
LEFT JOIN pg_catalog.pg_extension h ON h.extname = 'hypopg'
LEFT JOIN pg_catalog.pg_namespace hn ON hn.oid = h.extnamespace
LEFT JOIN pg_catalog.pg_extension w ON w.extname = 'pg_wait_sampling'
LEFT JOIN pg_catalog.pg_namespace wn ON wn.oid = w.extnamespace
LEFT JOIN pg_catalog.pg_extension k ON k.extname = 'pg_stat_kcache'
LEFT JOIN pg_catalog.pg_namespace kn ON kn.oid = k.extnamespace
LEFT JOIN pg_catalog.pg_extension b ON b.extname = 'pg_buffercache'
LEFT JOIN pg_catalog.pg_namespace bn ON bn.oid = b.extnamespace
WHERE r.rolname = CURRENT_USER

"""#,
    "settings.pg14.sql": #"""
-- Settings. Those that carry secrets or commands, and custom ones of applications, come without their value.
-- Privileges: none; pg_read_all_settings for some rows. Cost: some 350 rows, 2 ms. Locks: none.
-- A value that our own SET LOCAL covers is given as the value that a new session of ours would have.
SELECT /* pgmedic */
    s.name,
    CASE
        WHEN s.name IN ('primary_conninfo', 'ssl_passphrase_command', 'restore_command', 'archive_cleanup_command',
            'recovery_end_command') OR v.is_foreign THEN CASE WHEN s.setting = '' THEN '' ELSE '(not read)' END
        WHEN s.source = 'session' THEN s.reset_val
        ELSE s.setting
    END AS value,
    s.unit,
    s.source,
    CASE WHEN v.is_foreign THEN NULL ELSE s.boot_val END AS boot_value,
    CASE
        WHEN s.name IN ('primary_conninfo', 'ssl_passphrase_command', 'restore_command', 'archive_cleanup_command',
            'recovery_end_command') OR v.is_foreign THEN NULL
        ELSE s.reset_val
    END AS reset_value,
    s.context,
    s.pending_restart AS is_pending_restart
FROM pg_catalog.pg_settings s
CROSS JOIN LATERAL (
    SELECT s.category = 'Customized Options'
        AND s.name !~ '^(pg_stat_statements|auto_explain|hypopg|plpgsql|pg_wait_sampling|pg_prewarm|pg_trgm)[.]' AS is_foreign
) v
ORDER BY s.name

"""#,
    "sizes.pg14.sql": #"""
-- Bytes of the main fork of the given relations and indexes, from the file system.
-- Variables: relations, an array of OIDs.
-- Privileges: none. Cost: 10 µs a relation. Locks: AccessShareLock on each, none where somebody holds or awaits
-- AccessExclusiveLock.
-- NULL: it was dropped meanwhile.
SELECT /* pgmedic */
    r.oid,
    pg_catalog.pg_relation_size(r.oid) AS size
FROM pg_catalog.unnest(:'relations'::oid[]) r(oid)
WHERE r.oid NOT IN (
    SELECT l.relation
    FROM pg_catalog.pg_locks l
    WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
ORDER BY r.oid

"""#,
    "slru.pg14.sql": #"""
-- The small caches of transaction status, subtransactions and multixacts. Names: `Subtrans` up to 16, `subtransaction`
-- from 17.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: nothing but reset, where it was never reset.
SELECT /* pgmedic */
    s.name,
    s.blks_read AS blocks_read,
    s.blks_hit AS blocks_hit,
    pg_catalog.date_part('epoch', s.stats_reset) AS reset
FROM pg_catalog.pg_stat_slru s
ORDER BY s.name

"""#,
    "standbys.pg14.sql": #"""
-- Standbys and other receivers of WAL, bytes and seconds behind.
-- Privileges: pg_read_all_stats. Cost: < 1 ms. Locks: none.
-- NULL: most columns without the right; lags when nothing is awaited.
SELECT /* pgmedic */
    r.pid,
    r.application_name AS application,
    pg_catalog.host(r.client_addr) AS client,
    r.usename::text AS role,
    r.state,
    r.sync_state,
    pg_catalog.pg_wal_lsn_diff(w.here, r.sent_lsn)::bigint AS sent_lag,
    pg_catalog.pg_wal_lsn_diff(w.here, r.replay_lsn)::bigint AS replay_lag,
    pg_catalog.date_part('epoch', r.replay_lag) AS replay_lag_time,
    pg_catalog.age(r.backend_xmin)::bigint AS xmin_age,
    pg_catalog.pg_wal_lsn_diff(r.replay_lsn, '0/0')::bigint AS replay_position
FROM pg_catalog.pg_stat_replication r
CROSS JOIN LATERAL (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn() ELSE pg_catalog.pg_current_wal_lsn() END AS here
) w
ORDER BY r.pid

"""#,
    "statement_texts.pg13.sql": #"""
-- Texts of the entries that matter, most of the time first, and the beginnings of our own. Extension 1.8 (13).
-- Variables: schema of the extension, limit: entries by time and, a quarter as many, by calls, rows and temporary
-- blocks; length: characters of a text.
-- Privileges: pg_read_all_stats for other roles' texts. Cost: the file of texts is read whole. Locks: none.
-- NULL: query_id of entries that are hidden from us (left out here).
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        true AS toplevel,
        s.query,
        s.query LIKE '%/* pgmedic */%' OR s.query LIKE '%EXECUTE pgmedic%' OR s.query LIKE '%SAVEPOINT pgmedic'
            OR s.query LIKE '%DEALLOCATE pgmedic' AS is_ours,
        s.calls,
        s.rows,
        s.total_exec_time + s.total_plan_time AS time,
        s.temp_blks_read + s.temp_blks_written AS temporary_blocks
    FROM :"schema".pg_stat_statements(true) s
    WHERE s.queryid IS NOT NULL
), top AS (
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.time DESC, e.queryid LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.calls DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.rows > 0 ORDER BY e.rows DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (
        SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.temporary_blocks > 0
        ORDER BY e.temporary_blocks DESC, e.time DESC, e.queryid LIMIT :limit / 4
    )
)
SELECT
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    pg_catalog.left(e.query, CASE WHEN e.is_ours THEN 60 ELSE :length END) AS text,
    NOT e.is_ours AND pg_catalog.length(e.query) > :length AS is_cut,
    e.is_ours
FROM e
WHERE e.is_ours OR e.ordinal IN (SELECT t.ordinal FROM top t)
ORDER BY e.time DESC, e.queryid

"""#,
    "statement_texts.pg14.sql": #"""
-- Texts of the entries that matter, most of the time first, and the beginnings of our own. Extension 1.9 (14) and up.
-- Variables: schema of the extension, limit: entries by time and, a quarter as many, by calls, rows and temporary
-- blocks; length: characters of a text.
-- Privileges: pg_read_all_stats for other roles' texts. Cost: the file of texts is read whole. Locks: none.
-- NULL: query_id of entries that are hidden from us (left out here).
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.query,
        s.query LIKE '%/* pgmedic */%' OR s.query LIKE '%EXECUTE pgmedic%' OR s.query LIKE '%SAVEPOINT pgmedic'
            OR s.query LIKE '%DEALLOCATE pgmedic' AS is_ours,
        s.calls,
        s.rows,
        s.total_exec_time + s.total_plan_time AS time,
        s.temp_blks_read + s.temp_blks_written AS temporary_blocks
    FROM :"schema".pg_stat_statements(true) s
    WHERE s.queryid IS NOT NULL
), top AS (
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.time DESC, e.queryid LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours ORDER BY e.calls DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.rows > 0 ORDER BY e.rows DESC, e.time DESC, e.queryid LIMIT :limit / 4)
    UNION
    (
        SELECT e.ordinal FROM e WHERE NOT e.is_ours AND e.temporary_blocks > 0
        ORDER BY e.temporary_blocks DESC, e.time DESC, e.queryid LIMIT :limit / 4
    )
)
SELECT
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    pg_catalog.left(e.query, CASE WHEN e.is_ours THEN 60 ELSE :length END) AS text,
    NOT e.is_ours AND pg_catalog.length(e.query) > :length AS is_cut,
    e.is_ours
FROM e
WHERE e.is_ours OR e.ordinal IN (SELECT t.ordinal FROM top t)
ORDER BY e.time DESC, e.queryid

"""#,
    "statements.pg13.sql": #"""
-- Numbers of the largest entries of pg_stat_statements by time, calls, rows, temporary blocks and WAL, and the sums over
-- all entries (is_total) with their number. Extension 1.8 (13); times in ms, blocks of block_size bytes.
-- Variables: schema of the extension, limit: entries by each measure; where there are no more, nothing is sorted for it.
-- Privileges: pg_read_all_stats for other roles' queryids. Cost: 2 µs an entry, no texts are read. Locks: none.
-- NULL: query_id of entries that are hidden from us; since before 1.11.
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        true AS toplevel,
        s.calls AS calls,
        s.rows AS rows,
        s.plans AS plans,
        s.total_plan_time AS plan_time,
        s.total_exec_time AS execution_time,
        s.shared_blks_hit AS shared_blocks_hit,
        s.shared_blks_read AS shared_blocks_read,
        s.shared_blks_dirtied AS shared_blocks_dirtied,
        s.shared_blks_written AS shared_blocks_written,
        s.local_blks_read AS local_blocks_read,
        s.local_blks_written AS local_blocks_written,
        s.temp_blks_read AS temporary_blocks_read,
        s.temp_blks_written AS temporary_blocks_written,
        s.blk_read_time AS read_time,
        s.blk_write_time AS write_time,
        s.wal_records AS wal_records,
        s.wal_fpi AS wal_full_page_images,
        s.wal_bytes::float8 AS wal_bytes,
        0::bigint AS jit_functions,
        0::float8 AS jit_time,
        s.min_exec_time AS minimum_time,
        s.max_exec_time AS maximum_time,
        s.mean_exec_time AS mean_time,
        s.stddev_exec_time AS deviation_of_time,
        NULL::float8 AS since
    FROM :"schema".pg_stat_statements(false) s
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.execution_time + e.plan_time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks_read + e.temporary_blocks_written DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.wal_bytes DESC LIMIT :limit)
)
SELECT
    false AS is_total,
    1::bigint AS entries,
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    e.calls,
    e.rows,
    e.plans,
    e.plan_time,
    e.execution_time,
    e.shared_blocks_hit,
    e.shared_blocks_read,
    e.shared_blocks_dirtied,
    e.shared_blocks_written,
    e.local_blocks_read,
    e.local_blocks_written,
    e.temporary_blocks_read,
    e.temporary_blocks_written,
    e.read_time,
    e.write_time,
    e.wal_records,
    e.wal_full_page_images,
    e.wal_bytes,
    e.jit_functions,
    e.jit_time,
    e.minimum_time,
    e.maximum_time,
    e.mean_time,
    e.deviation_of_time,
    e.since
FROM e
WHERE (SELECT pg_catalog.count(*) FROM e) <= :limit OR e.ordinal IN (SELECT t.ordinal FROM top t)
UNION ALL
SELECT
    true, pg_catalog.count(*), NULL, NULL, NULL, NULL,
    COALESCE(pg_catalog.sum(e.calls), 0)::bigint,
    COALESCE(pg_catalog.sum(e.rows), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plans), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plan_time), 0),
    COALESCE(pg_catalog.sum(e.execution_time), 0),
    COALESCE(pg_catalog.sum(e.shared_blocks_hit), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_dirtied), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.read_time), 0),
    COALESCE(pg_catalog.sum(e.write_time), 0),
    COALESCE(pg_catalog.sum(e.wal_records), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_full_page_images), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_bytes), 0),
    COALESCE(pg_catalog.sum(e.jit_functions), 0)::bigint,
    COALESCE(pg_catalog.sum(e.jit_time), 0),
    NULL, NULL, NULL, NULL, NULL
FROM e
ORDER BY is_total DESC, execution_time DESC, query_id

"""#,
    "statements.pg14.sql": #"""
-- Numbers of the largest entries of pg_stat_statements by time, calls, rows, temporary blocks and WAL, and the sums over
-- all entries (is_total) with their number. Extension 1.9 (14); times in ms, blocks of block_size bytes.
-- Variables: schema of the extension, limit: entries by each measure; where there are no more, nothing is sorted for it.
-- Privileges: pg_read_all_stats for other roles' queryids. Cost: 2 µs an entry, no texts are read. Locks: none.
-- NULL: query_id of entries that are hidden from us; since before 1.11.
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.calls AS calls,
        s.rows AS rows,
        s.plans AS plans,
        s.total_plan_time AS plan_time,
        s.total_exec_time AS execution_time,
        s.shared_blks_hit AS shared_blocks_hit,
        s.shared_blks_read AS shared_blocks_read,
        s.shared_blks_dirtied AS shared_blocks_dirtied,
        s.shared_blks_written AS shared_blocks_written,
        s.local_blks_read AS local_blocks_read,
        s.local_blks_written AS local_blocks_written,
        s.temp_blks_read AS temporary_blocks_read,
        s.temp_blks_written AS temporary_blocks_written,
        s.blk_read_time AS read_time,
        s.blk_write_time AS write_time,
        s.wal_records AS wal_records,
        s.wal_fpi AS wal_full_page_images,
        s.wal_bytes::float8 AS wal_bytes,
        0::bigint AS jit_functions,
        0::float8 AS jit_time,
        s.min_exec_time AS minimum_time,
        s.max_exec_time AS maximum_time,
        s.mean_exec_time AS mean_time,
        s.stddev_exec_time AS deviation_of_time,
        NULL::float8 AS since
    FROM :"schema".pg_stat_statements(false) s
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.execution_time + e.plan_time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks_read + e.temporary_blocks_written DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.wal_bytes DESC LIMIT :limit)
)
SELECT
    false AS is_total,
    1::bigint AS entries,
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    e.calls,
    e.rows,
    e.plans,
    e.plan_time,
    e.execution_time,
    e.shared_blocks_hit,
    e.shared_blocks_read,
    e.shared_blocks_dirtied,
    e.shared_blocks_written,
    e.local_blocks_read,
    e.local_blocks_written,
    e.temporary_blocks_read,
    e.temporary_blocks_written,
    e.read_time,
    e.write_time,
    e.wal_records,
    e.wal_full_page_images,
    e.wal_bytes,
    e.jit_functions,
    e.jit_time,
    e.minimum_time,
    e.maximum_time,
    e.mean_time,
    e.deviation_of_time,
    e.since
FROM e
WHERE (SELECT pg_catalog.count(*) FROM e) <= :limit OR e.ordinal IN (SELECT t.ordinal FROM top t)
UNION ALL
SELECT
    true, pg_catalog.count(*), NULL, NULL, NULL, NULL,
    COALESCE(pg_catalog.sum(e.calls), 0)::bigint,
    COALESCE(pg_catalog.sum(e.rows), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plans), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plan_time), 0),
    COALESCE(pg_catalog.sum(e.execution_time), 0),
    COALESCE(pg_catalog.sum(e.shared_blocks_hit), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_dirtied), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.read_time), 0),
    COALESCE(pg_catalog.sum(e.write_time), 0),
    COALESCE(pg_catalog.sum(e.wal_records), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_full_page_images), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_bytes), 0),
    COALESCE(pg_catalog.sum(e.jit_functions), 0)::bigint,
    COALESCE(pg_catalog.sum(e.jit_time), 0),
    NULL, NULL, NULL, NULL, NULL
FROM e
ORDER BY is_total DESC, execution_time DESC, query_id

"""#,
    "statements.pg15.sql": #"""
-- Numbers of the largest entries of pg_stat_statements by time, calls, rows, temporary blocks and WAL, and the sums over
-- all entries (is_total) with their number. Extension 1.10 (15, 16); times in ms, blocks of block_size bytes.
-- Variables: schema of the extension, limit: entries by each measure; where there are no more, nothing is sorted for it.
-- Privileges: pg_read_all_stats for other roles' queryids. Cost: 2 µs an entry, no texts are read. Locks: none.
-- NULL: query_id of entries that are hidden from us; since before 1.11.
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.calls AS calls,
        s.rows AS rows,
        s.plans AS plans,
        s.total_plan_time AS plan_time,
        s.total_exec_time AS execution_time,
        s.shared_blks_hit AS shared_blocks_hit,
        s.shared_blks_read AS shared_blocks_read,
        s.shared_blks_dirtied AS shared_blocks_dirtied,
        s.shared_blks_written AS shared_blocks_written,
        s.local_blks_read AS local_blocks_read,
        s.local_blks_written AS local_blocks_written,
        s.temp_blks_read AS temporary_blocks_read,
        s.temp_blks_written AS temporary_blocks_written,
        s.blk_read_time AS read_time,
        s.blk_write_time AS write_time,
        s.wal_records AS wal_records,
        s.wal_fpi AS wal_full_page_images,
        s.wal_bytes::float8 AS wal_bytes,
        s.jit_functions AS jit_functions,
        s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time AS jit_time,
        s.min_exec_time AS minimum_time,
        s.max_exec_time AS maximum_time,
        s.mean_exec_time AS mean_time,
        s.stddev_exec_time AS deviation_of_time,
        NULL::float8 AS since
    FROM :"schema".pg_stat_statements(false) s
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.execution_time + e.plan_time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks_read + e.temporary_blocks_written DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.wal_bytes DESC LIMIT :limit)
)
SELECT
    false AS is_total,
    1::bigint AS entries,
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    e.calls,
    e.rows,
    e.plans,
    e.plan_time,
    e.execution_time,
    e.shared_blocks_hit,
    e.shared_blocks_read,
    e.shared_blocks_dirtied,
    e.shared_blocks_written,
    e.local_blocks_read,
    e.local_blocks_written,
    e.temporary_blocks_read,
    e.temporary_blocks_written,
    e.read_time,
    e.write_time,
    e.wal_records,
    e.wal_full_page_images,
    e.wal_bytes,
    e.jit_functions,
    e.jit_time,
    e.minimum_time,
    e.maximum_time,
    e.mean_time,
    e.deviation_of_time,
    e.since
FROM e
WHERE (SELECT pg_catalog.count(*) FROM e) <= :limit OR e.ordinal IN (SELECT t.ordinal FROM top t)
UNION ALL
SELECT
    true, pg_catalog.count(*), NULL, NULL, NULL, NULL,
    COALESCE(pg_catalog.sum(e.calls), 0)::bigint,
    COALESCE(pg_catalog.sum(e.rows), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plans), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plan_time), 0),
    COALESCE(pg_catalog.sum(e.execution_time), 0),
    COALESCE(pg_catalog.sum(e.shared_blocks_hit), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_dirtied), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.read_time), 0),
    COALESCE(pg_catalog.sum(e.write_time), 0),
    COALESCE(pg_catalog.sum(e.wal_records), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_full_page_images), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_bytes), 0),
    COALESCE(pg_catalog.sum(e.jit_functions), 0)::bigint,
    COALESCE(pg_catalog.sum(e.jit_time), 0),
    NULL, NULL, NULL, NULL, NULL
FROM e
ORDER BY is_total DESC, execution_time DESC, query_id

"""#,
    "statements.pg17.sql": #"""
-- Numbers of the largest entries of pg_stat_statements by time, calls, rows, temporary blocks and WAL, and the sums over
-- all entries (is_total) with their number. Extension 1.11 (17) and up; times in ms, blocks of block_size bytes.
-- Variables: schema of the extension, limit: entries by each measure; where there are no more, nothing is sorted for it.
-- Privileges: pg_read_all_stats for other roles' queryids. Cost: 2 µs an entry, no texts are read. Locks: none.
-- NULL: query_id of entries that are hidden from us; since before 1.11.
WITH /* pgmedic */ e AS MATERIALIZED (
    SELECT
        pg_catalog.row_number() OVER () AS ordinal,
        s.userid,
        s.dbid,
        s.queryid,
        s.toplevel AS toplevel,
        s.calls AS calls,
        s.rows AS rows,
        s.plans AS plans,
        s.total_plan_time AS plan_time,
        s.total_exec_time AS execution_time,
        s.shared_blks_hit AS shared_blocks_hit,
        s.shared_blks_read AS shared_blocks_read,
        s.shared_blks_dirtied AS shared_blocks_dirtied,
        s.shared_blks_written AS shared_blocks_written,
        s.local_blks_read AS local_blocks_read,
        s.local_blks_written AS local_blocks_written,
        s.temp_blks_read AS temporary_blocks_read,
        s.temp_blks_written AS temporary_blocks_written,
        s.shared_blk_read_time + s.local_blk_read_time AS read_time,
        s.shared_blk_write_time + s.local_blk_write_time AS write_time,
        s.wal_records AS wal_records,
        s.wal_fpi AS wal_full_page_images,
        s.wal_bytes::float8 AS wal_bytes,
        s.jit_functions AS jit_functions,
        s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time + s.jit_deform_time AS jit_time,
        s.min_exec_time AS minimum_time,
        s.max_exec_time AS maximum_time,
        s.mean_exec_time AS mean_time,
        s.stddev_exec_time AS deviation_of_time,
        pg_catalog.date_part('epoch', s.stats_since) AS since
    FROM :"schema".pg_stat_statements(false) s
), top AS (
    (SELECT e.ordinal FROM e ORDER BY e.execution_time + e.plan_time DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.calls DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.rows DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.temporary_blocks_read + e.temporary_blocks_written DESC LIMIT :limit)
    UNION
    (SELECT e.ordinal FROM e ORDER BY e.wal_bytes DESC LIMIT :limit)
)
SELECT
    false AS is_total,
    1::bigint AS entries,
    e.userid AS role,
    e.dbid AS database,
    e.queryid AS query_id,
    e.toplevel AS is_top_level,
    e.calls,
    e.rows,
    e.plans,
    e.plan_time,
    e.execution_time,
    e.shared_blocks_hit,
    e.shared_blocks_read,
    e.shared_blocks_dirtied,
    e.shared_blocks_written,
    e.local_blocks_read,
    e.local_blocks_written,
    e.temporary_blocks_read,
    e.temporary_blocks_written,
    e.read_time,
    e.write_time,
    e.wal_records,
    e.wal_full_page_images,
    e.wal_bytes,
    e.jit_functions,
    e.jit_time,
    e.minimum_time,
    e.maximum_time,
    e.mean_time,
    e.deviation_of_time,
    e.since
FROM e
WHERE (SELECT pg_catalog.count(*) FROM e) <= :limit OR e.ordinal IN (SELECT t.ordinal FROM top t)
UNION ALL
SELECT
    true, pg_catalog.count(*), NULL, NULL, NULL, NULL,
    COALESCE(pg_catalog.sum(e.calls), 0)::bigint,
    COALESCE(pg_catalog.sum(e.rows), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plans), 0)::bigint,
    COALESCE(pg_catalog.sum(e.plan_time), 0),
    COALESCE(pg_catalog.sum(e.execution_time), 0),
    COALESCE(pg_catalog.sum(e.shared_blocks_hit), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_dirtied), 0)::bigint,
    COALESCE(pg_catalog.sum(e.shared_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.local_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_read), 0)::bigint,
    COALESCE(pg_catalog.sum(e.temporary_blocks_written), 0)::bigint,
    COALESCE(pg_catalog.sum(e.read_time), 0),
    COALESCE(pg_catalog.sum(e.write_time), 0),
    COALESCE(pg_catalog.sum(e.wal_records), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_full_page_images), 0)::bigint,
    COALESCE(pg_catalog.sum(e.wal_bytes), 0),
    COALESCE(pg_catalog.sum(e.jit_functions), 0)::bigint,
    COALESCE(pg_catalog.sum(e.jit_time), 0),
    NULL, NULL, NULL, NULL, NULL
FROM e
ORDER BY is_total DESC, execution_time DESC, query_id

"""#,
    "statements_info.pg14.sql": #"""
-- Evictions and reset of pg_stat_statements; extension 1.9 and up.
-- Privileges: none. Cost: < 1 ms. Locks: none.
SELECT /* pgmedic */ i.dealloc AS evictions, pg_catalog.date_part('epoch', i.stats_reset) AS reset
FROM :"schema".pg_stat_statements_info i

"""#,
    "subscriptions.pg14.sql": #"""
-- Subscriptions of the whole cluster, with the worker that applies their changes.
-- Privileges: none. Cost: < 1 ms. Locks: AccessShareLock on catalogs.
-- NULL: worker without one now; ages before the first message; error counts before 15.
SELECT /* pgmedic */
    s.subname::text AS name,
    d.datname::text AS database,
    s.subenabled AS is_enabled,
    s.subslotname::text AS slot,
    (
        SELECT pg_catalog.min(w.pid)
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS worker,
    (
        SELECT pg_catalog.min(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.last_msg_receipt_time))
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS last_message_age,
    NULL::bigint AS apply_errors,
    NULL::bigint AS sync_errors
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
ORDER BY d.datname, s.subname

"""#,
    "subscriptions.pg15.sql": #"""
-- Subscriptions of the whole cluster, with the worker that applies their changes.
-- Privileges: none. Cost: < 1 ms. Locks: AccessShareLock on catalogs.
-- NULL: worker without one now; ages before the first message; error counts before 15.
SELECT /* pgmedic */
    s.subname::text AS name,
    d.datname::text AS database,
    s.subenabled AS is_enabled,
    s.subslotname::text AS slot,
    (
        SELECT pg_catalog.min(w.pid)
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS worker,
    (
        SELECT pg_catalog.min(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.last_msg_receipt_time))
        FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = s.oid AND w.relid IS NULL
    ) AS last_message_age,
    e.apply_error_count AS apply_errors,
    e.sync_error_count AS sync_errors
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
LEFT JOIN pg_catalog.pg_stat_subscription_stats e ON e.subid = s.oid
ORDER BY d.datname, s.subname

"""#,
    "system_identifier.pg14.sql": #"""
-- The cluster's identifier, the same on its replicas.
-- Privileges: EXECUTE on pg_control_system (everybody's unless revoked). Cost: reads pg_control. Locks: none.
SELECT /* pgmedic */ c.system_identifier::text AS system_identifier
FROM pg_catalog.pg_control_system() c

"""#,
    "text_order.pg14.sql": #"""
-- The given texts in the order of the database's collation, each once: surrogates are put in their place in that order.
-- Parameters: $1, an array of texts.
-- Privileges: none. Cost: sorting them, 2 µs a text. Locks: none.
SELECT /* pgmedic */
    v.value
FROM pg_catalog.unnest($1::text[]) v(value)
GROUP BY v.value
ORDER BY v.value COLLATE pg_catalog."default"

"""#,
    "view_definitions.pg14.sql": #"""
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

"""#,
    "wait_sampling.pg14.sql": #"""
-- What pg_wait_sampling (1.1 and up) counted since its start or reset, by event and statement, processes summed.
-- Main loops that wait for work and sessions that are idle (ClientRead without a statement) are left out.
-- Privileges: none. Cost: < 1 ms for each thousand rows of its profile. Locks: a lock of its own, for the time of the
-- copy; readers wait for each other.
-- NULL event_type: on the CPU (1.1.5 and up, with sample_cpu). query_id 0: no statement.
SELECT /* pgmedic */
    p.event_type,
    p.event,
    p.queryid AS query_id,
    pg_catalog.sum(p.count)::bigint AS count
FROM :"schema".pg_wait_sampling_profile p
WHERE p.event_type IS DISTINCT FROM 'Activity'
    AND NOT (p.queryid = 0 AND (p.event_type IS NULL OR p.event = 'ClientRead'))
GROUP BY p.event_type, p.event, p.queryid
ORDER BY pg_catalog.sum(p.count) DESC, p.event_type, p.event, p.queryid
LIMIT :limit

"""#,
    "wal.pg14.sql": #"""
-- WAL written; times in ms.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- sync_time is 0 where track_wal_io_timing is off.
SELECT /* pgmedic */
    w.wal_records AS records,
    w.wal_fpi AS full_page_images,
    w.wal_bytes::float8 AS bytes,
    w.wal_buffers_full AS buffers_full,
    w.wal_sync AS syncs,
    w.wal_sync_time AS sync_time,
    pg_catalog.date_part('epoch', w.stats_reset) AS reset
FROM pg_catalog.pg_stat_wal w

"""#,
    "wal.pg18.sql": #"""
-- WAL written; times in ms.
-- Privileges: none. Cost: < 1 ms. Locks: none.
-- NULL: syncs and sync_time, which pg_stat_io has from 18.
SELECT /* pgmedic */
    w.wal_records AS records,
    w.wal_fpi AS full_page_images,
    w.wal_bytes::float8 AS bytes,
    w.wal_buffers_full AS buffers_full,
    NULL::bigint AS syncs,
    NULL::float8 AS sync_time,
    pg_catalog.date_part('epoch', w.stats_reset) AS reset
FROM pg_catalog.pg_stat_wal w

"""#,
    "wal_directory.pg14.sql": #"""
-- How much WAL there is, and how much of it waits to be archived.
-- Privileges: pg_monitor. Cost: 2 µs a file of pg_wal (16 MB each as it comes). Locks: none.
-- NULL: nothing.
SELECT /* pgmedic */
    w.files,
    w.size,
    (
        SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_ls_archive_statusdir() a
        WHERE a.name LIKE '%.ready'
    ) AS unarchived
FROM (
    SELECT pg_catalog.count(*) AS files, COALESCE(pg_catalog.sum(f.size), 0)::bigint AS size
    FROM pg_catalog.pg_ls_waldir() f
) w

"""#,
]
