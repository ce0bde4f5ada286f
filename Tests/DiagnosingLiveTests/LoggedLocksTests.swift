import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Deadlocks, waits and lock timeouts that a real server wrote to its log.
@Suite(.serialized) struct LoggedLocksTests: UsesShop {
    struct Case: Sendable, CustomTestStringConvertible {
        var version: TestServer.Version
        var destination: String
        var testDescription: String { "\(version.testDescription), \(destination)" }
    }

    private static let cases = [
        Case(version: .v15, destination: "stderr"), Case(version: .v15, destination: "csvlog"),
        Case(version: .v15, destination: "jsonlog"), Case(version: .v17, destination: "stderr"),
        Case(version: .v17, destination: "jsonlog"), Case(version: .v18, destination: "stderr"),
        Case(version: .v18, destination: "jsonlog"),
    ]

    /// The log as a file of the server's own.
    private static let settings = [
        "logging_collector": "on", "log_directory": "log", "log_filename": "server.log", "log_lock_waits": "on",
        "deadlock_timeout": "100ms",
    ]

    private static let tables = """
        CREATE TABLE stock (id int PRIMARY KEY, n int);
        INSERT INTO stock SELECT g, 0 FROM generate_series(1, 100) g;
        CREATE TABLE lines (id bigserial PRIMARY KEY, order_id bigint REFERENCES orders);
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """

    private func withLog(
        _ settings: [String: String] = [:], version: TestServer.Version = .v15,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await withShop(version: version, settings: Self.settings.merging(settings) { $1 }) { server in
            try await server.psql(Self.tables, database: "Shop")
            try await body(server)
        }
    }

    private func session(_ name: String, _ server: TestServer) async throws -> LiveSession {
        try await LiveSession.open(server, database: "Shop", application: name)
    }

