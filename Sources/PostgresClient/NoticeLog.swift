import CLibpq
import Foundation
import Synchronization

/// Keeps what a server remarks, which libpq would print to standard error.
package final class NoticeLog: Sendable {
    private static let limit = 100
    private let kept = Mutex<[String]>([])

    package init() {}

    var texts: [String] { kept.withLock { $0 } }

    /// The log must live as long as the connection.
    package func listen(to connection: OpaquePointer) {
        PQsetNoticeProcessor(
            connection,
            { log, text in
                guard let log, let text else { return }
                Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().keep(String(cString: text))
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func keep(_ text: String) {
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        kept.withLock { if $0.count < Self.limit { $0.append(line) } }
    }
}
