import Collecting
import Model
import PostgresClient

extension Snapshot {
    /// One reading of what the server's views and catalogs say: without samples, plans and what-ifs.
    static func collected(_ dsn: String) async throws -> Snapshot {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        options.asksWhatIf = false
        return try await Collector.collect(try ConnectionTarget(dsn: dsn), options: options)
    }
}
