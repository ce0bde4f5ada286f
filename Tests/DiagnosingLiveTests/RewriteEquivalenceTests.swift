import Model
import Statements
import TestKit
import Testing

@testable import Diagnosing

/// Statements put together at random, over tables with NULLs and duplicates, return the same rows when they are
/// rewritten as the rules say, wherever the rules take the rewrite for proven.
@Suite struct RewriteEquivalenceTests {
    static let rounds = 300
    /// Each statement runs over several fillings of the tables.
    static let fillings = 3

    static let tables = """
        CREATE TABLE a (id int PRIMARY KEY, x int, y int);
        CREATE TABLE b (id int PRIMARY KEY, x int, y int, u int UNIQUE, v int NOT NULL UNIQUE);
        CREATE TABLE c (id int, x int, y int, k int, PRIMARY KEY (id, k));
        CREATE TABLE d (id int, x int, y int);
        """

    /// The catalog of these tables.
    static let catalog = DatabaseCatalog.make { catalog in
        catalog.database = "test"
        let columns = [
            "a": ["id!", "x", "y"], "b": ["id!", "x", "y", "u", "v!"], "c": ["id!", "x", "y", "k!"],
            "d": ["id", "x", "y"],
        ]
        for (table, names) in columns {
            let relation = QualifiedName("public", table)
            catalog.relations.append(.make { $0.name = relation })
            for name in names {
                catalog.columns.append(
                    .make {
                        $0.relation = relation
                        $0.name = name.hasSuffix("!") ? String(name.dropLast()) : name
                        $0.isNotNull = name.hasSuffix("!")
                        $0.type = "integer"
                    })
            }
        }
        for (table, key) in [("a", ["id"]), ("b", ["id"]), ("b", ["u"]), ("b", ["v"]), ("c", ["id", "k"])] {
            catalog.indexes.append(
                .make {
                    $0.name = QualifiedName("public", "\(table)_\(key.joined())")
                    $0.relation = QualifiedName("public", table)
                    $0.isUnique = true
                    $0.columns = key.map { name in .make { $0.name = name } }
                    $0.keyCount = key.count
                })
        }
        for (table, column) in [("d", "x"), ("c", "y"), ("a", "x")] {
            catalog.indexes.append(
                .make {
                    $0.name = QualifiedName("public", "\(table)_\(column)")
                    $0.relation = QualifiedName("public", table)
                    $0.columns = [.make { $0.name = column }]
                    $0.keyCount = 1
                })
        }
    }

    static func filling(_ seed: Int) -> String {
        func value(_ range: Int) -> String { "nullif(floor(random() * \(range))::int, 0)" }
        let rest = "\(value(5)), \(value(4))"
        return """
            TRUNCATE a, b, c, d; SELECT setseed(0.\(seed));
            INSERT INTO a SELECT g, \(rest) FROM generate_series(1, 8) g;
            INSERT INTO b SELECT g, \(rest), CASE WHEN g % 3 > 0 THEN g END, 9 - g FROM generate_series(1, 8) g;
            INSERT INTO c SELECT g % 4, \(rest), g / 4 FROM generate_series(0, 9) g;
            INSERT INTO d SELECT \(value(4)), \(rest) FROM generate_series(1, 12) g;

            """
    }

    static func analysis(_ text: String, _ catalog: DatabaseCatalog = catalog) throws -> StatementAnalysis {
        let statement = Statement.make {
            $0.database = "test"
            $0.text = text
            $0.searchPath = ["public"]
        }
        let load = StatementLoad(StatementKey(statement), statement, statement.counters)
        return StatementAnalysis(load, try ParsedStatement(parsing: text), CatalogNames(catalog))
    }

