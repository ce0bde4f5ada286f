import Collecting
import Diagnosing
import Foundation
import PostgresClient
import Recommending
import TestKit
import Testing

/// What does not change is said the same way each time: a report that shuffles is not trusted, and no sweep can compare it.
@Suite(.serialized) struct StabilityTests: UsesShop {
    private static let runs = 10

    @Test func tenRunsOnAnUnchangedServerSayTheSame() async throws {
        try await withShop(settings: ["autovacuum": "off", "log_lock_waits": "off"]) { server in
            try await server.psql(Self.sick, database: "Shop")
            try await run("SELECT count(*) FROM orders WHERE note LIKE '%7f%';\n", forMilliseconds: 3000, on: server)
            try await run(
                "\\set id random(1, 20000)\nSELECT * FROM lines WHERE order_id = :id;\n", times: 300, on: server)
            let holder = try await LiveSession.open(server, database: "Shop", role: "App 1", application: "holder")
            _ = try await holder.run("BEGIN; UPDATE orders SET note = 'x' WHERE id IN (1, 2, 3);")
            for id in 1...3 {
                let waiter = try await LiveSession.open(server, database: "Shop", role: "App 1", application: "web")
                try await waiter.start("UPDATE orders SET note = 'y' WHERE id = \(id);")
            }
            // A wait of a moment is none yet.
            try await server.wait(
                until: """
                    (SELECT count(*) = 3 FROM pg_stat_activity
                     WHERE wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '5 s')
                    """)
            var reports: [[String]] = []
            for _ in 1...Self.runs {
                let target = try ConnectionTarget(dsn: server.dsn(database: "Shop"))
                let diagnosis = Diagnosis(judging: Observation(try await Collector.collect(target)))
                reports.append(diagnosis.findings.map { "\($0.fingerprint) \($0.rule)" })
            }
            #expect(reports[0].count >= 8, "\(reports[0])")
            for (number, report) in reports.enumerated() {
                #expect(report == reports[0], "run \(number + 1) differs")
            }
        }
    }

    private static let sick = """
        CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, note text);
        INSERT INTO lines SELECT g, 1 + g % 20000, md5(g::text) FROM generate_series(1, 200000) g;
        CREATE INDEX customer_again ON orders (customer);
        CREATE INDEX customer_note ON orders (customer, note);
        CREATE TABLE small (id smallserial PRIMARY KEY);
        SELECT setval('small_id_seq', 31000);
        CREATE TABLE logged (note text);
        INSERT INTO logged SELECT 'x' FROM generate_series(1, 100000);
        DELETE FROM logged;
        ALTER TABLE lines ADD CONSTRAINT later CHECK (note <> '') NOT VALID;
        ALTER TABLE lines DISABLE TRIGGER ALL;
        ALTER TABLE lines OWNER TO "App 1";
        ANALYZE;
        """
}
