import Model
import Statements
import TestKit
import Testing

@testable import Diagnosing

/// Writes and locking SELECTs, put together at random, do the same when they are rewritten as the rules say.
@Suite struct WriteEquivalenceTests {
    private static let rewrites = RewriteEquivalenceTests()

    // MARK: SELECT

    /// A set operation takes no locking clause; a subquery in FROM may have one.
    private static func inFrom(_ text: String) -> String { "SELECT * FROM (\(text)) locked" }

    @Test func locksOfOneTableReturnTheSameRows() async throws {
        let count = try await Self.rewrites.compared(seed: 11, asRun: Self.inFrom) {
            $0.lockedJoin()
        } _: { analysis in
            analysis.shape.top.flatMap { LocksJoinedTables.LockedJoin($0, analysis) }
                .flatMap { analysis.parsed.locking(only: $0.subjectUse.alias) }
        }
        #expect(count > 20)
    }

    @Test func locksInOrderReturnTheSameRows() async throws {
        let count = try await Self.rewrites.compared(
            seed: 12, over: RewriteEquivalenceTests.tables, in: Self.withPrimaryKeys, asRun: Self.inFrom
        ) {
            $0.lockedSelect()
        } _: { analysis in
            LockingWithoutOrder.Locker(analysis).flatMap { LockingWithoutOrder.rewrite($0, analysis.parsed) }
        }
        #expect(count > 20)
    }

    // MARK: Writes

    private static let withPrimaryKeys: DatabaseCatalog = {
        var catalog = RewriteEquivalenceTests.catalog
        for place in catalog.indexes.indices {
            let columns = catalog.indexes[place].columns.compactMap(\.name)
            catalog.indexes[place].isPrimary = columns.first == "id"
        }
        for place in catalog.columns.indices { catalog.columns[place].type = "integer" }
        return catalog
    }()

    /// Runs both in one transaction, each on the same rows, and compares what they leave in all tables.
    private func expectSameTables(_ pairs: [(original: String, rewritten: String)]) async throws {
        let state = """
            SELECT md5(string_agg(row, ';' ORDER BY row)) AS found
            FROM (SELECT 'a' || a::text AS row FROM a UNION ALL SELECT 'b' || b::text FROM b UNION ALL
                SELECT 'c' || c::text FROM c UNION ALL SELECT 'd' || d::text FROM d) rows
            """
        let comparisons = pairs.enumerated().map { place, pair in
            """
            BEGIN;
            SAVEPOINT start;
            \(pair.original)
            \(state) \\gset left_
            ROLLBACK TO start;
            \(pair.rewritten)
            \(state) \\gset right_
            ROLLBACK;
            SELECT 'differs', \(place) WHERE :'left_found' <> :'right_found';

            """
        }.joined()
        let script =
            "SET jit = off;\n"
            + (1...RewriteEquivalenceTests.fillings).map { RewriteEquivalenceTests.filling($0) + comparisons }
            .joined(separator: "\n")
        let server = try await TestServer.shared()
        let output = try await server.withDatabase(RewriteEquivalenceTests.tables) { try await $0.psql(script) }
        for line in output.split(separator: "\n") {
            // RETURNING prints rows as well.
            guard line.hasPrefix("differs|"), let place = Int(line.dropFirst("differs|".count)) else { continue }
            Issue.record("differs:\n\(pairs[place].original)\n\(pairs[place].rewritten)")
        }
    }

    private func pairs(
        seed: UInt64, _ write: (inout RandomSQL) -> String,
        _ rewrite: (StatementAnalysis) -> (String, String)?
    ) throws -> [(original: String, rewritten: String)] {
        var random = RandomSQL(seed: seed)
        return try (0..<RewriteEquivalenceTests.rounds).compactMap { _ in
            let analysis = try RewriteEquivalenceTests.analysis(write(&random), Self.withPrimaryKeys)
            return rewrite(analysis).map { (original: $0.0, rewritten: $0.1) }
        }
    }

    @Test func writesInOrderWriteTheSameRows() async throws {
        let pairs = try pairs(seed: 13, { $0.write() }) { analysis in
            LockingWithoutOrder.Locker(analysis).flatMap { LockingWithoutOrder.rewrite($0, analysis.parsed) }
                .map { (analysis.parsed.text + ";", $0) }
        }
        #expect(pairs.count > 100)
        try await expectSameTables(pairs)
    }

