import Foundation
import Testing

@testable import Queries

@Suite("Catalog queries")
struct CatalogQueryTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Queries")

    @Test("the embedded texts are those of the folder, in both directions")
    func embeddedTextsAreFresh() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".sql")
        }
        #expect(Set(names) == Set(embeddedQueryFiles.keys), "run make generate")
        for name in names {
            let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
            #expect(embeddedQueryFiles[name] == text, "\(name): run make generate")
        }
    }

    @Test("every file belongs to a query, and every query has a file")
    func filesAndQueriesMatch() {
        let named = Set(embeddedQueryFiles.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
        #expect(named == Set(CatalogQuery.allCases.map(\.rawValue)))
    }

    @Test("every file says what it needs and costs, and carries our mark")
    func headings() {
        for (name, text) in embeddedQueryFiles {
            #expect(text.hasPrefix("-- "), "\(name)")
            for word in ["Privileges:", "Cost:", "Locks:"] { #expect(text.contains(word), "\(name) lacks \(word)") }
            #expect(text.contains(CatalogQuery.mark), "\(name)")
            #expect(
                text.contains("ORDER BY") || Self.singleRow.contains(name.split(separator: ".")[0].description),
                "\(name)")
        }
    }

    private static let singleRow: Set<String> = [
        "server", "system_identifier", "recovery", "checkpointer", "wal", "archiver", "statements_info",
        "heap_fill", "index_fill",
        "wal_directory",
    ]

    @Test("the highest variant that is not above the server's version is taken")
    func variantOfAVersion() throws {
        #expect(try CatalogQuery.checkpointer.fileName(forMajor: 14) == "checkpointer.pg14.sql")
        #expect(try CatalogQuery.checkpointer.fileName(forMajor: 16) == "checkpointer.pg14.sql")
        #expect(try CatalogQuery.checkpointer.fileName(forMajor: 17) == "checkpointer.pg17.sql")
        #expect(try CatalogQuery.checkpointer.fileName(forMajor: 19) == "checkpointer.pg17.sql")
    }

    @Test("a version without a variant is an error that names query and version")
    func missingVariant() {
        #expect(throws: CatalogQuery.MissingVariant(query: .io, major: 15)) {
            try CatalogQuery.io.sql(forMajor: 15)
        }
        #expect(
            "\(CatalogQuery.MissingVariant(query: .io, major: 15))" == "no variant of the query io for PostgreSQL 15")
    }

    @Test("a variable is put in as a quoted identifier, a number or an array")
    func variables() throws {
        let statement = try CatalogQuery.statements.sql(
            forMajor: 15, variables: [.identifier("schema", "my\"x"), .number("limit", 300)])
        #expect(statement.contains(#"FROM "my""x".pg_stat_statements(false)"#))
        #expect(statement.contains("LIMIT 300)"))
        #expect(!statement.contains(":limit"))
        let sizes = try CatalogQuery.sizes.sql(forMajor: 15, variables: [.oids("relations", [1, 2])])
        #expect(sizes.contains("'{1,2}'::oid[]"))
    }

    @Test("the extension's version decides which columns pg_stat_statements has")
    func statementsExtension() {
        #expect(CatalogQuery.major(ofStatementsExtension: "1.6") == nil)
        #expect(CatalogQuery.major(ofStatementsExtension: "1.8") == 13)
        #expect(CatalogQuery.major(ofStatementsExtension: "1.10") == 15)
        #expect(CatalogQuery.major(ofStatementsExtension: "1.13") == 18)
        #expect(CatalogQuery.major(ofStatementsExtension: "banana") == nil)
    }
}
