import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Connections that come, go, pile up and are lost.
@Suite(.serialized) struct SessionsLiveTests: UsesSessions {
    @Test(arguments: [TestServer.Version.v15, .v18])
    func aConnectionForEachTransaction(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            let before = try await snapshot(server)
            let started = ContinuousClock.now
            repeat {
                try await run("SELECT 1;\n", times: 40, clients: 4, arguments: ["-C"], on: server)
            } while started.duration(to: .now) < .seconds(2)
            let judgement = judged(try await snapshot(server), since: before)
            let found = try finding("locks.connection-churn", judgement)
            #expect(found.objects[0].name == "Shop")
            // A pool that runs thousands of transactions in each session is none.
            let between = try await snapshot(server)
            try await run("SELECT 1;\n", times: 3000, clients: 4, on: server)
            let after = try await snapshot(server)
            #expect(!rules(judged(after, since: between)).contains("locks.connection-churn"))
        }
    }

    @Test(arguments: [TestServer.Version.v15, .v17, .v18])
    func aBurstThatFillsTheServer(_ version: TestServer.Version) async throws {
        try await withShop(version: version, settings: ["max_connections": "32"]) { server in
            async let load: Void = run("SELECT pg_sleep(5);\n", times: 1, clients: 27, on: server)
            try await server.wait(until: "(SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep') = 27")
            let judgement = judged(try await snapshot(server))
            #expect(try finding("locks.connection-storm", judgement).summary.contains("pgbench"))
            #expect(try finding("locks.max-connections-near", judgement).severity >= .warning)
            try await load
        }
    }

    @Test func allConnectionsOfAnApplicationWait() async throws {
        try await withShop { server in
            try await server.psql("ALTER ROLE \"App 1\" CONNECTION LIMIT 6")
            try await withSessions(6, server, application: "checkout") { sessions in
                let blocker = try await LiveSession.open(server, database: "Shop", application: "report")
                try await blocker.run("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1;")
                for session in sessions { try await session.start("UPDATE orders SET note = 'y' WHERE id = 1;") }
                try await awaitWait(server, sessions: 6)
                let judgement = judged(try await snapshot(server))
                let found = try finding("locks.pool-exhausted", judgement)
                #expect(found.confidence == .high && found.summary.contains("(report)"), "\(found.summary)")
                #expect(
                    try finding("capacity.connection-limit-near", judgement).symptomOf.isSuperset(of: found.explains))
                try await blocker.run("ROLLBACK;")
                // Free again, and silent.
                for session in sessions { _ = try await session.finish() }
                #expect(!rules(judged(try await snapshot(server))).contains("locks.pool-exhausted"))
                await blocker.close()
            }
        }
    }

    @Test func anApplicationThatForgetsToRollBack() async throws {
        try await withShop { server in
            try await withSessions(6, server, application: "web") { sessions in
                for session in sessions { try await session.run("BEGIN; SELECT 1 FROM orders LIMIT 1;") }
                let taken = try await snapshot(server)
                #expect(!rules(judged(taken)).contains("locks.idle-in-transaction"))
                let judgement = judged(taken, later: 40)
                #expect(
                    try finding("locks.idle-in-transaction", judgement).title.contains("leaves 6 transactions open"))
                #expect(rules(judgement).contains("locks.pool-exhausted"))
            }
        }
    }

    @Test func sessionsThatAnAdministratorEnds() async throws {
        try await withShop { server in
            let before = try await snapshot(server)
            try await withSessions(25, server, application: "worker") { _ in
                try await server.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker';")
                try await server.wait(
                    until: "(SELECT sessions_killed FROM pg_stat_database WHERE datname = 'Shop') >= 25")
            }
            let found = try finding("locks.abandoned-sessions", judged(try await snapshot(server), since: before))
            #expect(found.summary.contains("25 were ended by an administrator"), "\(found.summary)")
        }
    }

    @Test func mostTransactionsAreRolledBack() async throws {
        try await withShop { server in
            let before = try await snapshot(server)
            try await run("BEGIN;\nINSERT INTO events (note) VALUES ('x');\nROLLBACK;\n", times: 400, on: server)
            try await server.wait(until: "(SELECT xact_rollback FROM pg_stat_database WHERE datname = 'Shop') >= 400")
            let found = try finding("locks.rollback-rate", judged(try await snapshot(server), since: before))
            #expect(found.severity == .warning, "\(found.summary)")
        }
    }

    /// VACUUM of the primary removes rows that a report on the standby may still read.
    @Test(arguments: [TestServer.Version.v15, .v18])
    func aStandbyThatCancelsReports(_ version: TestServer.Version) async throws {
        try await withShop(version: version, settings: ["max_standby_streaming_delay": "50ms"]) { server in
            let standby = try await Standby.start(of: server)
            defer { standby.stop() }
            let dsn = standby.dsn.replacingOccurrences(of: "dbname=postgres", with: "dbname=Shop")
            let before = try await snapshot(dsn)
            #expect(!rules(judged(before)).contains("locks.recovery-conflicts"))
            let psql = Command("/usr/lib/postgresql/15/bin/psql", ["-X", "-q", "-A", "-t", "-d", dsn, "-f", "-"])
            // The report tells by a cursor that its snapshot is there, then waits.
            async let report = psql.run(
                input: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orders; SELECT pg_sleep(30);")
            var isReading = false
            while !isReading {
                let probe = Command(
                    "/usr/lib/postgresql/15/bin/psql",
                    [
                        "-X", "-A", "-t", "-d", dsn, "-c",
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
                    ])
                isReading = try await probe.check().hasPrefix("1")
            }
            try await server.psql("DELETE FROM orders WHERE id < 1000; VACUUM orders;", database: "Shop")
            let output = try await report
            #expect(output.error.contains("conflict with recovery"), "\(output.error)")
            let found = try finding("locks.recovery-conflicts", judged(try await snapshot(dsn), since: before))
            #expect(found.summary.contains("VACUUM on the primary removed rows"), "\(found.summary)")
            #expect(found.actions.contains { $0.sql.contains { $0.contains("hot_standby_feedback") } })
            let primary = Engine().judge(Observation(try await snapshot(server)))
            #expect(primary.absent.contains("locks.recovery-conflicts"))
        }
    }
}
