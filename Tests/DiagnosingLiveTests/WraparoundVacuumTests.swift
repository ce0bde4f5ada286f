import Collecting
import Foundation
import Model
import PostgresClient
import Recommending
import TestKit
import Testing

@testable import Diagnosing

/// An autovacuum worker gives way to DDL, but not when it prevents wraparound: then it is the root, and to end it helps nobody.
@Suite(.serialized) struct WraparoundVacuumTests {
    @Test func autovacuumToPreventWraparoundKeepsAnAlterTableWaiting() async throws {
        // The least that the server takes, and a worker that takes its time.
        let server = try await TestServer.start(settings: [
            "autovacuum_freeze_max_age": "100000", "autovacuum_naptime": "1s", "autovacuum_vacuum_cost_delay": "100ms",
            "autovacuum_vacuum_cost_limit": "1",
        ])
        defer { server.stop() }
        try await server.psql(
            """
            CREATE TABLE ledger WITH (autovacuum_enabled = false) AS SELECT n, md5(n::text) AS note FROM generate_series(1, 200000) n;
            CREATE PROCEDURE burn(count int) LANGUAGE plpgsql AS
                'BEGIN FOR i IN 1..count LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END';
            CALL burn(110000);
            """)
        let atWork =
            "EXISTS (SELECT FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid) WHERE v.relid = 'ledger'::regclass "
            + "AND a.query LIKE '%to prevent wraparound%')"
        // The launcher goes through a round of databases first, which may take some seconds.
        try await server.wait(until: atWork, attempts: 4)
        let migration = try await LiveSession.open(server, application: "migration")
        try await migration.start("ALTER TABLE ledger ADD COLUMN kind text")
        // deadlock_timeout has passed: an ordinary autovacuum would have been cancelled by now.
        try await server.wait(
            until:
                "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > '1.5 s') AND \(atWork)"
        )
        var options = CollectionOptions()
        options.explainsStatements = false
        options.asksWhatIf = false
        let target = try ConnectionTarget(dsn: server.dsn(over: .socket))
        let diagnosis = Diagnosis(judging: Observation(try await Collector.collect(target, options: options)))
        let root = try #require(diagnosis.observation.forest.roots.first)
        let blocked = BlockedSessions(root, diagnosis.observation)
        #expect(blocked.reason == .autovacuum(preventsWraparound: true))
        #expect(root.waiting.map(\.pid) == [await migration.pid])
        let found = try #require(diagnosis.findings.first { $0.rule == "locks.blocking-session" })
        #expect(found.summary.contains("to prevent wraparound"), "\(found.summary)")
        // It would start again at once: what is advised first is not to end it.
        let first = try #require(found.actions.first)
        #expect(!first.sql.contains { $0.contains("(pid) FROM") && $0.contains("pid = \(root.pid)") }, "\(first)")
        await migration.close()
    }
}