    private func waits(_ session: LiveSession, _ server: TestServer) async throws {
        let pid = await session.pid
        try await server.wait(
            until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(pid) AND wait_event_type = 'Lock')",
            database: "Shop")
    }

    /// Each session has done its first statement when all of them do their second: the server ends one of them.
    private func deadlock(_ sessions: [(name: String, first: String, second: String)], on server: TestServer)
        async throws
    {
        var open: [LiveSession] = []
        for one in sessions {
            let session = try await session(one.name, server)
            try await session.run("BEGIN; \(one.first)")
            open.append(session)
        }
        for (place, session) in open.enumerated() {
            try await session.start(sessions[place].second)
            if place < open.count - 1 { try await waits(session, server) }
        }
        // Who is rolled back lets the one go on that waits for it, and so round: each ends as soon as it can.
        let said = try await withThrowingTaskGroup(of: String.self) { group in
            for session in open {
                group.addTask {
                    let text = try await session.finish()
                    try await session.run("ROLLBACK")
                    return text
                }
            }
            return try await group.reduce("", +)
        }
        for session in open { await session.close() }
        #expect(said.contains("deadlock detected"), "\(said)")
    }

    private func pair(on server: TestServer, value: Int = 987_654_321) async throws {
        try await deadlock(
            [
                (
                    "checkout", "UPDATE orders SET customer = \(value) WHERE id = 1",
                    "UPDATE stock SET n = \(value) WHERE id = 1"
                ),
                ("returns", "UPDATE stock SET n = 5 WHERE id = 1", "UPDATE orders SET customer = 6 WHERE id = 1"),
            ], on: server)
    }

    private func three(on server: TestServer) async throws {
        try await deadlock(
            (1...3).map { number in
                (
                    "batch", "UPDATE stock SET n = \(number) WHERE id = \(number)",
                    "UPDATE stock SET n = 0 WHERE id = \(number % 3 + 1)"
                )
            }, on: server)
    }

    /// Each locks an order and writes a line of the other's.
    private func foreignKeyPair(on server: TestServer) async throws {
        try await deadlock(
            [
                ("web", "SELECT FROM orders WHERE id = 7 FOR UPDATE", "INSERT INTO lines (order_id) VALUES (8)"),
                ("web", "SELECT FROM orders WHERE id = 8 FOR UPDATE", "INSERT INTO lines (order_id) VALUES (7)"),
            ], on: server)
    }

    /// A holder that works for seconds, three that wait for its row, one that gives up five times.
    private func queue(on server: TestServer) async throws {
        let holder = try await session("nightly", server)
        try await holder.run("BEGIN; UPDATE orders SET customer = 1 WHERE id = 50")
        var waiters: [LiveSession] = []
        for _ in 0..<3 {
            let waiter = try await session("checkout", server)
            try await waiter.start("UPDATE orders SET customer = 2 WHERE id = 50")
            try await waits(waiter, server)
            waiters.append(waiter)
        }
        let hasty = try await session("hasty", server)
        try await hasty.run("SET lock_timeout = '150ms'")
        for _ in 0..<5 {
            let said = try await hasty.run("UPDATE orders SET customer = 3 WHERE id = 50")
            #expect(said.contains("lock timeout"))
        }
        try await holder.run("SELECT pg_sleep(2)")
        try await holder.run("COMMIT")
        for waiter in waiters { _ = try await waiter.finish() }
        for session in waiters + [holder, hasty] { await session.close() }
    }

    /// Sessions tell their counters when they end.
    private func counted(_ deadlocks: Int, on server: TestServer) async throws {
        try await server.wait(
            until: "(SELECT deadlocks FROM pg_stat_database WHERE datname = 'Shop') >= \(deadlocks)", database: "Shop")
    }

    private func read(_ server: TestServer, role: String = "postgres") async throws -> Snapshot {
        var options = CollectionOptions()
        options.sampleCount = 1
        let target = try ConnectionTarget(dsn: server.dsn(database: "Shop", role: role))
        return try await Collector.collect(target, options: options)
    }

    @Test(arguments: cases)
    func theLogTellsWhoDeadlocksAndWhoWaits(_ tested: Case) async throws {
        try await withLog(["log_destination": tested.destination], version: tested.version) { server in
            for _ in 0..<2 {
                try await pair(on: server)
                try await three(on: server)
            }
            try await foreignKeyPair(on: server)
            try await queue(on: server)
            try await counted(5, on: server)
            let snapshot = try await read(server)
            try check(try #require(snapshot.lockHistory, "\(snapshot.notes)"), snapshot)
            try check(Engine().judge(Observation(snapshot)))
            let kept = String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self)
            #expect(!kept.contains("987654321"))
        }
    }

    private func check(_ history: LockHistory, _ snapshot: Snapshot) throws {
        #expect(history.deadlocks.reduce(0) { $0 + $1.events.count } == 5, "\(history.deadlocks)")
        let pair = try #require(
            history.deadlocks.first { Set($0.sessions.compactMap(\.wanted.relation?.name)) == ["orders", "stock"] })
        #expect(pair.events.count == 2 && pair.database == "Shop" && pair.sessions.count == 2)
        #expect(pair.sessions.reduce(0) { $0 + $1.victims } == 2)
        // The same statements as pg_stat_statements has them: rules about both meet.
        let known = Set(snapshot.statementStatistics?.statements.compactMap(\.fingerprint) ?? [])
        #expect(pair.sessions.allSatisfy { known.contains($0.statement?.fingerprint ?? "") }, "\(pair)")
        let three = try #require(history.deadlocks.first { $0.sessions.count == 3 })
        #expect(three.events.count == 2 && three.sessions.allSatisfy { $0.wanted.relation?.name == "stock" })
        let check = try #require(history.deadlocks.first { $0.sessions.contains { $0.wanted.isForeignKeyCheck } })
        #expect(check.sessions.contains { $0.wanted.relation?.name == "orders" }, "\(check)")
        let queue = try #require(history.waits.first)
        #expect(queue.lock.relation?.name == "orders" && queue.lock.kind == .row && queue.longestQueue >= 2)
        #expect(queue.events.longestWait > 2000 && queue.events.totalWait > 6000)
        let failure = try #require(history.failures.first)
        #expect(failure.reason == .lockTimeout && failure.events.count == 5 && failure.lock.relation?.name == "orders")
        #expect(failure.applications == ["hasty"])
    }

    private func check(_ judgement: Judgement) throws {
        let deadlocks = try finding("locks.deadlocks", judgement)
        #expect(deadlocks.objects == [ObjectReference(.database, "Shop")])
        #expect(deadlocks.evidence.contains { $0.key == "deadlocks" && $0.value == .count(5) }, "\(deadlocks.evidence)")
        let orders = judgement.findings.filter { $0.rule == "locks.lock-order" }
        #expect(orders.count == 2, "\(orders.map(\.title))")
        let pair = try #require(orders.first { $0.title == "orders and stock are locked in different orders" })
        #expect(
            pair.summary.contains("A locks a row of orders, then a row of stock; B locks the two the other way round")
                || pair.summary.contains(
                    "A locks a row of stock, then a row of orders; B locks the two the other way round")
        )
        // The pair is a cause of the deadlocks.
        #expect(!pair.explains.isDisjoint(with: deadlocks.symptomOf))
        let steps = pair.actions.flatMap(\.steps).joined(separator: "\n")
        #expect(steps.contains("public.orders WHERE … ORDER BY id FOR NO KEY UPDATE"), "\(steps)")
        let waits = try finding("locks.logged-lock-waits", judgement)
        #expect(waits.title.hasSuffix("for rows of orders"))
        let timeouts = try finding("locks.lock-timeouts", judgement)
        #expect(timeouts.title == "orders: waited for in vain 5 times")
    }

    /// Those who may not read the log are told how, and a healthy log has no finding.
    @Test func withoutTheRightTheCounterStillSpeaks() async throws {
        try await withLog(["log_lock_waits": "off"]) { server in
            try await server.psql("CREATE ROLE watcher LOGIN; GRANT pg_monitor, pg_read_all_data TO watcher;")
            let quiet = try await read(server, role: "watcher")
            let note = try #require(quiet.notes.first { $0.evidence == .lockHistory })
            #expect(note.isTotal && note.remedy?.contains("ALTER SYSTEM SET log_lock_waits = on") ?? false)
            for _ in 0..<3 { try await pair(on: server) }
            try await counted(3, on: server)
            let blind = try await read(server, role: "watcher")
            let missing = try #require(blind.notes.first { $0.evidence == .lockHistory })
            let remedy = try #require(missing.remedy)
            #expect(missing.isTotal && remedy.contains("pg_read_binary_file(text, bigint, bigint) TO watcher"))
            let counted = try finding("locks.deadlocks", Engine().judge(Observation(blind)))
            #expect(counted.summary.contains("only the server's log tells"))
            try await server.psql(remedy, database: "Shop")
            let seeing = try await read(server, role: "watcher")
            let partly = try #require(seeing.notes.first { $0.evidence == .lockHistory })
            #expect(!partly.isTotal && partly.text.contains("but no waits"))
            let judgement = Engine().judge(Observation(seeing))
            let pair = try finding("locks.lock-order", judgement)
            // Without log_lock_waits the victim's table is in the log, and the other's in its statement.
            #expect(pair.title == "orders and stock are locked in different orders")
            #expect(judgement.inconclusive.contains { $0.rule == "locks.logged-lock-waits" })
            let setting = try #require(pair.actions.first { !$0.sql.isEmpty })
            for statement in setting.sql { try await server.psql(statement, database: "Shop") }
            try await server.wait(until: "current_setting('log_lock_waits')::bool", database: "Shop")
        }
    }

    /// What was logged before the window is not of it.
    @Test func onlyTheWindowIsJudged() async throws {
        try await withLog { server in
            for _ in 0..<3 { try await pair(on: server) }
            try await counted(3, on: server)
            let earlier = try await read(server)
            let later = try await read(server)
            let judgement = Engine().judge(Observation(later, since: earlier))
            #expect(!judgement.findings.contains { $0.rule.hasPrefix("locks.") }, "\(judgement.findings.map(\.title))")
            #expect(later.lockHistory?.deadlocks.first?.events.count == 3)
            try await pair(on: server)
            try await counted(4, on: server)
            let last = Engine().judge(Observation(try await read(server), since: earlier))
            let found = try finding("locks.deadlocks", last)
            #expect(found.evidence.contains { $0.key == "deadlocks" && $0.value == .count(1) })
        }
    }
}
