import Foundation
import Model

/// What a snapshot says of the counters by which indexes are called unused.
package struct RemovalFacts: Sendable {
    /// Days for which the counters of the database's indexes have run; nil: not known.
    package var statisticsAge: Double?
    package var statisticsSince: Date?
    package var takenAt = Date(timeIntervalSince1970: 0)
    /// The server is a standby: what the primary reads is not seen.
    package var isStandby = false
    /// Standbys of this server, which count their own scans.
    package var standbys = 0
    /// Builds of indexes that are under way.
    package var builds: [Model.Progress] = []

    package init() {}

    package init(_ snapshot: Snapshot, database: String) {
        takenAt = snapshot.takenAt
        isStandby = snapshot.server.isInRecovery
        standbys = snapshot.standbys.count
        builds = snapshot.progress.filter { $0.command == "create_index" }
        guard let found = snapshot.databases.first(where: { $0.name == database }) else { return }
        // Never reset: stats_reset is NULL. The counters survive a clean restart, so that they may be older than the server's
        // start, never younger (measured on 15.20).
        statisticsSince = found.statisticsReset ?? snapshot.server.startedAt
        statisticsAge = statisticsSince.map { max(0, takenAt.timeIntervalSince($0)) / 86_400 }
    }
}
