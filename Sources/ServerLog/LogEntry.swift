import Foundation

/// One message of a server's log. What the log's format does not tell is nil.
package struct LogEntry: Sendable, Equatable {
    package var at: Date?
    package var role: String?
    package var database: String?
    package var application: String?
    /// `LOG`, `ERROR`, …, in the server's language.
    package var severity = ""
    /// All its lines, without the tabs that continue a message in the stderr format. May hold users' data.
    package var message = ""
    /// Line of the input at which it begins, from 1.
    package var line = 1

    package init() {}
}

/// What may be read.
package enum LogLimits {
    /// Bytes of a single message; longer ones are passed over.
    package static let message = 16 << 20
}
