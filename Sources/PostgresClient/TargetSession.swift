import CLibpq
import Foundation
import Synchronization

/// Settings of one read-only transaction; all are SET LOCAL and end with it.
package struct TransactionSettings: Sendable {
    /// s for each statement on the server.
    package var statementTimeout = 5.0
    /// s in a lock queue.
    package var lockTimeout = 0.2
    package var searchPath = "pg_catalog"
    package var others: [(name: String, value: String)] = []

    package init() {}
}

/// Queries that share one fence (savepoint): when one fails the rest of the group is skipped, other groups are not.
///
/// The server sends a group's answers at its end, so a group that is cut short has none.
package struct QueryGroup: Sendable {
    /// Set within the fence only: `statement_timeout` in ms, `search_path`, `plan_cache_mode`, …
    package var settings: [(name: String, value: String)] = []
    package var queries: [Query]
    /// Run after the fence was rolled back, also after a failure; each alone.
    package var cleanup: [Query] = []

    package init(_ queries: [Query], settings: [(name: String, value: String)] = [], cleanup: [Query] = []) {
        self.queries = queries
        self.settings = settings
        self.cleanup = cleanup
    }
}

/// A session with a server under diagnosis. It can only read: every query runs in a READ ONLY transaction of ours, over the
/// extended protocol, and what could end that transaction is refused before it is sent.
package final class TargetSession: Sendable {
    package struct Identity: Sendable {
        package var serverVersion = 0
        package var host = ""
        package var port = 0
        package var database = ""
        package var role = ""
        package var isSuperuser = false
        package var usesTLS = false
        package var backendPID = 0
    }

    package let identity: Identity
    let thread: SessionThread
    let stop: StopSignal
    let wire: Confined<Wire>
    private let noticeLog: NoticeLog
    let counts = Mutex((roundTrips: 0, statements: 0))

    init(
        identity: Identity, thread: SessionThread, stop: StopSignal, wire: Confined<Wire>, notices: NoticeLog
    ) {
        noticeLog = notices
        self.identity = identity
        self.thread = thread
        self.stop = stop
        self.wire = wire
    }

    deinit {
        let wire = self.wire
        thread.enqueue { wire.value.close() }
        thread.close()
    }

    /// What goes around every query, in order; `SELECT …` stands for the query.
    package static var framingStatements: [String] { Script.frame }

    /// What the server remarked so far (NOTICE, WARNING), the first hundred.
    package var notices: [String] { noticeLog.texts }

    package var roundTrips: Int { counts.withLock { $0.roundTrips } }
    package var statementCount: Int { counts.withLock { $0.statements } }

    package func close() async {
        let wire = self.wire
        await withCheckedContinuation { continuation in
            thread.enqueue {
                wire.value.close()
                continuation.resume()
            }
        }
    }
}
