import Model

/// Whether one index can do another's work. Exact: what is not known to be the same is taken for different.
///
/// Names of columns do not make an index: operator class, collation, direction, place of nulls, expressions, predicate,
/// access method and uniqueness do, too.
package enum IndexComparison {
    /// Both hold the same entries in the same order and enforce the same: one of them is in vain.
    package static func areCopies(_ left: Index, _ right: Index) -> Bool {
        left.name != right.name && areKnown(left, right) && left.accessMethod == right.accessMethod
            && left.isUnique == right.isUnique && left.isExclusion == right.isExclusion
            && (!left.isUnique || left.nullsNotDistinct == right.nullsNotDistinct)
            && left.isPartitioned == right.isPartitioned
            && left.keyCount == right.keyCount && haveSameTexts(left, right)
            && zip(left.keys, right.keys).allSatisfy(isSameKey)
            && Set(left.included.map(\.name)) == Set(right.included.map(\.name))
            && left.columns.count == right.columns.count
    }

    /// Every search, sort and index-only scan that `index` serves, `other` serves, too: its keys begin with the same
    /// ones, forwards or (for a B-tree) read backwards, it holds the same rows, and all columns of `index`.
    ///
    /// Of B-trees only: in GiST and GIN a further column changes the tree, and hash indexes have one column.
    package static func covers(_ other: Index, _ index: Index) -> Bool {
        guard other.name != index.name, areKnown(index, other), other.isPartitioned == index.isPartitioned,
            index.accessMethod == "btree", other.accessMethod == "btree",
            other.keyCount >= index.keyCount, index.keyCount > 0, haveSamePrefixTexts(index, other)
        else { return false }
        let pairs = Array(zip(index.keys, other.keys))
        guard pairs.allSatisfy(isSameKey) || pairs.allSatisfy(isMirrored) else { return false }
        let held = Set(other.columns.compactMap(\.name))
        return index.included.allSatisfy { $0.name.map(held.contains) ?? false }
    }

    /// The same column or expression under the same operator class and collation, in the same order.
    static func isSameKey(_ left: IndexColumn, _ right: IndexColumn) -> Bool {
        isSameValue(left, right) && left.isDescending == right.isDescending && left.isNullsFirst == right.isNullsFirst
    }

    /// The same value in the opposite order: a backward scan reads one as the other.
    static func isMirrored(_ left: IndexColumn, _ right: IndexColumn) -> Bool {
        isSameValue(left, right) && left.isDescending != right.isDescending && left.isNullsFirst != right.isNullsFirst
    }

    /// Of one table, and read whole: without its definition, an index may have a predicate that we do not see.
    private static func areKnown(_ left: Index, _ right: Index) -> Bool {
        left.relation == right.relation && left.definition != nil && right.definition != nil
    }

    private static func isSameValue(_ left: IndexColumn, _ right: IndexColumn) -> Bool {
        (left.name != nil || left.expression != nil) && left.name == right.name
            && left.expression == right.expression && left.operatorClass == right.operatorClass
            && left.collation == right.collation
    }

    /// Redacted texts that look the same may have been different: only the collector, which saw them, can tell.
    private static func haveSameTexts(_ left: Index, _ right: Index) -> Bool {
        guard left.predicate == right.predicate else { return false }
        guard left.hasLiterals || right.hasLiterals else { return true }
        return left.textClass != nil && left.textClass == right.textClass
    }

    /// The texts that a comparison of prefixes rests on: predicates, and expressions among the keys compared. The class
    /// speaks of all texts of an index together.
    private static func haveSamePrefixTexts(_ index: Index, _ other: Index) -> Bool {
        guard index.predicate == other.predicate else { return false }
        let hasTexts = index.predicate != nil || index.keys.contains { $0.expression != nil }
        return !hasTexts || haveSameTexts(index, other)
    }
}

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
            if !others.isEmpty { copies.append(Copies(kept: first, others: others)) }
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
        let keptCopies = Set(copies.map(\.kept.name))
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
