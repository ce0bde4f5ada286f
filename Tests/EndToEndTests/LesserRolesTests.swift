import Foundation
import TestKit
import Testing

/// A sick server, looked at by roles that may see less: what they do not see they do not call well.
@Suite("Roles that see less", .serialized) struct LesserRolesTests {
    static let roles = ["monitor_only": "GRANT pg_monitor TO monitor_only;", "connect_only": ""]

    @Test(arguments: roles.keys.sorted())
    func nothingThatIsIllReadsAsWell(_ role: String) async throws {
        let dsn = try await SickServer.dsn()
        let grant = Self.roles[role] ?? ""
        try await Command.psql("CREATE ROLE \(role) LOGIN; \(grant)", on: dsn)
        // What two readings of a superuser agree on is there to be seen in between.
        let before = try await JSONReport.diagnosed(dsn)
        let lesser = try await JSONReport.diagnosed("\(dsn) user=\(role)")
        let after = try await JSONReport.diagnosed(dsn)
        // The load goes on: what hangs on shares of the time may cross its threshold meanwhile.
        let ill = Set(before.findings.map(\.rule)).intersection(after.findings.map(\.rule))
            .filter { !$0.hasPrefix("workload.") && !$0.hasPrefix("waits.") }
        let coverage = try #require(lesser.coverage)
        let found = Set(lesser.findings.map(\.rule))
        let doubtful = Set(coverage.inconclusive.keys).union(coverage.skipped.keys)
        #expect(ill.subtracting(found).subtracting(doubtful).sorted() == [], "read as well")
        let clear = try #require(before.coverage).cleared.union(try #require(after.coverage).cleared)
        // These are measured in the readings of a moment, which only somebody without rights does not have.
        let momentary: Set<String> = role == "connect_only" ? [] : ["CPU", "I/O"]
        #expect(coverage.cleared.subtracting(clear).subtracting(momentary).sorted() == [], "ruled out")
        #expect(coverage.reasons.allSatisfy { !$0.isEmpty } && !coverage.skipped.isEmpty)
        let headline = try #require(lesser.root["headline"] as? String)
        #expect(!headline.contains("Nothing that hurts now"), "\(headline)")
        #expect(role == "monitor_only" || headline.lowercased().contains("not seen"), "\(headline)")
    }

    @Test func withoutAnyExtension() async throws {
        let server = try await TestServer.start(settings: ["shared_preload_libraries": ""])
        defer { server.stop() }
        try await server.psql(
            """
            CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL);
            CREATE INDEX orders_a ON orders (customer); CREATE INDEX orders_b ON orders (customer);
            CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER audit BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION nothing();
            ALTER TABLE orders DISABLE TRIGGER audit;
            INSERT INTO orders SELECT g, g % 100 FROM generate_series(1, 300000) g; ANALYZE;
            """)
        let report = try await JSONReport.diagnosed(server.dsn())
        let coverage = try #require(report.coverage)
        #expect(report.first("schema.disabled-trigger") != nil && report.first("index.duplicate") != nil)
        #expect(coverage.skipped["workload.heavy-statement"]?.contains("pg_stat_statements is not loaded") ?? false)
        #expect(coverage.cleared.isDisjoint(with: ["plans", "query shapes"]))
        let headline = try #require(report.root["headline"] as? String)
        #expect(headline.contains("what the statements cost"), "\(headline)")
    }
}
