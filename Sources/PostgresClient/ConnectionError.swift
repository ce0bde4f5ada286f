import CLibpq
import Foundation

/// Why there is no session; safe to show: it never holds a password.
package struct ConnectionError: Error, CustomStringConvertible, Sendable {
    package enum Kind: Sendable {
        case badDSN, cannotReach, authenticationFailed, noSuchDatabase, adminConsole, timedOut, refused, cancelled
    }

    package let kind: Kind
    /// What is wrong, and how to mend it.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    /// libpq quotes what it could not read, which may be part of a password; only names of options are kept.
    init(badDSN text: String) {
        let reason = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let namesOption =
            reason.hasPrefix("invalid connection option") || reason.hasPrefix("invalid URI query parameter")
        let parts = reason.split(separator: "\"", omittingEmptySubsequences: false)
        let masked = parts.enumerated().map { place, part in place % 2 == 0 || part == "=" ? String(part) : "…" }
        self.init(
            .badDSN,
            "the DSN cannot be read: " + (namesOption ? reason : masked.joined(separator: "\""))
                + "; it is written as for psql, postgresql://role@host/database or host=… dbname=…")
    }

    /// From a connection that failed; libpq names host, port, role and database, never the password.
    package init(_ connection: OpaquePointer) {
        let lines = String(cString: PQerrorMessage(connection)).split(separator: "\n")
        let text = lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "; ")
        let needsPassword = PQconnectionNeedsPassword(connection) == 1
        // libpq 15 gives no SQLSTATE for a failed start-up, only the server's text.
        if text.contains("no pg_hba.conf entry") {
            self.init(.authenticationFailed, text + "; the server's pg_hba.conf must allow it")
        } else if needsPassword || text.contains("authentication failed") || text.contains("no password supplied") {
            self.init(.authenticationFailed, text + "; check the role, and its line in ~/.pgpass or PGPASSFILE")
        } else if text.contains("database \""), text.contains("does not exist") {
            self.init(.noSuchDatabase, text + "; psql -l lists the databases")
        } else if text.contains("role \""), text.contains("does not exist") {
            self.init(.authenticationFailed, text + "; name another role in the DSN or PGUSER")
        } else if text.contains("timeout expired") {
            self.init(.timedOut, text + "; is a firewall in the way?")
        } else {
            self.init(.cannotReach, text)
        }
    }
}
