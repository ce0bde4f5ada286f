import Diagnosing
import Plans
import TestKit
import Testing

/// A misjudged plan of a real server, mended by what is printed.
@Suite struct MisestimateTests {
    private static let tables = """
        CREATE SCHEMA "Shop 1";
        CREATE TABLE "Shop 1".places (id int, city text, "Zip" text, at int, state text);
        INSERT INTO "Shop 1".places
            SELECT g, 'City ' || g % 200, 'z' || g % 200, g % 7,
                CASE WHEN g % 2 = 0 THEN 'Open' ELSE 'Shut' END
            FROM generate_series(1, 50000) g;
        CREATE TABLE "Shop 1".visits (place int);
        INSERT INTO "Shop 1".visits SELECT g % 50000 FROM generate_series(1, 50000) g;
        ANALYZE;
        """

    private func misestimates(_ query: String, _ database: TestDatabase) async throws -> [Finding] {
        let text = try await database.psql("SET jit = off; EXPLAIN (ANALYZE, VERBOSE) \(query);")
        let plan = try #require(try ExplainReader.read(text).first)
        return MeasuredPlan(plan).findings.filter { $0.rule == "plan.row-misestimate" }
    }

    @Test(arguments: [
        (
            "columns that go together",
            #"SELECT count(*) FROM "Shop 1".places p JOIN "Shop 1".visits v ON v.place = p.id WHERE p.city = 'City 7' AND p."Zip" = 'z7'"#,
            "are taken for independent"
        ),
        (
            "an expression",
            #"SELECT p.at, count(*) FROM "Shop 1".places p WHERE lower(p.state) = 'open' GROUP BY 1 ORDER BY 1"#,
            "no statistics of (lower(state))"
        ),
        (
            "groups",
            #"SELECT count(*) FROM (SELECT city, "Zip" FROM "Shop 1".places GROUP BY city, "Zip") s JOIN "Shop 1".visits v ON v.place::text = s.city"#,
            "make is guessed"
        ),
    ])
    func statisticsThatArePrintedMendIt(title: String, query: String, cause: String) async throws {
        let server = try await TestServer.shared()
        try await server.withDatabase(Self.tables) { database in
            let found = try #require(try await misestimates(query, database).first, "\(title)")
            #expect(found.evidence.contains { $0.key == "cause" && "\($0.value)".contains(cause) }, "\(found.evidence)")
            let action = try #require(found.actions.last)
            try await database.psql(action.sql.joined(separator: "\n"))
            #expect(try await misestimates(query, database).isEmpty)
            try await database.psql(try #require(action.undo))
        }
    }

    @Test func aPlanForAnyValueIsTold() async throws {
        let server = try await TestServer.shared()
        let tables = """
            CREATE TABLE states (id int, state int);
            INSERT INTO states SELECT g, CASE WHEN g % 100 > 0 THEN 0 ELSE g END FROM generate_series(1, 40000) g;
            ANALYZE;
            """
        try await server.withDatabase(tables) { database in
            let text = try await database.psql(
                """
                SET plan_cache_mode = force_generic_plan;
                PREPARE p AS SELECT count(*) FROM (SELECT * FROM states WHERE state = $1 ORDER BY id) s;
                EXPLAIN (ANALYZE) EXECUTE p (0);
                """)
            let plan = try #require(try ExplainReader.read(text).first)
            let found = try #require(MeasuredPlan(plan).findings.first { $0.rule == "plan.row-misestimate" })
            let action = try #require(found.actions.first)
            #expect(action.sql == ["SET plan_cache_mode = force_custom_plan;"] && found.actions.count == 1)
            try await database.psql(action.sql[0] + (action.undo ?? ""))
        }
    }
}
