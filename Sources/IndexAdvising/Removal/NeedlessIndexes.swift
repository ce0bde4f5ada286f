import Model

/// The indexes of a database that another one makes needless, each with the one to keep. Nothing that is to be kept is
/// to be dropped elsewhere in it, so that following all of it is safe.
package struct NeedlessIndexes: Sendable {
    package struct Copies: Sendable {
        package var kept: Index
        package var others: [Index]
    }

    package struct Covered: Sendable {
        package var index: Index
        package var cover: Index
    }

    package private(set) var copies: [Copies] = []
    package private(set) var covered: [Covered] = []
    private var keptCopies: Set<QualifiedName> = []

    package init(_ catalog: DatabaseCatalog) {
        var byFirstKey: [FirstKey: [Int]] = [:]
        for (place, index) in catalog.indexes.enumerated() where Self.isComparable(index) {
            byFirstKey[FirstKey(index), default: []].append(place)
        }
        let groups = byFirstKey.values.filter { $0.count > 1 }.map { $0.map { catalog.indexes[$0] } }
        for indexes in groups.sorted(by: { ($0[0].relation, $0[0].name) < ($1[0].relation, $1[0].name) }) {
            var remaining = indexes.sorted(by: Self.isKeptBefore)
            gatherCopies(&remaining)
            gatherCovered(remaining)
        }
    }

    /// Only indexes that begin with the same key can do each other's work.
    private struct FirstKey: Hashable {
        var relation: QualifiedName
        var text: String?

        init(_ index: Index) {
            relation = index.relation
            text = index.columns.first.flatMap { $0.name ?? $0.expression }
        }
    }

    /// All that have a part in it: to be dropped, or to be kept because another goes.
    package var involved: Set<QualifiedName> {
        Set(
            copies.flatMap { [$0.kept.name] + $0.others.map(\.name) }
                + covered.flatMap { [$0.index.name, $0.cover.name] })
    }

    /// Indexes of partitions follow the partitioned one above them and cannot be dropped alone.
    private static func isComparable(_ index: Index) -> Bool {
        index.isValid && index.isReady && index.isLive && index.parent == nil
    }

    /// Constraint before replica identity before unique, clustered, smaller, older name.
    private static func isKeptBefore(_ left: Index, _ right: Index) -> Bool {
        rank(left) == rank(right)
            ? (left.sizeOrEstimate, left.name) < (right.sizeOrEstimate, right.name) : rank(left) > rank(right)
    }

    private static func rank(_ index: Index) -> Int {
        var rank = 0
        if index.isPrimary { rank += 64 }
        if index.constraint != nil || index.isExclusion { rank += 32 }
        if index.referencedByForeignKeys > 0 { rank += 16 }
        if index.isReplicaIdentity { rank += 8 }
        if index.isUnique { rank += 4 }
        if index.isClustered { rank += 2 }
        return rank
    }

    private mutating func gatherCopies(_ remaining: inout [Index]) {
        var kept: [Index] = []
        while let first = remaining.first {
            remaining.removeFirst()
            let others = remaining.filter { IndexComparison.areCopies(first, $0) }
            if !others.isEmpty {
                copies.append(Copies(kept: first, others: others))
                keptCopies.insert(first.name)
            }
            remaining.removeAll { index in others.contains { $0.name == index.name } }
            kept.append(first)
        }
        remaining = kept
    }

    /// Longest first: when an index is judged, what happens to all that could cover it is known.
    private mutating func gatherCovered(_ indexes: [Index]) {
        let order = indexes.sorted {
            ($0.columns.count, $1.counters.scans, $0.name) > ($1.columns.count, $0.counters.scans, $1.name)
        }
        var gone: Set<QualifiedName> = []
        for index in order where Self.isDroppable(index) && !keptCopies.contains(index.name) {
            let covers = indexes.filter { !gone.contains($0.name) && IndexComparison.covers($0, index) }
            guard let cover = covers.min(by: { $0.sizeOrEstimate < $1.sizeOrEstimate }) else { continue }
            gone.insert(index.name)
            covered.append(Covered(index: index, cover: cover))
        }
    }

    private static func isDroppable(_ index: Index) -> Bool {
        !index.isUnique && !index.isExclusion && index.constraint == nil && !index.isReplicaIdentity
            && !index.isClustered && index.referencedByForeignKeys == 0
    }
}
