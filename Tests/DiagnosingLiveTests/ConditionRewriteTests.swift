import Statements
import Testing

@testable import Diagnosing

/// Conditions put together at random, rewritten as the rules about conditions say: the same rows come back.
@Suite struct ConditionRewriteTests {
    private let rewrites = RewriteEquivalenceTests()

    @Test func nullSafeComparisonsBecomeEqualities() async throws {
        let count = try await rewrites.compared(seed: 11, rounds: 900, { $0.nullSafe() }) { analysis in
            analysis.shape.nullSafeTests.first.flatMap { NullSafeComparison.proven($0, analysis) }
        }
        #expect(count > 150)
    }

    @Test func nullSafeComparisonsBecomeEqualitiesOrNull() async throws {
        let count = try await rewrites.compared(seed: 12, rounds: 900, { $0.nullSafe() }) { analysis in
            analysis.shape.nullSafeTests.first.flatMap { analysis.shape.equalityOrNull($0, in: analysis.parsed) }
        }
        #expect(count > 300)
    }

    @Test func pagesByOrBecomeRowComparisons() async throws {
        let count = try await rewrites.compared(seed: 13, rounds: 900, { $0.keyset() }) { analysis in
            analysis.shape.keysetConditions.first.flatMap { keyset in
                keyset.isSameValue ? analysis.shape.rowComparison(keyset, in: analysis.parsed) : nil
            }
        }
        #expect(count > 600)
    }

    @Test func listsOfRowsBecomeValues() async throws {
        let count = try await rewrites.compared(seed: 14, rounds: 900, { $0.rowList() }) { analysis in
            analysis.shape.spelledOutLists(atLeast: 1).first.flatMap { list in
                analysis.shape.values(list, types: list.columns.map { _ in "integer" }, in: analysis.parsed)
            }
        }
        #expect(count > 600)
    }

    @Test func groupsAreComputedOnce() async throws {
        let count = try await rewrites.compared(seed: 15, rounds: 900, { $0.groupComparison() }) { analysis in
            analysis.shape.groupComparisons.first.flatMap { CorrelatedAggregateInWhere.proven($0, analysis) }
        }
        #expect(count > 300)
    }

    /// Statements like these that have no proof get no rewrite.
    @Test(arguments: [
        "SELECT 1 FROM a LEFT JOIN b ON b.id = a.x WHERE b.id IS NOT DISTINCT FROM $1",
        "SELECT 1 FROM a WHERE x IS NOT DISTINCT FROM $1",
        "SELECT 1 FROM a JOIN d ON d.id IS NOT DISTINCT FROM a.x",
    ])
    func mayBeNull(_ text: String) throws {
        let analysis = try RewriteEquivalenceTests.analysis(text)
        let comparison = try #require(analysis.shape.nullSafeTests.first)
        #expect(NullSafeComparison.proven(comparison, analysis) == nil)
    }

    @Test(arguments: [
        "SELECT 1 FROM a WHERE x = (SELECT count(*) FROM d WHERE d.id = a.id)",
        "SELECT 1 FROM a WHERE x > (SELECT coalesce(max(d.x), 0) FROM d WHERE d.id = a.id)",
        "SELECT 1 FROM a WHERE x = (SELECT max(d.x) FROM d WHERE d.id = a.id AND d.y > a.y)",
        "SELECT 1 FROM a WHERE x = (SELECT max(d.x + a.y) FROM d WHERE d.id = a.id)",
        "SELECT 1 FROM a WHERE x = (SELECT max(d.x) FROM d WHERE d.id = a.id HAVING count(*) > 1)",
        "SELECT 1 FROM a WHERE x = (SELECT max(d.x) FROM d WHERE d.id = a.id AND d.y BETWEEN 1 AND 2)",
    ])
    func groupsThatAreNotProven(_ text: String) throws {
        let analysis = try RewriteEquivalenceTests.analysis(text)
        let comparison = try #require(analysis.shape.groupComparisons.first)
        #expect(CorrelatedAggregateInWhere.proven(comparison, analysis) == nil)
    }
}

