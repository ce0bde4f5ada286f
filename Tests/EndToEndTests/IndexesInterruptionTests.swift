import Foundation
import TestKit
import Testing

/// A search that takes long can be ended at any time.
@Suite struct IndexesInterruptionTests {
    private static let setup =
        (1...4).map { table in
            """
            CREATE TABLE t\(table) (id int, a int, b int, c int, d int, e int, f text);
            INSERT INTO t\(table) SELECT g, g % 900, hashint4(g), g % 77, g / 5, g % 3000, 'f' || g FROM generate_series(1, 30000) g;

            """
        }.joined() + "ANALYZE;"

    /// So many that no search is done before it is told to stop.
    private static let workload: String = {
        let columns = ["a", "b", "c", "d", "e", "f"]
        var statements: [String] = []
        for table in 1...4 {
            for first in columns {
                for second in columns where first != second {
                    for order in columns {
                        for limit in 1...3 {
                            statements.append(
                                "SELECT id, \(order) FROM t\(table) WHERE \(first) = $1 AND \(second) = $2 "
                                    + "ORDER BY \(order) LIMIT \(limit);\n")
                        }
                    }
                }
            }
        }
        return statements.joined()
    }()

    /// Starts it, and hands over when the search goes on.
    private func searching(
        _ arguments: [String] = [], _ body: (Process, TestDatabase) async throws -> Void
    ) async throws -> (status: Int32, out: String, error: String) {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", Self.workload)
        let (out, error) = (try scratch.file("out", ""), try scratch.file("err", ""))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: error))
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            process.arguments =
                ["indexes", database.dsn(), "--workload", file, "--only-workload", "--format", "json"] + arguments
            try process.run()
            try await body(process, database)
            process.waitUntilExit()
        }
        #expect(process.terminationReason == .exit)
        return (
            process.terminationStatus, try String(contentsOfFile: out, encoding: .utf8),
            try String(contentsOfFile: error, encoding: .utf8)
        )
    }

    /// It asks for hypothetical indexes by now; a busy machine takes its time to read and plan so many statements.
    private func awaitSearch(_ database: TestDatabase) async throws {
        try await database.wait(
            until: """
                EXISTS (SELECT FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'pgmedic'
                    AND query LIKE '%hypopg_create_index%')
                """, attempts: 12)
    }

    @Test func anInterruptionShowsTheBestSetSoFar() async throws {
        var start = ContinuousClock.now
        let ended = try await searching(["--time-limit", "10min"]) { process, database in
            try await awaitSearch(database)
            start = .now
            kill(process.processIdentifier, SIGINT)
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(ended.status == 4, "\(ended.error)")
        let answer = try JSONDecoder().decode(IndexAnswer.self, from: Data(ended.out.utf8))
        #expect(!answer.complete && answer.statements.count == 2_160)
    }

    @Test func aSecondInterruptionEndsAtOnce() async throws {
        let ended = try await searching(["--time-limit", "10min"]) { process, database in
            try await awaitSearch(database)
            kill(process.processIdentifier, SIGINT)
            kill(process.processIdentifier, SIGTERM)
        }
        #expect(ended.status == 130 && ended.out.isEmpty, "\(ended.error)")
    }

    @Test func theTimeLimitEndsTheSearch() async throws {
        let start = ContinuousClock.now
        let ended = try await searching(["--time-limit", "1s"]) { _, _ in }
        #expect(ContinuousClock.now - start < .seconds(60))
        let answer = try JSONDecoder().decode(IndexAnswer.self, from: Data(ended.out.utf8))
        #expect(!answer.complete)
        // Where the time was too short for a single plan, there is no answer.
        let isJudged = answer.statements.contains { $0.costBefore != nil }
        #expect(ended.status == (isJudged ? 0 : 4), "\(ended.error)")
    }
}
