import CLibpq
import Foundation

/// How to reach a database: what psql takes, checked before anything is sent.
package struct ConnectionTarget: Sendable {
    /// s to wait for a host when neither the DSN nor PGCONNECT_TIMEOUT says otherwise.
    package static let defaultConnectTimeout = 10

    /// A conninfo string or URI; nil: libpq's defaults and environment.
    let conninfo: String?
    /// A database name that overrides the DSN's.
    let database: String?
    let hasConnectTimeout: Bool

    /// - Parameter dsn: a URI, a conninfo string, a bare database name, or nil.
    /// - Throws: `ConnectionError.badDSN` for a typo.
    package init(dsn: String?, database: String? = nil) throws {
        guard let dsn, !dsn.isEmpty else {
            conninfo = nil
            self.database = database
            hasConnectTimeout = Self.environmentHasTimeout
            return
        }
        // psql's own test (`recognized_connection_string`): a URI prefix or an equals sign; all else is a name.
        let isConninfo = dsn.hasPrefix("postgresql://") || dsn.hasPrefix("postgres://") || dsn.contains("=")
        guard isConninfo else {
            if dsn.contains("://") {
                throw ConnectionError(.badDSN, "the DSN is not a PostgreSQL URI: it starts with postgresql://")
            }
            conninfo = nil
            self.database = database ?? dsn
            hasConnectTimeout = Self.environmentHasTimeout
            return
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(dsn, &message) else {
            let reason =
                message.map { String(cString: $0).trimmingCharacters(in: .whitespacesAndNewlines) } ?? "out of memory"
            PQfreemem(message)
            throw ConnectionError(.badDSN, "the DSN cannot be read: \(reason)")
        }
        defer { PQconninfoFree(options) }
        conninfo = dsn
        self.database = database
        hasConnectTimeout = Self.value(of: "connect_timeout", in: options) != nil || Self.environmentHasTimeout
    }

    private static var environmentHasTimeout: Bool { ProcessInfo.processInfo.environment["PGCONNECT_TIMEOUT"] != nil }

    private static func value(of keyword: String, in options: UnsafeMutablePointer<PQconninfoOption>) -> String? {
        var option = options
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword { return option.pointee.val.map { String(cString: $0) } }
            option += 1
        }
        return nil
    }

    /// Keywords and values for `PQconnectdbParams` with `expand_dbname`: the first dbname is expanded, a later one is a
    /// plain name that overrides it (libpq's manual, PQconnectdbParams). Never `options`: PgBouncer refuses it.
    var parameters: [(String, String)] {
        var parameters: [(String, String)] = []
        if let conninfo { parameters.append(("dbname", conninfo)) }
        if let database {
            // With no conninfo before it, a name that looks like one would be expanded.
            if conninfo == nil { parameters.append(("dbname", "dbname=''")) }
            parameters.append(("dbname", database))
        }
        parameters.append(("fallback_application_name", "pgmedic"))
        parameters.append(("client_encoding", "UTF8"))
        if !hasConnectTimeout { parameters.append(("connect_timeout", String(Self.defaultConnectTimeout))) }
        return parameters
    }
}

/// Why there is no session; safe to show.
package struct ConnectionError: Error, CustomStringConvertible, Sendable {
    package enum Kind: Sendable {
        case badDSN, cannotReach, authenticationFailed, noSuchDatabase, adminConsole, timedOut, refused, cancelled
    }

    package let kind: Kind
    package let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
