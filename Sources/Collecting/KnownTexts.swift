import Foundation
import Model

/// The texts of pg_stat_statements as an earlier visit read them.
///
/// An entry keeps its text for as long as it is there, and asking for texts has the server read the whole file of them, while its
/// numbers lie in shared memory: so a text is read again only when an entry may have become another one.
package struct KnownTexts: Sendable {
    private let snapshot: Snapshot
    private let statistics: StatementStatistics
    private let places: [Statement.Entry: Int]

    /// nil: the snapshot knows no statements.
    package init?(_ snapshot: Snapshot) {
        guard let statistics = snapshot.statementStatistics, !statistics.statements.isEmpty else { return nil }
        self.snapshot = snapshot
        self.statistics = statistics
        places = Dictionary(
            statistics.statements.enumerated().map { ($1.entry, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What can be said before a number was read: the texts are of this server and kind.
    func mayServe(_ server: Server, redaction: Redaction) -> Bool {
        snapshot.redaction == redaction && snapshot.server.version.major == server.version.major
    }

    /// They are of the same server, and no entry left between the two readings and came back, perhaps with another text: an
    /// entry of a table that was renamed keeps its queryid.
    func isOfSameEntries(as current: Snapshot) -> Bool {
        guard let now = current.statementStatistics else { return false }
        return snapshot.isOfSameCluster(as: current) && snapshot.server.startedAt == current.server.startedAt
            && now.reset == statistics.reset && now.evictions == statistics.evictions
    }

    /// The statement as it was known, nil where it was not, or where it was counted anew since: then it was removed by name in
    /// between (`pg_stat_statements_reset(userid, dbid, queryid)`), which no other number tells.
    func statement(_ now: Statement) -> Statement? {
        guard let place = places[now.entry] else { return nil }
        let known = statistics.statements[place]
        let isOlder = now.since.map { $0 <= snapshot.takenAt } ?? true
        return isOlder && now.counters.calls >= known.counters.calls ? known : nil
    }
}

extension StatementsDraft {
    /// Gives the entries the texts that are known of them.
    ///
    /// - Parameter limit: as `statement_texts` has it.
    /// - Returns: nothing is left to ask: every entry is known, and each that the query would give a text for has one.
    mutating func take(_ known: KnownTexts, limit: Int) -> Bool {
        var isComplete = entries.count == entryCount
        var texts: [Int: Statement] = [:]
        var others: [Int] = []
        for place in entries.indices where entries[place].key != nil {
            guard let statement = known.statement(entries[place].statement) else {
                isComplete = false
                continue
            }
            entries[place].statement.isOurs = statement.isOurs
            guard !statement.isOurs else { continue }
            others.append(place)
            if statement.text != nil { texts[place] = statement }
        }
        let (asked, kept) = greatest(limit, of: others)
        for place in kept {
            guard let statement = texts[place] else { continue }
            entries[place].statement.text = statement.text
            entries[place].statement.fingerprint = statement.fingerprint
        }
        return isComplete && asked.isSubset(of: texts.keys)
    }

    /// So many of the places by time and, a quarter as many, by calls, rows and temporary blocks, as `statement_texts` has them, also
    /// of equal ones; and twice as many, which keep their texts: what falls to rank 121 is at 119 again the next time.
    private func greatest(_ limit: Int, of places: [Int]) -> (asked: Set<Int>, kept: Set<Int>) {
        guard places.count > limit / 4 else { return (Set(places), Set(places)) }
        let ranks = places.map { Rank(entries[$0].statement, place: $0) }
        let measures: [(Int, (Rank) -> Double)] = [
            (limit, \.time), (limit / 4, \.calls), (limit / 4, \.rows), (limit / 4, \.temporaryBlocks),
        ]
        var (asked, kept): (Set<Int>, Set<Int>) = ([], [])
        for (count, measure) in measures {
            let sorted = ranks.filter { measure($0) > 0 }.sorted { left, right in
                let (one, other) = (measure(left), measure(right))
                guard one == other else { return one > other }
                return left.time == right.time ? left.queryID < right.queryID : left.time > right.time
            }
            let (first, rest) = (sorted.prefix(count), sorted.dropFirst(count))
            asked.formUnion(first.map(\.place))
            kept.formUnion(rest.prefix(count).map(\.place))
        }
        return (asked, kept.union(asked))
    }

    private struct Rank {
        let place: Int
        let queryID: Int64
        let time, calls, rows, temporaryBlocks: Double

        init(_ statement: Statement, place: Int) {
            let counters = statement.counters
            self.place = place
            queryID = statement.queryID
            time = counters.executionTime + counters.planTime
            calls = Double(counters.calls)
            rows = Double(counters.rows)
            temporaryBlocks = Double(counters.temporaryBlocksRead + counters.temporaryBlocksWritten)
        }
    }
}
