import Collecting
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
