import Foundation
import History
import PostgresClient
import Synchronization

/// A history in PostgreSQL 14 or later, which many sweepers may share: tables partitioned by month in a schema of their own.
///
/// Every primary key of what grows begins with the target, so that a distributed PostgreSQL can spread it.
package final class PostgresHistory: HistoryStore {
    /// A report and a few targets at once; further ones wait for a session.
    package static let sessionLimit = 4

    package let place: String
    private let sessions: StoreSessions
    private let schema: StoreSchema
    private let isReadOnly: Bool
    /// Months whose partitions are there, as `Month.number`.
    private let preparedMonths = Mutex<Set<Int>>([])

    /// Connects, and makes or brings up to date the tables where it may.
    ///
    /// - Parameter dsn: as for psql; a password comes from libpq's own places.
    /// - Parameter schema: where the tables are, made when it is missing.
    /// - Parameter readOnly: nothing is made or migrated.
    /// - Parameter statementSeconds: what the server may need for a statement.
    /// - Parameter steps: of the schema.
    /// - Throws: `HistoryError`: `.unreachable`, `.unusable`, `.newer`, `.busy`.
    package init(
        dsn: String, schema name: String = "pgmedic", readOnly: Bool = false, statementSeconds: Double = 60,
        steps: [[String]] = HistorySchema.steps
    ) async throws {
        let target: ConnectionTarget
        do {
            target = try ConnectionTarget(dsn: dsn)
        } catch let error as ConnectionError {
            throw HistoryError(error, "PostgreSQL")
        }
        let schema = StoreSchema(name, steps)
        let place = target.shown + (name == "pgmedic" ? "" : " schema=\(name)")
        (self.place, self.schema, isReadOnly) = (place, schema, readOnly)
        sessions = StoreSessions(limit: Self.sessionLimit) {
            StoreSession(target, schema: schema.quoted, place: place, statementSeconds: statementSeconds)
        }
        do {
            try await bringUpToDate()
        } catch {
            await close()
            throw error
        }
    }

    package func read<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result {
        try await transaction(.reading) { connection, _ in try work(connection) }
    }

    package func write<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result {
        try await transaction(.writing) { connection, _ in try work(connection) }
    }

    /// Partitions of this month and the next; where the role may not make them, the rest takes the rows.
    package func prepare(forMilliseconds time: Int64) async throws {
        let month = Month(ofMilliseconds: time)
        for month in [month, month.next] where month.isPartitioned {
            guard !preparedMonths.withLock({ $0.contains(month.number) }) else { continue }
            do {
                try await transaction(.locking) { [schema, place] connection, _ in
                    try schema.makePartitions(of: month, connection, place)
                }
            } catch let error as HistoryError where error.kind == .unusable || error.kind == .busy {
                continue
            }
            preparedMonths.withLock { _ = $0.insert(month.number) }
        }
    }

    /// By the server's clock, which all holders share. A lease that another is about to take is not waited for.
    package func lease(_ target: String, holder: String, seconds: Double) async throws -> Bool {
        let length = HistoryValue.integer(Int64(seconds * 1000))
        return try await transaction(.locking) { connection, _ in
            try connection.run(
                "INSERT INTO leases (target, holder, until) VALUES ($1, '', 0) ON CONFLICT (target) DO NOTHING",
                [.text(target)])
            return try connection.run(
                """
                UPDATE leases SET holder = $1, until = \(StoreSchema.now) + $2
                WHERE target IN (
                    SELECT target FROM leases WHERE target = $3 AND (holder = $1 OR until <= \(StoreSchema.now))
                    FOR UPDATE SKIP LOCKED)
                """, [.text(holder), length, .text(target)]) == 1
        }
    }

    package func release(_ target: String, holder: String) async throws {
        try await transaction(.locking) { connection, _ in
            // The row stays, so that the next one finds it.
            try connection.run(
                "UPDATE leases SET holder = '', until = 0 WHERE target = $1 AND holder = $2",
                [.text(target), .text(holder)])
        }
    }

    /// What is broken, in words; empty: sound. The server answers for its pages; this looks for what is missing.
    package func check() async throws -> [String] {
        try await transaction(.reading) { [schema] connection, _ in try schema.problems(connection) }
    }

    /// Drops the partitions of past months in which nothing is left.
    package func reclaim() async throws {
        let now = Month(ofMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        preparedMonths.withLock { $0.removeAll() }
        try await transaction(.locking) { [schema] connection, _ in
            try schema.dropEmptyPartitions(before: now, connection)
        }
    }

    package func close() async { await sessions.close() }

    private func bringUpToDate() async throws {
        let isCurrent = try await transaction(.reading) { [schema, place] connection, wire in
            try StoreSchema.judge(wire, place)
            return try schema.isCurrent(connection, place)
        }
        guard !isCurrent else { return }
        guard !isReadOnly else {
            throw HistoryError(
                .unusable, place,
                "there is no history of this version, and it is opened for reading only; pgmedic sweep begins one, "
                    + "and brings an older one up to date")
        }
        try await transaction(.locking) { [schema, place] connection, _ in
            try schema.bringUpToDate(connection, place)
        }
    }

    @discardableResult
    private func transaction<Value: Sendable>(
        _ mode: StoreSession.Mode,
        _ work: @escaping @Sendable (StoreConnection, StoreWire) throws -> Value
    ) async throws -> Value {
        if isReadOnly, case .reading = mode {
        } else if isReadOnly {
            throw HistoryError(.failed, place, "it was opened for reading only")
        }
        let session = try await sessions.borrow(place)
        defer { sessions.giveBack(session) }
        return try await session.transaction(mode, work)
    }
}
