import Foundation
import GRDB
import History

/// A history in one SQLite file: the embedded default.
///
/// Write-ahead log with `synchronous = NORMAL`: what is committed is handed to the kernel, so that `kill -9` loses only the
/// transaction that runs; a power cut may lose the newest ones, but never breaks the file (SQLite's manual, "Write-Ahead
/// Logging", "Performance Considerations"). `FULL` would wait for the disk at every snapshot for the sake of the last seconds
/// before a power cut.
package final class SQLiteHistory: HistoryStore {
    package let place: String
    private let pool: DatabasePool
    private let isReadOnly: Bool
    private let busySeconds: Double

    /// Opens the file; makes it, readable by its owner only, where it is missing and may be written.
    ///
    /// - Parameter readOnly: nothing is made or migrated.
    /// - Parameter busySeconds: how long to wait for another process.
    /// - Parameter steps: of the schema.
    /// - Throws: `.unusable`, `.newer`, `.busy` or `.failed`; the file is then as it was.
    package init(
        path: String, readOnly: Bool = false, busySeconds: Double = 5, steps: [[String]] = HistorySchema.steps
    ) throws(HistoryError) {
        (place, isReadOnly, self.busySeconds) = (path, readOnly, busySeconds)
        let file = HistoryFile(path: path, busySeconds: busySeconds, knownVersion: steps.count)
        try file.check(readOnly: readOnly)
        do {
            pool = try file.patiently {
                try file.stamp(readOnly: readOnly)
                return try DatabasePool(path: path, configuration: file.configuration(readOnly: readOnly))
            }
            try file.patiently { [pool] in try HistorySteps(steps, path: path).bringUpToDate(pool, readOnly: readOnly) }
        } catch {
            throw file.failure(error)
        }
    }

    package func read<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result {
        try await told { try await pool.read { [place] in try SQLiteConnection.within($0, place, work) } }
    }

    package func write<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result {
        guard !isReadOnly else { throw HistoryError(.failed, place, "it was opened for reading only") }
        // BEGIN IMMEDIATE: who writes waits at the beginning, and never fails half-way for another.
        return try await told { try await pool.write { [place] in try SQLiteConnection.within($0, place, work) } }
    }

    /// One file holds all times.
    package func prepare(forMilliseconds time: Int64) async throws {}

    package func lease(_ target: String, holder: String, seconds: Double) async throws -> Bool {
        // All who share a file share its machine's clock.
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let until = HistoryValue.integer(now + Int64(seconds * 1000))
        return try await write { connection in
            try connection.run(
                """
                INSERT INTO leases (target, holder, until) VALUES ($1, $2, $3)
                ON CONFLICT (target) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE leases.holder = excluded.holder OR leases.until <= $4
                """, [.text(target), .text(holder), until, .integer(now)]) == 1
        }
    }

    package func release(_ target: String, holder: String) async throws {
        _ = try await write { connection in
            try connection.run(
                "DELETE FROM leases WHERE target = $1 AND holder = $2", [.text(target), .text(holder)])
        }
    }

    /// What is broken, in words; empty: sound. Reads the whole file.
    package func check() async throws -> [String] {
        do {
            return try await pool.read { database in
                // The manual's own default of 100 is more than anybody reads.
                let broken = try String.fetchAll(database, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
                    "a row of \(row["table"] as String? ?? "?") has lost what it belongs to"
                }
                return broken + orphans
            }
        } catch let error as DatabaseError where SQLiteFailure.isDamage(error) {
            return [SQLiteFailure.error(error, place, busySeconds: busySeconds).reason]
        } catch {
            throw SQLiteFailure.error(error, place, busySeconds: busySeconds)
        }
    }

    /// Gives the disk what deleted rows have left. Needs as much room again while it runs.
    package func reclaim() async throws {
        try await told {
            try await pool.vacuum()
            try await pool.writeWithoutTransaction { try _ = $0.checkpoint(.truncate) }
        }
    }

    package func close() async {
        // The last to close takes the log into the file, which the readers may not. Fails when it was closed before, or the disk
        // is full: then the log stays, and holds what it held.
        pool.invalidateReadOnlyConnections()
        try? pool.close()
    }

    private func told<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as DatabaseError {
            throw SQLiteFailure.error(error, place, busySeconds: busySeconds)
        }
    }
}
