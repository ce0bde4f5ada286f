import Model

extension StatementsDraft {
    /// Gives the entries the texts that are known of them.
    ///
    /// - Parameters:
    ///   - limit: as `statement_texts` has it.
    ///   - role: the visitor's: what is new of it may be pgmedic's own.
    /// - Returns: nothing is left to ask: each entry that the query would give a text for has one.
    mutating func take(_ known: KnownTexts, limit: Int, visitor role: String) -> Bool {
        var isComplete = entries.count == entryCount
        let shared = known.sharedEntries
        var found = [KnownEntry?](repeating: nil, count: entries.count)
        var ranks: [Rank] = []
        ranks.reserveCapacity(entries.count)
        for place in entries.indices where entries[place].key != nil {
            found[place] = known.entry(of: entries[place].statement)
            if found[place] == nil, entries[place].statement.role == role {
                found[place] = Self.entry(of: entries[place].statement, in: shared)
                isComplete = isComplete && found[place] != nil
            }
            if found[place]?.isOurs == true {
                entries[place].statement.isOurs = true
            } else {
                ranks.append(Rank(entries[place].statement, place: place))
            }
        }
        let (asked, kept) = Self.greatest(limit, of: ranks)
        for place in kept {
            let own = found[place].flatMap { $0.text == nil ? nil : $0 }
            guard let entry = own ?? Self.entry(of: entries[place].statement, in: shared), entry.text != nil else {
                isComplete = isComplete && !asked.contains(place)
                continue
            }
            entries[place].statement.text = entry.text
            entries[place].statement.fingerprint = entry.fingerprint
        }
        return isComplete
    }

    private static func entry(of statement: Statement, in shared: [Statement.Entry: KnownEntry]) -> KnownEntry? {
        shared[statement.entry].flatMap { $0.isStill(statement) ? $0 : nil }
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
