import Foundation

/// Connections that the server turned away, as its log tells. It names no passwords.
package struct LoginHistory: Noun {
    /// Of the logs that were read, whatever was in them; nil where they tell no time.
    package var first: Date?
    package var last: Date?
    /// Most frequent first.
    package var groups: [FailedLogin] = []
    /// Refusals that are counted in none of these: there were too many different ones.
    package var leftOut: Int64 = 0

    package init() {}
}

/// Refusals of one role from one place, for one reason.
package struct FailedLogin: Noun {
    package enum Reason: String, Codable, Sendable {
        /// 28P01.
        case password
        /// The password was right, or nobody knows, and had run out (`VALID UNTIL`).
        case expiredPassword = "expired-password"
        case unknownRole = "unknown-role"
        /// A role without LOGIN.
        case noLogin = "no-login"
        /// No line of pg_hba.conf fits, or one that rejects.
        case noRule = "no-rule"
        /// Another method than passwords: peer, ident, certificates, LDAP, GSSAPI, …
        case otherMethod = "other-method"
        /// 53300: all connections of the server are in use.
        case serverFull = "server-full"
        /// 53300: the limit of a role or database is reached.
        case ownLimit = "own-limit"

        /// The server had no place for a client that may come.
        package var isForWantOfRoom: Bool { self == .serverFull || self == .ownLimit }
    }

    package var reason = Reason.password
    /// nil: the log does not tell, or it is the name of no role: that may be a password that was typed at the wrong prompt.
    package var role: String?
    /// Different names that belong to no role.
    package var hiddenNames: Int64 = 0
    /// nil: the log does not tell, or `isLocal`.
    package var client: String?
    /// Over a unix socket.
    package var isLocal = false
    package var events = LoggedEvents()

    package init() {}
}
