import Foundation
import GRDB
import GRDBSQLite
import History

/// SQLite within one transaction.
final class SQLiteConnection: HistoryConnection {
    private let database: Database
    private let place: String
    /// Statements whose rows are being read: a reading within that reading needs a statement of its own.
    private var open: Set<String> = []
    /// The first that failed. As in PostgreSQL, it ends the transaction whatever was made of the error.
    private(set) var failure: (any Error)?

    init(_ database: Database, _ place: String) {
        self.database = database
        self.place = place
    }

    /// Does the work, and fails when any of its statements failed.
    static func within<Result>(
        _ database: Database, _ place: String, _ work: (any HistoryConnection) throws -> Result
    ) throws -> Result {
        let connection = SQLiteConnection(database, place)
        let result = try work(connection)
        if let failure = connection.failure { throw failure }
        return result
    }

    @discardableResult
    func run(_ sql: String, _ values: [HistoryValue]) throws -> Int {
        try noting {
            let before = database.totalChangesCount
            try statement(sql).execute(arguments: arguments(values))
            return database.totalChangesCount - before
        }
    }

    func rows(_ sql: String, _ values: [HistoryValue], _ take: (any HistoryRow) throws -> Void) throws {
        let statement = try noting { try self.statement(sql) }
        let isOutermost = open.insert(sql).inserted
        defer { if isOutermost { open.remove(sql) } }
        let cursor = try noting { try Row.fetchCursor(statement, arguments: arguments(values)) }
        let row = SQLiteRow(statement, place)
        while try noting({ try cursor.next() }) != nil { try take(row) }
    }

    private func noting<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch {
            let told = (error as? DatabaseError).map { SQLiteFailure.error($0, place, busySeconds: nil) }
            if failure == nil { failure = told ?? error }
            throw told ?? error
        }
    }

    private func statement(_ sql: String) throws -> Statement {
        try open.contains(sql) ? database.makeStatement(sql: sql) : database.cachedStatement(sql: sql)
    }

    private func arguments(_ values: [HistoryValue]) throws -> StatementArguments {
        // As an array of `DatabaseValue` each one would go through a key path, which takes longer than SQLite.
        StatementArguments(
            try values.map { value -> (any DatabaseValueConvertible)? in
                switch value {
                case .integer(let integer): return integer
                case .text(let text):
                    // PostgreSQL has no such text; SQLite would cut it there.
                    guard !text.utf8.contains(0) else { throw HistoryError(.failed, place, "a text holds a NUL") }
                    return text
                case .bytes(let bytes): return Data(bytes)
                case .null: return nil
                }
            })
    }
}

/// The row on which a statement stands. SQLite's own calls, since GRDB's stop the program at a value of another type.
private struct SQLiteRow: HistoryRow {
    private let statement: Statement
    private let place: String

    init(_ statement: Statement, _ place: String) {
        self.statement = statement
        self.place = place
    }

    func integer(_ column: Int) throws -> Int64? {
        guard let column = try position(column, SQLITE_INTEGER, "a number") else { return nil }
        return sqlite3_column_int64(statement.sqliteStatement, column)
    }

    func text(_ column: Int) throws -> String? {
        guard let column = try position(column, SQLITE_TEXT, "a text") else { return nil }
        guard let start = sqlite3_column_text(statement.sqliteStatement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) throws -> [UInt8]? {
        guard let column = try position(column, SQLITE_BLOB, "bytes") else { return nil }
        guard let start = sqlite3_column_blob(statement.sqliteStatement, column) else { return [] }
        let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// nil: NULL.
    private func position(_ column: Int, _ type: Int32, _ name: String) throws -> Int32? {
        guard (0..<statement.columnCount).contains(column) else {
            throw HistoryError(.failed, place, "a row has no column \(column)")
        }
        let found = sqlite3_column_type(statement.sqliteStatement, Int32(column))
        if found == SQLITE_NULL { return nil }
        guard found == type else {
            throw HistoryError(.failed, place, "column \(column) holds no \(name) where it should")
        }
        return Int32(column)
    }
}
