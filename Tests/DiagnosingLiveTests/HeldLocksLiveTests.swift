import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Locks and transactions that are kept while nobody, or not yet anybody, waits for them.
@Suite(.serialized) struct HeldLocksLiveTests: UsesSessions {
    @Test func anAdvisoryLockThatWasNeverGivenBack() async throws {
        try await withShop { server in
            try await withSessions(2, server, application: "cron") { sessions in
                try await sessions[0].run("SELECT pg_advisory_lock(-42);")
                try await sessions[1].start("SELECT pg_advisory_lock(-42);")
                try await awaitWait(server)
                let judgement = judged(try await snapshot(server))
                let found = try finding("locks.advisory-lock-held", judgement)
                #expect(found.severity == .warning)
                #expect(found.evidence.contains { $0.key == "keys" && $0.value == .list(["-42"]) }, "\(found.evidence)")
                #expect(rules(judgement).contains("locks.blocking-session"))
                try await server.psql(found.actions[0].sql.joined(separator: "\n"), database: "Shop")
                _ = try await sessions[1].finish()
                try await runAndTakeBackLimits(found, on: server)
            }
        }
    }

    /// In transaction mode the lock stays with the server connection, which the next client gets.
    @Test func aLeakOfAdvisoryLocksThroughAPooler() async throws {
        try await withShop { server in
            let bouncer = try await PgBouncer.start(for: server)
            defer { bouncer.stop() }
            _ = try await bouncer.psql("SELECT pg_advisory_lock(1, g) FROM generate_series(1, 12) g;", database: "Shop")
            try await server.wait(until: "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') = 12")
            let found = try finding("locks.advisory-lock-held", judged(try await snapshot(server)))
            #expect(found.severity == .warning && found.title.contains("12 advisory locks"), "\(found.title)")
            #expect(found.evidence.contains { $0.key == "keys" && "\($0.value)".contains("(1, 1)") })
        }
    }

    @Test func aPreparedTransactionThatNobodyEnds() async throws {
        try await withShop(settings: ["max_prepared_transactions": "4"]) { server in
            try await server.psql(
                "BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; PREPARE TRANSACTION 'it''s';", database: "Shop")
            let taken = try await snapshot(server)
            #expect(!rules(judged(taken)).contains("locks.prepared-transaction"))
            let found = try finding("locks.prepared-transaction", judged(taken, later: 120))
            #expect(found.summary.contains("with locks on orders"), "\(found.summary)")
            try await server.psql(found.actions[0].sql.joined(), database: "Shop")
            #expect(try await server.psql("SELECT count(*) FROM pg_prepared_xacts") == "0")
        }
    }

    /// Once somebody waits for it, it is the blocking session's affair: one trouble, one finding.
    @Test func aPreparedTransactionThatOthersWaitFor() async throws {
        try await withShop(settings: ["max_prepared_transactions": "4"]) { server in
            try await server.psql(
                "BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; PREPARE TRANSACTION 'xa';", database: "Shop")
            try await withSessions(1, server, application: "web") { sessions in
                try await sessions[0].start("UPDATE orders SET note = 'y' WHERE id = 1;")
                try await awaitWait(server)
                let found = rules(judged(try await snapshot(server), later: 120))
                #expect(found.contains("locks.blocking-session") && !found.contains("locks.prepared-transaction"))
                try await server.psql("ROLLBACK PREPARED 'xa';", database: "Shop")
            }
        }
    }

