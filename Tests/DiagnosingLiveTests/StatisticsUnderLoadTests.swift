import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Statistics that mislead the planner of a real server, and what is printed against it.
@Suite(.serialized) struct StatisticsUnderLoadTests: UsesShop {
    private static let settings = [
        "logging_collector": "on", "log_directory": "log", "log_filename": "server.log",
        "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on", "jit": "off",
        "max_parallel_workers_per_gather": "0",
    ]

    /// City and zip go together; half of the states are open; 225 tags are common, 100 of which the statistics keep; two fifths
    /// of the keys come once, of which a small sample sees few.
    private static let tables = """
        CREATE TABLE places (id int PRIMARY KEY, city text, zip text, state text, tag text);
        INSERT INTO places
            SELECT g, 'City ' || g % 200, 'z' || g % 200, CASE WHEN g % 2 = 0 THEN 'Open' ELSE 'Shut' END,
                CASE WHEN g % 4 > 0 THEN 'tag ' || g % 300 ELSE 'own ' || g END
            FROM generate_series(1, 200000) g;
        CREATE TABLE visits (place int, at int);
        INSERT INTO visits SELECT g, g % 7 FROM generate_series(1, 200000) g;
        CREATE INDEX ON visits (place);
        CREATE TABLE facts AS
            SELECT CASE WHEN g % 5 < 3 THEN g % 100 ELSE g END AS key FROM generate_series(1, 200000) g;
        ALTER TABLE facts ALTER COLUMN key SET STATISTICS 10;
        GRANT SELECT ON places, visits, facts TO "App 1";
        VACUUM ANALYZE;
        SELECT pg_stat_statements_reset();
        """

    /// Rows that the planner expects of the scan of places.
    private func planned(_ query: String, _ server: TestServer, node: String = "on places") async throws -> Double {
        let text = try await server.psql("EXPLAIN \(query);", database: "Shop")
        let line = try #require(text.split(separator: "\n").first { $0.contains(node) }, "\(text)")
        return try #require(Double(line.split(separator: "rows=").last?.prefix { $0.isNumber } ?? ""))
    }

    /// The finding's SQL is run; the rows planned come near to those that came; its undo is run.
    private func mend(
        _ rule: String, _ query: String, rows: Double, of table: String = "public.places", node: String = "on places",
        _ judgement: Judgement,
        _ server: TestServer
    ) async throws {
        let found = try finding(rule, judgement)
        #expect(found.objects.contains { $0.name == table })
        let before = try await planned(query, server, node: node)
        #expect(before < rows / 5, "\(rule): \(before) rows are planned before")
        let fix = try #require(found.actions.last { $0.tier == .fix })
        try await server.psql(fix.sql.joined(separator: "\n"), database: "Shop")
        let after = try await planned(query, server, node: node)
        #expect(after > rows / 2 && after < rows * 2, "\(rule): \(after) rows are planned, \(rows) come")
        try await server.psql(try #require(fix.undo), database: "Shop")
    }

    @Test func misjudgedRowsAreProvenAndMended() async throws {
        try await withShop(settings: Self.settings) { server in
            try await server.psql(Self.tables, database: "Shop")
            let tag = try await server.psql(
                """
                SELECT 'tag ' || n FROM generate_series(1, 299) n WHERE n % 4 > 0 AND NOT EXISTS (
                    SELECT FROM pg_stats WHERE attname = 'tag' AND 'tag ' || n = ANY (most_common_vals::text::text[])) LIMIT 1
                """, database: "Shop")
            let together =
                "SELECT sum(v.at) FROM places p JOIN visits v ON v.place = p.id WHERE p.city = 'City 7' AND p.zip = 'z7'"
            let expression = "SELECT city, count(*) FROM places WHERE lower(state) = 'open' GROUP BY city ORDER BY 2"
            let common = "SELECT max(v.at) FROM places p JOIN visits v ON v.place = p.id WHERE p.tag = '\(tag)'"
            let groups = "SELECT key, count(*) FROM facts GROUP BY key ORDER BY 2 DESC"
            let script = [together, expression, common, groups].map { $0 + ";\n" }.joined()
            try await run(script, forMilliseconds: 2500, on: server)
            let judgement = try await diagnosed(server)
            // First: each ANALYZE draws another sample, and with it other tags of those that come equally often.
            try await mend("statistics.target-too-low", common, rows: 667, judgement, server)
            try await mend("statistics.correlated-columns", together, rows: 1000, judgement, server)
            try await mend("statistics.expression-without-statistics", expression, rows: 100_000, judgement, server)
            try await mend(
                "statistics.distinct-misjudged", groups, rows: 80_000, of: "public.facts", node: "Aggregate", judgement,
                server)
            let correlated = try finding("statistics.correlated-columns", judgement)
            let contained = correlated.actions.first { $0.tier == .containment }
            try await server.psql("BEGIN; \(contained?.sql.first ?? "") COMMIT;", database: "Shop")
            // The values themselves are nobody's.
            let shown = judgement.findings.filter { $0.area == .statistics }.flatMap(\.evidence).map { "\($0.value)" }
            #expect(!shown.contains { $0.contains("City 7") || $0.contains(tag) })
        }
    }

    @Test func whoNeverAnalysedIsTold() async throws {
        try await withShop(settings: ["autovacuum": "off"]) { server in
            try await server.psql("CREATE DATABASE blank")
            try await server.psql(
                """
                CREATE TABLE first AS SELECT g, repeat('x', 1000) AS note FROM generate_series(1, 60000) g;
                CREATE TABLE "Second One" AS TABLE first;
                """, database: "blank")
            let blank = try finding("statistics.all-missing", try await diagnosed(server, database: "blank"))
            #expect(blank.severity == .warning, "autovacuum is off")
            let analyze = try #require(blank.actions.first { $0.tier == .containment })
            try await server.psql(analyze.sql.joined() + (analyze.verify ?? ""), database: "blank")
            #expect(!(try await diagnosed(server, database: "blank")).findings.contains { $0.rule == blank.rule })

            try await server.psql(
                """
                CREATE TABLE log (at int, note text) PARTITION BY RANGE (at);
                CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (60001);
                CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (60001) TO (900000);
                INSERT INTO log SELECT g, 'x' FROM generate_series(1, 60000) g;
                ANALYZE log;
                INSERT INTO log SELECT g, 'x' FROM generate_series(60001, 200000) g;
                ANALYZE log_1; ANALYZE log_2;
                """, database: "Shop")
            let stale = try finding("statistics.partitioned-root-stale", try await diagnosed(server))
            #expect(stale.objects.map(\.name) == ["public.log"])
            try await server.psql(stale.actions.flatMap(\.sql).joined(), database: "Shop")
            #expect(!(try await diagnosed(server)).findings.contains { $0.rule == stale.rule })
        }
    }
}
