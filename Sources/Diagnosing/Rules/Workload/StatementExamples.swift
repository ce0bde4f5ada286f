import Model

extension Snapshot {
    /// Adds an entry of pg_stat_statements to an example; `time` in ms.
    mutating func addStatement(
        _ fingerprint: String, _ text: String = "SELECT * FROM orders WHERE customer_id = $1", role: String = "app",
        database: String = "shop", queryID: Int64? = nil, calls: Int64, time: Double, rows: Int64? = nil,
        _ configure: (inout Statement) -> Void = { _ in }
    ) {
        let statement = Statement.make {
            $0.queryID = queryID ?? Int64(1000 + (statementStatistics?.statements.count ?? 0))
            $0.role = role
            $0.database = database
            $0.text = text
            $0.fingerprint = fingerprint
            $0.counters.calls = calls
            $0.counters.rows = rows ?? calls
            $0.counters.executionTime = time
            let mean = calls > 0 ? time / Double(calls) : 0
            $0.meanTime = mean
            $0.minimumTime = mean * 0.8
            $0.maximumTime = mean * 1.5
            $0.deviationOfTime = mean * 0.1
            configure(&$0)
        }
        statementStatistics?.statements.append(statement)
        statementStatistics?.entryCount += 1
    }
}
