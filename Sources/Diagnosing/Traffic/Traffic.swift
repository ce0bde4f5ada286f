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

    /// A statement with what it was before.
    struct Statement {
        var load: StatementLoad
        var calls: Rate
        /// ms a call before the window; nil: it was not called.
        var usualMean: Double?
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
    /// Those whose earlier counters are known, by the calls that they have more, most first.
    let statements: [Statement]
    /// By role, in the same order.
    let roles: [(name: String, calls: Rate)]
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
        let scaled = calls.usual > 0 && mean > 0 ? usualSeconds * mean / calls.usual : .infinity
        sessions = Rate(now: totals.executionTime / 1000 / seconds, usual: then.totals.executionTime / 1000 / scaled)
        usualCalls = then.totals.calls
        let entries = PastStatements(then, since: earlier.takenAt)
        (statements, roles) = Self.parts(observation.workload, entries, then, seconds, scaled)
        rowsWritten = Self.rowsWritten(observation, earlier, seconds)
        connections = (Self.clients(snapshot), Self.clients(earlier))
    }

    private static func parts(
        _ workload: Workload, _ past: PastStatements, _ then: StatementStatistics, _ seconds: Double, _ usual: Double
    ) -> (statements: [Statement], roles: [(name: String, calls: Rate)]) {
        let statements = workload.statements.compactMap { load -> Statement? in
            let before: StatementCounters
            switch past.trace(of: load) {
            case .counted(let counters): before = counters
            case .new: before = StatementCounters()
            case .unknown: return nil
            }
            return Statement(
                load: load,
                calls: Rate(now: Double(load.counters.calls) / seconds, usual: Double(before.calls) / usual),
                usualMean: before.calls > 0 ? before.meanTime : nil)
        }
        .sorted { left, right in
            let (a, b) = (left.calls.surplus, right.calls.surplus)
            return a == b ? left.load.key.name < right.load.key.name : a > b
        }
        var byRole: [String: Double] = [:]
        for statement in then.statements where !statement.isOurs {
            byRole[statement.role, default: 0] += Double(statement.counters.calls) / usual
        }
        let roles = workload.callsByRole
            .map { (name: $0.key, calls: Rate(now: Double($0.value) / seconds, usual: byRole[$0.key] ?? 0)) }
            .sorted { left, right in
                let (a, b) = (left.calls.surplus, right.calls.surplus)
                return a == b ? left.name < right.name : a > b
            }
        return (statements, roles)
    }

    private static func rowsWritten(_ observation: Observation, _ earlier: Snapshot, _ seconds: Double) -> Rate? {
        var rate = Rate(now: 0, usual: 0)
        for database in observation.snapshot.databases {
            guard let then = earlier.databases.first(where: { $0.name == database.name }),
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

/// The statements of the earlier snapshot, to be found by what they are called now.
struct PastStatements {
    enum Trace {
        case counted(StatementCounters)
        /// It was not there.
        case new
        /// It may have been among those that the earlier snapshot does not list.
        case unknown
    }

    private struct ID: Hashable {
        var database: String
        var name: String
    }

    private let entries: [Statement]
    private var places: [ID: Set<Int>] = [:]
    private let moment: Date
    /// All entries are listed: what is not there was not counted, unless it was evicted before.
    let isComplete: Bool
    /// Entries that are listed, and all.
    let counts: (listed: Int, all: Int)

    init(_ statistics: StatementStatistics, since moment: Date) {
        entries = statistics.statements
        self.moment = moment
        counts = (statistics.statements.count, statistics.entryCount)
        isComplete = counts.listed >= counts.all
        for (place, statement) in entries.enumerated() {
            for name in [String(statement.queryID)] + [statement.fingerprint].compactMap(\.self) {
                places[ID(database: statement.database, name: name), default: []].insert(place)
            }
        }
    }

    func trace(of load: StatementLoad) -> Trace {
        let names = load.queryIDs.map { String($0) } + [load.key.name]
        let found = names.reduce(into: Set<Int>()) { found, name in
            found.formUnion(places[ID(database: load.database, name: name)] ?? [])
        }
        guard found.isEmpty else {
            var sum = StatementCounters()
            for place in found.sorted() { sum.add(entries[place].counters) }
            return .counted(sum)
        }
        // pg_stat_statements 1.11 says since when it has an entry.
        if let since = load.representative.since, since > moment { return .new }
        return isComplete ? .new : .unknown
    }
}
