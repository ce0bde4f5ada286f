import Foundation
import TestKit
import Testing

/// `pgmedic indexes --log`: logged values of parameters price a statement (PostgreSQL 16 and up), and never leave the program.
@Suite struct IndexesLogTests {
    private static let tables = """
        CREATE TABLE jobs (id int PRIMARY KEY, state text, note text);
        INSERT INTO jobs SELECT g, CASE WHEN g % 100 = 0 THEN 'seldom-' || g % 5000 ELSE 'everyday-state' END,
            repeat('n', 100) FROM generate_series(1, 100000) g;
        CREATE INDEX jobs_state ON jobs (state);
        VACUUM ANALYZE jobs; SELECT pg_stat_statements_reset();

        """

    private static let calls = """
        SET auto_explain.log_min_duration = 0;
        PREPARE by_state AS SELECT count(note) FROM jobs WHERE state = $1 AND ($2::text IS NULL OR note <> $2);
        EXECUTE by_state('everyday-state', NULL); EXECUTE by_state('everyday-state', NULL);

        """

    /// Of `by_state`, in a program's run with these arguments.
    private func cost(_ arguments: [String]) async throws -> (cost: Double, out: String) {
        let ended = try await Program.medic(["indexes"] + arguments + ["--explain", "--format", "json", "--quiet"])
        try #require(ended.status == 0, "\(ended.error)")
        let answer = try JSONDecoder().decode(IndexAnswer.self, from: Data(ended.out.utf8))
        let statement = try #require(answer.statements.first { $0.text.contains("count(note)") }, "\(ended.out)")
        return (try #require(statement.costBefore), ended.out)
    }

    @Test(arguments: [TestServer.Version.v17, .v18])
    func loggedValuesPriceTheStatement(version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.psql(Self.tables + Self.calls)
        let log = try scratch.file("server.log", try server.log())
        #expect(try server.log().contains("Query Parameters: $1 = 'everyday-state', $2 = NULL"))
        let generic = try await cost([server.dsn()])
        let logged = try await cost([server.dsn(), "--log", log])
        let explained = try await server.psql(
            "EXPLAIN SELECT count(note) FROM jobs WHERE state = 'everyday-state' AND (NULL::text IS NULL OR note <> NULL)"
        )
        let line = explained.split(separator: "\n")[0]
        let total = try #require(line.firstRange(of: "..")).upperBound
        let real = try #require(Double(line[total...].prefix { $0.isNumber || $0 == "." }))
        #expect(abs(logged.cost - real) <= 0.02 * real, "\(logged.cost), is \(real), generic \(generic.cost)")
        #expect(abs(generic.cost - real) > 0.1 * real)
        #expect(logged.out.contains("the log, for the values of 1 statement"))
        for format in ["json", "html", "markdown", "terminal"] {
            let ended = try await Program.medic(
                "indexes", server.dsn(), "--log", log, "--format", format, "--verbose", "--explain")
            #expect(ended.status == 0 && !(ended.out + ended.error).contains("everyday"), "\(format): \(ended.out)")
        }
    }

    /// A value that was cut off would be another.
    @Test func valuesThatWereCutOffAreNotUsed() async throws {
        let server = try await TestServer.start(version: .v17, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.psql(Self.tables + "SET auto_explain.log_parameter_max_length = 5;\n" + Self.calls)
        let log = try scratch.file("server.log", try server.log())
        #expect(try server.log().contains("$1 = 'every...'"))
        let logged = try await cost([server.dsn(), "--log", log])
        #expect(!logged.out.contains("the log, for the values"))
    }
}
