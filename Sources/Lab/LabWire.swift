import CLibpq
import Foundation
import PostgresClient

/// A libpq connection to a lab's own server; confined to its `SessionThread`.
final class LabWire {
    private var connection: OpaquePointer?
    private let notices = NoticeLog()

    /// - Throws: `LabRefusal`.
    init(folder: String, database: String, role: String) throws(LabRefusal) {
        let parameters = [
            ("host", folder), ("port", String(LabFolder.port)), ("dbname", database), ("user", role),
            ("client_encoding", "UTF8"), ("application_name", "pgmedic"), ("sslmode", "disable"),
            ("gssencmode", "disable"),
        ]
        let keywords = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let made = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 0)
        guard let made else { throw LabRefusal(message: "out of memory") }
        guard PQstatus(made) == CONNECTION_OK else {
            let words = String(cString: PQerrorMessage(made))
            PQfinish(made)
            throw LabRefusal(message: words.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        notices.listen(to: made)
        connection = made
    }

    deinit { close() }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// One statement, by protocol, and its rows as texts.
    ///
    /// - Throws: `LabRefusal`.
    @discardableResult
    func rows(_ sql: String, _ parameters: [String?] = []) throws(LabRefusal) -> [[String?]] {
        guard let connection else { throw LabRefusal(message: "the session is closed") }
        let values = parameters.map { $0.map { strdup($0) } ?? nil }
        defer { values.forEach { free($0) } }
        let result = PQexecParams(
            connection, sql, Int32(values.count), nil, values.map { UnsafePointer($0) }, nil, nil, 0)
        defer { PQclear(result) }
        guard let result else { throw LabRefusal(message: String(cString: PQerrorMessage(connection))) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: break
        default:
            let error = QueryError("lab", result)
            throw LabRefusal(sqlState: error.sqlState, message: error.message)
        }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }
}
