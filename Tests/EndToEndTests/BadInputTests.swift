import Foundation
import TestKit
import Testing

/// What is wrong with the input is said clearly, with the right exit code, and in bounded time.
@Suite struct BadInputTests {
    /// The message on stderr, after a check of the exit code.
    private func message(_ arguments: [String], endsWith status: Int32, environment: [String: String] = [:])
        async throws -> String
    {
        let ended = try await Program.medic(arguments, environment: environment)
        #expect(ended.status == status, "\(arguments): \(ended.error)")
        #expect(ended.out.isEmpty)
        #expect(!ended.error.contains("Fatal error"))
        return ended.error
    }

    @Test(arguments: [
        (["diagnose", "hots=db1"], "hots"),
        (["diagnose", "mysql://db1/shop"], "postgresql://"),
        (["diagnose", "--format", "xml"], "xml"),
        (["diagnose", "-o", "report.doc"], ".html"),
        (["diagnose", "--only", "lokcs"], "locks"),
        (["diagnose", "--skip", "index.duplicat"], "index.duplicate"),
        (["diagnose", "--from", "/nonexistent/x.json.gz"], "/nonexistent/x.json.gz"),
        (["diagnose", "--from", "/tmp", "--quiet"], "directory"),
        (["diagnose", "--from", "x", "--sample", "3s"], "--sample"),
        (["diagnose", "--from", "x", "--measure-bloat"], "--measure-bloat"),
        (["diagnose", "--sample", "soon"], "soon"),
        (["diagnose", "--quiet", "--verbose"], "--quiet"),
        (["diagnose", "-o", "/nonexistent/report.html"], "/nonexistent/report.html"),
        (["collect", "-o", "/nonexistent/s.json.gz"], "/nonexistent/s.json.gz"),
        (["collect"], "--output"),
        (["rules", "show", "nosuch"], "nosuch"),
        (["plan"], "file"),
        (["plan", "/nonexistent/plan.txt"], "/nonexistent/plan.txt"),
        (["plan", "/tmp"], "directory"),
        (["plan", "/dev/null"], "empty"),
        (["plan", "/bin/sh"], "binary"),
        (["plan", #filePath], "no plan"),
        (["frobnicate"], "frobnicate"),
    ])
    func unusableInputEndsWith2(arguments: [String], names: String) async throws {
        #expect(try await message(arguments, endsWith: 2).contains(names))
    }

    @Test(arguments: [
        ("host=/nonexistent", "/nonexistent"), ("host=nosuch.invalid", "nosuch.invalid"),
        ("host=127.0.0.1 port=1", "127.0.0.1"),
    ])
    func aServerThatCannotBeReachedEndsWith3(dsn: String, names: String) async throws {
        #expect(try await message(["diagnose", dsn], endsWith: 3).contains(names))
    }

    @Test func aMissingDatabaseIsNamed() async throws {
        let dsn = try await TestServer.shared().dsn(database: "no such \u{1B}[31m db")
        let error = try await message(["diagnose", dsn], endsWith: 3)
        #expect(error.contains("no such") && error.contains("does not exist"))
        #expect(!error.contains("\u{1B}"))
    }

    @Test func aWrongPasswordIsNotRepeated() async throws {
        let server = try await TestServer.start(authentication: .scram(password: "right"))
        defer { server.stop() }
        let error = try await message(
            ["diagnose", "host=127.0.0.1 port=\(server.port) user=postgres dbname=postgres password=wr0ng-s3cret"],
            endsWith: 3)
        #expect(error.contains("password authentication failed"))
        #expect(!error.contains("wr0ng-s3cret"))
    }

    @Test func thePoolersAdminConsoleIsNoDatabase() async throws {
        let bouncer = try await PgBouncer.start(for: try await TestServer.shared())
        defer { bouncer.stop() }
        let error = try await message(["diagnose", bouncer.dsn(database: "pgbouncer")], endsWith: 3)
        #expect(error.lowercased().contains("pgbouncer"))
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let server = try await TestServer.shared()
        let proxy = try NetworkProxy(to: server.port)
        defer { proxy.close() }
        proxy.freeze()
        let start = ContinuousClock.now
        let error = try await message(
            ["diagnose", "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=postgres connect_timeout=2"],
            endsWith: 3)
        #expect(ContinuousClock.now - start < .seconds(15))
        #expect(error.contains("timeout") || error.contains("no connection"))
    }

    @Test(arguments: ["", "hello", "{}", "{\"format\": 99}", "\u{1F}\u{8B}"])
    func aForeignSnapshotIsRefused(text: String) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("snap.json.gz", text)
        #expect(try await message(["diagnose", "--from", file], endsWith: 2).contains(file))
    }

    @Test func aSnapshotOfAnotherServerIsNoBaseline() async throws {
        let scratch = try Scratch()
        let one = try await TestServer.shared()
        let other = try await TestServer.start()
        defer { other.stop() }
        let files = [try scratch.file("one.json.gz"), try scratch.file("other.json.gz")]
        #expect(try await Program.medic("collect", one.dsn(), "-o", files[0]).status == 0)
        #expect(try await Program.medic("collect", other.dsn(), "-o", files[1]).status == 0)
        let error = try await message(["diagnose", "--from", files[1], "--since", files[0]], endsWith: 2)
        #expect(error.contains("another server"))
    }

    @Test func namesThatAttackAreShownEscaped() async throws {
        let hostile = "t\u{1B}[31m\u{202E}<script>alert(1)</script>\n|`\"x"
        let quoted = "\"" + hostile.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        let setup = """
            CREATE TABLE \(quoted) (id integer PRIMARY KEY, a integer);
            INSERT INTO \(quoted) SELECT g, g FROM generate_series(1, 200000) g;
            CREATE INDEX "i1\u{1B}[0m" ON \(quoted) (a);
            CREATE INDEX "i2<b>" ON \(quoted) (a);
            ANALYZE;
            """
        let scratch = try Scratch()
        let files = [try scratch.file("r.html"), try scratch.file("r.md"), try scratch.file("r.json")]
        let ended = try await TestServer.shared().withDatabase(setup) { database in
            try await Program.medic(
                ["diagnose", database.dsn(), "--verbose", "--only", "index"] + files.flatMap { ["-o", $0] })
        }
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.out.contains("i2<b>"))
        for forbidden in ["\u{1B}", "\u{202E}"] { #expect(!ended.out.contains(forbidden)) }
        let html = try String(contentsOfFile: files[0], encoding: .utf8)
        #expect(!html.contains("<script>") && !html.contains("i2<b>") && !html.contains("\u{202E}"))
        let markdown = try String(contentsOfFile: files[1], encoding: .utf8)
        #expect(!markdown.contains("\u{1B}") && !markdown.contains("\u{202E}"))
        _ = try JSONReport(String(contentsOfFile: files[2], encoding: .utf8))
    }
}

/// Servers outside 14 to 18. None can be installed here, so that a real one is made to say that it is another: in one database,
/// `current_setting` is replaced.
@Suite struct OtherVersionTests {
    private static func pretend(_ number: Int, _ text: String) -> String {
        """
        SET allow_system_table_mods = on;
        ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO true_setting;
        CREATE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql STABLE AS $$
            SELECT CASE $1 WHEN 'server_version_num' THEN '\(number)' WHEN 'server_version' THEN '\(text)'
            ELSE pg_catalog.true_setting($1) END
        $$;
        """
    }

    @Test(arguments: [(130_020, "13.20", "older than 14"), (190_000, "19devel", "newer than 18")])
    func itIsReadAsFarAsItGoesAndSaysSo(number: Int, text: String, words: String) async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.withDatabase(Self.pretend(number, text)) { database in
            let ended = try await Program.medic(["diagnose", database.dsn(), "--format", "json"])
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.out.contains(words))
            let terminal = try await Program.medic(["diagnose", database.dsn(), "--quiet"]).out
            #expect(terminal.contains("PostgreSQL \(text)"))
            #expect(!terminal.contains("Nothing that hurts now."))
        }
    }

    @Test func aStandbyIsDiagnosedAsWhatItIs() async throws {
        let primary = try await TestServer.start(
            settings: ["max_wal_senders": "4", "wal_level": "replica"], extensions: ["pg_stat_statements"])
        defer { primary.stop() }
        let standby = try await Standby.start(of: primary)
        defer { standby.stop() }
        let ended = try await Program.medic(["diagnose", standby.dsn, "--quiet"])
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.out.contains("(standby)"))
    }
}
