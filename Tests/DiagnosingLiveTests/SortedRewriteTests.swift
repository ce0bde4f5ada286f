import Model
import Statements
import TestKit
import Testing

@testable import Diagnosing

/// The rewrites of the rules about sorting, DISTINCT and paging return the same rows.
@Suite struct SortedRewriteTests {
    private let equivalence = RewriteEquivalenceTests()

    @Test func orderOfSubqueriesIsLeftOut() async throws {
        let count = try await equivalence.compared(seed: 11, { $0.sorted() }) { analysis in
            analysis.shape.pointlessSorts.first.flatMap { analysis.shape.removing($0, in: analysis.parsed) }
        }
        #expect(count > 100)
    }

    @Test func distinctOfUniqueRowsIsLeftOut() async throws {
        let count = try await equivalence.compared(seed: 12, { $0.uniqueRows() }) { analysis in
            DistinctOfUniqueRows.uniqueLevel(analysis).flatMap {
                analysis.shape.removingDistinct(of: $0.number, in: analysis.parsed)
            }
        }
        #expect(count > 50)
    }

    @Test func distinctBecomesAWalk() async throws {
        let count = try await equivalence.compared(seed: 13, { $0.values() }) { ValueWalk($0)?.statement }
        #expect(count > 50)
    }

    @Test func nullsFirstAndLastAreLeftOut() async throws {
        let count = try await equivalence.compared(seed: 14, { $0.nullsOrder() }) { analysis in
            let keys = analysis.shape.top?.orderBy.filter { $0.nullsFirst != nil }.compactMap(\.column) ?? []
            guard keys.allSatisfy({ analysis.column(of: $0)?.isNotNull ?? false }) else { return nil }
            return analysis.shape.removingNullsOrder(in: analysis.parsed)
        }
        #expect(count > 50)
    }

    @Test func totalIsCountedApart() async throws {
        let count = try await equivalence.compared(seed: 15, { $0.page() }) { analysis in
            guard let total = analysis.shape.pagedTotal,
                let page = analysis.shape.page(without: total, in: analysis.parsed)?.dropLast(),
                let count = analysis.shape.count(of: total, in: analysis.parsed)?.dropLast()
            else { return nil }
            let isFirst = analysis.parsed.text.hasPrefix("SELECT count")
            return isFirst ? "SELECT (\(count)), p.* FROM (\(page)) p;" : "SELECT p.*, (\(count)) FROM (\(page)) p;"
        }
        #expect(count > 100)
    }

    /// A recursive query is particular about types, lengths and collations.
    @Test(arguments: [
        "varchar(5)", "char(3)", "numeric(8, 2)", #"text COLLATE "C""#, "timestamptz", "boolean", "uuid", "smallint",
        "date", "interval", "bytea", #"text COLLATE "und-x-icu""#,
    ])
    func walkTakesEveryType(_ type: String) async throws {
        let value =
            switch type {
            case "boolean": "g % 2 = 0"
            case "uuid": "md5((g % 9)::text)::uuid"
            case "timestamptz", "date": "timestamptz '2026-01-01' + g % 9 * interval '1 day'"
            case "interval": "g % 9 * interval '1 day'"
            case "bytea": "decode(lpad((g % 9)::text, 2, '0'), 'hex')"
            default: "(g % 9)::\(type.hasPrefix("text") ? "text" : type)"
            }
        let analysis = try RewriteEquivalenceTests.analysis("SELECT DISTINCT x AS v FROM d ORDER BY v DESC")
        let walk = try #require(ValueWalk(analysis)?.statement)
        let server = try await TestServer.shared()
        let output = try await server.withDatabase(
            """
            CREATE TABLE d (id int, x \(type));
            INSERT INTO d SELECT g, CASE WHEN g % 5 > 0 THEN \(value) END FROM generate_series(1, 200) g;
            CREATE INDEX ON d (x);
            """
        ) { database in
            let walked = try await database.psql(walk)
            return (walked, try await database.psql("SELECT DISTINCT x AS v FROM d ORDER BY v DESC;"))
        }
        #expect(output.0 == output.1)
    }
}

