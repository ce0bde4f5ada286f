import Model
import ServerLog

/// What a message of the log says about a connection that was refused.
///
/// Known by its SQLSTATE where the log has it, else by its English text: messages are in the server's language (lc_messages).
/// The texts are those of PostgreSQL's `auth.c`, `miscinit.c`, `postinit.c` and `proc.c`.
struct LoginMessage {
    var reason: FailedLogin.Reason
    var role: String?
    var client: String?
    var isLocal: Bool

    /// Words of the first lines of such messages.
    static let wanted = [
        "28P01", "28000", "53300", "authentication failed for user", "no pg_hba.conf entry", "pg_hba.conf rejects",
        "FATAL:  role ", "too many clients already", "connection slots are reserved",
        "FATAL:  too many connections for",
    ]

    init?(_ entry: LogEntry) {
        // A session that runs may fail with these too: it says ERROR.
        guard !["ERROR", "LOG", "WARNING", "NOTICE", "INFO", "DETAIL", "HINT"].contains(entry.severity),
            let reason = Self.reason(entry)
        else { return nil }
        self.reason = reason
        role = entry.role ?? Self.quoted(after: "user ", in: entry.message)
        if role == nil, entry.message.hasPrefix("role ") { role = Self.quoted(after: "role ", in: entry.message) }
        let place = entry.client ?? Self.quoted(after: "host ", in: entry.message)
        isLocal = place == "[local]"
        client = isLocal ? nil : place
    }

    private static func reason(_ entry: LogEntry) -> FailedLogin.Reason? {
        let message = entry.message
        switch entry.sqlState {
        case "28P01": return ofPassword(entry)
        case "28000": return ofAuthorization(message) ?? .otherMethod
        case "53300":
            let isOwn = message.hasPrefix("too many connections for") || message.contains("max_wal_senders")
            return isOwn ? .ownLimit : .serverFull
        case nil: break
        default: return nil
        }
        if message.hasPrefix("password authentication failed for user") { return ofPassword(entry) }
        if let reason = ofAuthorization(message) { return reason }
        if message.hasPrefix("too many connections for ") { return .ownLimit }
        if message.hasPrefix("sorry, too many clients already")
            || message.hasPrefix("remaining connection slots are reserved")
        {
            return .serverFull
        }
        return nil
    }

    private static func ofPassword(_ entry: LogEntry) -> FailedLogin.Reason {
        let detail = entry.detail ?? ""
        if detail.contains("has an expired password") { return .expiredPassword }
        return detail.hasPrefix("Role \"") && detail.contains("does not exist") ? .unknownRole : .password
    }

    private static func ofAuthorization(_ message: String) -> FailedLogin.Reason? {
        if message.hasPrefix("no pg_hba.conf entry") || message.hasPrefix("pg_hba.conf rejects") { return .noRule }
        if message.hasPrefix("role \"") {
            if message.hasSuffix("does not exist") { return .unknownRole }
            if message.hasSuffix("is not permitted to log in") { return .noLogin }
        }
        return message.contains(" authentication failed for user \"") ? .otherMethod : nil
    }

    /// `app` of `… for user "app"`: the text up to the next quote that ends the word.
    private static func quoted(after word: String, in message: String) -> String? {
        var cursor = TextCursor(message)
        guard cursor.text(upTo: word + "\"") != nil, let name = cursor.text(upTo: "\""), !name.isEmpty else {
            return nil
        }
        return String(name)
    }
}
