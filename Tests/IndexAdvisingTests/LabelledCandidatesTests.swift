import Collecting
import Foundation
import Model
import PostgresClient
import Statements
import TestKit
import Testing

@testable import IndexAdvising

@Suite("Index candidates of many statements")
struct LabelledCandidatesTests {
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        + "/DiagnosingTests/Labelled"

    private static func file(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).sql", encoding: .utf8)
    }

    @Test("all are taken by the server, few for each statement, and none is there already")
    func labelled() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(try Self.file("schema"), extensions: ["pg_trgm"]) { database in
            var options = CollectionOptions()
            options.sampleInterval = .zero
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
            var catalog = try #require(snapshot.catalogs.first)
            for place in catalog.relations.indices where !catalog.relations[place].isSystem {
                catalog.relations[place].estimatedRows = 1_000_000
                catalog.relations[place].pages = 20_000
                catalog.relations[place].allVisiblePages = 20_000
            }
            let names = CatalogNames(catalog)
            let generator = CandidateGenerator(names)
            var (statements, served, most, definitions) = (0, 0, 0, [String: String]())
            for name in ["harmful", "harmless"] {
                for statement in try SQLScript(try Self.file(name)).statements {
                    guard let parsed = try? ParsedStatement(parsing: statement.text), parsed.kind != .utility else {
                        continue
                    }
                    let candidates = generator.candidates(
                        for: WorkloadStatement(
                            number: 0, parsed: parsed, names: names, searchPath: ["public"], calls: 1))
                    statements += 1
                    served += candidates.isEmpty ? 0 : 1
                    let counts = Dictionary(grouping: candidates, by: \.relation).mapValues(\.count)
                    most = max(most, counts.values.max() ?? 0)
                    for candidate in candidates {
                        definitions[candidate.hypopgStatement] = "\(name):\(statement.line)"
                    }
                }
            }
            #expect(statements > 400 && Double(served) > 0.6 * Double(statements), "\(served) of \(statements)")
            #expect(most <= 12)
            let script = definitions.sorted { $0.key < $1.key }.map { "\($0.key); -- \($0.value)" }
            try await database.psql(script.joined(separator: "\n"))
            // PostgreSQL itself says which are equal: the same definition but for the name.
            let copies = try await database.psql(
                """
                SELECT text, names FROM (
                    SELECT regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \\S+ ON', '') AS text,
                        string_agg(c2.relname, ' ') AS names
                    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class c2 ON c2.oid = i.indexrelid
                    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
                    GROUP BY 1 HAVING count(*) > 1) t;
                """)
            #expect(copies == "")
        }
    }
}
