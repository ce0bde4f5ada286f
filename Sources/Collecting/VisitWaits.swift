import Model
import PostgresClient
import Queries

/// What extensions counted of waits and of CPU time, where they are installed and loaded. Where they are not, nothing is
/// missing: it is more than a diagnosis needs.
extension Visit {
    /// Rows of each; the greatest.
    private static let waitLimit = 1000

    func waitRequests(of facts: ServerFacts) -> [(CatalogQuery, Int, [CatalogQuery.Variable])] {
        var requests: [(CatalogQuery, Int, [CatalogQuery.Variable])] = []
        let limit = CatalogQuery.Variable.number("limit", Self.waitLimit)
        if let sampling = facts.waitSampling {
            requests.append(
                (.waitSampling, facts.server.version.major, [.identifier("schema", sampling.schema), limit]))
        }
        if let schema = facts.kcacheSchema {
            requests.append((.kernelStatements, facts.server.version.major, [.identifier("schema", schema), limit]))
        }
        if let schema = facts.bufferCacheSchema, facts.readsBuffers {
            requests.append((.bufferUsage, facts.server.version.major, [.identifier("schema", schema)]))
        }
        return requests
    }

    mutating func takeWaits(_ answers: Answers, facts: ServerFacts) {
        if let sampling = facts.waitSampling,
            let entries = take(.waitSampling, of: answers, { try $0.map(WaitCount.init) })
        {
            snapshot.waitSampling = .make {
                $0.extensionVersion = sampling.version
                $0.period = sampling.period
                $0.countsCPU = entries.contains { $0.waitEventType == nil }
                $0.entries = entries
            }
        }
        snapshot.bufferUsage = take(.bufferUsage, of: answers) { try $0.map(BufferUsage.init) }
        snapshot.kernelStatements = take(.kernelStatements, of: answers) { try $0.map(KernelStatement.init) }
    }
}

extension WaitCount {
    init(_ row: Row) throws {
        self.init()
        waitEventType = try row.stringIfPresent("event_type")
        waitEvent = try row.stringIfPresent("event")
        queryID = try row.int64IfPresent("query_id").flatMap { $0 == 0 ? nil : $0 }
        count = try row.int64("count")
    }
}

extension KernelStatement {
    init(_ row: Row) throws {
        self.init()
        queryID = try row.int64("query_id")
        database = try row.string("database")
        userTime = try row.double("user_time") * 1000
        systemTime = try row.double("system_time") * 1000
        bytesRead = try row.int64("bytes_read")
        bytesWritten = try row.int64("bytes_written")
    }
}

extension SLRUStatistics {
    init(_ row: Row) throws {
        self.init()
        name = try row.string("name")
        blocksRead = try row.int64("blocks_read")
        blocksHit = try row.int64("blocks_hit")
        reset = try row.dateIfPresent("reset")
    }
}
