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
    package static func isSameKey(_ left: IndexColumn, _ right: IndexColumn) -> Bool {
        isSameValue(left, right) && left.isDescending == right.isDescending && left.isNullsFirst == right.isNullsFirst
    }

    /// The same value in the opposite order: a backward scan reads one as the other.
    package static func isMirrored(_ left: IndexColumn, _ right: IndexColumn) -> Bool {
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
