import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// What VACUUM leaves behind when it does not come, or may not do enough: found on real servers, mended by what is printed.
@Suite(.serialized) struct VacuumUnderLoadTests: UsesShop {
    private func finding(_ rule: String, _ observation: Observation) -> Finding? {
        judgedSafely(observation).findings.first { $0.rule == rule }
    }

    /// As it would be so many s later, with nothing changed.
    private func later(_ snapshot: Snapshot, _ seconds: Double) -> Snapshot {
        var snapshot = snapshot
        snapshot.takenAt += seconds
        return snapshot
    }

    private func counted(_ rows: Int, _ column: String, of table: String) -> String {
        "(SELECT \(column) FROM pg_stat_user_tables WHERE relname = '\(table)') >= \(rows)"
    }

    /// With the limits of a small server from long ago the one worker does not get through one table, and another that is due
    /// waits for it; with those that are advised both are done.
    @Test(arguments: TestServer.Version.underLoad)
    func limitsThatAreTooSmallStarveATable(_ version: TestServer.Version) async throws {
        let server = try await TestServer.start(
            version: version,
            settings: [
                "autovacuum_max_workers": "1", "autovacuum_naptime": "1s", "autovacuum_vacuum_cost_limit": "1",
                "autovacuum_vacuum_cost_delay": "50ms", "autovacuum_vacuum_insert_scale_factor": "0.1",
            ])
        defer { server.stop() }
        // Vacuumed as they are made, so that autovacuum has nothing to do yet.
        try await server.psql(
            """
            CREATE TABLE ledger (n int PRIMARY KEY, note text) WITH (autovacuum_enabled = false);
            INSERT INTO ledger SELECT n, md5(n::text) FROM generate_series(1, 25000) n;
            CREATE TABLE events WITH (autovacuum_enabled = false) AS SELECT generate_series(1, 400000) AS id;
            """)
        try await server.psql("VACUUM ANALYZE ledger;")
        try await server.psql("VACUUM ANALYZE events;")
        try await server.wait(until: counted(1, "vacuum_count", of: "events"))
        let calm = try await Snapshot.collected(server.dsn())
        let quiet = Observation(later(calm, 7200), since: calm)
        #expect(finding("vacuum.starved-table", quiet) == nil && finding("vacuum.budget-too-small", quiet) == nil)

        try await server.psql("UPDATE ledger SET n = -n; INSERT INTO events SELECT generate_series(1, 110000);")
        try await server.psql("ALTER TABLE ledger RESET (autovacuum_enabled);")
        try await server.wait(
            until: "EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'ledger'::regclass)", attempts: 6)
        try await server.psql("ALTER TABLE events RESET (autovacuum_enabled);")
        try await server.wait(until: counted(110_000, "n_ins_since_vacuum", of: "events"))
        let due = try await Snapshot.collected(server.dsn())

        // A minute's writes.
        let small = try #require(finding("vacuum.budget-too-small", Observation(later(due, 60), since: calm)))
        #expect(small.severity == .warning && small.summary.contains("ledger"), "\(small.summary)")
        let hours = Observation(later(due, 7200), since: due)
        let starved = try #require(finding("vacuum.starved-table", hours))
        #expect(starved.severity == .warning && starved.objects[0].name == "public.events", "\(starved.summary)")
        #expect(finding("vacuum.starved-table", Observation(due, since: calm)) == nil, "a moment is not long")

        let advised = try #require(small.actions.first { !$0.sql.isEmpty })
        try await configure(server, advised.sql)
        // A worker of 15 goes on with the limits that it began with.
        try await server.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker';")
        try await server.wait(
            until: counted(1, "autovacuum_count", of: "events") + " AND "
                + counted(1, "autovacuum_count", of: "ledger"),
            attempts: 6)
        let after = try await Snapshot.collected(server.dsn())
        #expect(finding("vacuum.starved-table", Observation(later(after, 7200), since: due)) == nil)
        #expect(finding("vacuum.budget-too-small", Observation(later(after, 60), since: calm)) == nil)
    }

    /// Rows that no VACUUM has seen yet are looked up in the table by every index-only scan, until it came.
    @Test func indexOnlyScansThatVisitTheTable() async throws {
        try await withShop { server in
            try await server.psql(
                """
                CREATE TABLE visits (day int, note text) WITH (autovacuum_enabled = false);
                INSERT INTO visits SELECT g / 100, repeat('x', 200) FROM generate_series(1, 120000) g;
                CREATE INDEX ON visits (day);
                GRANT SELECT ON visits TO "App 1";
                ANALYZE visits; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let look = "SELECT count(*) FROM visits WHERE day >= 800;"
            func heapFetches() async throws -> Int {
                let plan = try await server.psql("EXPLAIN (ANALYZE) " + look, database: "Shop")
                return try #require(plan.firstMatch(of: /Heap Fetches: (\d+)/).flatMap { Int($0.output.1) }, "\(plan)")
            }
            try await run(look + "\n", forMilliseconds: 1500, on: server)
            let rule = "vacuum.stale-visibility-map"
            let found = try #require(try await diagnosed(server).findings.first { $0.rule == rule })
            #expect(found.summary.contains("visits index-only, but only 0 % of its pages"), "\(found.summary)")
            #expect(try await heapFetches() > 30_000)

            let vacuum = try #require(found.actions.first { $0.tier == .containment })
            try await server.psql(vacuum.sql.joined(), database: "Shop")
            #expect(try await heapFetches() == 0)
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(look + "\n", forMilliseconds: 1500, on: server)
            let judged = try await diagnosed(server)
            #expect(!judged.findings.contains { $0.rule == rule })
            #expect(!judged.inconclusive.contains { $0.rule == rule })
        }
    }

    /// Temporary tables that are made for each call leave their columns in pg_attribute.
    @Test func temporaryTablesBloatTheCatalogs() async throws {
        try await withShop(settings: ["autovacuum_naptime": "1h"]) { server in
            func found() async throws -> Finding? {
                finding("vacuum.catalog-bloat", Observation(try await .collected(server.dsn(database: "Shop"))))
            }
            // Many tables that are there by right.
            try await server.psql(
                """
                DO $$ BEGIN FOR i IN 1..500 LOOP EXECUTE format('CREATE TABLE kept_%s (a int, b int)', i); END LOOP; END $$;
                ANALYZE pg_attribute;
                """, database: "Shop")
            #expect(try await found() == nil)
            try await server.psql(
                """
                DO $$
                DECLARE columns text := (SELECT string_agg('c' || g || ' int', ', ') FROM generate_series(1, 1500) g);
                BEGIN
                    FOR i IN 1..260 LOOP
                        EXECUTE 'CREATE TEMPORARY TABLE of_a_call (' || columns || ')';
                        DROP TABLE of_a_call;
                        COMMIT;
                    END LOOP;
                END $$;
                ANALYZE pg_attribute;
                """, database: "Shop")
            try await server.wait(
                until: "(SELECT n_dead_tup FROM pg_stat_sys_tables WHERE relname = 'pg_attribute') > 300000",
                database: "Shop")
            let bloated = try #require(try await found())
            #expect(bloated.title.contains("pg_attribute") && bloated.severity == .notice, "\(bloated.title)")
            let contain = try #require(bloated.actions.first { $0.tier == .containment })
            try await server.psql(contain.sql.joined(separator: "\n"), database: "Shop")
            // Nothing lives at the end of the file, so that VACUUM gives it back.
            #expect(try await found() == nil)
        }
    }
}
