import Foundation
import TestKit
import Testing

/// Servers that do different work, and do it well: none of them hears of more than a notice.
@Suite("Healthy servers of many kinds", .serialized) struct HealthyKindsTests {
    @Test(arguments: HealthyKind.all)
    func nothingIsAboveANotice(_ kind: HealthyKind) async throws {
        let server = try await HealthyServer.started.value
        let report = try await kind.report(server)
        #expect(report.loud == [])
        // What was not sure says so: every rule judged, judged in part, or was left out with a reason.
        let coverage = try #require(report.coverage)
        let doubtful = Set(coverage.inconclusive.keys).union(coverage.skipped.keys)
        #expect(coverage.evaluated.isDisjoint(with: doubtful))
        #expect(coverage.evaluated.union(doubtful) == (try await HealthyServer.rules.value))
        #expect(doubtful.isSuperset(of: kind.doubtful), "\(doubtful.sorted())")
        #expect(coverage.reasons.allSatisfy { !$0.isEmpty })
    }

    @Test func aStandby() async throws {
        let server = try await HealthyServer.started.value
        let standby = try await Standby.start(of: server)
        defer { standby.stop() }
        let report = try await JSONReport.diagnosed(standby.dsn)
        #expect(report.loud == [])
    }
}

/// The server of a careful DBA; its databases are looked at in turn.
enum HealthyServer {
    static let started: Task<TestServer, any Error> = Task {
        try await TestServer.start(
            settings: [
                "fsync": "on", "full_page_writes": "on", "track_io_timing": "on", "max_wal_size": "4GB",
                "shared_buffers": "128MB", "idle_in_transaction_session_timeout": "60s",
            ], extensions: ["pg_stat_statements"])
    }

    /// Identifiers of all rules.
    static let rules: Task<Set<String>, any Error> = Task {
        let listed = try await Program.medic("rules", "list", "--format", "json")
        let rules = try JSONSerialization.jsonObject(with: Data(listed.out.utf8)) as? [[String: Any]]
        return Set((rules ?? []).compactMap { $0["id"] as? String })
    }
}

/// A database with its work.
struct HealthyKind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Its tables and all that was done before anybody looks.
    var setup: @Sendable (TestDatabase) async throws -> Void
    /// Transactions of pgbench that go on while somebody looks; empty: it is at rest. Each is sent by so many clients.
    var load: [(script: String, clients: Int, role: String)] = []
    /// Statements after which there is something to see.
    var calls = 300
    /// Rules that cannot know here, and must say so.
    var doubtful: Set<String> = []

    func report(_ server: TestServer) async throws -> JSONReport {
        try await server.withDatabase(extensions: ["pg_stat_statements"]) { database in
            try await setup(database)
            try await database.psql("SELECT pg_stat_statements_reset();")
            async let running: Void = run(on: database)
            if !load.isEmpty {
                let sum =
                    "(SELECT sum(calls) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database "
                    + "WHERE datname = current_database()))"
                try await database.wait(until: "\(sum) >= \(calls)")
            }
            let report = try await JSONReport.diagnosed(database.dsn())
            try await database.psql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pgbench';")
            try await running
            return report
        }
    }

    /// Until it is ended from outside.
    private func run(on database: TestDatabase) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (script, clients, role) in load {
                group.addTask {
                    _ = try? await PgBench.run(
                        script, ["-T", "60", "-c", "\(clients)"], on: database.dsn(role: role, over: .socket))
                }
            }
            try await group.waitForAll()
        }
    }

    static let programs = "/usr/lib/postgresql/15/bin/"
}

extension HealthyKind {
    static let all = [freshCluster, restored, atRest, underLoad, analytical, queue, appendOnly, partitioned]

    static let freshCluster = HealthyKind(testDescription: "a fresh empty database") { _ in }

    /// pg_dump | pg_restore, and nobody has been there since.
    static let restored = HealthyKind(
        testDescription: "a dump restored a moment ago",
        setup: { database in
            try await database.server.withDatabase { source in
                try await Command(PgBench.path, ["-i", "-q", "-s", "2", "--foreign-keys", source.dsn()]).check()
                try await source.psql(
                    """
                    CREATE TABLE notes (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES pgbench_accounts, text text);
                    CREATE INDEX ON notes (account);
                    INSERT INTO notes (account, text) SELECT g, md5(g::text) FROM generate_series(1, 50000) g;
                    """)
                let dump = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-\(UUID()).dump").path
                defer { try? FileManager.default.removeItem(atPath: dump) }
                try await Command(programs + "pg_dump", ["-Fc", "-f", dump, source.dsn()]).check()
                try await Command(programs + "pg_restore", ["-d", database.dsn(), "--clean", "--if-exists", dump])
                    .check()
            }
        }, doubtful: ["workload.heavy-statement"])

