import Model
import Statements

/// Indexes for an arm of an OR, for the few rows of a condition, and for all rows.
extension RelationCandidates {
    /// Each arm of an OR by an index of its own, joined in a bitmap.
    mutating func addAlternatives() {
        for arm in reading.alternatives.flatMap(\.self) {
            let usable = arm.filter { facts.isKey($0.key, widest: Self.widestKey) }
            let equal = usable.filter(\.isLookUp).map(\.key)
            let keys =
                equal + equalities.filter { !equal.contains($0) }.prefix(2)
                + usable.filter { $0.kind == .range }.map(\.key).prefix(1)
            var seen: Set<KeyExpression> = []
            let unique = keys.filter { seen.insert($0).inserted }.prefix(CandidateGenerator.mostKeys)
            guard !unique.isEmpty, usable.contains(where: { $0.isLookUp || $0.kind == .range }) else { continue }
            add(unique.map { .init($0) }, equalities: equal.count, rank: 14, .plainOnly)
        }
    }

    /// Indexes of the few rows for which a condition without parameter holds.
    mutating func addPartial() {
        let few = reading.predicates.filter { ($0.leastShare ?? 1) <= Self.greatestPart }
            .sorted { ($0.leastShare ?? 1, $0.sql) < ($1.leastShare ?? 1, $1.sql) }
        for (place, predicate) in few.prefix(2).enumerated() {
            let sortable = reading.orders.filter { order in
                order.reason != .group && order.keys.allSatisfy { facts.isKey($0.key, widest: Self.widestKey) }
            }
            let orders = sortable.prefix(1).map { order in
                equalities.map { IndexCandidate.Key($0) }
                    + Self.keys(order.keys.filter { key in !equalities.contains { $0.key == key.key.key } })
            }
            var lists = orders + filterLists.map { $0.map { IndexCandidate.Key($0) } }.prefix(1)
            lists += joins.prefix(1).map { $0.map { IndexCandidate.Key($0) } }
            let pinned = predicate.pinsColumn ? predicate.columns : []
            let kept = (place == 0 ? lists : Array(lists.prefix(1))).map { keys in
                keys.filter { !pinned.contains($0.key.column) || $0.plainColumn == nil }
            }.filter { !$0.isEmpty }
            for keys in kept { addPartial(keys, predicate) }
            if kept.isEmpty { addPartial([], predicate) }
        }
    }

    private mutating func addPartial(_ keys: [IndexCandidate.Key], _ predicate: PartialPredicate) {
        var keys = Array(keys.prefix(CandidateGenerator.mostKeys))
        if keys.isEmpty {
            // Some key there must be: one that the statement reads, else the condition's own.
            let read = reading.readsAll ? [] : facts.inTableOrder(reading.columns.subtracting(predicate.columns))
            let usable = (read + predicate.columns).map(facts.key).filter { facts.isKey($0, widest: Self.widestKey) }
            keys = usable.prefix(1).map { .init($0) }
        }
        guard !keys.isEmpty else { return }
        add(keys, equalities: 0, rank: 9, .either, predicate)
    }

    /// Aggregates of all rows read an index of their columns in place of a wide table.
    mutating func addWholeTable() {
        guard reading.isAggregated, let covering, !covering.isEmpty else { return }
        let key = facts.inTableOrder(covering).map(facts.key).first { facts.isKey($0, widest: Self.widestKey) }
        if let key { add([.init(key)], equalities: 1, rank: 24, .coveringOnly) }
    }
}
