import Foundation
import TestKit
import Testing

/// `pgmedic lint`, as a reviewer and as CI use it.
@Suite struct LintTests {
    private static let sql = """
        CREATE TABLE a (id int PRIMARY KEY, b int);
        SELECT 1 FROM a WHERE id NOT IN (SELECT b FROM a);
        -- pgmedic:ignore shape.order-by-random one row a day
        SELECT * FROM a ORDER BY random() LIMIT 1;
        SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int)) t;
        """

    @Test func findingsHaveTheirPlaceAndTheExitCode() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("x.sql", Self.sql)
        let ended = try await Program.medic("lint", file)
        #expect(ended.status == 1 && ended.error.isEmpty)
        #expect(ended.out.contains("\(file):2:1: ▲ warning shape.not-in-nullable-subquery"))
        #expect(ended.out.contains("NOT EXISTS") && ended.out.contains("1 ignored by a comment"))
        #expect(ended.out.contains("x.sql:5: not judged"))
        #expect(try await Program.medic("lint", file, "--fail-on", "never").status == 0)
        #expect(try await Program.medic("lint", file, "--skip", "shape.not-in-nullable-subquery").status == 0)
    }

    @Test func machinesReadIt() async throws {
        let sarif = try await Program.medic(["lint", "-", "--format", "sarif"], input: Self.sql).out
        let log = try #require(JSONSerialization.jsonObject(with: Data(sarif.utf8)) as? [String: Any])
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(
            log["version"] as? String == "2.1.0"
                && results.map { $0["ruleId"] as? String } == ["shape.not-in-nullable-subquery"])
        let github = try await Program.medic(["lint", "-", "--format", "github"], input: Self.sql).out
        #expect(github.hasPrefix("::warning file=stdin,line=2,col=1,title=shape.not-in-nullable-subquery::"))
        let json = try await Program.medic(["lint", "-", "--format", "json"], input: Self.sql).out
        let page = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect((page["findings"] as? [[String: Any]])?.first?["line"] as? Int == 2)
    }

    @Test func aServersCatalogCounts() async throws {
        let setup = "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); INSERT INTO a VALUES (1, 1); ANALYZE;"
        try await TestServer.shared().withDatabase(setup) { database in
            let query = "SELECT 1 FROM a WHERE id NOT IN (SELECT b FROM a);"
            let clean = try await Program.medic(["lint", "-", "--target", database.dsn()], input: query)
            #expect(clean.status == 0 && clean.out.contains("0 findings"), "\(clean.out)\(clean.error)")
            try await database.psql("ALTER TABLE a ALTER b DROP NOT NULL")
            #expect(try await Program.medic(["lint", "-", "--target", database.dsn()], input: query).status == 1)
        }
        let unreachable = try await Program.medic(["lint", "-", "--target", "host=/nonexistent"], input: "SELECT 1")
        #expect(unreachable.status == 3)
    }

    @Test(arguments: [
        (["lint"], "file"), (["lint", "/nonexistent.sql"], "/nonexistent.sql"), (["lint", "/tmp"], "directory"),
        (["lint", "-", "--target", "a", "--from", "b"], "--target"), (["lint", "-", "--only", "shap"], "shape"),
    ])
    func unusableInputEndsWith2(arguments: [String], names: String) async throws {
        let ended = try await Program.medic(arguments, input: "SELECT 1")
        #expect(ended.status == 2 && ended.error.contains(names), "\(ended.error)")
    }

    @Test func anOpenQuoteIsNamedByItsLine() async throws {
        let ended = try await Program.medic(["lint", "-"], input: "SELECT 1;\nSELECT 'x")
        #expect(ended.status == 2 && ended.error.contains("stdin:"))
    }
}
