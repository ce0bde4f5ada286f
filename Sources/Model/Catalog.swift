import Foundation

/// One database looked at in depth.
package struct DatabaseCatalog: Noun {
    package var database = ""
    package var relations: [Relation] = []
    package var indexes: [Index] = []
    package var constraints: [Constraint] = []
    /// Of the relations that matter (large, or named by a statement that does).
    package var columns: [Column] = []
    package var sequences: [DatabaseSequence] = []
    package var extensions: [Extension] = []
    /// User triggers that are disabled.
    package var disabledTriggers: [DisabledTrigger] = []
    // nil: not read.
    package var functions: [Function]?
    package var policies: [Policy]?
    package var publicRights: [PublicRight]?
    package var partitionBounds: [PartitionBounds]?
    package init() {}
}

package struct Extension: Noun {
    package var name = ""
    package var schema = ""
    package var version = ""
    /// The newest that the server has files for.
    package var availableVersion: String?
    package init() {}
}

/// A table, materialised view, view, partitioned or foreign table, or TOAST table.
package struct Relation: Noun {
    package enum Kind: String, Codable, Sendable {
        case table = "r"
        case partitioned = "p"
        case materializedView = "m"
        case view = "v"
        case foreign = "f"
        case toast = "t"
    }

    package var oid: Int64 = 0
    package var name = QualifiedName("", "")
    package var kind = Kind.table
    package var owner = ""
    /// `p` permanent, `u` unlogged, `t` temporary.
    package var persistence = "p"
    package var isSystem = false
    package var isPartition = false
    /// The topmost partitioned table above it.
    package var partitionRoot: QualifiedName?
    /// The table whose TOAST table this is.
    package var toastOwner: QualifiedName?
    /// `reltuples`: the planner's estimate of live rows; -1 never vacuumed or analysed.
    package var estimatedRows = -1.0
    /// Pages of `block_size` bytes by `relpages`.
    package var pages: Int64 = 0
    package var allVisiblePages: Int64 = 0
    /// Bytes of the main fork from the file system; nil when only `pages` is known.
    package var size: Int64?
    /// Bytes of its TOAST table by `relpages`.
    package var toastSize: Int64?
    /// `relnatts`: columns, those that were dropped among them; nil when it was not read.
    package var columnCount: Int?
    /// Only where it was asked for (`--measure-bloat`).
    package var measuredSpace: MeasuredSpace?
    /// `reloptions`, lower-case name → value.
    package var options: [String: String] = [:]
    /// `age(relfrozenxid)`; nil where it has none.
    package var frozenXIDAge: Int64?
    package var multixactAge: Int64?
    /// `d` default, `n` nothing, `f` full, `i` index.
    package var replicaIdentity = "d"
    package var hasTriggers = false
    package var hasRowSecurity = false
    /// `pg_get_viewdef` of a view that statements name, redacted; nil when it was not fetched.
    package var viewDefinition: String?
    package var lastVacuum: Date?
    package var lastAutovacuum: Date?
    package var lastAnalyze: Date?
    package var lastAutoanalyze: Date?
    package var liveTuples: Int64 = 0
    package var deadTuples: Int64 = 0
    package var modifiedSinceAnalyze: Int64 = 0
    package var insertedSinceVacuum: Int64 = 0
    package var counters = RelationCounters()
    /// Another session holds or awaits a lock that ours would queue behind: size and definitions were not read.
    package var isLocked = false

    package init() {}

    /// Bytes: from the file system when known, else by `relpages` of 8 kB.
    package var sizeOrEstimate: Int64 { size ?? pages * 8192 }
    /// Live rows: the estimate, or the statistics collector's count where there is none.
    package var rows: Double { estimatedRows >= 0 ? estimatedRows : Double(liveTuples) }
}

/// Counters of `pg_stat_all_tables` and `pg_statio_all_tables`.
package struct RelationCounters: Noun, Counters {
    package var sequentialScans: Int64 = 0
    package var sequentialTuplesRead: Int64 = 0
    package var indexScans: Int64 = 0
    package var indexTuplesFetched: Int64 = 0
    package var inserted: Int64 = 0
    package var updated: Int64 = 0
    package var deleted: Int64 = 0
    package var hotUpdated: Int64 = 0
    /// 16 and up; nil before.
    package var newPageUpdated: Int64?
    package var vacuums: Int64 = 0
    package var autovacuums: Int64 = 0
    package var analyzes: Int64 = 0
    package var autoanalyzes: Int64 = 0
    package var heapBlocksRead: Int64 = 0
    package var heapBlocksHit: Int64 = 0

    package init() {}

    package mutating func subtract(_ earlier: Self) {
        sequentialScans -= earlier.sequentialScans
        sequentialTuplesRead -= earlier.sequentialTuplesRead
        indexScans -= earlier.indexScans
        indexTuplesFetched -= earlier.indexTuplesFetched
        inserted -= earlier.inserted
        updated -= earlier.updated
        deleted -= earlier.deleted
        hotUpdated -= earlier.hotUpdated
        if let now = newPageUpdated, let then = earlier.newPageUpdated { newPageUpdated = now - then }
        vacuums -= earlier.vacuums
        autovacuums -= earlier.autovacuums
        analyzes -= earlier.analyzes
        autoanalyzes -= earlier.autoanalyzes
        heapBlocksRead -= earlier.heapBlocksRead
        heapBlocksHit -= earlier.heapBlocksHit
    }

    package var witnesses: [Int64] {
        [sequentialScans, sequentialTuplesRead, indexScans, inserted, updated, deleted, heapBlocksHit]
    }
    /// Rows written.
    package var writes: Int64 { inserted + updated + deleted }
}

