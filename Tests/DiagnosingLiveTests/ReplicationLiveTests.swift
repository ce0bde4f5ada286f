import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Standbys, slots and subscriptions in trouble.
@Suite(.serialized) struct ReplicationLiveTests: UsesSessions {
    private static let settings = [
        "wal_level": "logical", "max_replication_slots": "2", "max_standby_streaming_delay": "-1",
        "wal_retrieve_retry_interval": "100ms", "autovacuum": "off",
    ]

    private func found(_ rule: String, _ judgement: Judgement) -> [Finding] {
        judgement.findings.filter { $0.rule == rule }
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func aStandbyFromItsFirstToItsLastHour(_ version: TestServer.Version) async throws {
        try await withShop(version: version, settings: Self.settings) { server in
            let standby = try await Standby.start(of: server)
            defer { standby.stop() }
            let dsn = standby.dsn.replacingOccurrences(of: "dbname=postgres", with: "dbname=Shop")
            let healthy = judged(try await snapshot(dsn))
            for rule in ["wal-receiver-gone", "replay-held-by-session", "replication-lag", "standby-replay-paused"] {
                #expect(found("capacity." + rule, healthy).isEmpty, "\(rule)")
            }
            try await aStandbyThatIsAskedForAndNotThere(server)
            try await aReportThatReplayWaitsFor(server, dsn)
            // The primary is gone.
            server.stop()
            while try await Command.psql("SELECT count(*) FROM pg_stat_wal_receiver", on: dsn).hasPrefix("1") {}
            let gone = found("capacity.wal-receiver-gone", judged(try await snapshot(dsn)))
            #expect(gone.count == 1)
            try await Command.psql(try #require(gone.first?.actions.last?.verify), on: dsn)
        }
    }

    private func aStandbyThatIsAskedForAndNotThere(_ server: TestServer) async throws {
        func ask(for names: String) async throws {
            try await configure(server, ["ALTER SYSTEM SET synchronous_standby_names = '\(names)';"])
        }
        try await ask(for: "*")
        try await server.wait(until: "(SELECT sync_state FROM pg_stat_replication) = 'sync'")
        #expect(found("capacity.synchronous-standby-missing", judged(try await snapshot(server))).isEmpty)
        try await ask(for: "FIRST 2 (*)")
        #expect(found("capacity.synchronous-standby-missing", judged(try await snapshot(server))).count == 1)
        try await ask(for: "ghost")
        try await server.wait(until: "(SELECT sync_state FROM pg_stat_replication) = 'async'")
        let session = try await LiveSession.open(server, database: "Shop", application: "checkout")
        try await session.start("UPDATE orders SET note = 'x' WHERE id = 1;")
        try await server.wait(until: "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')")
        let judgement = judged(try await snapshot(server), later: 10)
        let missing = try finding("capacity.synchronous-standby-missing", judgement)
        #expect(missing.severity == .critical)
        #expect(
            try finding("waits.synchronous-replication", judgement).symptomOf.intersection(missing.explains).isEmpty
                == false)
        // What the report prints lets the commit go.
        let release = try #require(missing.actions.first { !$0.sql.isEmpty })
        try await configure(server, release.sql)
        _ = try await session.finish()
        #expect(found("capacity.synchronous-standby-missing", judged(try await snapshot(server))).isEmpty)
        try await configure(server, try #require(release.undo).split(separator: ";").map { $0 + ";" })
        #expect(found("capacity.synchronous-standby-missing", judged(try await snapshot(server))).count == 1)
        try await ask(for: "")
        await session.close()
    }

    private func aReportThatReplayWaitsFor(_ server: TestServer, _ dsn: String) async throws {
        let report = try await LiveSession.open(dsn: dsn, application: "report")
        try await report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orders;")
        try await server.psql(
            """
            DELETE FROM orders WHERE id <= 20000; VACUUM orders;
            INSERT INTO events (note) SELECT repeat(md5(g::text), 20) FROM generate_series(1, 40000) g;
            """, database: "Shop")
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event LIKE 'RecoveryConflict%'"
            + " AND pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > 20000000"
        while try await !Command.psql(waits, on: dsn).hasPrefix("1") {}
        let taken = try await snapshot(dsn)
        let judgement = judged(taken)
        let held = try finding("capacity.replay-held-by-session", judgement)
        #expect(held.summary.contains("without limit") && held.summary.contains("report"), "\(held.summary)")
        // Ten minutes later the lag itself is one.
        var later = taken
        later.recovery?.lastReplayAge = 600
        let lag = found("capacity.replication-lag", judged(later))
        #expect(lag.first?.symptomOf.isDisjoint(with: held.explains) == false)
        // The primary sees it too, and of two readings that it stands still.
        let primary = try await snapshot(server)
        let again = try await snapshot(server)
        #expect(again.standbys.first?.replayPosition == primary.standbys.first?.replayPosition)
        try await Command.psql(try #require(held.actions.first?.sql.first), on: dsn)
        while try await !Command.psql(
            "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) < 1000", on: dsn
        ).hasPrefix("t") {}
        #expect(found("capacity.replay-held-by-session", judged(try await snapshot(dsn))).isEmpty)
        let limit = try #require(held.actions.first { $0.sql.contains { $0.contains("max_standby_streaming_delay") } })
        for statement in limit.sql { try await Command.psql(statement, on: dsn) }
        await report.close()
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func slotsThatNobodyReads(_ version: TestServer.Version) async throws {
        try await withShop(version: version, settings: Self.settings) { server in
            let rule = "capacity.inactive-slot-without-limit"
            #expect(judged(try await snapshot(server)).absent.contains(rule))
            try await server.psql(
                "SELECT pg_create_physical_replication_slot('old_standby', true);")
            try await server.psql(
                "SELECT pg_create_logical_replication_slot('cdc', 'test_decoding');", database: "Shop")
            let taken = try await snapshot(server)
            // 17 knows since when; before that it takes two readings.
            let young = judged(taken)
            #expect(found(rule, young).isEmpty)
            #expect(young.inconclusive.contains { $0.rule == rule } == (version == .v15))
            #expect(found("capacity.server-limit-near", young).map { $0.objects[0].name } == ["max_replication_slots"])
            let later = judged(try await snapshot(server), later: 2 * 86_400, since: taken)
            #expect(found(rule, later).map { $0.objects[0].name } == ["cdc", "old_standby"])
            let limit = try #require(found(rule, later).last?.actions.first { $0.title.hasPrefix("give slots") })
            try await configure(server, limit.sql)
            #expect(found(rule, judged(try await snapshot(server), later: 2 * 86_400, since: taken)).isEmpty)
            let drop = try #require(found(rule, later).first?.actions.first { $0.tier == .fix })
            try await server.psql(drop.sql.joined(), database: "Shop")
            #expect(try await server.psql("SELECT slot_name FROM pg_replication_slots") == "old_standby")
        }
    }

    @Test func aSubscriptionThatMeetsARowOfItsOwn() async throws {
        try await withShop(settings: Self.settings) { server in
            let rule = "capacity.subscription-failing"
            try await server.psql(
                """
                CREATE DATABASE target;
                """)
            let table = "CREATE TABLE carts (id int PRIMARY KEY, note text)"
            try await server.psql("\(table); CREATE PUBLICATION carts FOR TABLE carts;", database: "Shop")
            try await server.psql(
                "SELECT pg_create_logical_replication_slot('carts', 'pgoutput');", database: "Shop")
            try await server.psql(
                """
                \(table); INSERT INTO carts VALUES (7, 'own');
                CREATE SUBSCRIPTION "My carts" CONNECTION 'host=\(server.folder) port=\(server.port) dbname=Shop user=postgres'
                    PUBLICATION carts WITH (create_slot = false, slot_name = 'carts', copy_data = false);
                """, database: "target")
            try await server.wait(
                until: "(SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming') = 1", attempts: 2)
            let before = try await snapshot(server)
            #expect(found(rule, judged(before)).isEmpty)
            try await server.psql("INSERT INTO carts VALUES (7, 'theirs');", database: "Shop")
            try await server.wait(until: "(SELECT apply_error_count FROM pg_stat_subscription_stats) >= 1")
            let failing = found(rule, judged(try await snapshot(server), since: before))
            #expect(failing.map(\.title) == ["subscription My carts fails to apply changes"])
            // Anybody may see that.
            #expect(
                found(rule, judged(try await snapshot(server.dsn(database: "Shop", role: "loader")), since: before))
                    .count == 1)
            try await server.psql("ALTER SUBSCRIPTION \"My carts\" DISABLE;", database: "target")
            let disabled = try #require(found(rule, judged(try await snapshot(server))).first)
            #expect(disabled.title == "subscription My carts is disabled after errors")
            try await server.psql("DELETE FROM carts WHERE id = 7;", database: "target")
            let enable = try #require(disabled.actions.first { !$0.sql.isEmpty })
            try await server.psql(enable.sql.joined(), database: "target")
            try await server.wait(until: "(SELECT note FROM carts) = 'theirs'", database: "target", attempts: 2)
            try await server.psql(try #require(enable.undo), database: "target")
            try await server.psql(
                "ALTER SUBSCRIPTION \"My carts\" SET (slot_name = NONE); DROP SUBSCRIPTION \"My carts\";",
                database: "target")
        }
    }

    @Test func theSizeOfTheWALIsForThoseWhoMaySeeIt() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase { database in
            let name = "watch_" + UUID().uuidString.prefix(8).lowercased()
            try await server.psql("CREATE ROLE \(name) LOGIN")
            let hidden = try await snapshot(database.dsn(role: name))
            #expect(hidden.walDirectory == nil)
            #expect(judged(hidden).skipped.contains { $0.rule == "capacity.wal-directory-large" })
            try await server.psql("GRANT pg_monitor TO \(name)")
            let seen = try #require(try await snapshot(database.dsn(role: name)).walDirectory)
            #expect(seen.size >= 16 << 20 && seen.files >= 1)
            try await server.psql("DROP ROLE \(name)")
        }
    }
}
