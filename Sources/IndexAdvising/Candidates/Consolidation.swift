import Model

extension CandidateGenerator {
    /// Of one index more columns than that are no merger any more.
    private static let mostMergedKeys = 6
    private static let mostMergedIncluded = 12

    /// Indexes of one relation that do the work of both: the keys of one, then the rest of the other's, and all
    /// included columns.
    package static func merged(_ left: IndexCandidate, _ right: IndexCandidate) -> [IndexCandidate] {
        guard left.relation == right.relation, left.method == right.method, left.method == .btree || left.method == .gin
        else { return [] }
        var seen: Set<IndexCandidate> = []
        return [joined(left, right), joined(right, left)].compactMap(\.self).filter { seen.insert($0).inserted }
    }

    private static func joined(_ first: IndexCandidate, _ second: IndexCandidate) -> IndexCandidate? {
        var result = first
        // The same value in another direction or with other NULLs is another key only for an order.
        result.keys += second.keys.filter { key in
            !first.keys.contains { $0.key == key.key && $0.operatorClass == key.operatorClass }
        }
        let held = Set(result.keys.compactMap(\.plainColumn))
        result.included = first.included.filter { !held.contains($0) }
        result.included += second.included.filter { !held.contains($0) && !result.included.contains($0) }
        // Rows that only one of the two holds must be in.
        if first.predicate != second.predicate {
            result.predicate = nil
            result.predicateShare = nil
        }
        guard result.keys.count <= mostMergedKeys, result.included.count <= mostMergedIncluded else { return nil }
        return result
    }

    /// Smaller ones that still do a part of its work: without INCLUDE, and with fewer keys from the end.
    package static func narrowed(_ candidate: IndexCandidate) -> [IndexCandidate] {
        var result: [IndexCandidate] = []
        var smaller = candidate
        smaller.included = []
        if smaller != candidate { result.append(smaller) }
        while smaller.keys.count > 1 {
            smaller.keys.removeLast()
            result.append(smaller)
        }
        return result
    }
}

extension IndexCandidate.Key {
    /// Its column, which an index-only scan reads from it; nil of an expression.
    var plainColumn: String? {
        if case .column(let name) = key { name } else { nil }
    }
}