extension RandomSQL {
    /// A sorted subquery within something that may or may not show its order.
    fileprivate mutating func sorted() -> String {
        let sources = sources(1 + below(2))
        let (first, last) = (sources[0], sources[sources.count - 1])
        let body =
            "FROM \(from(sources, outer: below(3) == 0)) WHERE \(conditions(sources, 1 + below(2))) "
            + "ORDER BY \(one(of: "", "lower("))\(column(last.alias, of: last.table))"
        // lower(…) of a number is not there: its text is.
        let order = body.contains("lower(") ? body + "::text)" : body
        let sorted = order + one(of: "", " DESC", " NULLS FIRST, \(first.alias).y", "", "", " LIMIT 3")
        let inner = "SELECT \(first.alias).id, \(first.alias).x, \(last.alias).y \(sorted)"
        let single = "SELECT \(first.alias).x \(sorted)"
        switch below(11) {
        case 0: return "SELECT count(*), max(s.x), sum(s.y), round(avg(s.x), 3) FROM (\(inner)) s"
        case 1: return "SELECT s.x, count(*), min(s.y) FROM (\(inner)) s WHERE s.id > 1 GROUP BY s.x"
        case 2: return "SELECT DISTINCT s.x FROM (\(inner)) s"
        case 3: return "SELECT s.id, s.x FROM (\(inner)) s ORDER BY s.y, s.id DESC"
        case 4: return "SELECT z.id FROM a z WHERE z.y \(one(of: "IN", "NOT IN")) (\(single))"
        case 5: return "WITH s AS (\(inner)) SELECT count(*), count(DISTINCT s.x) FROM s JOIN d ON d.x = s.x"
        case 6: return "(SELECT x FROM d ORDER BY id) \(one(of: "UNION", "EXCEPT", "UNION ALL")) (\(single))"
        case 7: return "SELECT count(*) FROM (SELECT r.x FROM (\(inner)) r WHERE r.y > 0) s"
        case 8: return "SELECT array_agg(r.x) FROM (\(inner)) r"
        case 9: return "SELECT r.id, row_number() OVER () FROM (\(inner)) r"
        default: return "SELECT r.x, min(r.y) FROM (\(inner)) r GROUP BY r.x LIMIT 1"
        }
    }

    fileprivate mutating func uniqueRows() -> String {
        let sources = sources(1 + below(3))
        var columns: [String] = []
        for source in sources where below(3) > 0 {
            columns += source.table == "c" ? ["\(source.alias).id", "\(source.alias).k"] : ["\(source.alias).id"]
            if source.table == "b", below(2) == 0 {
                columns[columns.count - 1] = "\(source.alias).\(one(of: "u", "v"))"
            }
        }
        if columns.isEmpty || below(3) == 0 { columns.append(column(sources[0].alias, of: sources[0].table)) }
        if below(4) == 0 { columns.append("abs(\(sources[0].alias).x)") }
        if below(6) == 0 { columns = ["\(sources[0].alias).*"] }
        let body =
            below(2) == 0 ? keyedJoin(sources) : "FROM \(from(sources)) WHERE \(conditions(sources, 1 + below(2)))"
        let text = "SELECT DISTINCT \(columns.joined(separator: ", ")) \(body)"
        switch below(5) {
        case 0 where !text.contains("*"): return "SELECT count(*) FROM (\(text)) s"
        case 1 where columns.count == 1 && !text.contains("*"):
            return "SELECT DISTINCT \(columns[0]), count(*) \(body) GROUP BY \(columns[0])"
        default: return text
        }
    }

    /// Joined by what may be a key of the one or the other, rows without a match kept or not.
    private mutating func keyedJoin(_ sources: [(alias: String, table: String)]) -> String {
        var text = "FROM \(sources[0].table) t1"
        for (place, source) in sources.enumerated().dropFirst() {
            let other = sources[below(place)].alias
            let join = one(of: "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
            text += " \(join) \(source.table) \(source.alias) ON \(source.alias).\(one(of: "id", "id", "x")) = "
            text += "\(other).\(one(of: "id", "x"))"
        }
        return text + one(of: "", "", " WHERE t1.id IS NULL OR t1.x > 1", " WHERE t1.id = 3")
    }

    fileprivate mutating func values() -> String {
        let table = table()
        let column = column("t", of: table)
        let name = column.dropFirst(2)
        let order = one(of: "", " ORDER BY \(column)", " ORDER BY 1 DESC NULLS LAST")
        switch below(4) {
        case 0: return "SELECT \(column) AS value FROM \(table) t GROUP BY \(column)"
        case 1: return "SELECT \(name) FROM public.\(table) GROUP BY 1"
        case 2: return "SELECT DISTINCT \(column) FROM \(table) t\(one(of: "", "", " WHERE t.id > 2"))\(order)"
        default: return "SELECT DISTINCT \(column) FROM \(table) t\(order)"
        }
    }

    fileprivate mutating func nullsOrder() -> String {
        let table = one(of: "a", "b")
        let second = table == "b" ? one(of: "v", "u", "x") : "x"
        return
            "SELECT t.id, t.x FROM \(table) t ORDER BY \(one(of: "x", second))\(one(of: "", " DESC", " NULLS LAST")), "
            + "id \(one(of: "", "DESC ")) NULLS \(one(of: "FIRST", "LAST")) LIMIT \(1 + below(6))"
    }

    /// Sorted by keys, so that a page is the same rows in each run.
    fileprivate mutating func page() -> String {
        let sources = (1...1 + below(2)).map { (alias: "t\($0)", table: one(of: "a", "b")) }
        let keys = sources.map { "\($0.alias).id" }.joined(separator: ", ")
        let columns = keys + ", \(column("t1", of: "a"))"
        let total = one(of: "count(*) OVER ()", "count(*) OVER () AS total", "count(1) OVER ()::int AS n")
        let body =
            "FROM \(from(sources, outer: below(2) == 0)) WHERE \(conditions(sources, 1)) "
            + "\(one(of: "AND", "OR")) \(conditions(sources, 1)) ORDER BY \(keys) LIMIT \(1 + below(5)) OFFSET \(below(3))"
        return below(2) == 0 ? "SELECT \(total), \(columns) \(body)" : "SELECT \(columns), \(total) \(body)"
    }
}
