import Foundation

/// One message of a server's log. What the log's format does not tell is nil.
package struct LogEntry: Sendable, Equatable {
    package var at: Date?
    package var role: String?
    package var database: String?
    package var application: String?
    /// Address or host name of the client, without its port; `[local]` over a unix socket.
    package var client: String?
    /// The process that wrote it.
    package var pid: Int?
    /// Five characters; of the stderr format only where `%e` or `log_error_verbosity = verbose` shows it.
    package var sqlState: String?
    /// `LOG`, `ERROR`, …, in the server's language.
    package var severity = ""
    /// All its lines, without the tabs that continue a message in the stderr format. May hold users' data.
    package var message = ""
    /// What follows the message; any of it may hold users' data.
    package var detail: String?
    package var hint: String?
    package var context: String?
    /// The statement that was running.
    package var statement: String?
    /// Line of the input at which it begins, from 1.
    package var line = 1

    package init() {}

    /// Parts of a message that the stderr format writes as lines of their own, in the server's language: English.
    enum Part: String, CaseIterable {
        case detail = "DETAIL"
        case hint = "HINT"
        case context = "CONTEXT"
        case statement = "STATEMENT"
        case query = "QUERY"
        case location = "LOCATION"
    }

    /// Adds what a part of this message says.
    mutating func add(_ part: Part, _ text: String) {
        switch part {
        case .detail: detail = text
        case .hint: hint = text
        case .context: context = text
        case .statement: statement = text
        case .query, .location: break
        }
    }
}

/// What may be read.
package enum LogLimits {
    /// Bytes of a single message; longer ones are passed over.
    package static let message = 16 << 20
    /// Messages of the stderr format that are held until their last part has come: processes may write at once.
    static let unfinished = 32
    /// Lines after which a message has no part any more.
    static let partDistance = 64
}