    @Test func rangesOfTheKeyWriteTheSameRows() async throws {
        let pairs = try pairs(seed: 14, { $0.write() }) { analysis in
            MassWrite.rangeKey(of: analysis).flatMap { analysis.parsed.writingRange(of: $0) }.map { text in
                let ranges = [(-9, 3), (3, 4), (4, 7), (7, 99)].map { "EXECUTE part(\($0), \($1));" }
                return (
                    analysis.parsed.text + ";",
                    "PREPARE part AS \(text)\n\(ranges.joined(separator: "\n"))\nDEALLOCATE part;"
                )
            }
        }
        #expect(pairs.count > 50)
        try await expectSameTables(pairs)
    }

    @Test func arraysWriteTheSameRowsAsOneByOne() async throws {
        var random = RandomSQL(seed: 15)
        let pairs = try pairs(seed: 16, { $0.oneRowWrite() }) { analysis in
            guard let write = OneRowWrite(analysis), let many = write.forManyRows else { return nil }
            let parameters = analysis.parsed.parameterCount
            // The key is the last parameter: each comes once, in any order.
            let keys = (0...9).sorted { _, _ in random.below(2) == 0 }.prefix(1 + random.below(9))
            let rows = keys.map { key in
                (1..<max(parameters, 1)).map { _ in random.one(of: "1", "2", "3", "NULL") } + ["\(key)"]
            }
            let calls = rows.map { "EXECUTE one(\($0.joined(separator: ", ")));" }.joined(separator: "\n")
            let arrays = (0..<parameters).map { place in
                "ARRAY[\(rows.map { $0[place] }.joined(separator: ", "))]::int[]"
            }
            return (
                "PREPARE one AS \(analysis.parsed.text);\n\(calls)\nDEALLOCATE one;",
                "PREPARE many AS \(many)\nEXECUTE many(\(arrays.joined(separator: ", ")));\nDEALLOCATE many;"
            )
        }
        #expect(pairs.count > 100)
        try await expectSameTables(pairs)
    }

    @Test func upsertsWithoutTheirKeyLeaveTheSameRows() async throws {
        var catalog = Self.withPrimaryKeys
        for table in ["a", "b", "c"] {
            catalog.constraints.append(
                .make {
                    $0.kind = .foreignKey
                    $0.relation = QualifiedName("public", "d")
                    $0.columns = ["id"]
                    $0.referencedRelation = QualifiedName("public", table)
                })
        }
        var random = RandomSQL(seed: 17)
        var pairs: [(original: String, rewritten: String)] = []
        for _ in 0..<RewriteEquivalenceTests.rounds {
            let analysis = try RewriteEquivalenceTests.analysis(random.upsert(), catalog)
            guard let top = analysis.shape.top,
                let relation = top.relations.first?.target.flatMap(analysis.names.relation),
                let write = UpdateOfKey.KeyWrite(top, relation, analysis),
                let rewrite = UpdateOfKey.rewrite(write, analysis.parsed)
            else { continue }
            pairs.append((analysis.parsed.text + ";", rewrite))
        }
        #expect(pairs.count > 50)
        try await expectSameTables(pairs)
    }
}

/// The latest row of each group, over tables with a foreign key between them.
@Suite struct LatestPerGroupEquivalenceTests {
    private static let tables = """
        CREATE TABLE p (id int PRIMARY KEY, name text);
        CREATE TABLE q (id int PRIMARY KEY, k int NOT NULL REFERENCES p, n int, t int, x int);
        """

    private static let catalog = DatabaseCatalog.make { catalog in
        catalog.database = "test"
        for (table, names) in [("p", ["id!", "name"]), ("q", ["id!", "k!", "n", "t", "x"])] {
            let relation = QualifiedName("public", table)
            catalog.relations.append(.make { $0.name = relation })
            for name in names {
                catalog.columns.append(
                    .make {
                        $0.relation = relation
                        $0.name = name.hasSuffix("!") ? String(name.dropLast()) : name
                        $0.isNotNull = name.hasSuffix("!")
                    })
            }
            catalog.indexes.append(
                .make {
                    $0.name = QualifiedName("public", "\(table)_pkey")
                    $0.relation = relation
                    $0.isUnique = true
                    $0.isPrimary = true
                    $0.columns = [.make { $0.name = "id" }]
                    $0.keyCount = 1
                })
        }
        catalog.constraints.append(
            .make {
                $0.kind = .foreignKey
                $0.relation = QualifiedName("public", "q")
                $0.columns = ["k"]
                $0.referencedRelation = QualifiedName("public", "p")
            })
    }

