-- What a diagnosis reads, as plain SELECTs: the same rows and columns, one statement after the other, for
-- `psql -X -q -A -t -o /dev/null -f Benchmarks/plain.sql`. PostgreSQL 15 with pg_stat_statements 1.10 in its database.
-- Left out on both sides: samples of activity, EXPLAIN, what-if.
-- Variable: entries of pg_stat_statements by each measure; 300 unless it is set. A sweep reads all of them.
\set ON_ERROR_STOP 1
BEGIN READ ONLY;
SET LOCAL search_path = pg_catalog;
\if :{?entries}
\else
\set entries 300
\endif
\set length 60000
SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements' \gset
\ir ../Queries/server.pg14.sql
\ir ../Queries/locks.pg14.sql
\ir ../Queries/backends.pg14.sql
\ir ../Queries/prepared_transactions.pg14.sql
\ir ../Queries/settings.pg14.sql
\ir ../Queries/role_settings.pg14.sql
\ir ../Queries/databases.pg14.sql
\ir ../Queries/roles.pg14.sql
\ir ../Queries/replication_slots.pg14.sql
\ir ../Queries/standbys.pg14.sql
\ir ../Queries/progress.pg14.sql
\ir ../Queries/checkpointer.pg14.sql
\ir ../Queries/wal.pg14.sql
\ir ../Queries/archiver.pg14.sql
\ir ../Queries/slru.pg14.sql
\ir ../Queries/host_rules.pg14.sql
\ir ../Queries/lock_counts.pg14.sql
\ir ../Queries/subscriptions.pg15.sql
\ir ../Queries/wal_directory.pg14.sql
\ir ../Queries/system_identifier.pg14.sql
\ir ../Queries/file_errors.pg14.sql
\ir ../Queries/extensions.pg14.sql
\ir ../Queries/relations.pg14.sql
\ir ../Queries/indexes.pg15.sql
\ir ../Queries/key_columns.pg14.sql
\ir ../Queries/operator_classes.pg14.sql
\ir ../Queries/constraints.pg14.sql
\set limit 1000
\ir ../Queries/sequences.pg14.sql
\ir ../Queries/functions.pg14.sql
\set limit 500
\ir ../Queries/public_rights.pg14.sql
\set limit 200
\ir ../Queries/partition_bounds.pg14.sql
\ir ../Queries/disabled_triggers.pg14.sql
\set limit :entries
\ir ../Queries/statements.pg15.sql
\set limit 120
\ir ../Queries/statement_texts.pg14.sql
\ir ../Queries/statements_info.pg14.sql
-- The relations that get a closer look: pgmedic takes those that statements name first, as many in all.
SELECT COALESCE(array_agg(r.oid), '{}') AS relations
FROM (
    SELECT c.oid FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.oid >= 16384
    ORDER BY c.relpages DESC, c.oid LIMIT 300
) r \gset
SELECT COALESCE(array_agg(x.indexrelid), '{}') AS indexes
FROM pg_index x WHERE (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL) AND x.indexrelid >= 16384 \gset
\ir ../Queries/columns.pg14.sql
\ir ../Queries/policies.pg14.sql
\ir ../Queries/index_expressions.pg14.sql
SELECT COALESCE(array_agg(r.oid), '{}') AS relations
FROM (
    (SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'm', 't') AND c.relpages > 0 ORDER BY c.relpages DESC LIMIT 200)
    UNION ALL
    (SELECT c.oid FROM pg_class c WHERE c.relkind = 'i' AND c.relpages > 1 ORDER BY c.relpages DESC LIMIT 200)
) r \gset
\ir ../Queries/sizes.pg14.sql
COMMIT;
