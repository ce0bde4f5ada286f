import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Conditions in the texts that pg_stat_statements keeps, judged by the plans of a real server and by what the calls cost.
@Suite(.serialized) struct ConditionShapesUnderLoadTests: UsesShop {
    private static let tables = """
        CREATE TABLE visits (id bigint PRIMARY KEY, customer int NOT NULL, place int, code int, line int, at timestamptz NOT NULL, page text);
        INSERT INTO visits SELECT g, g % 20000, nullif(g % 9000, 0), g % 7000, g % 3000,
            '2026-01-01'::timestamptz + g * interval '1 min', md5(g::text) FROM generate_series(1, 200000) g;
        CREATE INDEX ON visits (customer); CREATE INDEX ON visits (place); CREATE INDEX ON visits (at, id);
        CREATE INDEX ON visits (page);
        GRANT SELECT ON visits TO "App 1";
        VACUUM ANALYZE; SELECT pg_stat_statements_reset();
        """
    private static let pairs = (1...100).map { "(\($0 * 7), \($0 * 3))" }.joined(separator: ", ")

    /// The statement, the rule that must find it, and a statement like it that it must not find.
    private static let cases = [
        (
            rule: "shape.or-across-columns", text: "SELECT id FROM visits WHERE customer = 5 OR code = 7",
            other: "SELECT id, at FROM visits WHERE customer = 5 OR place = 7", times: 60
        ),
        (
            rule: "shape.null-safe-comparison", text: "SELECT id FROM visits WHERE place IS NOT DISTINCT FROM 8",
            other: "SELECT id, at FROM visits WHERE place IS NOT DISTINCT FROM NULL", times: 60
        ),
        (
            rule: "shape.volatile-comparison",
            text: "SELECT page FROM visits WHERE at > clock_timestamp() - interval '1 min'",
            other: "SELECT page, id FROM visits WHERE at > now() - interval '1 min'", times: 60
        ),
        (
            rule: "shape.keyset-paging-by-or",
            text: "SELECT id, page FROM visits WHERE (at > '2026-05-01' OR (at = '2026-05-01' AND id > 9)) "
                + "ORDER BY at, id LIMIT 10",
            other: "SELECT id FROM visits WHERE (at, id) > ('2026-05-01', 9) ORDER BY at, id LIMIT 10", times: 60
        ),
        (
            rule: "shape.long-list", text: "SELECT page FROM visits WHERE (code, line) IN (\(pairs))",
            other: "SELECT page, id FROM visits WHERE (code, line) IN (VALUES \(pairs))", times: 12
        ),
        (
            rule: "shape.correlated-aggregate-in-where",
            text:
                "SELECT v.id FROM visits v WHERE v.at = (SELECT max(x.at) FROM visits x WHERE x.customer = v.customer)",
            other: "SELECT v.page FROM visits v WHERE v.id < 40 "
                + "AND v.at = (SELECT max(x.at) FROM visits x WHERE x.customer = v.customer)", times: 4
        ),
    ]

    @Test(arguments: TestServer.Version.underLoad)
    func conditionsAreFoundInWhatTheServerKept(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            try await server.psql(Self.tables, database: "Shop")
            for (_, text, other, times) in Self.cases {
                try await run(text + ";\n", times: times, on: server)
                try await run(other + ";\n", times: 12, on: server)
            }
            let judgement = try await diagnosed(server)
            for (rule, text, _, _) in Self.cases {
                let found = judgement.findings.filter { $0.rule == rule }
                #expect(found.count == 1, "\(rule): \(found.map(\.title)), \(text)")
                for action in found.flatMap(\.actions) {
                    let rewrites = action.steps.filter { $0.hasSuffix(";") && $0.hasPrefix("SELECT") }
                    for (number, rewrite) in rewrites.enumerated() {
                        try await server.psql("PREPARE rewritten\(number) AS \(rewrite)", database: "Shop")
                    }
                    #expect(!rewrites.isEmpty || rule == "shape.or-across-columns", "\(rule): \(action.steps)")
                    try await runAndUndo(action, on: server)
                }
            }
        }
    }

    private func runAndUndo(_ action: Action, on server: TestServer) async throws {
        for sql in action.sql { try await server.psql(sql, database: "Shop") }
        if let undo = action.undo, !action.sql.isEmpty { try await server.psql(undo, database: "Shop") }
    }

    /// The database is in C.UTF-8 of the C library, which is not byte order for the planner.
    @Test(arguments: [TestServer.Version.v15, .v18])
    func prefixesAreFoundByAnIndexInByteOrder(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            try await server.psql(
                "CREATE DATABASE words TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'")
            try await server.psql(
                """
                CREATE EXTENSION pg_stat_statements;
                CREATE TABLE "Words" ("Word" text NOT NULL);
                INSERT INTO "Words" SELECT md5(g::text) FROM generate_series(1, 300000) g;
                CREATE INDEX ON "Words" ("Word");
                VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "words")
            let load = """
                DO $$ BEGIN FOR i IN 1..60 LOOP
                    PERFORM * FROM "Words" WHERE "Word" ^@ 'abcd'; PERFORM 1 FROM "Words" WHERE "Word" LIKE 'abce%';
                END LOOP; END $$;
                """
            try await server.psql("ALTER DATABASE words SET pg_stat_statements.track = 'all';")
            try await server.psql(load, database: "words")
            let before = try await actions(server)
            let create = try #require(before.prefix)
            // Of LIKE nobody knows how the pattern begins: one finding says both.
            #expect(before.pattern?.sql == create.sql)
            for sql in create.sql { try await server.psql(sql, database: "words") }
            try await server.psql("VACUUM ANALYZE; SELECT pg_stat_statements_reset();", database: "words")
            try await server.psql(load.replacingOccurrences(of: "60", with: "3000"), database: "words")
            let after = try await actions(server)
            #expect(after.prefix == nil && after.pattern == nil)
            let undo = try #require(create.undo)
            try await server.psql(undo, database: "words")
        }
    }

    /// The first actions of the two rules about searches in texts.
    private func actions(_ server: TestServer) async throws -> (prefix: Action?, pattern: Action?) {
        let findings = try await diagnosed(server, database: "words").findings
        func action(_ rule: String) -> Action? { findings.first { $0.rule == rule }?.actions.first }
        return (action("index.prefix-search-collation"), action("shape.leading-wildcard-search"))
    }
}
