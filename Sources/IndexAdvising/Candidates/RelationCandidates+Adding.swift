import Model

extension RelationCandidates {
    enum Covering { case both, either, plainOnly, coveringOnly }

    mutating func add(
        _ keys: [IndexCandidate.Key], equalities: Int, rank: Int, _ policy: Covering,
        _ predicate: PartialPredicate? = nil
    ) {
        var plain = IndexCandidate(relation: reading.relation.name, keys: keys)
        plain.predicate = predicate?.sql
        plain.isPartitioned = reading.relation.kind == .partitioned
        let rest = policy == .plainOnly ? nil : included(besides: keys, predicate)
        if let rest {
            var wide = plain
            wide.included = rest
            append(wide, max(0, equalities), rank, predicate)
        }
        if policy != .coveringOnly, rest == nil || policy == .both {
            append(plain, max(0, equalities), rank + 1, predicate)
        }
    }

    /// What an index-only scan needs besides the keys; nil where it is too much, or pays not.
    private func included(besides keys: [IndexCandidate.Key], _ predicate: PartialPredicate?) -> [String]? {
        guard let covering else { return nil }
        // The condition of a partial index is not tested again (since 9.6).
        var rest = covering.subtracting(keys.compactMap(\.plainColumn))
        if let predicate {
            rest.subtract(predicate.columns.filter { reading.mentions[$0] == 1 })
        }
        let list = facts.inTableOrder(rest)
        let width = list.reduce(0) { $0 + facts.width($1) }
        return list.count <= Self.mostIncluded && width <= Self.widestIncluded ? list : nil
    }

    mutating func append(
        _ candidate: IndexCandidate, _ equalities: Int, _ rank: Int, _ predicate: PartialPredicate? = nil
    ) {
        let isServed = existing.contains { index in
            (predicate == nil || index.predicate != nil)
                && candidate.isServed(by: index, equalities: equalities, statement)
        }
        guard !isServed else { return }
        all.append(RankedCandidate(rank: rank, candidate: candidate))
    }
}
