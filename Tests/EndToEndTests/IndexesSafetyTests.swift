import Foundation
import TestKit
import Testing

/// What `pgmedic indexes` does to a server, as the server's own log and catalog tell it.
@Suite struct IndexesSafetyTests {
    private static let allowed = [
        "SELECT ", "WITH ", "EXPLAIN (FORMAT JSON) EXECUTE pgmedic", "EXPLAIN (FORMAT JSON) /* pgmedic */ ",
        "PREPARE pgmedic AS ", "DEALLOCATE pgmedic", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
        "SAVEPOINT pgmedic", "ROLLBACK TO SAVEPOINT pgmedic", "COMMIT", "ROLLBACK",
    ]

    @Test func onlyWhatIsAllowedIsSentAndNothingStays() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", IndexShop.file)
        let server = try await TestServer.start(
            settings: ["log_statement": "all"], extensions: ["hypopg", "pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(IndexShop.setup + IndexShop.forget + IndexShop.calls)
        let relations = try await server.psql("SELECT count(*), max(oid) FROM pg_class;")
        let before = try server.log().count
        var entries: [Int] = []
        for _ in 1...3 {
            let answer = try await IndexAnswer.of([server.dsn(), "--workload", file])
            #expect(answer.complete && !answer.made.isEmpty && answer.plannerCalls > 10)
            let count = try await server.psql(
                "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%pgmedic%' OR query LIKE '%EXPLAIN%';")
            entries.append(try #require(Int(count)))
        }
        let log = String(try server.log().dropFirst(before))
        let sent = statements(in: log)
        #expect(sent.count > 300)
        for (_, statement) in sent {
            #expect(Self.allowed.contains { statement.hasPrefix($0) }, "\(statement)")
        }
        #expect(log.split(separator: "\n").filter { $0.contains("/pgmedic ") && $0.contains("ERROR:") } == [])
        expectNoneLeft(sent)
        // What the first run asked the others ask again, under the same names.
        #expect(entries[2] - entries[0] <= 5 && entries[2] < 120, "\(entries)")
        #expect(try await server.psql("SELECT count(*), max(oid) FROM pg_class;") == relations)
    }

    /// By process, each statement that we sent, in their order; of long ones the first line.
    private func statements(in log: String) -> [(process: Substring, text: Substring)] {
        log.split(separator: "\n").filter { $0.contains("/pgmedic ") }.compactMap { line in
            guard let range = line.firstRange(of: #/execute [^:]*: |statement: /#),
                let process = line.firstMatch(of: #/\[(\d+)\]/#)?.1
            else { return nil }
            return (process, line[range.upperBound...])
        }
    }

    /// Hypothetical indexes outlive a transaction: each is dropped within its own.
    private func expectNoneLeft(_ sent: [(process: Substring, text: Substring)]) {
        var made: [Substring: Int] = [:]
        var all = 0
        for (process, text) in sent {
            if text.contains("hypopg_create_index") {
                made[process, default: 0] += 1
                all += 1
            } else if text.contains("hypopg_drop_index") {
                made[process] = 0
            } else if text.hasPrefix("COMMIT") || text.hasPrefix("ROLLBACK") && !text.hasPrefix("ROLLBACK TO") {
                #expect(made[process, default: 0] == 0, "left at the end of a transaction")
            }
        }
        #expect(all > 10)
    }

    /// Literals of a file are its reader's business, not the report's.
    @Test func literalsOfAWorkloadAreNotShown() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", "SELECT * FROM orders WHERE note = 'canary-note' AND customer = 7;")
        let setup = """
            CREATE TABLE orders (id int, customer int, note text);
            INSERT INTO orders SELECT g, g % 9000, 'n' || g FROM generate_series(1, 50000) g; ANALYZE;
            """
        try await TestServer.shared().withDatabase(setup, extensions: ["hypopg"]) { database in
            let arguments = ["indexes", database.dsn(), "--workload", file, "--only-workload", "--explain"]
            for format in ["terminal", "json", "html", "markdown"] {
                let ended = try await Program.medic(arguments + ["--format", format])
                #expect(ended.status == 0 && ended.out.contains("orders"), "\(ended.error)")
                #expect(!ended.out.contains("canary"), "\(format)")
            }
            let shown = try await Program.medic(arguments + ["--show-literals"])
            #expect(shown.out.contains("canary-note"))
        }
    }
}
