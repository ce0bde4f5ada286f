import Model
import PostgresClient
import Queries
import TestKit
import Testing

@testable import Collecting

@Suite("Every file of Queries on real servers")
struct CatalogQueryServerTests {
    private static let variables: [CatalogQuery.Variable] = [
        .identifier("schema", "public"), .number("limit", 10), .number("length", 1000), .oids("relations", [1259]),
        .number("idle", 0), .oids("pids", [1]),
        .oids("indexes", [2662]), .oids("views", [12000]), .names("columns", ["relname"]),
    ]

    /// The server's versions in which the extension has the columns that the file names.
    private static func runs(_ query: CatalogQuery, variant: Int, on version: TestServer.Version) -> Bool {
        let extensionMajor = [.v15: 15, .v17: 17, .v18: 18][version] ?? 0
        switch query {
        // Functions' columns go with the extension: only its own variant fits it.
        case .statements: return query.variants.last { $0 <= extensionMajor } == variant
        // Their extensions are on a server of their own: WaitSamplingTests.
        case .waitSampling, .kernelStatements: return false
        case .progress where variant == 14: return version.rawValue < 17
        case .checkpointer where variant == 14: return version.rawValue < 17
        case .io where variant == 16, .wal where variant == 14:
            return variant <= version.rawValue && version.rawValue < 18
        default: return variant <= version.rawValue
        }
    }

    private static func columns(_ query: CatalogQuery, variant: Int, on session: TargetSession) async throws -> [String]
    {
        // pg_class, or its index on OIDs.
        let relation = CatalogQuery.Variable.number("relation", query == .indexFill ? 2662 : 1259)
        let sql = try query.sql(forMajor: variant, variables: variables + [relation])
        let parameters = query == .textOrder ? ["{b,a}"] : []
        return try await session.read([Query(query.rawValue, sql, parameters: parameters)])[0].get().columnNames
    }

    @Test("each runs on 15, 17 and 18, and the variants of a query give the same columns")
    func everyFile() async throws {
        var seen: [CatalogQuery: [String]] = [:]
        var ran: Set<String> = []
        for version in TestServer.Version.allCases {
            let server = try await TestServer.shared(version)
            try await server.withDatabase(extensions: ["pg_stat_statements", "pgstattuple", "pg_buffercache"]) {
                database in
                let session = try await TargetSession.connect(try ConnectionTarget(dsn: database.dsn()))
                for query in CatalogQuery.allCases {
                    for variant in query.variants where Self.runs(query, variant: variant, on: version) {
                        let columns = try await Self.columns(query, variant: variant, on: session)
                        #expect(seen[query] ?? columns == columns, "\(query) pg\(variant) on \(version.rawValue)")
                        seen[query] = columns
                        ran.insert(try query.fileName(forMajor: variant))
                    }
                }
                await session.close()
            }
        }
        // pg_stat_statements 1.8 and 1.9 belong to servers that the tests do not have.
        let old: Set = [
            "statements.pg13.sql", "statements.pg14.sql", "wait_sampling.pg14.sql", "kernel_statements.pg14.sql",
        ]
        #expect(ran == Set(embeddedQueryFiles.keys).subtracting(old))
    }

    @Test("an extension that is older than its server is read by its own version", arguments: ["1.8", "1.9"])
    func oldExtension(version: String) async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let setup = "CREATE EXTENSION pg_stat_statements VERSION '\(version)'; SELECT count(*) FROM pg_class;"
        try await server.withDatabase(setup) { database in
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: .quick)
            let statistics = try #require(snapshot.statementStatistics)
            #expect(statistics.extensionVersion == version)
            #expect(statistics.totals.calls > 0)
            #expect(statistics.statements.contains { $0.text?.contains("pg_class") ?? false })
        }
    }
}

extension CollectionOptions {
    /// Without samples, plans and what-if.
    static var quick: CollectionOptions {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        options.asksWhatIf = false
        return options
    }
}
