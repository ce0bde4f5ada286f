import Foundation
import PostgresClient
import TestKit
import Testing

@Suite(.serialized) struct DecodingTests {
    @Test(arguments: TestServer.Version.allCases)
    func valuesOfEachTypeComeAsTheyAre(version: TestServer.Version) async throws {
        try await TestServer.shared(version).withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let rows = try await session.ask(
                    """
                    SELECT 42 AS i, '-9223372036854775808'::int8 AS low, 1.5e300::float8 AS d, 'NaN'::float8 AS nan,
                        0.1::numeric AS n, true AS yes, 'é "quoted"'::text AS s, NULL::int AS nothing,
                        ARRAY['a', 'b,c', 'd"e\\f', NULL, 'NULL', ''] AS list, '{}'::text[] AS none,
                        extract(epoch FROM timestamptz '2026-01-02 03:04:05.5+00') AS at
                    """)
                let row = try #require(rows.first)
                #expect(try row.int("i") == 42)
                #expect(try row.int64("low") == .min)
                #expect(try row.double("d") == 1.5e300)
                #expect(try row.double("nan").isNaN)
                #expect(try row.double("n") == 0.1)
                #expect(try row.bool("yes"))
                #expect(try row.string("s") == "é \"quoted\"")
                #expect(try row.intIfPresent("nothing") == nil)
                #expect(try row.stringArray("list") == ["a", "b,c", "d\"e\\f", "NULL", ""])
                #expect(try row.stringArray("none") == [])
                #expect(try row.date("at") == Date(timeIntervalSince1970: 1_767_323_045.5))
                #expect(session.identity.serverVersion / 10000 == version.rawValue)
            }
        }
    }

    @Test(arguments: [
        ("SELECT 'x' AS a", "test: column a (x) is not an integer of 64 bits"),
        ("SELECT NULL::int AS a", "test: column a is NULL"),
        ("SELECT 1 AS b", "test: column a no such column"),
        ("SELECT 9223372036854775808 AS a", "test: column a (9223372036854775808) is not an integer of 64 bits"),
        ("SELECT '' AS a", "test: column a () is not an integer"),
    ])
    func aWrongValueNamesQueryColumnAndValue(sql: String, message: String) async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let row = try #require(try await session.ask(sql).first)
                let error = #expect(throws: QueryError.self) { try row.int("a") }
                #expect(error?.kind == .decoding)
                #expect(error?.description == message)
            }
        }
    }

    @Test func whatDecodeThrowsIsThatQuerysOutcomeOnly() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let groups = ["SELECT 1 AS a", "SELECT 'x' AS a", "SELECT 3 AS a"].map {
                    QueryGroup([Query("numbers", $0)])
                }
                let results = await session.read(groups) { rows in try rows.map { try $0.int("a") } }.map { $0[0] }
                let (first, last) = (try results[0].get(), try results[2].get())
                #expect(first == [1])
                #expect(results[1].failure?.kind == .decoding)
                #expect(last == [3])
            }
        }
    }

    @Test func parametersAreValuesAndNothingElse() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let nasty = "'; DROP TABLE t; -- \\ \" $1"
                let rows = try await session.ask("SELECT $1::text AS a, $2::text IS NULL AS b", nasty, nil)
                #expect(try rows.first?.string("a") == nasty)
                #expect(try rows.first?.bool("b") == true)
            }
        }
    }

    @Test func everyValueOfALargeResultIsDecoded() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let columns = (0..<20).map { $0 < 16 ? "g * \($0 + 1) AS count_\($0)" : "'name ' || g AS name_\($0)" }
                let rows = try await session.ask(
                    "SELECT \(columns.joined(separator: ", ")) FROM generate_series(1, 25000) g")
                let names = (0..<20).map { $0 < 16 ? "count_\($0)" : "name_\($0)" }
                var sum = 0
                _ = try rows.map { row in
                    for name in names[..<16] { sum += try row.int(name) }
                    for name in names[16...] { sum += try row.string(name).utf8.count }
                }
                // 136 = 1 + … + 16 multiples of each number, and the lengths of the four names.
                let lengths = 4 * (1...25_000).reduce(0) { $0 + "name \($1)".utf8.count }
                #expect(sum == 136 * 25_000 * 25_001 / 2 + lengths)
            }
        }
    }
}
