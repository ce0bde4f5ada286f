import Model
import PostgresClient
import TestKit

@testable import Collecting

/// A small database with something of everything that a snapshot names.
enum Shop {
    static let setup = """
        CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, country char(2) NOT NULL);
        CREATE TABLE orders (
            id bigserial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers ON DELETE CASCADE,
            note varchar(40), total numeric CHECK (total >= 0), placed timestamptz DEFAULT now())
            WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
        CREATE INDEX orders_open ON orders (lower(note), placed DESC) WHERE note = 'canary-in-a-predicate';
        CREATE INDEX orders_note ON orders (note varchar_pattern_ops) INCLUDE (total);
        CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
        CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE INDEX events_at ON events (at);
        CREATE VIEW recent AS SELECT * FROM orders WHERE placed > now() - interval '1 day';
        INSERT INTO customers (email, country) SELECT 'c' || g, 'NL' FROM generate_series(1, 500) g;
        INSERT INTO orders (customer_id, note, total) SELECT g % 500 + 1, 'n' || g % 7, g FROM generate_series(1, 5000) g;
        ANALYZE;
        """

    /// Statements worth explaining, in a pg_stat_statements that knows no others of this database; often enough to matter
    /// beside those of other tests on the same server.
    static let queries =
        "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);"
        + String(repeating: workload, count: 100)

    private static let workload = """
        SELECT * FROM orders WHERE customer_id = 17 AND note = 'canary-in-a-query';
        SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.country = 'NL';
        UPDATE orders SET total = total + 1 WHERE note = 'canary-in-an-update';

        """

    static func collect(
        _ database: TestDatabase, role: String = "postgres", options: CollectionOptions = .brief
    ) async throws -> Snapshot {
        try await Collector.collect(try ConnectionTarget(dsn: database.dsn(role: role)), options: options)
    }
}

extension CollectionOptions {
    /// Everything, but without pauses between samples.
    static var brief: CollectionOptions {
        var options = CollectionOptions()
        options.sampleInterval = .zero
        return options
    }
}

extension Snapshot {
    func note(_ evidence: EvidenceKind) -> CollectionNote? { notes.first { $0.evidence == evidence } }

    /// A statement of the visited database: others on the server belong to other tests.
    func statement(containing text: String) -> Statement? {
        statementStatistics?.statements.first {
            $0.database == server.database && $0.text?.contains(text) ?? false
        }
    }
}
