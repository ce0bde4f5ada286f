import Foundation
import Model
import TestKit
import Testing

@testable import Redacting

@Suite("A planner's estimates with surrogates")
struct EstimateTests {
    private static let setup = """
        CREATE TABLE t AS SELECT i AS id, (i % 7) * (i % 3) AS few, i * 37 % 90001 AS many,
            (ARRAY['open', 'paid', 'cancelled', 'sent'])[1 + (i * i % 11) / 3] AS status, 'customer ' || i * 7919 % 50021 AS name,
            DATE '2020-01-01' + i / 30 AS day, TIMESTAMPTZ '2020-01-01 00:00+00' + i * i * INTERVAL '0.05 s' AS at,
            (i % 1000)::numeric / 4 AS amount, ARRAY['tag' || i % 5, 'tag' || i % 13] AS tags, md5(i::text)::uuid AS key,
            make_interval(secs => i) AS age
        FROM generate_series(1, 30000) i;
        ALTER TABLE t SET (autovacuum_enabled = off);
        CREATE TABLE s (LIKE t) WITH (autovacuum_enabled = off);
        INSERT INTO s SELECT * FROM t;
        ANALYZE t, s;
        """

    /// Conditions, and how far their rows may be off, in shares of the table: two parts of a histogram of a hundred where a range
    /// begins within one.
    private static let conditions: [(sql: String, tolerance: Double)] = [
        ("few = 4", 0), ("few = 12", 0), ("few = 555", 0), ("few > 6", 0), ("few IN (2, 4, 12)", 0),
        ("many = 37037", 0),
        ("many < 45000", 0.02), ("many BETWEEN 1000 AND 2000", 0.02), ("id > 29000", 0.02), ("status = 'paid'", 0),
        ("status <> 'open'", 0), ("status IN ('open', 'sent')", 0), ("status = 'nowhere'", 0),
        ("name < 'customer 3'", 0.02),
        ("name = 'customer 7919'", 0), ("day = '2021-02-03'::date", 0), ("day >= '2022-01-01'::date", 0.02),
        ("at < '2020-01-03 10:00:00+00'::timestamptz", 0.02), ("at > '2021-01-01 00:00:00+00'::timestamptz", 0.02),
        ("amount > 200.25", 0.02), ("amount = 10.5", 0), ("tags @> '{tag3}'::text[]", 0),
        ("tags && '{tag1,tag12}'::text[]", 0), ("key = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'::uuid", 0),
        ("age < '02:00:00'::interval", 0.02),
    ]

    private struct Row: Decodable {
        var column: String
        var type: String
        var common: [String]?
        var frequencies: [Double]?
        var bounds: [String]?
        var elements: [String]?
        var elementFrequencies: [Double]?
    }

    @Test("are those of the values, but for a part or two of a histogram")
    func estimates() async throws {
        let server = try await TestServer.shared(.v18)
        try await server.withDatabase(Self.setup) { database in
            let image = try await statistics(database)
            let statements = Self.conditions.map { "SELECT * FROM t WHERE \($0.sql)" }
            let surrogates = try await Surrogates(for: [image], statements: statements, order: { $0.sorted() })
            let clean = surrogates.redacted(image)
            try await database.psql(clean.columns.map(Self.restoring).joined(separator: "\n"))
            let questions = try statements.flatMap { statement in
                let replaced = try #require(surrogates.statement(statement))
                #expect(replaced != statement)
                return [statement, replaced.replacing("FROM t", with: "FROM s")]
            }
            let plans = try await database.psql(questions.map { "EXPLAIN \($0);" }.joined(separator: "\n"))
            let rows = plans.matches(of: /Seq Scan.*rows=(\d+)/).compactMap { Double($0.1) }
            #expect(rows.count == questions.count, "\(plans)")
            for (number, condition) in Self.conditions.enumerated() where rows.count == questions.count {
                let (before, after) = (rows[2 * number], rows[2 * number + 1])
                #expect(
                    abs(before - after) <= condition.tolerance * 30000 + 1,
                    "\(condition.sql): \(before) and \(after) rows")
            }
        }
    }

    private func statistics(_ database: TestDatabase) async throws -> PlannerImage {
        let json = try await database.psql(
            """
            SELECT replace(json_agg(x)::text, E'\\n', ' ') FROM (
                SELECT attname AS "column", (SELECT 'pg_catalog.' || typname FROM pg_attribute JOIN pg_type y ON y.oid = atttypid
                        WHERE attrelid = 't'::regclass AND attname = s.attname) AS type,
                    most_common_vals::text::text[] AS common, most_common_freqs AS frequencies, histogram_bounds::text::text[] AS bounds,
                    most_common_elems::text::text[] AS elements, most_common_elem_freqs AS "elementFrequencies"
                FROM pg_stats s WHERE tablename = 't') AS x;
            """)
        let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
        #expect(rows.count == 11)
        return .make { image in
            image.columns = rows.map { row in
                .make {
                    ($0.column, $0.type) = (row.column, row.type)
                    if let values = row.common {
                        $0.slots.append(.make { ($0.kind, $0.values, $0.numbers) = (1, values, row.frequencies) })
                    }
                    if let values = row.bounds { $0.slots.append(.make { ($0.kind, $0.values) = (2, values) }) }
                    if let values = row.elements {
                        $0.slots.append(
                            .make {
                                ($0.kind, $0.values, $0.numbers, $0.valueType) = (
                                    4, values, row.elementFrequencies, "pg_catalog.text"
                                )
                            })
                    }
                }
            }
        }
    }

    /// https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-STATSMOD
    private static func restoring(_ column: PlannerImage.ColumnImage) -> String {
        func array(_ values: [String]) -> String {
            let quoted = values.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
            return SQL.literal("{" + quoted.joined(separator: ",") + "}") + "::text"
        }
        let numbers = { (numbers: [Double]?) in "'{\((numbers ?? []).map { "\($0)" }.joined(separator: ","))}'::real[]"
        }
        let parts = column.slots.map { slot in
            let values = array(slot.values ?? [])
            return switch slot.kind {
            case 1: "'most_common_vals', \(values), 'most_common_freqs', \(numbers(slot.numbers))"
            case 2: "'histogram_bounds', \(values)"
            default: "'most_common_elems', \(values), 'most_common_elem_freqs', \(numbers(slot.numbers))"
            }
        }
        let name =
            "'schemaname', 'public', 'relname', 's', 'attname', \(SQL.literal(column.column)), 'inherited', false"
        return "DO $$ BEGIN IF NOT pg_restore_attribute_stats(\(([name] + parts).joined(separator: ", "))) THEN "
            + "RAISE EXCEPTION 'statistics of \(column.column) were not taken'; END IF; END $$;"
    }
}
