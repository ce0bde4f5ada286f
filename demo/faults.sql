-- The faults that lie in the schema; those that live in sessions and load are started by demo/server.
\set ON_ERROR_STOP on
SET client_min_messages = error;

-- a duplicate index, and one that a longer one covers
CREATE INDEX payments_order_idx2 ON payments (order_id);
CREATE INDEX shipment_events_kind_idx ON shipment_events (kind);
CREATE INDEX shipment_events_kind_at_idx ON shipment_events (kind, at);

-- a sequence about to run out: integer identity
SELECT setval(pg_get_serial_sequence('audit_log', 'id'), 2130000000);

-- a table whose autovacuum somebody switched off
ALTER TABLE web_sessions SET (autovacuum_enabled = false);

-- a foreign key between different types, not validated
ALTER TABLE refunds ALTER COLUMN payment_id TYPE bigint;
ALTER TABLE refunds ADD CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments NOT VALID;

-- a foreign key switched off for "one import" long ago
ALTER TABLE cart_items DISABLE TRIGGER ALL;

-- an index build that failed: two invoices share each number
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY invoices_number_key ON invoices (number);
\set ON_ERROR_STOP on

-- a standby that went away and left its slot
SELECT pg_create_physical_replication_slot('old_standby', true);

SELECT pg_stat_statements_reset();
