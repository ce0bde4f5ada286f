import Foundation
import Model
import Statements

/// The statements within the window, grouped: one load for all entries that are the same statement of a database.
package struct Workload: Sendable {
    /// By execution time, greatest first; pgmedic's own left out.
    package let statements: [StatementLoad]
    /// ms of execution of all statements, the small ones too. Without ours, as far as they are listed: looking ten times must not
    /// make the shares of others smaller.
    package let totalTime: Double
    /// Share of `totalTime` that `statements` with a text make up, 0…1.
    package let coverage: Double
    /// Of all entries within the window; nil where evictions took more away than was added, or nothing was read.
    let totals: StatementCounters?
    /// Of the entries that are listed, ours left out.
    let callsByRole: [String: Int64]
    /// Entries of pgmedic's own statements that were called within the window, as far as they are listed.
    let ownEntries: Int
    /// ms by database, greatest first.
    package let timeByDatabase: [(database: String, time: Double)]

    init(_ snapshot: Snapshot, since earlier: Snapshot?) {
        guard let now = snapshot.statementStatistics else {
            statements = []
            totalTime = 0
            coverage = 0
            totals = nil
            callsByRole = [:]
            ownEntries = 0
            timeByDatabase = []
            return
        }
        let readings = StatementReadings(now, since: earlier)
        var loads: [StatementKey: StatementLoad] = [:]
        var accounted = 0.0
        var ours = 0.0
        var ownEntries = 0
        var calls: [String: Int64] = [:]
        for statement in now.statements {
            let counters = readings.counters(of: statement)
            guard counters.calls > 0 || counters.executionTime > 0 else { continue }
            if statement.isOurs {
                ours += counters.executionTime
                ownEntries += 1
                continue
            }
            accounted += counters.executionTime
            calls[statement.role, default: 0] += counters.calls
            let key = StatementKey(statement)
            if loads[key] != nil {
                loads[key]!.add(statement, counters)
            } else {
                loads[key] = StatementLoad(key, statement, counters)
            }
        }
        // Entries that were evicted took their time out of the sums: what is accounted for may be more.
        let total = max((readings.totals?.executionTime ?? 0) - ours, accounted)
        totalTime = total
        totals = readings.totals
        callsByRole = calls
        self.ownEntries = ownEntries
        statements = loads.values
            .map { load in
                var load = load
                load.share = total > 0 ? load.counters.executionTime / total : 0
                return load
            }
            .sorted { left, right in
                let (a, b) = (left.counters.executionTime, right.counters.executionTime)
                return a == b ? left.key < right.key : a > b
            }
        let shown = statements.reduce(0) { $0 + ($1.text == nil ? 0 : $1.counters.executionTime) }
        coverage = total > 0 ? shown / total : 0
        timeByDatabase = Dictionary(grouping: statements, by: \.database)
            .map { (database: $0.key, time: $0.value.reduce(0) { $0 + $1.counters.executionTime }) }
            .sorted { ($0.time, $1.database) > ($1.time, $0.database) }
    }

    /// The load of a backend's statement, by queryid.
    package func load(ofQueryID queryID: Int64, in database: String?) -> StatementLoad? {
        statements.first { $0.queryIDs.contains(queryID) && (database == nil || $0.database == database) }
    }
}

/// Two readings of pg_stat_statements, and what was counted between them.
private struct StatementReadings {
    private var before: [Statement.Entry: StatementCounters] = [:]
    private var earlier: Date?
    /// Of all entries within the window; nil where evictions took more away than was added.
    let totals: StatementCounters?

    init(_ now: StatementStatistics, since snapshot: Snapshot?) {
        guard let snapshot, let then = snapshot.statementStatistics else {
            totals = now.totals
            return
        }
        // After a reset the earlier reading says nothing: all that is there now was counted since.
        if let reset = now.reset, reset > snapshot.takenAt {
            totals = now.totals
            return
        }
        earlier = snapshot.takenAt
        before = Dictionary(then.statements.map { ($0.entry, $0.counters) }, uniquingKeysWith: { first, _ in first })
        totals = now.totals.since(then.totals)
    }

    /// Smaller counters than before: the entry was evicted and came back, so that all of it is new.
    func counters(of statement: Statement) -> StatementCounters {
        let isNew = earlier.map { moment in statement.since.map { $0 > moment } ?? false } ?? true
        guard !isNew, let then = before[statement.entry] else { return statement.counters }
        return statement.counters.since(then) ?? statement.counters
    }
}

/// What makes two entries of pg_stat_statements the same statement.
package struct StatementKey: Sendable, Hashable, Comparable {
    package var database: String
    /// The fingerprint, or the queryid where there is none.
    package var name: String

    package init(_ statement: Statement) {
        database = statement.database
        name = statement.fingerprint ?? String(statement.queryID)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.name, left.database) < (right.name, right.database)
    }
}

/// One statement of one database with what it cost within the window.
package struct StatementLoad: Sendable {
    package let key: StatementKey
    package var queryIDs: [Int64]
    package var roles: [String]
    package var text: String?
    package var counters: StatementCounters
    /// Of all statements' execution time, 0…1.
    package var share = 0.0
    /// The entry with the greatest time: its plan, search_path and spread stand for all.
    package var representative: Statement
    /// Plans in the server's log, of all entries.
    private var logged: [LoggedPlan]

    package var database: String { key.database }
    /// The plan, from whichever entry was explained.
    package var plan: StatementPlan? { representative.plan }

    init(_ key: StatementKey, _ statement: Statement, _ counters: StatementCounters) {
        self.key = key
        queryIDs = [statement.queryID]
        roles = [statement.role]
        text = statement.text
        self.counters = counters
        representative = statement
        logged = statement.loggedPlans
    }

    /// Plans that ran, those of the most time first.
    package var loggedPlans: [MeasuredCall] {
        logged.sorted { $0.totalTime > $1.totalTime }.compactMap(MeasuredCall.init)
    }

    mutating func add(_ statement: Statement, _ more: StatementCounters) {
        counters.add(more)
        if !queryIDs.contains(statement.queryID) { queryIDs.append(statement.queryID) }
        if !roles.contains(statement.role) { roles.append(statement.role) }
        text = text ?? statement.text
        logged += statement.loggedPlans
        let isBetter =
            (statement.plan != nil, statement.counters.executionTime)
            > (representative.plan != nil, representative.counters.executionTime)
        if isBetter { representative = statement }
    }

    package var object: ObjectReference { ObjectReference(.statement, key.name, in: key.database) }
    package var link: LinkKey { .statement(key.name, database: key.database) }

    /// `SELECT … FROM orders WHERE …`, cut to so many characters, white space folded.
    package func label(_ length: Int = 60) -> String {
        guard let text else { return "statement \(key.name)" }
        let folded = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return folded.count <= length ? folded : folded.prefix(length - 1) + "…"
    }
}

private func > (left: (Bool, Double), right: (Bool, Double)) -> Bool {
    left.0 == right.0 ? left.1 > right.1 : left.0
}
