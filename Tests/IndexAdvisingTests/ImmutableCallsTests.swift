import TestKit
import Testing

@testable import IndexAdvising

@Suite("What an index expression may call")
struct ImmutableCallsTests {
    @Test("functions are IMMUTABLE and give what the table says", arguments: TestServer.Version.allCases)
    func functions(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let values = ImmutableCalls.functions.map { "('\($0.signature)', '\($0.result)')" }.joined(separator: ", ")
        let wrong = try await server.psql(
            """
            SELECT signature FROM (VALUES \(values)) v(signature, result)
            LEFT JOIN pg_proc p ON p.oid = to_regprocedure(signature)
            WHERE p.oid IS NULL OR provolatile <> 'i' OR prorettype <> to_regtype(result);
            """)
        #expect(wrong == "")
        #expect(ImmutableCalls.functions.count > 50)
    }

    @Test("casts and operators are taken by CREATE INDEX", arguments: TestServer.Version.allCases)
    func castsAndOperators(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        var expressions: [(sql: String, type: String)] = []
        for (from, types) in ImmutableCalls.casts {
            for type in types { expressions.append(("(\(Self.column(from)))::\(type)", type)) }
        }
        for left in ImmutableCalls.numbers {
            for right in ImmutableCalls.numbers {
                for name in ["+", "-", "*", "/"] {
                    let type = try #require(ImmutableCalls.result(of: left, name, right))
                    expressions.append(("\(Self.column(left)) \(name) \(Self.column(right))", type))
                }
            }
        }
        for (parts, type) in ImmutableCalls.dates {
            expressions.append(("\(Self.column(parts[0])) \(parts[1]) \(Self.column(parts[2]))", type))
        }
        for (left, right) in [
            ("text", "text"), ("character varying", "text"), ("character varying", "character varying"),
        ] {
            let type = try #require(ImmutableCalls.result(of: left, "||", right))
            expressions.append(("\(Self.column(left)) || \(Self.column(right))", type))
        }
        expressions += [
            ("jsonb -> 'a'", "jsonb"), ("jsonb ->> 'a'", "text"), ("json ->> 1", "text"), ("jsonb #>> '{a,b}'", "text"),
        ].map { ("\"\($0.0.split(separator: " ")[0])\"" + $0.0.drop { $0 != " " }, $0.1) }
        let types = Set(ImmutableCalls.casts.keys).union(ImmutableCalls.numbers).union(
            ImmutableCalls.dates.keys.flatMap(\.self)
        )
        .subtracting(["+", "-"]).union(["json", "jsonb"])
        let columns = types.sorted().map { "\(Self.column($0)) \($0)" }.joined(separator: ", ")
        let indexes = expressions.map { "CREATE INDEX ON t ((\($0.sql)));" }.joined(separator: "\n")
        let checks = expressions.map { expression in
            let text = expression.sql.split(separator: "'").joined(separator: "''")
            return
                "SELECT '\(text)' WHERE pg_typeof((SELECT \(expression.sql) FROM t)) <> '\(expression.type)'::regtype;"
        }
        try await server.withDatabase("CREATE TABLE t (\(columns)); INSERT INTO t DEFAULT VALUES;") { database in
            try await database.psql(indexes)
            let wrong = try await database.psql(checks.joined(separator: "\n"))
            #expect(wrong == "")
        }
        #expect(expressions.count > 150)
    }

    @Test("what depends on settings is not among them")
    func stable() {
        #expect(ImmutableCalls.result(of: "date_trunc", ["unknown", "timestamp with time zone"]) == nil)
        #expect(ImmutableCalls.result(of: "to_tsvector", ["text"]) == nil)
        #expect(ImmutableCalls.result(of: "timestamp with time zone", "+", "interval") == nil)
        #expect(ImmutableCalls.result(of: "text", "||", "integer") == nil)
        #expect(ImmutableCalls.casts["timestamp with time zone"] == nil)
    }

    private static func column(_ type: String) -> String { "\"\(type)\"" }
}