    private static func filling(_ seed: Int) -> String {
        func value(_ range: Int) -> String { "nullif(floor(random() * \(range))::int, 0)" }
        return """
            TRUNCATE p, q; SELECT setseed(0.\(seed));
            INSERT INTO p SELECT g, 'n' || g FROM generate_series(1, 9) g;
            INSERT INTO q SELECT g, 1 + floor(random() * 6)::int, \(value(5)), \(value(4)), \(value(4)) FROM generate_series(1, 40) g;

            """
    }

    @Test func lookUpsReturnTheSameRows() async throws {
        let count = try await RewriteEquivalenceTests().compared(
            seed: 21, over: Self.tables, in: Self.catalog, filling: Self.filling,
            asRun: { $0.replacing("$1", with: "2") }
        ) {
            $0.latest()
        } _: { analysis in
            LatestPerGroupByWindow.Groups(analysis).flatMap { $0.doubts.isEmpty ? $0.rewrite(analysis) : nil }
        }
        #expect(count > 100)
    }

    /// What the catalog does not prove is marked.
    @Test func tiesAndMissingGroupsAreDoubted() throws {
        func doubts(_ text: String) throws -> Int? {
            let analysis = try RewriteEquivalenceTests.analysis(text, Self.catalog)
            return LatestPerGroupByWindow.Groups(analysis)?.doubts.count
        }
        #expect(try doubts("SELECT DISTINCT ON (k) * FROM q ORDER BY k, t, id") == 0)
        #expect(try doubts("SELECT DISTINCT ON (k) * FROM q ORDER BY k, t") == 1)
        #expect(try doubts("SELECT DISTINCT ON (n) * FROM q ORDER BY n, t, id") == nil)
    }
}

extension RandomSQL {
    private mutating func keyed() -> String { one(of: "a", "b", "c") }

    mutating func lockedJoin() -> String {
        let (outer, inner) = (table(), keyed())
        let key = inner == "c" ? "t2.id = \(column("t1", of: outer)) AND t2.k = \(column("t1", of: outer))" : ""
        let single = inner == "b" ? one(of: "t2.id", "t2.u", "t2.v") : "t2.id"
        let on = key.isEmpty ? "\(single) = \(column("t1", of: outer))" : key
        let (left, right) = (column("t1", of: outer), column("t2", of: inner))
        let filter = below(2) == 0 ? "" : " WHERE \(condition(left, right))"
        let lock = one(of: "FOR UPDATE", "FOR NO KEY UPDATE", "FOR UPDATE SKIP LOCKED", "for update nowait")
        let order = one(of: "", " ORDER BY t1.id, t2.id LIMIT 30")
        return
            "SELECT t1.*, t2.x AS x2, t2.id AS id2 FROM \(outer) t1 JOIN \(inner) t2 ON \(on)\(filter)\(order) \(lock)"
    }

    mutating func lockedSelect() -> String {
        let from = keyed()
        let alias = one(of: "", " t1", " AS \"T 1\"")
        let name = alias.isEmpty ? from : alias.hasSuffix("\"") ? "\"T 1\"" : "t1"
        let filter = below(3) == 0 ? "" : " WHERE \(condition(column(name, of: from), column(name, of: from)))"
        let lock = one(of: "FOR UPDATE", "FOR NO KEY UPDATE", "FOR UPDATE OF \(name)")
        return "SELECT * FROM \(from)\(alias)\(filter) \(lock)"
    }

