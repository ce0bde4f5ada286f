import Collecting
import Foundation
import IndexAdvising
import Model
import PostgresClient
import TestKit
import Testing

/// The search for a set on a real server, without the program around it.
@Suite struct AdvisingServerTests {
    private static let setup = """
        CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, placed timestamptz NOT NULL, note text NOT NULL);
        INSERT INTO orders SELECT g, g / 10, '2026-01-01'::timestamptz + g * interval '1 min', md5(g::text)
            FROM generate_series(1, 60000) g;
        ANALYZE;
        """

    private func snapshot(of database: TestDatabase) async throws -> Snapshot {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        return try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
    }

    private func options(_ texts: [String]) -> AdviceOptions {
        var options = AdviceOptions()
        options.workload = texts.map { text in
            var load = WorkloadLoad()
            load.text = text
            return load
        }
        return options
    }

    private func advice(
        _ database: TestDatabase, _ options: AdviceOptions, of snapshot: Snapshot,
        progress: (@Sendable (AdviceStep) -> Void)? = nil
    ) async throws -> IndexAdvice {
        await Collector.adviseIndexes(
            on: try ConnectionTarget(dsn: database.dsn()), snapshot, options, options: CollectionOptions(),
            progress: progress)
    }

    @Test func hypoPGIsFoundInAnySchema() async throws {
        let schema = "CREATE SCHEMA \"Odd \"\"one\"; CREATE EXTENSION hypopg SCHEMA \"Odd \"\"one\";"
        try await TestServer.shared().withDatabase(schema + Self.setup) { database in
            let found = try await advice(
                database, options(["SELECT * FROM orders WHERE customer = $1"]), of: try await snapshot(of: database))
            #expect(found.recommendations.map(\.basis) == [.whatIf] && found.plannerCalls > 0, "\(found.notes)")
        }
    }

