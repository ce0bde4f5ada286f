import Model

extension StatementsDraft {
    /// Gives the entries the texts that are known of them.
    ///
    /// - Parameter limit: as `statement_texts` has it.
    /// - Returns: nothing is left to ask: every entry is known, and each that the query would give a text for has one.
    mutating func take(_ known: KnownTexts, limit: Int) -> Bool {
        var isComplete = entries.count == entryCount
        var found = [KnownEntry?](repeating: nil, count: entries.count)
        var ranks: [Rank] = []
        ranks.reserveCapacity(entries.count)
        for place in entries.indices where entries[place].key != nil {
            guard let entry = known.entry(of: entries[place].statement) else {
                isComplete = false
                continue
            }
            if entry.isOurs {
                entries[place].statement.isOurs = true
            } else {
                found[place] = entry
                ranks.append(Rank(entries[place].statement, place: place))
            }
        }
        let (asked, kept) = Self.greatest(limit, of: ranks)
        let shared = known.sharedEntries
        for place in kept {
            let statement = entries[place].statement
            let own = found[place].flatMap { $0.text == nil ? nil : $0 }
            let others = own == nil ? shared[statement.entry].flatMap { $0.isStill(statement) ? $0 : nil } : nil
            guard let entry = own ?? others else {
                isComplete = isComplete && !asked.contains(place)
                continue
            }
            entries[place].statement.text = entry.text
            entries[place].statement.fingerprint = entry.fingerprint
        }
        return isComplete
    }

    /// So many by time and, a quarter as many, by calls, rows and temporary blocks, as `statement_texts` has them, also of equal
    /// ones; and twice as many, which keep their texts: what falls to rank 121 is at 119 again the next time.
    private static func greatest(_ limit: Int, of ranks: [Rank]) -> (asked: Set<Int>, kept: Set<Int>) {
        guard ranks.count > limit / 4 else {
            let all = Set(ranks.map(\.place))
            return (all, all)
        }
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

    /// What an entry is ordered by.
    private struct Rank {
        let place: Int
        let queryID: Int64
        let time, calls, rows, temporaryBlocks: Double

        init(_ statement: borrowing Statement, place: Int) {
            self.place = place
            queryID = statement.queryID
            time = statement.counters.executionTime + statement.counters.planTime
            calls = Double(statement.counters.calls)
            rows = Double(statement.counters.rows)
            temporaryBlocks = Double(
                statement.counters.temporaryBlocksRead + statement.counters.temporaryBlocksWritten)
        }
    }
}
