import Collecting
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Diagnosing

/// Lock piles on a real server: the root is found, with why it blocks and what it holds.
@Suite(.serialized) struct LockForestTests {
    private static let schema = """
        CREATE TABLE orders (id int PRIMARY KEY, status text, secret text);
        CREATE TABLE carts (id int PRIMARY KEY);
        INSERT INTO orders SELECT n, 'new', 'x' FROM generate_series(1, 100) n;
        INSERT INTO carts VALUES (1);
        """

    private func observation(_ database: TestDatabase) async throws -> Observation {
        Observation(try await Snapshot.collected(database.dsn(over: .socket)))
    }

    /// So many sessions wait for a lock in the database.
    private func wait(for count: Int, in database: TestDatabase) async throws {
        try await database.wait(
            until: "(SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted "
                + "AND l.waitstart IS NOT NULL AND a.datname = current_database()) = \(count)")
    }

    private func blocked(_ observation: Observation, in database: TestDatabase) throws -> BlockedSessions {
        let roots = observation.forest.roots.map { BlockedSessions($0, observation) }
        return try #require(
            roots.first { $0.backend?.database == database.name || $0.prepared?.database == database.name })
    }

    @Test(arguments: TestServer.Version.allCases)
    func aRowHeldByAnIdleTransaction(version: TestServer.Version) async throws {
        try await TestServer.shared(version).withDatabase(Self.schema) { database in
            let holder = try await database.session(application: "billing")
            let waiters = try await [database.session(application: "web"), database.session(application: "web")]
            try await holder.run("BEGIN; UPDATE orders SET status = 'paid' WHERE id = 7; SELECT 1 FROM carts")
            for waiter in waiters { try await waiter.start("UPDATE orders SET secret = 'hidden-literal' WHERE id = 7") }
            try await wait(for: 2, in: database)
            let observation = try await observation(database)
            let blocked = try blocked(observation, in: database)
            #expect(blocked.root.pid == (await holder.pid))
            #expect(blocked.reason == .idleInTransaction)
            #expect(blocked.victims.count == 2)
            #expect(blocked.relation == QualifiedName("public", "orders"))
            #expect(blocked.hasWritten == true)
            #expect(blocked.held.text() == "ROW EXCLUSIVE on orders; ACCESS SHARE on carts")
            #expect(blocked.release.freed.count == 2)
            let words = observation.conflict(of: blocked.root.waiting[0], below: blocked.root.holder)
            #expect(words.hasPrefix("UPDATE needs row (0,7) of orders, which session"), "\(words)")
            // What is printed ends the wait.
            try await database.psql(blocked.ladder[0].sql[0])
            for waiter in waiters {
                _ = try await waiter.finish()
                await waiter.close()
            }
            await holder.close()
        }
    }

    @Test func theQueueBehindAnAlterTable() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let reader = try await database.session(application: "report")
            let migration = try await database.session(application: "migration")
            let web = try await [database.session(application: "web"), database.session(application: "web")]
            try await reader.run("BEGIN; SELECT count(*) FROM orders")
            try await migration.start("ALTER TABLE orders ADD COLUMN note text")
            try await wait(for: 1, in: database)
            for session in web { try await session.start("SELECT count(*) FROM orders") }
            try await wait(for: 3, in: database)
            let observation = try await observation(database)
            let blocked = try blocked(observation, in: database)
            #expect(blocked.root.pid == (await reader.pid))
            #expect(blocked.root.waiting.map(\.pid) == [await migration.pid])
            #expect(Set(blocked.root.waiting[0].heldUp.map(\.pid)) == Set([await web[0].pid, await web[1].pid]))
            #expect(blocked.hasWritten == false)
            #expect(blocked.ladder[0].steps.contains { $0.hasPrefix("Or take back the request") })
            await reader.close()
            for session in [migration] + web { await session.close() }
        }
    }

    @Test func advisoryLocksExtensionAndSchemas() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let holder = try await database.session(application: "cron")
            let waiter = try await database.session(application: "cron")
            try await holder.run("SELECT pg_advisory_lock(-5)")
            try await waiter.start("SELECT pg_advisory_lock(-5)")
            try await wait(for: 1, in: database)
            let one = try await observation(database)
            let blocked = try blocked(one, in: database)
            #expect(blocked.reason == .sessionAdvisoryLock)
            #expect(blocked.held.entries.first?.object == "advisory lock -5")
            let words = one.conflict(of: blocked.root.waiting[0], below: blocked.root.holder)
            #expect(words.hasPrefix("SELECT needs advisory lock -5; session"), "\(words)")
            await holder.close()
            _ = try await waiter.finish()
            await waiter.close()
        }
    }

    @Test func severalHoldersAreNamed() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            var readers: [LiveSession] = []
            for _ in 0..<3 {
                let reader = try await database.session(application: "report")
                try await reader.run("BEGIN; SELECT count(*) FROM orders")
                readers.append(reader)
            }
            let migration = try await database.session(application: "migration")
            try await migration.start("ALTER TABLE orders ADD COLUMN note text")
            try await wait(for: 1, in: database)
            let blocked = try blocked(try await observation(database), in: database)
            #expect(blocked.root.pid == (await readers[0].pid), "the oldest")
            #expect(
                blocked.release.others.map(\.pid).sorted() == [await readers[1].pid, await readers[2].pid].sorted())
            #expect(blocked.release.freed.isEmpty)
            for session in readers + [migration] { await session.close() }
        }
    }

    @Test func aPreparedTransactionAndWhatItHolds() async throws {
        let server = try await TestServer.start(settings: ["max_prepared_transactions": "5"])
        defer { server.stop() }
        try await server.withDatabase(Self.schema) { database in
            try await database.psql(
                "BEGIN; UPDATE orders SET status = 'paid' WHERE id = 1; PREPARE TRANSACTION 'xa-1';")
            let waiter = try await database.session(application: "web")
            try await waiter.start("DELETE FROM orders WHERE id = 1")
            try await wait(for: 1, in: database)
            let blocked = try blocked(try await observation(database), in: database)
            #expect(blocked.reason == .preparedTransaction)
            #expect(blocked.held.entries.map(\.object).contains("orders"))
            try await database.psql(blocked.ladder[0].sql[0])
            _ = try await waiter.finish()
            await waiter.close()
        }
    }

    /// A reader of a large result that does not read on: the server waits in ClientWrite, and keeps its lock.
    @Test func aClientThatDoesNotRead() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let reader = try await database.session(application: "export")
            // COPY FROM STDIN waits for data that never come.
            try await reader.start("BEGIN;\nTRUNCATE carts;\nCOPY carts FROM STDIN;\n1")
            try await database.wait(
                until:
                    "EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'COPY carts%' AND wait_event = 'ClientRead')"
            )
            let web = try await database.session(application: "web")
            try await web.start("SELECT * FROM carts")
            try await wait(for: 1, in: database)
            let blocked = try blocked(try await observation(database), in: database)
            #expect(blocked.reason == .running(.clientSends))
            #expect(blocked.ladder[0].sql[0].contains("pg_terminate_backend"), "a cancel is not heard")
            #expect(blocked.observation.statementLink(of: blocked.backend) != nil)
            await reader.close()
            await web.close()
        }
    }
}