    /// A generic plan takes a fixed share of the rows for `>=` and `<`; values from the statistics tell more.
    @Test func rangesArePlannedWithValues() async throws {
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            let found = try await advice(
                database, options(["SELECT sum(length(note)) FROM orders WHERE placed >= $1 AND placed < $2"]),
                of: try await snapshot(of: database))
            #expect(found.recommendations.map(\.index?.keys) == [["placed"]], "\(found)")
            let statement = try #require(found.statements.first)
            #expect(try #require(statement.costAfter) < 0.8 * (statement.costBefore ?? 0))
        }
    }

    /// COPY wrote what no statement shows.
    @Test func aTablesOwnWritesAreCharged() async throws {
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            var snapshot = try await snapshot(of: database)
            let began = snapshot.takenAt.addingTimeInterval(-10 * 86_400)
            snapshot.statementStatistics = .make { $0.reset = began }
            var options = options(["SELECT * FROM orders WHERE customer = $1"])
            (options.workload[0].queryIDs, options.workload[0].calls) = ([1], 2)
            let place = try #require(snapshot.databases.firstIndex { $0.name == database.name })
            snapshot.databases[place].statisticsReset = snapshot.takenAt.addingTimeInterval(-20 * 86_400)
            // A file's weights are of no time.
            let quiet = try await advice(
                database, self.options(["SELECT * FROM orders WHERE customer = $1"]), of: snapshot)
            #expect(quiet.recommendations.map(\.writes) == [IndexWriteCost()])
            let found = try await advice(database, options, of: snapshot)
            #expect(
                found.recommendations.isEmpty && found.rejected.contains { $0.reason.contains("upkeep") }, "\(found)")
            options.workload[0].calls = 1_000
            let pays = try await advice(database, options, of: snapshot)
            let writes = try #require(pays.recommendations.first?.writes)
            // Of 20 days 10.
            #expect(writes.basis == .counters && abs(writes.rowsWritten - 30_000) < 1, "\(writes)")
        }
    }

    /// By default a plain index, and a word of the other; a unique one only for who asks, and after the check.
    @Test func whatMayBeUniqueIsMadeSoForWhoAsks() async throws {
        let setup = """
            CREATE TABLE products (sku text NOT NULL, code text, price int, note text);
            INSERT INTO products SELECT md5(g::text), CASE WHEN g % 3 > 0 THEN md5((g / 2)::text) END, g, repeat('n', 80)
                FROM generate_series(1, 30000) g;
            ANALYZE;
            """
        try await TestServer.shared().withDatabase(setup, extensions: ["hypopg"]) { database in
            let snapshot = try await snapshot(of: database)
            var options = options([
                "SELECT note FROM products WHERE sku = $1", "SELECT note FROM products WHERE code = $1",
                "SELECT note FROM products WHERE price BETWEEN 5 AND 9",
            ])
            let plain = try await advice(database, options, of: snapshot)
            let choices = plain.recommendations.map { $0.uniqueness?.column }
            #expect(choices.compactMap(\.self) == ["sku"] && choices.count == 3, "\(plain.recommendations)")
            #expect(plain.recommendations.flatMap(\.sql).allSatisfy { $0.hasPrefix("CREATE INDEX CONCURRENTLY ") })
            options.makesUnique = true
            let unique = try await advice(database, options, of: snapshot)
            let one = try #require(unique.recommendations.first { $0.uniqueness != nil })
            #expect(one.sql.count == 2 && one.sql[1].hasPrefix("CREATE UNIQUE INDEX CONCURRENTLY products_sku"))
            #expect(one.uniqueness?.checkCost.map { $0 > 100 } == true)
            #expect(unique.recommendations.count { $0.sql.contains { $0.contains("UNIQUE") } } == 1)
            // A value comes twice that the sample did not show.
            try await database.psql("INSERT INTO products SELECT sku, 'again', 0, '' FROM products LIMIT 1;")
            #expect(try await database.psql(one.sql[0]).hasSuffix("|2"))
            _ = try? await database.psql(one.sql[1])
            #expect(try await database.psql(one.verify).hasPrefix("f"), "it was left INVALID")
            for statement in one.undo { try await database.psql(statement) }
            try await database.psql("DELETE FROM products WHERE code = 'again';")
            #expect(try await database.psql(one.sql[0]) == "")
            try await database.psql(one.sql[1])
            #expect(try await database.psql(one.verify).hasPrefix("t"))
            for statement in one.undo { try await database.psql(statement) }
        }
    }

    @Test func aCancelledSearchEndsWithWhatItHas() async throws {
        let texts = ["id", "customer", "placed", "note"].flatMap { order in
            (1...200).map { "SELECT id FROM orders WHERE customer = $1 AND note = $2 ORDER BY \(order) LIMIT \($0)" }
        }
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            let snapshot = try await snapshot(of: database)
            var options = options(texts)
            options.searchTime = .seconds(600)
            let (steps, step) = AsyncStream.makeStream(of: AdviceStep.self)
            let search = Task { [options] in
                defer { step.finish() }
                return try await advice(database, options, of: snapshot) { step.yield($0) }
            }
            for await reached in steps {
                if case .asking(let done, let all) = reached, done > 0, done < all { break }
            }
            search.cancel()
            let found = try await search.value
            #expect(!found.isComplete && found.refusal == nil && found.statements.count == texts.count)
            let ours =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'pgmedic'"
            try await database.wait(until: "(\(ours)) = 0")
        }
    }

    @Test func aServerThatIsGoneIsARefusal() async throws {
        let target = try ConnectionTarget(dsn: "host=127.0.0.1 port=1")
        let found = await Collector.adviseIndexes(
            on: target, Snapshot(), AdviceOptions(), options: CollectionOptions(), progress: nil)
        #expect(found.refusal?.contains("could not be reached") == true && found.recommendations.isEmpty)
    }

    @Test func aCatalogThatWasNotReadIsARefusal() async throws {
        try await TestServer.shared().withDatabase(Self.setup) { database in
            var snapshot = try await snapshot(of: database)
            snapshot.catalogs = []
            let found = try await advice(database, options(["SELECT * FROM orders WHERE customer = 1"]), of: snapshot)
            #expect(found.refusal?.contains("was not read") == true)
        }
    }
}
