import Foundation
import TestKit
import Testing

/// `--log`: plans of auto_explain out of a log that the user has.
@Suite struct LogOptionTests {
    private static let rule = "plan.logged-slow-call"

    private struct Report: Decodable {
        struct Rule: Decodable {
            var rule: String
            var reason: String
        }
        struct Coverage: Decodable { var skipped: [Rule] }
        var coverage: Coverage
    }

    private func skipped(_ arguments: [String], input: String = "") async throws -> String? {
        let ended = try await Program.medic(arguments + ["--format", "json", "--quiet"], input: input)
        #expect(ended.status == 0, "\(ended.error)")
        let report = try JSONDecoder().decode(Report.self, from: Data(ended.out.utf8))
        return report.coverage.skipped.first { $0.rule == Self.rule }?.reason
    }

    @Test func plansOfALogArePutToTheirStatements() async throws {
        // A server of its own: only the texts of the greatest statements are read.
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.psql(
            """
            CREATE TABLE items (id int, note text);
            INSERT INTO items SELECT g, 'secret ' || g FROM generate_series(1, 5000) g;
            SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
            SELECT count(*) FROM items WHERE note = 'secret 7';
            """)
        let log = try scratch.file("server.log", try server.log())
        let dsn = server.dsn()
        let without = try await skipped(["diagnose", dsn])
        #expect(without?.contains("--log FILE") ?? false)
        #expect(try await skipped(["diagnose", dsn, "--log", log]) == nil)

        let snapshot = try scratch.file("s.json")
        let collected = try await Program.medic("collect", dsn, "-o", snapshot, "--quiet")
        #expect(collected.status == 0, "\(collected.error)")
        #expect(try await skipped(["diagnose", "--from", snapshot, "--log", "-"], input: try server.log()) == nil)
        let empty = try scratch.file("empty.log", "2026-11-25 19:00:00.000 UTC [1] LOG:  ready\n")
        let nothing = try await skipped(["diagnose", "--from", snapshot, "--log", empty])
        #expect(nothing == "The log that was read holds no plan of auto_explain.")
    }

    private struct Locks: Decodable {
        struct Lock: Decodable { var relation: String? }
        struct Session: Decodable {
            struct Statement: Decodable { var text: String }
            var statement: Statement
            var wanted: Lock
            var held: Lock
        }
        struct Deadlock: Decodable {
            var count: Int
            var order: String
            var sessions: [Session]
        }
        struct History: Decodable { var deadlocks: [Deadlock] }
        struct Finding: Decodable {
            var rule: String
            var title: String
        }
        var lockHistory: History?
        var findings: [Finding]
    }

    /// A log of some other day, put to a snapshot: the case of a support engineer without access.
    @Test func deadlocksOfALogAreJudgedWithASnapshot() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        let snapshot = try scratch.file("s.json")
        let (orders, stock) = (
            "UPDATE orders SET n = 918273645 WHERE id = 1", "UPDATE stock SET n = 918273645 WHERE id = 1"
        )
        try await server.withDatabase("CREATE TABLE orders (id int, n int); CREATE TABLE stock (id int, n int);") {
            database in
            let collected = try await Program.medic("collect", database.dsn(), "-o", snapshot, "--quiet")
            #expect(collected.status == 0, "\(collected.error)")
            let log = (1...4).map { hour in
                let head = "2026-11-20 0\(hour):00:00.000 UTC [\(hour)] app@\(database.name)/web"
                return """
                    \(head) ERROR:  deadlock detected
                    \(head) DETAIL:  Process \(hour) waits for ShareLock on transaction 7; blocked by process 77.
                    \tProcess 77 waits for ShareLock on transaction 8; blocked by process \(hour).
                    \tProcess \(hour): \(orders)
                    \tProcess 77: \(stock)
                    \(head) CONTEXT:  while updating tuple (0,1) in relation "orders"
                    \(head) STATEMENT:  \(orders)

                    """
            }.joined()
            let file = try scratch.file("server.log", log)
            let ended = try await Program.medic(
                "diagnose", "--from", snapshot, "--log", file, "--format", "json", "--quiet")
            #expect(ended.status == 0 && !ended.out.contains("918273645"), "\(ended.error)")
            let report = try JSONDecoder().decode(Locks.self, from: Data(ended.out.utf8))
            let deadlock = try #require(report.lockHistory?.deadlocks.first)
            #expect(deadlock.count == 4 && deadlock.sessions.count == 2)
            #expect(Set(deadlock.sessions.map(\.wanted.relation)) == ["public.orders", "public.stock"])
            #expect(deadlock.sessions.allSatisfy { $0.wanted.relation != $0.held.relation })
            #expect(Set(report.findings.map(\.rule)).isSuperset(of: ["locks.deadlocks", "locks.lock-order"]))
            let page = try await Program.medic("diagnose", "--from", snapshot, "--log", file, "--quiet")
            #expect(page.out.contains("orders and stock"), "\(page.out)")
        }
    }

    @Test func aLogThatCannotBeReadIsRefusedBeforeAServerIsAsked() async throws {
        let scratch = try Scratch()
        let missing = try await Program.medic("diagnose", "host=/nowhere", "--log", "/nowhere/log")
        #expect(missing.status == 2 && missing.error.contains("/nowhere/log: there is no such file"))
        let twice = try await Program.medic("diagnose", "--from", "-", "--log", "-")
        #expect(twice.status == 2 && twice.error.contains("- is given twice"))
        let packed = try scratch.file("log.gz")
        try Data([0x1f, 0x8b, 8, 0]).write(to: URL(fileURLWithPath: packed))
        let ended = try await Program.medic("diagnose", "host=/nowhere", "--log", packed)
        #expect(ended.status == 2 && ended.error.contains("gunzip"), "\(ended.error)")
    }
}
