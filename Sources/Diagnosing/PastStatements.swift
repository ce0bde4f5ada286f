import Foundation
import Model

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
