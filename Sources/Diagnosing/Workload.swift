import Model
import Statements

/// The statements within the window, grouped: one load for all entries that are the same statement of a database.
package struct Workload: Sendable {
    /// By execution time, greatest first; pgmedic's own left out.
    package let statements: [StatementLoad]
    /// ms of execution of all statements, ours and the small ones too.
    package let totalTime: Double
    /// Share of `totalTime` that `statements` with a text make up, 0…1.
    package let coverage: Double
    /// ms by database, greatest first.
    package let timeByDatabase: [(database: String, time: Double)]

    init(_ snapshot: Snapshot, since earlier: Snapshot?) {
        guard let now = snapshot.statementStatistics else {
            statements = []
            totalTime = 0
            coverage = 0
            timeByDatabase = []
            return
        }
        struct Key: Hashable {
            var queryID: Int64
            var role: String
            var database: String
            var isTopLevel: Bool
            init(_ statement: Statement) {
                queryID = statement.queryID
                role = statement.role
                database = statement.database
                isTopLevel = statement.isTopLevel
            }
        }
        let then = earlier?.statementStatistics
        let before = Dictionary(
            (then?.statements ?? []).map { (Key($0), $0.counters) }, uniquingKeysWith: { first, _ in first })
        var loads: [StatementKey: StatementLoad] = [:]
        for statement in now.statements {
            var counters = statement.counters
            if let earlier = before[Key(statement)] { counters = counters.since(earlier) ?? counters }
            guard counters.calls > 0 || counters.executionTime > 0 else { continue }
            if statement.isOurs { continue }
            let key = StatementKey(statement)
            if loads[key] != nil {
                loads[key]!.add(statement, counters)
            } else {
                loads[key] = StatementLoad(key, statement, counters)
            }
        }
        let whole = then.flatMap { now.totals.since($0.totals) } ?? now.totals
        let total = max(whole.executionTime, loads.values.reduce(0) { $0 + $1.counters.executionTime })
        totalTime = total
        statements = loads.values
            .map { load in
                var load = load
                load.share = total > 0 ? load.counters.executionTime / total : 0
                return load
            }
            .sorted { ($0.counters.executionTime, $1.key.name) > ($1.counters.executionTime, $0.key.name) }
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

/// What makes two entries of pg_stat_statements the same statement.
package struct StatementKey: Sendable, Hashable {
    package var database: String
    /// The fingerprint, or the queryid where there is none.
    package var name: String

    init(_ statement: Statement) {
        database = statement.database
        name = statement.fingerprint ?? String(statement.queryID)
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
    }

    mutating func add(_ statement: Statement, _ more: StatementCounters) {
        counters.add(more)
        if !queryIDs.contains(statement.queryID) { queryIDs.append(statement.queryID) }
        if !roles.contains(statement.role) { roles.append(statement.role) }
        text = text ?? statement.text
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
