import CLibpq
import Foundation

/// Why one query gave no rows.
package struct QueryError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case privilege, undefined
        /// The server's statement_timeout (`sqlState` 57014), or our own deadline (no `sqlState`, the session is closed).
        case timeout
        case lockTimeout, connectionLost, cancelled
        /// Not sent.
        case refused
        /// Not run, for an earlier query of its group failed.
        case skipped
        case decoding, other
    }

    package var kind: Kind
    /// The query's name, not its text.
    package var query: String
    package var sqlState: String?
    package var message: String
    /// ERROR, FATAL or PANIC.
    package var severity: String?
    package var detail: String?
    package var hint: String?

    package var description: String { "\(query): \(message)" }

    init(_ kind: Kind, _ query: String, _ message: String) {
        self.kind = kind
        self.query = query
        self.message = message
    }

    package init(_ query: String, _ result: OpaquePointer) {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        self.query = query
        sqlState = field(Int32(UInt8(ascii: "C")))
        message = field(Int32(UInt8(ascii: "M"))) ?? String(cString: PQresultErrorMessage(result))
        severity = field(Int32(UInt8(ascii: "V")))
        detail = field(Int32(UInt8(ascii: "D")))
        hint = field(Int32(UInt8(ascii: "H")))
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        switch sqlState ?? "" {
        case "42501": kind = .privilege
        case "42883", "42P01", "42703", "42704", "3F000": kind = .undefined
        case "57014": kind = .timeout
        case "55P03": kind = .lockTimeout
        case let state where state.hasPrefix("08") || state.hasPrefix("57P"): kind = .connectionLost
        case _ where severity == "FATAL" || severity == "PANIC": kind = .connectionLost
        default: kind = .other
        }
    }

    static func decoding(_ query: String, _ column: String, value: String?, _ what: String) -> QueryError {
        QueryError(.decoding, query, "column \(column) " + (value.map { "(\($0)) " } ?? "") + what)
    }
}