    private static let bench: @Sendable (TestDatabase) async throws -> Void = { database in
        try await Command(PgBench.path, ["-i", "-q", "-s", "2", database.dsn()]).check()
        try await Command(PgBench.path, ["-n", "-c", "4", "-T", "2", database.dsn()]).check()
    }

    static let atRest = HealthyKind(testDescription: "pgbench at rest", setup: bench)

    static let underLoad = HealthyKind(
        testDescription: "pgbench under load", setup: bench, load: [(PgBench.tpcB(scale: 2), 4, "postgres")])

    /// Scans and sorts of all there is, by a role whose settings allow for them.
    static let analytical = HealthyKind(
        testDescription: "reports that scan and spill on purpose",
        setup: { database in
            try await database.psql(
                """
                CREATE TABLE sales (id bigint PRIMARY KEY, day date NOT NULL, shop int NOT NULL, product int NOT NULL, amount numeric NOT NULL);
                INSERT INTO sales SELECT g, date '2025-01-01' + g % 365, g % 50, g % 20000, g % 1000 FROM generate_series(1, 300000) g;
                DO $$ BEGIN CREATE ROLE reporting LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                ALTER ROLE reporting SET work_mem = '16MB';
                GRANT SELECT ON sales TO reporting;
                VACUUM ANALYZE sales;
                """)
        },
        load: [
            (
                """
                SELECT shop, sum(amount), count(*) FROM sales GROUP BY shop;
                SELECT day, product, sum(amount) FROM sales GROUP BY day, product ORDER BY 3 DESC LIMIT 10;
                SELECT product, amount, rank() OVER (PARTITION BY product ORDER BY amount) FROM sales ORDER BY 3 DESC LIMIT 10;

                """, 1, "reporting"
            )
        ], calls: 9)

    /// Workers that take what nobody else has taken.
    static let queue = HealthyKind(
        testDescription: "a queue whose workers skip locked rows",
        setup: { database in
            try await database.psql(
                """
                CREATE TABLE jobs (id bigserial PRIMARY KEY, payload text, done boolean NOT NULL DEFAULT false);
                CREATE INDEX jobs_open ON jobs (id) WHERE NOT done;
                INSERT INTO jobs (payload) SELECT md5(g::text) FROM generate_series(1, 20000) g;
                VACUUM ANALYZE jobs;
                """)
        },
        load: [
            (
                """
                BEGIN;
                DELETE FROM jobs WHERE id = (SELECT id FROM jobs WHERE NOT done ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
                SELECT pg_sleep(0.005);
                COMMIT;

                """, 8, "postgres"
            ), ("INSERT INTO jobs (payload) VALUES (md5(random()::text));\n", 2, "postgres"),
        ])

    /// Rows that are written once and read by time.
    static let appendOnly = HealthyKind(
        testDescription: "a table that only grows, with a BRIN index",
        setup: { database in
            try await database.psql(
                """
                CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, taken timestamptz NOT NULL DEFAULT now(), device int NOT NULL, value float8);
                INSERT INTO readings (taken, device, value) SELECT now() - interval '10 days' + g * interval '2 s', g % 100, g FROM generate_series(1, 400000) g;
                CREATE INDEX readings_taken ON readings USING brin (taken) WITH (pages_per_range = 16);
                VACUUM ANALYZE readings;
                """)
        },
        load: [
            ("INSERT INTO readings (device, value) VALUES (7, random());\n", 2, "postgres"),
            (
                """
                \\set hour random(24, 200)
                SELECT count(*), avg(value) FROM readings WHERE taken >= now() - :hour * interval '1 hour' AND taken < now() - (:hour - 1) * interval '1 hour';

                """, 1, "postgres"
            ),
        ])

    /// A partition for each day.
    static let partitioned = HealthyKind(
        testDescription: "a table of 200 partitions",
        setup: { database in
            try await database.psql(
                """
                CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY, day date NOT NULL, page int NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
                CREATE INDEX ON visits (day, page);
                DO $$ BEGIN FOR d IN 0..199 LOOP
                    EXECUTE format('CREATE TABLE visits_%s PARTITION OF visits FOR VALUES FROM (%L) TO (%L)',
                        to_char(current_date - 190 + d, 'YYYYMMDD'), current_date - 190 + d, current_date - 189 + d);
                END LOOP; END $$;
                INSERT INTO visits (day, page) SELECT current_date - g % 190, g % 500 FROM generate_series(1, 190000) g;
                ANALYZE;
                """)
        },
        load: [
            (
                """
                \\set page random(1, 500)
                INSERT INTO visits (day, page) VALUES (current_date, :page);
                SELECT count(*) FROM visits WHERE day = current_date AND page = :page;

                """, 2, "postgres"
            )
        ])
}
