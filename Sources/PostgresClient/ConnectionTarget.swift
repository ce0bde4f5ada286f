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
        let options = try Self.options(of: dsn)
        conninfo = dsn
        self.database = database
        hasConnectTimeout = options["connect_timeout"] != nil || Self.environmentHasTimeout
    }

    /// What libpq reads in a conninfo string or URI; only what was given.
    static func options(of dsn: String) throws -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(dsn, &message) else {
            defer { PQfreemem(message) }
            throw ConnectionError(badDSN: message.map { String(cString: $0) } ?? "out of memory")
        }
        defer { PQconninfoFree(options) }
        var given: [String: String] = [:]
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: name)] = String(cString: value) }
            option += 1
        }
        try refuseMisread(dsn, given)
        return given
    }

    /// A password with `@` or `/` in it cuts a URI in the wrong places, and would be shown as a host, port or database.
    private static func refuseMisread(_ dsn: String, _ given: [String: String]) throws {
        let isURI = dsn.contains("://")
        let path = dsn.split(separator: "?").first?.split(separator: "/", omittingEmptySubsequences: true).dropFirst(2)
        let isCutWrong = isURI && path?.contains { $0.contains("@") } == true || given["host"]?.contains("@") == true
        guard !isCutWrong else {
            throw ConnectionError(
                .badDSN, "the DSN cannot be read: write @ as %40 and / as %2F in its password or user, or use ~/.pgpass"
            )
        }
        for port in given["port"]?.split(separator: ",") ?? [] where UInt16(port) == nil {
            throw ConnectionError(
                .badDSN, "the DSN cannot be read: its port is no number; write / as %2F and : as %3A in its password")
        }
    }

    private static var environmentHasTimeout: Bool { ProcessInfo.processInfo.environment["PGCONNECT_TIMEOUT"] != nil }

    /// Keywords and values for `PQconnectdbParams` with `expand_dbname`: the first dbname is expanded, a later one is a
    /// plain name that overrides it (libpq's manual, PQconnectdbParams). Never `options`: PgBouncer refuses it.
    package var parameters: [(String, String)] {
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