    @Test func aTransactionOfManyStatements() async throws {
        try await withShop { server in
            try await withSessions(1, server, application: "batch") { sessions in
                try await sessions[0].run("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1;")
                // Its statement begins more than a second after its transaction.
                try await server.wait(
                    until:
                        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'batch' AND clock_timestamp() - xact_start > '1.1 s')"
                )
                try await sessions[0].start("SELECT pg_sleep(600);")
                try await server.wait(
                    until:
                        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'batch' AND wait_event = 'PgSleep')"
                )
                let taken = try await snapshot(server)
                #expect(!rules(judged(taken, later: 60)).contains("locks.long-transaction"))
                let found = try finding("locks.long-transaction", judged(taken, later: 2000))
                #expect(
                    found.severity == .warning && found.summary.contains("the locks of what it wrote"),
                    "\(found.summary)")
                #expect(!rules(judged(taken, later: 2000)).contains("locks.long-statement"))
            }
        }
    }

    @Test func aStatementThatHasRunForVeryLong() async throws {
        try await withShop { server in
            try await withSessions(2, server, application: "report") { sessions in
                try await sessions[0].start("SELECT pg_sleep(600) FROM orders LIMIT 1;")
                let dump = try await LiveSession.open(server, database: "Shop", application: "pg_dump")
                try await dump.start("SELECT pg_sleep(600);")
                try await server.wait(
                    until: "(SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep') = 2")
                let judgement = judged(try await snapshot(server), later: 700)
                let long = judgement.findings.filter { $0.rule == "locks.long-statement" }
                #expect(long.count == 1 && long[0].severity == .notice, "\(long.map(\.title))")
                #expect(!rules(judgement).contains("locks.long-transaction"))
                try await server.psql(long[0].actions[0].sql.joined(), database: "Shop")
                #expect(try await sessions[0].finish().contains("canceling statement due to user request"))
                try await runAndTakeBackLimits(long[0], on: server)
                await dump.close()
            }
        }
    }

    @Test(arguments: [
        ("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE;", "ACCESS EXCLUSIVE"),
        ("ALTER TABLE orders ADD COLUMN extra text;", "ACCESS EXCLUSIVE"),
        ("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;", "SHARE ROW EXCLUSIVE"),
        ("CREATE INDEX ON orders (note);", "SHARE"),
    ])
    func aStrongLockInAnOpenTransaction(_ statement: String, _ mode: String) async throws {
        try await withShop { server in
            try await run("SELECT note FROM orders WHERE id = 7;\n", times: 200, on: server)
            try await withSessions(1, server, role: "postgres", application: "migration") { sessions in
                try await sessions[0].run("BEGIN; \(statement)")
                let taken = try await snapshot(server)
                #expect(!rules(judged(taken)).contains("locks.strong-lock-held"))
                let found = try finding("locks.strong-lock-held", judged(taken, later: 60))
                #expect(found.title.contains("holds \(mode) on orders"), "\(found.title)")
                try await server.psql(found.actions[0].sql.joined(), database: "Shop")
            }
        }
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func aLockTableThatFillsUp(_ version: TestServer.Version) async throws {
        let settings = ["max_locks_per_transaction": "10", "max_connections": "20"]
        try await withShop(version: version, settings: settings) { server in
            try await withSessions(1, server, application: "leak") { sessions in
                let before = try await snapshot(server)
                #expect(!rules(judged(before)).contains("locks.lock-table-near-full"))
                try await sessions[0].run("SELECT count(pg_advisory_lock(g)) FROM generate_series(1, 320) g;")
                let found = try finding("locks.lock-table-near-full", judged(try await snapshot(server)))
                #expect(found.summary.contains("(leak)"), "\(found.summary)")
                let objects = found.evidence.first { $0.key == "objects" }?.value
                #expect(
                    objects.map { if case .count(let count) = $0 { (320...360).contains(count) } else { false } }
                        ?? false)
            }
        }
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func queriesOverHundredsOfPartitions(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            let partitions = (1...120).map { "CREATE TABLE p\($0) PARTITION OF parts FOR VALUES IN (\($0));" }
            try await server.psql(
                """
                CREATE TABLE parts (month int, device int) PARTITION BY LIST (month);
                \(partitions.joined())
                CREATE INDEX ON parts (device);
                GRANT SELECT ON parts TO "App 1";
                """, database: "Shop")
            try await withSessions(4, server, application: "telemetry") { sessions in
                for session in sessions { try await session.run("BEGIN; SELECT * FROM parts WHERE device = 7;") }
                let found = try finding("locks.partitions-locked", judged(try await snapshot(server)))
                #expect(found.severity == .notice && found.title.contains("4 sessions"), "\(found.title)")
            }
        }
    }

    /// What `ALTER ROLE` sets is taken back by the undo that is printed.
    private func runAndTakeBackLimits(_ finding: Finding, on server: TestServer) async throws {
        for action in finding.actions where action.sql.contains(where: { $0.hasPrefix("ALTER ROLE") }) {
            try await server.psql(action.sql.joined(separator: "\n"), database: "Shop")
            #expect(try await server.psql("SELECT count(*) FROM pg_db_role_setting WHERE setrole <> 0") == "1")
            try await server.psql(try #require(action.undo), database: "Shop")
        }
        #expect(try await server.psql("SELECT count(*) FROM pg_db_role_setting WHERE setrole <> 0") == "0")
    }
}
