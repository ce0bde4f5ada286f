import Collecting
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Diagnosing

/// Autovacuum that cannot keep up, and what holds the horizon, on real servers.
@Suite(.serialized) struct VacuumLiveTests {
    private func collected(_ server: TestServer, database: String = "postgres") async throws -> Snapshot {
        try await Snapshot.collected(server.dsn(database: database))
    }

    private func findings(_ rule: any Rule.Type, _ snapshot: Snapshot, since earlier: Snapshot? = nil) -> [Finding] {
        Engine([rule]).judge(Observation(snapshot, since: earlier)).findings
    }

    /// As it would be so many s later, with nothing changed.
    private func later(_ snapshot: Snapshot, _ seconds: Double) -> Snapshot {
        var snapshot = snapshot
        snapshot.takenAt += seconds
        return snapshot
    }

    /// The one worker crawls through a throttled table, and all others wait for it.
    @Test(arguments: [TestServer.Version.v15, .v18])
    func oneWorkerCrawlsAndTheRestWaits(_ version: TestServer.Version) async throws {
        let server = try await TestServer.start(
            version: version, settings: ["autovacuum_max_workers": "1", "autovacuum_naptime": "1s"])
        defer { server.stop() }
        try await server.psql(
            """
            CREATE TABLE ledger (n int, note text) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
            INSERT INTO ledger SELECT n, md5(n::text) FROM generate_series(1, 300000) n; DELETE FROM ledger WHERE n % 2 = 0;
            """)
        try await server.wait(
            until: "EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'ledger'::regclass)", attempts: 6)
        try await server.psql(
            (1...16).map {
                "CREATE TABLE orders_\($0) AS SELECT generate_series(1, 4000) AS id; DELETE FROM orders_\($0) WHERE id > 1000;"
            }.joined())
        try await server.wait(
            until: "(SELECT count(*) FROM pg_stat_user_tables WHERE relname LIKE 'orders%' AND n_dead_tup >= 3000) = 16"
        )
        let first = try await collected(server)
        let snapshot = later(first, 7200)

        let busy = try #require(findings(WorkersBusy.self, snapshot).first)
        #expect(busy.summary.contains("ledger"), "\(busy.summary)")
        #expect(busy.summary.contains("orders_"), "\(busy.summary)")
        #expect(findings(WorkersBusy.self, first).isEmpty, "a minute is no time")

        let crawl = try #require(findings(ThrottledTable.self, snapshot).first)
        #expect(crawl.objects.first?.name == "public.ledger")
        let fix = try #require(crawl.actions.first { $0.tier == .fix })

        let backlog = try #require(findings(VacuumBacklog.self, snapshot).first)
        #expect(backlog.evidence.contains { $0.key == "tablesDue" && $0.value == .count(16) }, "\(backlog.evidence)")

        // Once the server's limits hold for it, the worker is done with it soon, and comes to the others.
        try await server.psql(fix.sql.joined())
        try await server.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker';")
        try await server.wait(
            until: "(SELECT count(*) FROM pg_stat_user_tables WHERE relname LIKE 'orders%' AND n_dead_tup = 0) = 16",
            attempts: 6)
        let after = later(try await collected(server), 7200)
        #expect(findings(VacuumBacklog.self, after).isEmpty)
        #expect(findings(WorkersBusy.self, after).isEmpty)
        #expect(findings(ThrottledTable.self, after).isEmpty)
        try await server.psql(try #require(fix.undo))
    }

    private static let burn = """
        CREATE PROCEDURE burn(count int) LANGUAGE plpgsql AS
            'BEGIN FOR i IN 1..count LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END';
        """

    /// Each kind of holder is told with its own remedy, and what it does not hold is not laid to it.
    @Test func eachHolderOfTheHorizonIsToldWithItsRemedy() async throws {
        let server = try await TestServer.start(settings: [
            "wal_level": "logical", "max_prepared_transactions": "5", "autovacuum": "off",
        ])
        defer { server.stop() }
        try await server.psql(Self.burn)
        try await server.psql("CREATE DATABASE other;")
        try await server.psql(
            """
            SELECT pg_create_logical_replication_slot('cdc', 'pgoutput');
            """)
        let elsewhere = try await LiveSession.open(server, database: "other", application: "elsewhere")
        try await elsewhere.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        let standby = try await TestKit.Standby.start(of: server)
        defer { standby.stop() }
        try await Command.psql(
            """
            ALTER SYSTEM SET hot_standby_feedback = on;
            ALTER SYSTEM SET wal_receiver_status_interval = 1;
            SELECT pg_reload_conf();
            """, on: standby.dsn)
        let report = try await LiveSession.open(dsn: standby.dsn, application: "report")
        try await report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class")
        try await server.wait(until: "EXISTS (SELECT FROM pg_stat_replication WHERE backend_xmin IS NOT NULL)")
        try await server.psql(
            """
            CREATE TABLE orders AS SELECT generate_series(1, 30000) AS id;
            BEGIN; INSERT INTO orders VALUES (0); PREPARE TRANSACTION 'it''s xa';
            """)
        let session = try await LiveSession.open(server, application: "nightly")
        try await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orders")
        try await server.psql("CALL burn(12000); DELETE FROM orders WHERE id > 10; VACUUM orders;")
        try await server.wait(until: "(SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'orders') > 20000")

        let snapshot = try await collected(server)
        let found = try #require(findings(HorizonHeld.self, snapshot).first)
        let said = found.actions.map(\.title).joined(separator: "\n")
        #expect(found.summary.contains("orders"), "\(found.summary)")
        #expect(!said.contains("cdc"), "a logical slot keeps no rows of orders: \(said)")
        #expect(!said.contains("elsewhere"), "a session of another database keeps none either: \(said)")
        let holders = HorizonHolder.all(Observation(snapshot))
        #expect(holders.contains { $0.name == "slot cdc" && $0.reach == .catalogs })
        #expect(holders.contains { $0.name.hasPrefix("standby") && $0.reach == .everything }, "\(holders.map(\.name))")
        #expect(
            said.contains("prepared transaction it's xa") || found.objects[0].kind == .preparedTransaction, "\(said)")

        // One after the other, until nobody holds it: each finding names the next, and its SQL is the remedy.
        await report.close()
        // What it holds now is what the primary's own transactions hold: its echo goes with it.
        standby.stop()
        try await server.wait(until: "NOT EXISTS (SELECT FROM pg_stat_replication)")
        var order: [String] = []
        while let next = findings(HorizonHeld.self, try await collected(server)).first, order.count < 4 {
            order.append(next.objects[0].kind.rawValue)
            let remedy = try #require(next.actions.first { !$0.sql.isEmpty })
            try await server.psql(remedy.sql.joined(separator: "\n"))
            try await server.psql("VACUUM orders;")
        }
        #expect(Set(order) == ["session", "preparedTransaction"] && order.count == 2, "\(order)")
        #expect(try await server.psql("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'orders'") == "0")
        await session.close()
        await elsewhere.close()
    }

