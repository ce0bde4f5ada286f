import Foundation
import Model
import PostgresClient

extension Relation {
    /// Without what other rows tell: names of partition root and TOAST owner, owner's name, counts of its indexes.
    init(_ row: Row) throws {
        self.init()
        oid = try row.int64("oid")
        name = QualifiedName(try row.string("schema"), try row.string("name"))
        kind = Kind(rawValue: try row.string("kind")) ?? .table
        persistence = try row.string("persistence")
        isSystem = try row.bool("is_system")
        isPartition = try row.bool("is_partition")
        estimatedRows = try row.double("estimated_rows")
        pages = try row.int64("pages")
        allVisiblePages = try row.int64("all_visible_pages")
        options = storageOptions(ofArray: try row.stringIfPresent("options"))
        frozenXIDAge = try row.int64IfPresent("frozen_xid_age")
        multixactAge = try row.int64IfPresent("multixact_age")
        replicaIdentity = try row.string("replica_identity")
        hasTriggers = try row.bool("has_triggers")
        hasRowSecurity = try row.bool("has_row_security")
        lastVacuum = try row.dateIfPresent("last_vacuum")
        lastAutovacuum = try row.dateIfPresent("last_autovacuum")
        lastAnalyze = try row.dateIfPresent("last_analyze")
        lastAutoanalyze = try row.dateIfPresent("last_autoanalyze")
        liveTuples = try row.int64("live_tuples")
        deadTuples = try row.int64("dead_tuples")
        modifiedSinceAnalyze = try row.int64("modified_since_analyze")
        insertedSinceVacuum = try row.int64("inserted_since_vacuum")
        counters = try RelationCounters(row)
    }
}

extension RelationCounters {
    init(_ row: Row) throws {
        self.init()
        sequentialScans = try row.int64("sequential_scans")
        sequentialTuplesRead = try row.int64("sequential_tuples_read")
        indexTuplesFetched = try row.int64("bitmap_tuples_fetched")
        inserted = try row.int64("inserted")
        updated = try row.int64("updated")
        deleted = try row.int64("deleted")
        hotUpdated = try row.int64("hot_updated")
        newPageUpdated = try row.int64IfPresent("new_page_updated")
        vacuums = try row.int64("vacuums")
        autovacuums = try row.int64("autovacuums")
        analyzes = try row.int64("analyzes")
        autoanalyzes = try row.int64("autoanalyzes")
        heapBlocksHit = try row.int64("heap_blocks_hit")
        heapBlocksRead = try row.int64("heap_blocks_fetched") - heapBlocksHit
    }
}

extension Index {
    /// Without names that other rows tell.
    init(_ row: Row) throws {
        self.init()
        oid = try row.int64("oid")
        name = QualifiedName(try row.string("schema"), try row.string("name"))
        accessMethod = try row.string("access_method")
        isPartitioned = try row.bool("is_partitioned")
        keyCount = try row.int("key_count")
        isUnique = try row.bool("is_unique")
        isPrimary = try row.bool("is_primary")
        isExclusion = try row.bool("is_exclusion")
        isValid = try row.bool("is_valid")
        isReady = try row.bool("is_ready")
        isLive = try row.bool("is_live")
        isReplicaIdentity = try row.bool("is_replica_identity")
        isClustered = try row.bool("is_clustered")
        nullsNotDistinct = try row.bool("nulls_not_distinct")
        options = storageOptions(ofArray: try row.stringIfPresent("options"))
        pages = try row.int64("pages")
        estimatedRows = try row.double("estimated_rows")
        lastScan = try row.dateIfPresent("last_scan")
        counters.scans = try row.int64("scans")
        counters.tuplesRead = try row.int64("tuples_read")
        counters.tuplesFetched = try row.int64("tuples_fetched")
    }
}

extension Column {
    init(_ row: Row, relation: QualifiedName) throws {
        self.init()
        self.relation = relation
        name = try row.string("name")
        number = try row.int("number")
        type = try row.string("type")
        typeCategory = try row.string("type_category")
        isNotNull = try row.bool("is_not_null")
        hasDefault = try row.bool("has_default")
        isGenerated = try row.bool("is_identity")
        storage = try row.string("storage")
        length = try row.int("length")
        // https://www.postgresql.org/docs/current/catalog-pg-type.html, typalign
        alignment = ["c": 1, "s": 2, "i": 4, "d": 8][try row.string("alignment")]
        statisticsTarget = try row.int("statistics_target")
        guard let nullFraction = try row.doubleIfPresent("null_fraction") else { return }
        var statistics = ColumnStatistics()
        statistics.nullFraction = nullFraction
        statistics.averageWidth = try row.int("average_width")
        statistics.distinct = try row.double("distinct")
        statistics.correlation = try row.doubleIfPresent("correlation")
        statistics.mostCommonFrequencies =
            try row.stringIfPresent("most_common_frequencies")
            .flatMap(TextArray.elements)?.compactMap { $0.flatMap(Double.init) } ?? []
        statistics.mostCommonCount = try row.intIfPresent("most_common_count")
        statistics.mostCommonShare = try row.doubleIfPresent("most_common_share")
        statistics.leastCommonFrequency = try row.doubleIfPresent("least_common_frequency")
        statistics.rangeUsed = try row.doubleIfPresent("range_used")
        self.statistics = statistics
    }
}

extension MeasuredSpace {
    init(_ row: Row) throws {
        self.init()
        size = try row.int64("size")
        scannedShare = try row.double("scanned_share")
        liveTuples = try row.double("live_tuples")
        liveBytes = try row.double("live_bytes")
        deadTuples = try row.int64("dead_tuples")
        deadBytes = try row.int64("dead_bytes")
        freeBytes = try row.int64("free_bytes")
    }
}

extension MeasuredFill {
    init(_ row: Row) throws {
        self.init()
        size = try row.int64("size")
        leafDensity = try row.double("leaf_density")
        leafPages = try row.int64("leaf_pages")
        unusedPages = try row.int64("unused_pages")
    }
}

extension DisabledTrigger {
    init(_ row: Row) throws {
        self.init()
        relation = QualifiedName(try row.string("schema"), try row.string("relation"))
        name = try row.string("name")
        isInternal = try row.bool("is_internal")
    }
}
