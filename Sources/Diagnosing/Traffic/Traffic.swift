import Foundation
import Model

/// What the statements of the window come to, against what is usual: by the history where one is at hand, else by the time from
/// the statistics' reset to the earlier snapshot.
struct Traffic {
    /// A second, within the window and before it.
    struct Rate {
        var now: Double
        var usual: Double
        var surplus: Double { max(0, now - usual) }
    }

    /// Why there is nothing to compare.
    enum Gap: Error {
        /// One reading alone.
        case noEarlier
        case unknown(String)
    }

    /// s
    let seconds: Double
    /// s from the reset to the earlier snapshot.
    let usualSeconds: Double
    /// What the history says of the time before; nil: it knows too little, or there is none.
    let past: UsualTraffic?
    /// Of all statements, the small ones too.
    let calls: Rate
    /// Sessions that were executing on average.
    let sessions: Rate
    /// Counted before the window.
    let usualCalls: Int64
    /// Counters from before the window, each divided by it, are what is usual now: s.
    let usualSpan: Double
    /// Rows inserted, updated and deleted in all databases; nil where their counters were reset.
    let rowsWritten: Rate?
    /// Clients connected at the two readings.
    let connections: (now: Int, earlier: Int)

    init(_ observation: Observation) throws(Gap) {
        let snapshot = observation.snapshot
        guard let earlier = observation.earlier, let then = earlier.statementStatistics,
            let statistics = snapshot.statementStatistics
        else { throw .noEarlier }
        guard let reset = then.reset else {
            throw .unknown("nobody knows since when pg_stat_statements counts: what is usual cannot be told")
        }
        guard statistics.reset.isSameMoment(as: reset) else {
            throw .unknown("pg_stat_statements was reset between the two readings: what is usual cannot be told")
        }
        seconds = snapshot.takenAt.timeIntervalSince(earlier.takenAt)
        usualSeconds = earlier.takenAt.timeIntervalSince(reset)
        guard seconds > 0, usualSeconds > 0, let totals = observation.workload.totals else {
            throw .unknown("pg_stat_statements lost more entries than it counted: what is usual cannot be told")
        }
        let now = Double(totals.calls) / seconds
        let mean = Double(then.totals.calls) / usualSeconds
        past = observation.pastTraffic.flatMap {
            UsualTraffic($0, from: earlier.takenAt, to: snapshot.takenAt, rate: now)
        }
        calls = Rate(now: now, usual: past?.typical ?? mean)
        // Of what is usual now, each has the share that it had since the reset.
        usualSpan = calls.usual > 0 && mean > 0 ? usualSeconds * mean / calls.usual : .infinity
        sessions = Rate(now: totals.executionTime / 1000 / seconds, usual: then.totals.executionTime / 1000 / usualSpan)
        usualCalls = then.totals.calls
        rowsWritten = Self.rowsWritten(observation, earlier, seconds)
        connections = (Self.clients(snapshot), Self.clients(earlier))
    }

    private static func rowsWritten(_ observation: Observation, _ earlier: Snapshot, _ seconds: Double) -> Rate? {
        var rate = Rate(now: 0, usual: 0)
        for database in observation.snapshot.databases {
            guard let then = observation.earlier(of: database),
                let counted = database.counters.since(then.counters),
                database.statisticsReset.isSameMoment(as: then.statisticsReset)
            else { return nil }
            let age = earlier.takenAt.timeIntervalSince(then.statisticsReset ?? earlier.server.startedAt)
            guard age > 0 else { return nil }
            rate.now += Double(counted.rowsWritten) / seconds
            rate.usual += Double(then.counters.rowsWritten) / age
        }
        return rate
    }

    private static func clients(_ snapshot: Snapshot) -> Int {
        snapshot.backends.count { $0.isClient && !$0.isOurs }
    }
}

extension DatabaseCounters {
    fileprivate var rowsWritten: Int64 { tuplesInserted + tuplesUpdated + tuplesDeleted }
}