extension RandomSQL {
    fileprivate mutating func nullSafe() -> String {
        let sources = sources(1 + below(2))
        let (left, right) = (sources[0], sources[sources.count - 1])
        let column = column(left.alias, of: left.table)
        let other =
            switch below(4) {
            case 0: self.column(right.alias, of: right.table)
            case 1: "NULL::int"
            default: "\(below(5))"
            }
        let sides = below(3) == 0 ? (other, column) : (column, other)
        let more = below(2) == 0 ? "" : " AND \(conditions(sources, 1))"
        return "SELECT \(left.alias).*, \(right.alias).y FROM \(from(sources, outer: below(2) == 0)) "
            + "WHERE \(sides.0) IS NOT DISTINCT FROM \(sides.1)\(more)"
    }

    fileprivate mutating func keyset() -> String {
        let table = table()
        let names = ["x", "y", "id"].prefix(2 + below(2)).map { "t1.\($0)" }
        let sameWay = below(3) > 0
        let first = one(of: "<", ">")
        let operations = names.indices.map { place -> String in
            let sign = sameWay ? first : one(of: "<", ">")
            return place == names.count - 1 && below(2) == 0 ? sign + "=" : sign
        }
        let values = names.map { _ in below(7) == 0 ? "NULL::int" : "\(below(5))" }
        let isNested = below(2) == 0
        func compared(_ place: Int, _ sign: String) -> String {
            guard below(4) == 0 else { return "\(names[place]) \(sign) \(values[place])" }
            let turned = String(sign.map { $0 == "<" ? ">" : $0 == ">" ? "<" : $0 })
            return "\(values[place]) \(turned) \(names[place])"
        }
        func flat(_ place: Int) -> String {
            let equal = (0..<place).map { compared($0, "=") }
            return (equal + [compared(place, operations[place])]).joined(separator: " AND ")
        }
        func nested(_ place: Int) -> String {
            let here = compared(place, operations[place])
            guard place < names.count - 1 else { return here }
            return "\(here) OR (\(compared(place, "=")) AND (\(nested(place + 1))))"
        }
        let condition =
            isNested
            ? nested(0) : names.indices.map { below(2) == 0 ? flat($0) : "(\(flat($0)))" }.joined(separator: " OR ")
        let whole = below(3) == 0 ? condition : "(\(condition))"
        let more = whole == condition ? "" : one(of: "", " AND t1.y IS NOT NULL", " AND NOT t1.x = 2")
        return "SELECT t1.* FROM \(table) t1 WHERE \(whole)\(more)"
    }

    fileprivate mutating func rowList() -> String {
        let sources = sources(1 + below(2))
        let first = sources[0]
        let columns = (0...1 + below(2)).map { _ in column(first.alias, of: first.table) }
        let count = 1 + below(6)
        let rows = (0..<count).map { _ -> String in
            let values = columns.map { _ in below(8) == 0 ? "NULL" : below(5) == 0 ? "\(below(3)) + 1" : "\(below(5))" }
            return "(\(values.joined(separator: ", ")))"
        }
        let word = one(of: "IN", "IN", "NOT IN")
        return "SELECT \(first.alias).* FROM \(from(sources)) WHERE "
            + "(\(columns.joined(separator: ", "))) \(word) (\(rows.joined(separator: ", "))) AND \(conditions(sources, 1))"
    }

    fileprivate mutating func groupComparison() -> String {
        let outer = sources(1 + below(2))
        let tested = outer[below(outer.count)]
        let inner = table()
        let keys = (0...below(2)).map { _ in
            let sides = [column("g", of: inner), column(tested.alias, of: tested.table)]
            return below(2) == 0 ? "\(sides[0]) = \(sides[1])" : "\(sides[1]) = \(sides[0])"
        }
        let more = one(of: "", " AND g.y > 1", " AND (g.x IS NULL OR g.y = 2)", " AND g.x IN (SELECT x FROM d)")
        let call = one(of: "max", "min", "avg", "sum") + "(\(column("g", of: inner)))"
        let output = one(of: call, call, "0.5 * \(call)", "\(call) + 1", "\(call) AS latest", "\(call) latest")
        let query = "(SELECT \(output) FROM \(inner) g WHERE \(keys.joined(separator: " AND "))\(more))"
        let value = column(tested.alias, of: tested.table)
        let sign = one(of: "=", "<", ">", "<=", ">=")
        let condition = below(3) == 0 ? "\(query) \(sign) \(value)" : "\(value) \(sign) \(query)"
        return "SELECT \(tested.alias).* FROM \(from(outer)) WHERE \(condition)"
            + (below(2) == 0 ? "" : " AND \(conditions(outer, 1))")
    }
}
