import Foundation
import Model
import TestKit
import Testing

/// `pgmedic indexes` as a user starts it.
@Suite struct IndexesCommandTests {
    private static let shop = """
        CREATE TABLE orders (id bigint PRIMARY KEY, customer int, note text);
        INSERT INTO orders SELECT g, g / 10, md5(g::text) FROM generate_series(1, 100000) g;
        CREATE INDEX first ON orders (customer); CREATE INDEX second ON orders (customer);
        CREATE VIEW "Recent" AS SELECT * FROM orders;
        ANALYZE;
        """

    @Test(arguments: [
        (["--budget-storage", "12 parsecs"], "500MB"), (["--budget-storage", "-5MB"], "'-5MB'"),
        (["--budget-storage", "MB"], "25%"), (["--budget-storage", "1e9999GB"], "kB, MB"),
        (["--budget-writes", "ten"], "10%"), (["--budget-writes", "5"], "'5'"), (["--min-gain", "101%"], "a share"),
        (["--max-indexes", "-1"], "--max-indexes"), (["--max-indexes", "many"], "many"),
        (["--time-limit", "0s"], "--time-limit"), (["--time-limit", "soon"], "soon"),
        (["--statement", "x"], "'x'"), (["--format", "xml"], "xml"), (["-o", "i.doc"], ".html"),
        (["--workload", "/nonexistent/w.sql"], "/nonexistent/w.sql"), (["--workload", "/tmp"], "directory"),
        (["--workload", "/dev/null"], "no statement"), (["--workload", "-", "--log", "-"], "stdin"),
        (["--from", "/nonexistent/s.json.gz"], "/nonexistent/s.json.gz"), (["--from", "x", "shop"], "not both"),
        (["--from", "x", "--workload", "y"], "--from"), (["--from", "x", "--table", "t"], "need a server"),
        (["--database", "other"], "name it in the DSN"),
        (["--log", "/nonexistent/log"], "/nonexistent/log"), (["--views-only"], "--views-only"),
    ])
    func unusableInputEndsWith2(_ arguments: [String], _ words: String) async throws {
        let ended = try await Program.medic(["indexes"] + arguments)
        #expect(ended.status == 2 && ended.out.isEmpty, "\(arguments): \(ended.error)")
        #expect(ended.error.contains(words), "\(arguments): \(ended.error)")
    }

    @Test func helpNamesNothingThatIsRefused() async throws {
        let help = try await Program.medic("indexes", "--help").out
        #expect(help.contains("--unique") && help.contains("--timeout"))
        for refused in ["--database", "--all-databases", "--views-only", "--no-samples"] {
            #expect(!help.contains(refused), "\(refused)")
        }
    }

    @Test func aServerThatCannotBeReachedEndsWith3() async throws {
        #expect(try await Program.medic("indexes", "host=127.0.0.1 port=1").status == 3)
    }

    @Test(arguments: [
        ("-- weight: heavy\nSELECT 1;", "w.sql:1: weight: heavy"), ("VACUUM;", "w.sql:1: it holds no statement that"),
        ("SELECT 'a", "w.sql:1:"), ("\u{0}", "NUL"),
    ])
    func aWorkloadThatCannotBeUsedIsNamedWithItsLine(_ text: String, _ words: String) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", text)
        let ended = try await Program.medic("indexes", "--workload", file)
        #expect(ended.status == 2 && ended.error.contains(words), "\(ended.error)")
    }

    @Test func tablesAndStatementsThatAreNotThereAreNamed() async throws {
        try await TestServer.shared().withDatabase(Self.shop, extensions: ["pg_stat_statements"]) { database in
            for (arguments, words) in [
                (["--table", "oders"], "did you mean orders?"),
                (["--table", "x\u{1B}[31m"], "there is no table x\\x1B"),
                (["--table", "Recent"], "a view"), (["--statement", "-42"], "queryid -42"),
            ] {
                let ended = try await Program.medic(["indexes", database.dsn()] + arguments)
                #expect(ended.status == 2 && ended.out.isEmpty, "\(ended.error)")
                #expect(ended.error.contains(words), "\(ended.error)")
            }
        }
    }

    @Test func whatCanGoIsAdvisedInEveryFormat() async throws {
        let scratch = try Scratch()
        let files = [
            try scratch.file("i.html"), try scratch.file("i.md"), try scratch.file("i.json"), try scratch.file("i.txt"),
        ]
        let workload = try scratch.file("w.sql", "-- weight: 12.5\nSELECT * FROM orders WHERE customer = $1;")
        try await TestServer.shared().withDatabase(Self.shop, extensions: ["pg_stat_statements"]) { database in
            let ended = try await Program.medic(
                [
                    "indexes", database.dsn(), "--workload", workload, "--budget-storage", "0", "--table",
                    "public.orders",
                ]
                    + ["--explain", "--quiet"] + files.flatMap { ["-o", $0] })
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.out.contains("The storage budget is 0"))
            for file in files {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                #expect(text.contains("DROP INDEX CONCURRENTLY public.second;"), "\(file)")
            }
            let json = try Data(contentsOf: URL(fileURLWithPath: files[2]))
            let report = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
            let recommendations = try #require(report["recommendations"] as? [[String: Any]])
            #expect(recommendations.contains { $0["sql"] as? [String] == ["DROP INDEX CONCURRENTLY public.second;"] })
            #expect((report["budget"] as? [String: Any])?["storageBytes"] as? Int == 0)
            let kept = try await Program.medic(
                "indexes", database.dsn(), "--workload", workload, "--no-drop", "--format", "json")
            #expect(kept.status == 0 && !kept.out.contains("DROP INDEX CONCURRENTLY public.second"))
        }
    }

    @Test func aSnapshotWithoutAdviceSaysSo() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("s.json.gz")
        let server = try await TestServer.shared()
        #expect(try await Program.medic("collect", server.dsn(), "-o", file, "--views-only").status == 0)
        let ended = try await Program.medic("indexes", "--from", file)
        #expect(ended.status == 2 && ended.error.contains("holds no index advice"), "\(ended.error)")
    }

    @Test func theAdviceOfASnapshotIsShown() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("s.json.gz")
        var snapshot = Snapshot()
        snapshot.indexAdvice = .make {
            $0.recommendations = [
                .make {
                    $0.kind = .drop
                    $0.drops = [QualifiedName("public", "old")]
                    $0.sql = ["DROP INDEX CONCURRENTLY public.old;"]
                }
            ]
            $0.rejected = [.make { $0.reason = "Too small." }]
        }
        try SnapshotFile.write(snapshot, to: file)
        let ended = try await Program.medic("indexes", "--from", file, "--explain", "--no-color")
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.out.contains("DROP INDEX CONCURRENTLY public.old;") && ended.out.contains("Too small."))
    }

    @Test func helpNamesTheExamplesAndTheInterruption() async throws {
        let help = try await Program.medic("indexes", "--help").out
        for words in ["--budget-storage 25%", "Ctrl-C", "exit code 4", "-- weight: 120"] {
            #expect(help.contains(words))
        }
        #expect(try await Program.medic("indexes", "--print-sql").out.contains("pg_stat_statements"))
    }
}
