/// What `pgstattuple_approx` measured of a table; bytes.
package struct MeasuredSpace: Noun {
    package var size: Int64 = 0
    /// Of the pages, 0…1, those that were read; the others are all-visible and hold no dead rows.
    package var scannedShare = 1.0
    package var liveTuples = 0.0
    package var liveBytes = 0.0
    package var deadTuples: Int64 = 0
    package var deadBytes: Int64 = 0
    package var freeBytes: Int64 = 0
    package init() {}
}

/// What `pgstatindex` measured of a B-tree.
package struct MeasuredFill: Noun {
    /// Bytes.
    package var size: Int64 = 0
    /// Of the leaf pages, 0…1.
    package var leafDensity = 0.0
    package var leafPages: Int64 = 0
    /// Empty or deleted, and kept.
    package var unusedPages: Int64 = 0
    package init() {}
}

/// A table or an index of the target's database that may be bloated, to be measured.
package struct BloatSuspect: Sendable, Equatable {
    package var oid: Int64
    package var name: QualifiedName
    package var isIndex: Bool
    /// Bytes that measuring it reads.
    package var cost: Int64

    package init(oid: Int64, name: QualifiedName, isIndex: Bool, cost: Int64) {
        self.oid = oid
        self.name = name
        self.isIndex = isIndex
        self.cost = cost
    }
}