    /// Writes statements, rewrites those that can be, runs both, and tells how many were compared.
    ///
    /// - Parameter asRun: what is run of each; a parameter has to become a value, a locking clause goes into FROM.
    func compared(
        seed: UInt64, rounds: Int = rounds, over tables: String = tables, in catalog: DatabaseCatalog = catalog,
        filling: (Int) -> String = filling, asRun: (String) -> String = { $0 },
        _ write: (inout RandomSQL) -> String, _ rewrite: (StatementAnalysis) -> String?
    ) async throws -> Int {
        var random = RandomSQL(seed: seed)
        var pairs: [(original: String, rewritten: String)] = []
        for _ in 0..<rounds {
            let text = write(&random)
            let analysis = try Self.analysis(text, catalog)
            if let rewritten = rewrite(analysis) { pairs.append((asRun(text), asRun(String(rewritten.dropLast())))) }
        }
        let comparisons = pairs.indices.map { place in
            let (left, right) = pairs[place]
            return """
                SELECT \(place)
                FROM (((\(left)) EXCEPT ALL (\(right))) UNION ALL ((\(right)) EXCEPT ALL (\(left)))) differing
                HAVING count(*) > 0;
                """
        }.joined(separator: "\n")
        // Compiling what takes a millisecond takes a second.
        let script =
            "SET jit = off;\n" + (1...Self.fillings).map { filling($0) + comparisons }.joined(separator: "\n")
        let server = try await TestServer.shared()
        let output = try await server.withDatabase(tables) { try await $0.psql(script) }
        for line in output.split(separator: "\n") {
            guard let place = Int(line), pairs.indices.contains(place) else { continue }
            Issue.record("differs:\n\(pairs[place].original)\n\(pairs[place].rewritten)")
        }
        return pairs.count
    }

    @Test func distinctBecomesExists() async throws {
        let count = try await compared(seed: 1, { $0.distinct() }) { analysis in
            DistinctHidesFanOut.fanOut(analysis).flatMap { analysis.shape.existence($0, in: analysis.parsed) }
        }
        #expect(count > 20)
    }

    @Test func unionBecomesUnionAll() async throws {
        let count = try await compared(seed: 2, { $0.union() }) { analysis in
            analysis.shape.unions.first.flatMap { union in
                let branches = union.branches.map { analysis.shape.levels[$0] }
                guard analysis.proofWithoutDuplicates(of: branches) == .certain else { return nil }
                return analysis.shape.unionAll(union, in: analysis.parsed)
            }
        }
        #expect(count > 20)
    }

    @Test func havingBecomesWhere() async throws {
        let count = try await compared(seed: 3, { $0.having() }) { analysis in
            analysis.shape.havingConditions.first.flatMap {
                analysis.shape.movingToWhere($0, in: analysis.parsed)
            }
        }
        #expect(count > 20)
    }

    @Test func countsBecomeExists() async throws {
        let count = try await compared(seed: 4, { $0.count() }) { analysis in
            analysis.shape.countTests.first.flatMap { analysis.shape.existence($0, in: analysis.parsed) }
        }
        #expect(count > 20)
    }

    @Test func outerJoinsBecomeInnerOnes() async throws {
        let count = try await compared(seed: 5, { $0.outerJoin() }) { OuterJoinUndoneByWhere.undone($0)?.rewrite }
        #expect(count > 20)
    }
}

/// A writer of statements over the tables of the test; the same seed writes the same ones.
struct RandomSQL {
    /// So that a failure can be had again.
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    mutating func one(of choices: String...) -> String { choices[below(choices.count)] }
    mutating func table() -> String { one(of: "a", "b", "c", "d") }

    /// A column that every table has, or one of its keys.
    mutating func column(_ alias: String, of table: String) -> String {
        let more = ["b": ["u", "v"], "c": ["k"]][table] ?? []
        let names = ["id", "x", "y", "id"] + more
        return alias + "." + names[below(names.count)]
    }

    mutating func condition(_ left: String, _ right: String) -> String {
        switch below(8) {
        case 0, 1, 2: "\(left) = \(right)"
        case 3: "\(left) = \(below(4) + 1)"
        case 4: "(\(left) < \(right) OR \(right) IS NULL)"
        case 5: "\(left) IS \(one(of: "NULL", "NOT NULL"))"
        case 6: "\(left) \(one(of: "IN", "NOT IN")) (SELECT y FROM d)"
        default: "EXISTS (SELECT 1 FROM d z WHERE z.x = \(left) AND z.y > \(below(3)))"
        }
    }

    mutating func conditions(_ sources: [(alias: String, table: String)], _ count: Int) -> String {
        (0..<count).map { _ in
            let (left, right) = (sources[below(sources.count)], sources[below(sources.count)])
            return condition(column(left.alias, of: left.table), column(right.alias, of: right.table))
        }.joined(separator: " AND ")
    }

    mutating func sources(_ count: Int) -> [(alias: String, table: String)] {
        (1...count).map { ("t\($0)", table()) }
    }