    /// An UPDATE or DELETE of any number of rows.
    mutating func write() -> String {
        let target = keyed()
        let alias = one(of: "", " t1", " AS t1")
        let name = alias.isEmpty ? target : "t1"
        let filter = (0...below(2)).map { _ in condition(column(name, of: target), column(name, of: target)) }
            .joined(separator: one(of: " AND ", " OR "))
        if below(3) == 0 { return "DELETE FROM \(target)\(alias) WHERE \(filter)" }
        let value = one(
            of: "7", "\(name).y + 1", "coalesce(x, 0) + id", "NULL", "CASE WHEN y IS DISTINCT FROM 2 THEN 1 END")
        let second = one(of: "", ", y = x")
        return "UPDATE \(one(of: "", "ONLY "))\(target)\(alias) SET x = \(value)\(second) WHERE \(filter)"
    }

    /// An UPDATE or DELETE by a key, which is the last parameter.
    mutating func oneRowWrite() -> String {
        let target = one(of: "a", "b")
        let key = target == "b" ? one(of: "id", "v") : "id"
        switch below(6) {
        case 0: return "DELETE FROM \(target) WHERE \(key) = $1"
        case 1: return "DELETE FROM \(target) t1 WHERE x = $1 AND t1.\(key) = $2"
        case 2: return "UPDATE \(target) SET x = $1 WHERE \(key) = $2"
        case 3: return "UPDATE \(target) AS t1 SET x = $1, y = $2::int WHERE t1.\(key) = $3 AND y IS NOT NULL"
        case 4: return "UPDATE \(target) SET y = $1 WHERE x = $2 AND $3 = \(key)"
        default: return "UPDATE \(target) SET x = $1, y = coalesce(x, 0) + 1 WHERE \(key) = $2"
        }
    }

    mutating func upsert() -> String {
        let target = one(of: "a", "c")
        let (id, x, y, k) = (below(10), one(of: "1", "2", "NULL"), one(of: "3", "NULL"), below(3))
        let values =
            target == "a"
            ? "a (id, x, y) VALUES (\(id), \(x), \(y))" : "c (id, x, y, k) VALUES (\(id % 4), \(x), \(y), \(k))"
        let conflict = target == "a" ? "(id)" : one(of: "(id, k)", "(k, id)")
        let keys = target == "a" ? "id = excluded.id" : one(of: "id = excluded.id, k = excluded.k", "k = excluded.k")
        let rest = one(
            of: "x = excluded.x", "x = coalesce(\(target).x, 0) + 1, y = excluded.y", "y = greatest(excluded.y, 2)")
        let filter = one(of: "", " WHERE \(target).x IS DISTINCT FROM excluded.x", " RETURNING id")
        return "INSERT INTO \(values) ON CONFLICT \(conflict) DO UPDATE SET "
            + one(of: "\(keys), \(rest)", "\(rest), \(keys)", keys) + filter
    }

    /// The first row of each group, by DISTINCT ON or numbered.
    mutating func latest() -> String {
        let alias = one(of: "q", "o")
        let source = alias == "q" ? "q" : "q o"
        let order = one(of: "t DESC, id", "t DESC NULLS LAST, \(alias).id DESC", "x, t NULLS FIRST, id", "id DESC")
        let filter = one(
            of: "", " WHERE x > 1", " WHERE x = 2 OR t IS NULL", " WHERE \(alias).x BETWEEN 1 AND 2 AND t > 0")
        switch below(3) {
        case 0:
            let columns = one(of: "*", "\(alias).id, k, x + 1 AS more", "\(alias).*, 1")
            let tail = one(of: "", " LIMIT 3")
            return
                "SELECT DISTINCT ON (k) \(columns) FROM \(source)\(filter) ORDER BY k\(one(of: "", " DESC")), \(order)\(tail)"
        default:
            let columns = one(of: "*", "s.*", "id, k", "s.id, rn", "count(*), max(id)", "id, s.k AS id2")
            let test = one(of: "rn = 1", "s.rn = $1", "rn <= 1", "rn < 2")
            let more = one(of: "", " AND x IS NOT NULL", " AND k BETWEEN 2 AND 5")
            let inner = one(of: "\(alias).*, ", "id, k, x, ")
            return
                "SELECT \(columns) FROM (SELECT \(inner)row_number() OVER (PARTITION BY \(alias).k ORDER BY \(order)) AS rn "
                + "FROM \(source)\(filter)) \(one(of: "s", "AS s")) WHERE \(test)\(more)"
        }
    }
}
