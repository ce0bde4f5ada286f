import Foundation
import Model

/// What was counted of a database's sessions and transactions, and over which time.
struct SessionCounts {
    var database: String
    var counters: DatabaseCounters
    /// s
    var seconds: Double
    /// Sessions that began and ended within the time: those that are still there are a pool's.
    var cameAndWent: Int64

    /// Of each database that was counted for a while; templates left out.
    static func all(_ observation: Observation) -> [SessionCounts] {
        observation.snapshot.databases.compactMap { database in
            let seconds =
                observation.earlier == nil
                ? observation.statisticsAge(of: database.name).map { $0 * 86_400 } : observation.window.seconds
            guard let seconds, seconds > 0, !database.isTemplate else { return nil }
            let counters = observation.counters(of: database)
            let there = observation.snapshot.backends.count { backend in
                backend.isClient && backend.database == database.name
                    && (observation.age(of: backend.backendStart) ?? .infinity) < seconds
            }
            return SessionCounts(
                database: database.name, counters: counters, seconds: seconds,
                cameAndWent: max(0, counters.sessions - Int64(there)))
        }
    }

    var perSecond: Double { Double(cameAndWent) / seconds }
    var transactionsPerSession: Double { Double(counters.transactions) / Double(max(counters.sessions, 1)) }

    func perDay(_ count: Int64) -> Double { Double(count) / seconds * 86_400 }
}
