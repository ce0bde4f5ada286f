import PostgresClient
import TestKit

extension TestDatabase {
    /// A session of ours on it, closed afterwards.
    func withTarget<Value>(
        role: String = "postgres", isolation: isolated (any Actor)? = #isolation,
        _ body: (TargetSession) async throws -> Value
    ) async throws -> Value {
        let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn(role: role)))
        let value = try await body(session)
        await session.close()
        return value
    }
}

extension TargetSession {
    /// One query alone, its rows or its error.
    func ask(_ sql: String, _ parameters: String?...) async throws -> Rows {
        try await read([Query("test", sql, parameters: parameters)])[0].get()
    }

    /// The first column of the first row.
    func value(_ sql: String) async throws -> String? {
        let rows = try await ask(sql)
        return try rows.first?.stringIfPresent(rows.columnNames[0])
    }
}

extension Result where Failure == QueryError {
    var failure: QueryError? {
        if case .failure(let error) = self { error } else { nil }
    }

    var isSuccess: Bool { failure == nil }
}
