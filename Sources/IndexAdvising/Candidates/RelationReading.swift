import Model
import Statements

/// A relation as one level of a statement names it.
struct UsePlace: Hashable {
    var level: Int
    /// Index into the level's `relations`.
    var place: Int
}

/// What a statement asks of one use of a relation: the part of it that an index could serve.
struct RelationReading {
    var use: UsePlace
    var relation: Relation
    /// What AND joins.
    var terms: [Term] = []
    /// Of each OR that asks something of this relation in every arm: the arms.
    var alternatives: [[[Term]]] = []
    /// What AND joins and an index may be restricted to, as SQL.
    var predicates: [PartialPredicate] = []
    var orders: [SortOrder] = []
    /// Columns that the statement reads.
    var columns: Set<String> = []
    /// How often the text names each of them.
    var mentions: [String: Int] = [:]
    /// Every column, or the row itself: no index-only scan.
    var readsAll = false
    /// The level is an aggregate, or reads all rows for other reasons.
    var isAggregated = false
}

/// One condition on a key.
struct Term: Hashable {
    enum Kind: Hashable {
        /// `=`
        case equality
        /// `IN`, `= ANY`: a look-up for each value, in no order.
        case list
        case range
        case isNull
        /// `LIKE 'x%'`, or a pattern that is not known.
        case prefix
        /// What GIN, GiST and BRIN serve: method and operator class (nil: the type's default).
        case other(IndexCandidate.Method, operatorClass: String?)
    }

    var key: KeyExpression
    var kind: Kind
    /// The other relations that it is compared with; empty: with a value, the same for all rows of the level.
    var partners: Set<UsePlace> = []
    var signature = ""

    var isLookUp: Bool { kind == .equality || kind == .list || kind == .isNull }
}

/// An order in which a level wants the rows of one relation.
struct SortOrder: Hashable {
    enum Reason: Hashable {
        /// ORDER BY with LIMIT: the scan stops early.
        case limit
        case order
        case group
        /// min() or max()
        case extreme
    }

    var keys: [Key]
    var reason: Reason

    struct Key: Hashable {
        var key: KeyExpression
        var isDescending = false
        /// nil: as the direction has it.
        var nullsFirst: Bool?
    }
}

/// A condition of the statement that holds for whatever parameters, so that an index of the rows for which it holds
/// serves.
struct PartialPredicate: Hashable {
    /// As SQL over bare columns.
    var sql: String
    var signature: String
    /// Without the values of its literals.
    var redactedSignature: String
    var columns: [String]
    /// The share of the rows for which it holds, 0…1, at the least that the statistics allow; nil where they tell
    /// nothing.
    var leastShare: Double?
    /// Its column has one value in the index: needless as a key.
    var pinsColumn: Bool
}