/// An index with all that identifies it.
package struct Index: Noun {
    package var oid: Int64 = 0
    package var name = QualifiedName("", "")
    package var relation = QualifiedName("", "")
    package var accessMethod = "btree"
    /// Key columns, then the INCLUDEd ones.
    package var columns: [IndexColumn] = []
    package var keyCount = 0
    package var isUnique = false
    package var isPrimary = false
    package var isExclusion = false
    package var isValid = true
    package var isReady = true
    package var isLive = true
    package var isReplicaIdentity = false
    package var isClustered = false
    package var nullsNotDistinct = false
    /// The index of a partitioned table: holds no rows itself.
    package var isPartitioned = false
    /// The partitioned index above it.
    package var parent: QualifiedName?
    /// The constraint that it enforces (primary key, unique, exclusion).
    package var constraint: String?
    /// Foreign keys that refer to the unique index.
    package var referencedByForeignKeys = 0
    /// Redacted when it holds literals (`hasLiterals`).
    package var predicate: String?
    /// `pg_get_indexdef`; redacted when it holds literals; nil when not fetched.
    package var definition: String?
    /// The expressions or the predicate hold literals, so that `definition` cannot be pasted as it stands.
    package var hasLiterals = false
    /// Indexes of one relation with the same number had the same expressions and predicate, letter by letter, before
    /// literals were taken out; nil where that was not told.
    package var textClass: Int?
    package var options: [String: String] = [:]
    package var pages: Int64 = 0
    package var estimatedRows = 0.0
    /// Bytes from the file system; nil when only `pages` is known.
    package var size: Int64?
    package var lastScan: Date?
    /// Of a B-tree, only where it was asked for (`--measure-bloat`).
    package var measuredFill: MeasuredFill?
    package var counters = IndexCounters()

    package init() {}

    package var sizeOrEstimate: Int64 { size ?? pages * 8192 }
    /// Names of key columns up to the first expression.
    package var leadingColumns: [String] {
        Array(columns.prefix(keyCount).map(\.name).prefix { $0 != nil }.compactMap(\.self))
    }
    package var keys: ArraySlice<IndexColumn> { columns.prefix(keyCount) }
    package var included: ArraySlice<IndexColumn> { columns.dropFirst(keyCount) }
}

package struct IndexColumn: Noun {
    /// nil for an expression.
    package var name: String?
    /// The expression as SQL; nil for a column. Redacted.
    package var expression: String?
    /// OID of the operator class and collation: two columns are the same key only when both agree.
    package var operatorClass: Int64 = 0
    package var collation: Int64 = 0
    /// Not the default of its type: `text_pattern_ops`.
    package var operatorClassName: String?
    package var isDescending = false
    package var isNullsFirst = false

    package init() {}
}

/// Counters of `pg_stat_all_indexes`.
package struct IndexCounters: Noun, Counters {
    package var scans: Int64 = 0
    package var tuplesRead: Int64 = 0
    package var tuplesFetched: Int64 = 0

    package init() {}

    package mutating func subtract(_ earlier: Self) {
        scans -= earlier.scans
        tuplesRead -= earlier.tuplesRead
        tuplesFetched -= earlier.tuplesFetched
    }

    package var witnesses: [Int64] { [scans, tuplesRead, tuplesFetched] }
}

/// A primary key, unique, foreign key, check or exclusion constraint.
package struct Constraint: Noun {
    package enum Kind: String, Codable, Sendable {
        case primaryKey = "p"
        case unique = "u"
        case foreignKey = "f"
        case check = "c"
        case exclusion = "x"
        case trigger = "t"
        case notNull = "n"
    }

    package var name = ""
    package var kind = Kind.check
    package var relation = QualifiedName("", "")
    package var columns: [String] = []
    package var columnTypes: [String] = []
    package var isValidated = true
    package var isDeferrable = false
    /// It came with a partitioned parent's.
    package var isInherited = false
    // Of foreign keys:
    package var referencedRelation: QualifiedName?
    package var referencedColumns: [String] = []
    package var referencedColumnTypes: [String] = []
    /// `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default.
    package var onDelete = "a"
    package var onUpdate = "a"
    /// `s` simple, `f` full.
    package var match = "s"

    package init() {}
}

package struct DatabaseSequence: Noun {
    package var name = QualifiedName("", "")
    /// The type of the sequence: `integer`.
    package var type = ""
    /// nil before the first use or without the right.
    package var lastValue: Int64?
    package var minimum: Int64 = 1
    package var maximum: Int64 = 0
    package var increment: Int64 = 1
    package var cycles = false
    /// The column that owns it, or whose default reads it.
    package var column: ColumnReference?
    package var columnType: String?

    package init() {}
}

package struct ColumnReference: Codable, Sendable, Hashable {
    package var relation: QualifiedName
    package var column: String

    package init(_ relation: QualifiedName, _ column: String) {
        self.relation = relation
        self.column = column
    }
}

package struct DisabledTrigger: Noun {
    package var relation = QualifiedName("", "")
    package var name = ""
    /// A system trigger of a foreign key (`DISABLE TRIGGER ALL`).
    package var isInternal = false
    package init() {}
}
