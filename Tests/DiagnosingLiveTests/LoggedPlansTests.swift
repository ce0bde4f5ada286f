import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Plans that auto_explain wrote to a real server's log.
@Suite(.serialized) struct LoggedPlansTests: UsesShop {
    /// The log as a file of the server's own.
    private static let settings = [
        "logging_collector": "on", "log_directory": "log", "log_filename": "server.log",
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_analyze": "on", "auto_explain.log_buffers": "on",
    ]

    private static let tables = """
        CREATE TABLE sales (id bigint PRIMARY KEY, customer int, amount numeric, note text);
        INSERT INTO sales SELECT g, CASE WHEN g % 10 < 7 THEN 1 ELSE g END, g, repeat('x', 200)
            FROM generate_series(1, 300000) g;
        CREATE INDEX ON sales (customer);
        GRANT SELECT ON sales TO "App 1";
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """

    private static let load =
        (0..<20).map { "SELECT count(DISTINCT note || id) FROM sales WHERE customer = \($0 * 10 + 9);\n" }.joined()
        + "SELECT count(DISTINCT note || id) FROM sales WHERE customer = 1;\n"
        + "SELECT count(*) FROM sales WHERE note < 'a' AND amount = 7;\n"

    private func loaded(
        _ settings: [String: String], _ body: (TestServer) async throws -> Void
    ) async throws {
        try await withShop(settings: Self.settings.merging(settings) { $1 }) { server in
            try await server.psql(Self.tables, database: "Shop")
            try await run(Self.load, forMilliseconds: 2500, on: server)
            try await body(server)
        }
    }

    /// The case that this product is for, seen as it happened.
    @Test(arguments: ["text", "json", "yaml", "xml"])
    func theServersLogShowsBothPlans(format: String) async throws {
        try await loaded(["auto_explain.log_format": format]) { server in
            let found = try finding("plan.changes-between-calls", try await diagnosed(server))
            let plans = found.evidence.filter { $0.key.hasSuffix("Plan") }.map { "\($0.value)" }
            #expect(plans[0].contains("Seq Scan sales") && plans[1].contains("sales_customer_idx"), "\(plans)")
            #expect(found.objects.contains { $0.name == "public.sales" })
        }
    }

    @Test(arguments: ["stderr", "csvlog", "jsonlog"])
    func everyDestinationIsRead(destination: String) async throws {
        try await loaded(["log_destination": destination]) { server in
            let judgement = try await diagnosed(server)
            _ = try finding("plan.changes-between-calls", judgement)
            let slow = try finding("plan.logged-slow-call", judgement)
            #expect(!slow.evidence.contains { "\($0.value)".contains("customer = 1)") })
        }
    }

    @Test func whoMayNotReadTheLogIsToldHow() async throws {
        try await loaded([:]) { server in
            try await server.psql("CREATE ROLE watcher LOGIN; GRANT pg_monitor, pg_read_all_data TO watcher;")
            let judgement = try await diagnosed(server, role: "watcher")
            let skipped = try #require(judgement.skipped.first { $0.rule == "plan.changes-between-calls" })
            let remedy = try #require(skipped.remedy)
            #expect(remedy.contains("pg_read_binary_file(text, bigint, bigint) TO watcher"))
            try await server.psql(remedy, database: "Shop")
            _ = try finding("plan.changes-between-calls", try await diagnosed(server, role: "watcher"))
        }
    }
}