    /// Room on the page: told by the counter from 16 on, and by what the statements set before.
    @Test(arguments: [TestServer.Version.v15, .v17])
    func updatesThatFindNoRoom(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let setup = """
            CREATE TABLE accounts (id int PRIMARY KEY, owner int, balance int, note text) WITH (autovacuum_enabled = false);
            INSERT INTO accounts SELECT g, g % 100, 0, repeat('x', 60) FROM generate_series(1, 20000) g;
            CREATE TABLE moved (id int PRIMARY KEY, owner int) WITH (autovacuum_enabled = false, fillfactor = 40);
            CREATE INDEX ON moved (owner);
            INSERT INTO moved SELECT g, 0 FROM generate_series(1, 20000) g;
            """
        try await server.withDatabase(setup, extensions: ["pg_stat_statements"]) { database in
            // Others' statements, which the suites before left, would take the places of the greatest.
            try await database.psql("SELECT pg_stat_statements_reset();")
            try await database.psql("UPDATE accounts SET balance = balance + 1;")
            try await database.psql("UPDATE moved SET owner = owner + 1;")
            try await database.wait(until: "(SELECT sum(n_tup_upd) FROM pg_stat_user_tables) = 40000")
            let snapshot = try await collected(server, database: database.name)
            let found = findings(UpdatesLeavePage.self, snapshot)
            #expect(found.compactMap(\.objects.first?.name) == ["public.accounts"])
            let fix = try #require(found.first?.actions.first { $0.tier == .fix })
            #expect(fix.sql == ["ALTER TABLE public.accounts SET (fillfactor = 85);"])
            // With room, the same update is HOT.
            try await database.psql(fix.sql[0])
            try await database.psql("VACUUM FULL accounts; UPDATE accounts SET balance = 0 WHERE id % 8 = 0;")
            try await database.wait(
                until: "(SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'accounts') >= 2400")
            try await database.psql(try #require(fix.undo))
        }
    }

    /// Without the statements the cause is not known up to 15, and is not guessed.
    @Test func withoutStatementsTheCauseIsNotGuessed() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE accounts (id int PRIMARY KEY, balance int) WITH (autovacuum_enabled = false);
            INSERT INTO accounts SELECT g, 0 FROM generate_series(1, 20000) g;
            """
        try await server.withDatabase(setup) { database in
            try await database.psql("UPDATE accounts SET balance = 1;")
            try await database.wait(until: "(SELECT sum(n_tup_upd) FROM pg_stat_user_tables) = 20000")
            var snapshot = try await collected(server, database: database.name)
            snapshot.statementStatistics?.statements = []
            let judgement = Engine([UpdatesLeavePage.self]).judge(Observation(snapshot))
            #expect(judgement.findings.isEmpty && judgement.inconclusive.count == 1)
        }
    }

    @Test func aVacuumThatForgetsGoesThroughItsIndexesAgain() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE events (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
            INSERT INTO events SELECT generate_series(1, 500000); DELETE FROM events WHERE id > 100;
            """
        try await server.withDatabase(setup) { database in
            let vacuum = try await database.session()
            try await vacuum.run(
                "SET maintenance_work_mem = '1MB'; SET vacuum_cost_delay = 10; SET vacuum_cost_limit = 200")
            try await vacuum.start("VACUUM events")
            try await database.wait(
                until:
                    "EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE index_vacuum_count >= 1 AND phase = 'scanning heap')"
            )
            var snapshot = try await collected(server, database: database.name)
            let progress = try #require(snapshot.progress.first { $0.relation?.name == "events" })
            #expect(1_000_000...1_048_576 ~= progress.deadRowMemory ?? 0, "1 MB in rows of six bytes")
            let passes = try #require(progress.indexPasses)
            let index = try #require(snapshot.catalogs[0].indexes.firstIndex { $0.relation.name == "events" })
            snapshot.catalogs[0].indexes[index].size = 1 << 30
            let found = try #require(findings(SeveralIndexPasses.self, snapshot).first)
            #expect(
                found.actions.first?.sql.first == "ALTER SYSTEM SET maintenance_work_mem = '\(passes + 2)MB';",
                "\(found.actions)")
            try await database.psql("SELECT pg_cancel_backend(\(await vacuum.pid));")
            await vacuum.close()
        }
    }

    /// An insert-only table owes nothing once autovacuum's thresholds are on; days left come from two readings.
    @Test func whatWraparoundIsOwed() async throws {
        let server = try await TestServer.start(settings: [
            "autovacuum_freeze_max_age": "100000", "autovacuum": "off", "autovacuum_naptime": "1d",
        ])
        defer { server.stop() }
        try await server.psql(Self.burn)
        try await server.psql(
            "CREATE TABLE history WITH (autovacuum_vacuum_insert_threshold = -1) AS SELECT generate_series(1, 50000) AS id;"
        )
        try await server.wait(until: "(SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'history') = 50000")
        var first = try await collected(server)
        try await server.psql("CALL burn(3000);")
        var second = try await collected(server)
        #expect(second.server.nextTransactionID! - first.server.nextTransactionID! >= 3000)
        // An hour apart, as if they were.
        first.takenAt = second.takenAt - 3600
        second.databases.indices.forEach { second.databases[$0].frozenXIDAge += 300_000 }
        let observation = Observation(second, since: first)
        let perDay = try #require(observation.burnedTransactionsPerDay)
        #expect(70_000...90_000 ~= perDay, "3,000 an hour: \(perDay)")
        let found = findings(Wraparound.self, second, since: first)
        #expect(
            found.contains { $0.objects[0].name == "postgres" && $0.impact.unit == .days }, "\(found.map(\.summary))")

        func large(_ snapshot: Snapshot) -> Snapshot {
            var snapshot = snapshot
            // Autovacuum is off so that it does not come in between; a hundred thousand times as large.
            snapshot.settings.indices.forEach {
                if snapshot.settings[$0].name == "autovacuum" { snapshot.settings[$0].value = "on" }
            }
            for place in snapshot.catalogs[0].relations.indices
            where snapshot.catalogs[0].relations[place].name.name == "history" {
                snapshot.catalogs[0].relations[place].pages = 100_000_000
                snapshot.catalogs[0].relations[place].allVisiblePages *= 1_000_000
            }
            return snapshot
        }
        let debt = try #require(findings(FreezeDebt.self, large(second)).first)
        #expect(debt.objects[0].name == "public.history" && debt.severity == .warning)
        let freeze = try #require(debt.actions.first { $0.tier == .containment })
        try await server.psql(freeze.sql.joined())
        #expect(findings(FreezeDebt.self, large(try await collected(server))).isEmpty)
    }

    /// Whoever wants a strong lock sends autovacuum away; the log tells how often.
    @Test func autovacuumThatGivesWayIsCounted() async throws {
        let server = try await TestServer.start(settings: [
            "logging_collector": "on", "log_directory": "log", "log_filename": "server.log", "deadlock_timeout": "50ms",
            "log_lock_waits": "on",
            "autovacuum_naptime": "1s", "autovacuum_max_workers": "1",
        ])
        defer { server.stop() }
        try await server.psql(
            """
            CREATE TABLE queue (id int) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
            INSERT INTO queue SELECT generate_series(1, 100000); DELETE FROM queue WHERE id > 100;
            """)
        for _ in 1...3 {
            try await server.wait(
                until: "EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'queue'::regclass)", attempts: 6)
            try await server.psql("BEGIN; LOCK TABLE queue IN SHARE MODE; ROLLBACK;")
        }
        let snapshot = try await collected(server)
        let cancelled = try #require(snapshot.lockHistory?.cancelledVacuums)
        #expect(cancelled.map(\.relation) == [QualifiedName("public", "queue")])
        #expect(cancelled.first?.events.count == 3)
        let found = try #require(findings(AutovacuumCancelled.self, snapshot).first)
        try await server.psql(try #require(found.actions.first).sql.joined())
        try await server.wait(until: "(SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'queue') = 0")
        #expect(findings(AutovacuumCancelled.self, try await collected(server)).isEmpty)
    }
}
