import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Waits that can be brought about on a real server within seconds, and a healthy load that must not look ill.
@Suite(.serialized)
struct WaitsUnderLoadTests {
    private func withServer(
        version: TestServer.Version = .v15, settings: [String: String] = [:], _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(
            version: version, settings: settings, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await body(server)
    }

    /// What the rules make of a window, while the script runs on so many clients.
    private func judged(
        _ server: TestServer, script: String, clients: Int, arguments: [String] = [], window: Duration = .seconds(3),
        from condition: String = "(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench') > 1"
    ) async throws -> (judgement: Judgement, observation: Observation) {
        let time = Int(window.components.seconds) + 4
        async let load: Void = PgBench.run(
            script, ["-c", "\(clients)", "-j", "2", "-T", "\(time)"] + arguments, on: server.dsn(over: .socket))
        try await server.wait(until: condition)
        let result = try await judged(server, window: window)
        _ = try? await load
        return result
    }

    private func judged(
        _ server: TestServer, window: Duration
    ) async throws -> (judgement: Judgement, observation: Observation) {
        var options = CollectionOptions()
        options.explainsStatements = false
        var pair = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn()), window: window, options: options)
        pair.second.server.take(HostFacts(cores: 2))
        let observation = Observation(pair.second, since: pair.first, basis: .sample)
        return (Engine().judge(observation), observation)
    }

    private func finding(
        _ rule: String, _ found: (judgement: Judgement, observation: Observation)
    ) throws -> Finding {
        let load = found.observation.load
        return try #require(
            found.judgement.findings.first { $0.rule == rule },
            "\(load?.samples ?? 0) readings, \(load?.byEvent.prefix(5).map { "\($0.name) \($0.average)" } ?? [])")
    }

    @Test func commitsWithoutTheirStandby() async throws {
        try await withServer { server in
            try await server.psql(
                """
                CREATE TABLE t (id int);
                ALTER SYSTEM SET synchronous_standby_names = 'ghost'; SELECT pg_reload_conf();
                """)
            try await server.wait(until: "current_setting('synchronous_standby_names') = 'ghost'")
            let session = try await LiveSession.open(server, application: "checkout")
            try await session.start("INSERT INTO t VALUES (1)")
            try await server.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query_start < "
                    + "clock_timestamp() - interval '5.2 s')")
            let found = try finding("waits.synchronous-replication", try await judged(server, window: .seconds(1)))
            #expect(found.severity == .critical && found.summary.contains("ghost"))
            #expect(found.explains.contains(.backend(await session.pid)))
            let release = try #require(found.actions.first { !$0.sql.isEmpty })
            for statement in release.sql { try await server.psql(statement) }
            _ = try await session.finish()
            #expect(try await server.psql("SELECT count(*) FROM t") == "1")
            try await server.psql(try #require(release.undo).replacing("; ", with: ";\n"))
            try await server.wait(until: "current_setting('synchronous_standby_names') = 'ghost'")
            await session.close()
        }
    }

    @Test func aStandbyThatAnswersIsNoFinding() async throws {
        try await withServer { server in
            let standby = try await Standby.start(of: server)
            defer { standby.stop() }
            try await server.psql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf();")
            try await server.wait(until: "EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
            try await server.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (1);")
            let found = try await judged(server, window: .seconds(1))
            #expect(!found.judgement.findings.contains { $0.rule == "waits.synchronous-replication" })
            #expect(found.judgement.evaluated.contains("waits.synchronous-replication"))
        }
    }

    @Test func loadersExtendOneTable() async throws {
        try await withServer { server in
            try await server.psql(
                """
                CREATE UNLOGGED TABLE files (body text); ALTER TABLE files ALTER body SET STORAGE external;
                """)
            let result = try await judged(
                server, script: "INSERT INTO files SELECT repeat('x', 1800) FROM generate_series(1, 200);\n",
                clients: 30)
            let found = try finding("waits.relation-extension", result)
            #expect(found.objects.map(\.name) == ["public.files"] && found.severity == .warning)
            #expect(found.impact.value >= 10)
        }
    }

    @Test func manyPartitionsLockedAtOnce() async throws {
        try await withServer { server in
            try await server.psql(
                """
                CREATE TABLE parts (a int, b int) PARTITION BY RANGE (a);
                DO $$ BEGIN FOR i IN 0..99 LOOP
                    EXECUTE format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%s) TO (%s)', i, i, i + 1);
                    EXECUTE format('CREATE INDEX ON parts_%s (b)', i);
                END LOOP; END $$;
                """)
            let result = try await judged(
                server, script: "SELECT count(*) FROM parts WHERE b = 5;\n", clients: 50, arguments: ["-M", "prepared"])
            let found = try finding("waits.lock-manager", result)
            let facts = found.evidence.filter { ["fastPathSlots", "relationsLocked"].contains($0.key) }.map(\.value)
            #expect(facts == [.count(16), .count(201)], "\(found.evidence)")
            #expect(found.summary.contains("201 relations"))
        }
    }

    @Test func subtransactionsBeyondTheCache() async throws {
        try await withServer { server in
            try await server.psql(
                """
                CREATE TABLE sub (id int, n int); INSERT INTO sub SELECT g, 0 FROM generate_series(1, 2000) g;
                CREATE INDEX ON sub (id); CREATE TABLE tick (n int);
                """)
            // More subtransactions than the cache has room for (32 pages of 2,048 up to 16), in one transaction that stays open.
            let batch = try await LiveSession.open(server, application: "batch")
            try await batch.run(
                """
                BEGIN;
                DO $$ BEGIN FOR i IN 1..140000 LOOP
                    BEGIN UPDATE sub SET n = n + 1 WHERE id = i % 2000 + 1; EXCEPTION WHEN division_by_zero THEN NULL; END;
                END LOOP; END $$;
                """)
            let result = try await judged(
                server, script: "INSERT INTO tick VALUES (1);\nSELECT sum(n) FROM sub;\n", clients: 30)
            let found = try finding("waits.subtransaction-overflow", result)
            #expect(found.summary.contains("batch"))
            #expect(found.symptomOf.contains(.backend(await batch.pid)))
            await batch.close()
        }
    }

    @Test(
        "TPC-B, and brief row locks, on two cores: no lock or wait above a notice but the CPU's", arguments: [20, 100])
    func healthyLoad(clients: Int) async throws {
        try await withServer(settings: ["fsync": "on", "full_page_writes": "on"]) { server in
            try await Command(PgBench.path, ["-i", "-q", "-s", "10", server.dsn(over: .socket)]).check()
            let result = try await judged(
                server, script: PgBench.tpcB(scale: 10), clients: clients, window: .seconds(4))
            let load = try #require(result.observation.load)
            #expect(load.samples >= 10 && load.total > 2)
            let loud = result.judgement.findings.filter {
                [.waits, .locks].contains($0.area) && $0.severity > .notice && $0.rule != "waits.more-active-than-cores"
            }
            #expect(
                loud.isEmpty,
                "\(loud.map { ($0.rule, $0.title, $0.summary) }) \(load.byEvent.prefix(8).map { ($0.name, $0.average) })"
            )
        }
    }

    @Test func moreSessionsThanCoresWhereTheyCompute() async throws {
        try await withServer { server in
            let script = "SELECT count(*) FROM generate_series(1, 200000) g WHERE g % 7 = 3;\n"
            let result = try await judged(server, script: script, clients: 16)
            let found = try finding("waits.more-active-than-cores", result)
            #expect(found.severity == .warning && found.impact.value > 6)
            // The statement that uses the CPU is its cause.
            let heavy = try finding("workload.heavy-statement", result)
            #expect(!heavy.explains.isDisjoint(with: found.symptomOf))
        }
    }
}