    /// Joined by JOIN … ON (or LEFT JOIN) and commas.
    mutating func from(_ sources: [(alias: String, table: String)], outer: Bool = false) -> String {
        var text = "\(sources[0].table) \(sources[0].alias)"
        // ON sees what was joined since the last comma.
        var start = 0
        for place in sources.indices.dropFirst() {
            let (source, known) = (sources[place], Array(sources[start...place]))
            switch below(4) {
            case 0 where !outer:
                text += ", \(source.table) \(source.alias)"
                start = place
            case 1 where outer, 2 where outer:
                text += " LEFT JOIN \(source.table) \(source.alias) ON \(conditions(known, 1 + below(2)))"
            default:
                text +=
                    " \(one(of: "JOIN", "INNER JOIN")) \(source.table) \(source.alias) ON \(conditions(known, 1 + below(2)))"
            }
        }
        return text
    }

    mutating func distinct() -> String {
        let sources = sources(2 + below(2))
        let kept = sources[below(sources.count)]
        let key = kept.table == "c" ? "\(kept.alias).id, \(kept.alias).k" : "\(kept.alias).id"
        let columns = one(of: key, key + ", \(kept.alias).x", "\(kept.alias).x", "\(kept.alias).*")
        let body = "FROM \(from(sources)) WHERE \(conditions(sources, 1 + below(3)))"
        guard below(3) == 0, !columns.hasSuffix("*") else { return "SELECT DISTINCT \(columns) \(body)" }
        return "SELECT \(columns) \(body) GROUP BY \(columns)"
    }

    mutating func union() -> String {
        (0...1 + below(2)).map { branch -> String in
            let sources = sources(1 + below(2))
            let some = sources[below(sources.count)]
            let tag = below(6) == 0 ? "1" : "\(branch + 1)"
            let second = some.table == "c" ? "\(some.alias).k" : column(sources[sources.count - 1].alias, of: "d")
            return "SELECT \(tag), \(some.alias).id, \(second) FROM \(from(sources, outer: below(2) == 0)) "
                + "WHERE \(conditions(sources, 1 + below(2)))"
        }.joined(separator: " UNION ")
    }

    mutating func having() -> String {
        let sources = sources(1 + below(2))
        let (first, last) = (sources[0], sources[sources.count - 1])
        let group = column(first.alias, of: first.table)
        let filter = below(2) == 0 ? "" : " WHERE \(conditions(sources, 1)) OR \(conditions(sources, 1))"
        let condition =
            switch below(3) {
            case 0: "\(group) \(one(of: "IN", "NOT IN")) (SELECT x FROM d WHERE y > \(below(3)))"
            case 1: "\(one(of: "", "NOT "))EXISTS (SELECT 1 FROM b z WHERE z.x = \(group))"
            default: "(\(group) IN (SELECT x FROM d) OR EXISTS (SELECT 1 FROM a z WHERE z.y = \(group)))"
            }
        let more = one(of: "", " AND count(*) > 1", " AND \(group) > 1")
        let besides = one(of: "", ", \(last.alias).x + 1")
        return "SELECT \(group), count(*), sum(\(last.alias).y) FROM \(from(sources))\(filter) "
            + "GROUP BY \(group)\(besides) HAVING \(condition)\(more)"
    }

    mutating func count() -> String {
        let outer = table()
        let inner = table()
        let column = column("t1", of: outer)
        let counted =
            "(SELECT count(\(one(of: "*", "1"))) FROM \(inner) e WHERE e.x = \(column)\(one(of: "", " OR e.y IS NULL")))"
        let test =
            below(3) == 0
            ? one(of: "0 <", "1 <=", "0 <>", "0 =", "1 >", "0 >=") + " " + counted
            : counted + one(of: " > 0", " >= 1", " <> 0", " = 0", " < 1", " <= 0")
        switch below(3) {
        case 0: return "SELECT t1.id, \(test) AS found FROM \(outer) t1"
        case 1: return "SELECT count(*) \(one(of: ">", "=")) 0 AS found FROM \(outer) t1 WHERE \(column) = \(below(6))"
        default:
            return "SELECT t1.* FROM \(outer) t1 WHERE \(one(of: "", "NOT "))\(test) AND \(condition(column, "t1.x"))"
        }
    }

    mutating func outerJoin() -> String {
        let sources = sources(2 + below(2))
        let last = sources[sources.count - 1]
        return "SELECT t1.id, t1.x, \(last.alias).y FROM \(from(sources, outer: true)) "
            + "WHERE \(conditions(sources, 1 + below(2)))\(one(of: "", " AND NOT (t2.x = 1 AND t1.x = 2)"))"
    }
}
