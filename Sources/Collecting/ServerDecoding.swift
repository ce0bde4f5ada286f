import Foundation
import Model
import PostgresClient
import Queries

/// What the first trip tells, and what the rest of the visit hangs on.
struct ServerFacts: Sendable {
    var server = Server()
    var takenAt = Date(timeIntervalSince1970: 0)
    var pid = 0
    var databaseOID: Int64 = 0
    var readsAllStatistics = false
    var readsAllSettings = false
    /// nil: pg_stat_statements is not in shared_preload_libraries.
    var statementsCapacity: Int64?
    var tracksPlanning = false
    /// Where pg_stat_statements lives in the session's database.
    var statementsSchema: String?
    var statementsVersion: String?
    var hypoPGSchema: String?
    /// Where pg_wait_sampling and pg_stat_kcache live in the session's database; nil also where their library is not loaded.
    var waitSampling: (schema: String, version: String, period: Double)?
    var kcacheSchema: String?
    /// Where pg_buffercache lives; nil also where it cannot count by usage (1.4, 16).
    var bufferCacheSchema: String?
    /// `auto_explain.log_min_duration`; nil: auto_explain is not loaded into our session.
    var plansLoggedFrom: String?
    var collectsLog = false
    /// Others would leave an error in the server's log at every visit.
    var readsBuffers: Bool { server.roleIsSuperuser || server.roleMemberships.contains("pg_monitor") }
    var readsLog = false
    var readsHostRules = false

    /// What the server said of itself, with how it was reached.
    init(_ answers: Answers, reachedBy session: Session) throws {
        guard case .success(let rows)? = answers[.server], let row = rows.first else {
            if case .failure(let failure)? = answers[.server] { throw CollectionError(description: failure.message) }
            throw CollectionError(description: "the server did not say what it is")
        }
        try self.init(row)
        server.host = session.identity.host
        server.port = session.identity.port
        server.usesTLS = session.identity.usesTLS
        // A pooler gives its clients process ids of its own.
        server.isThroughPooler = session.identity.backendPID != pid
    }

    init(_ row: Row) throws {
        server.version = ServerVersion(try row.int("version"))
        server.versionText = try row.string("version_text")
        server.startedAt = try row.dateIfPresent("started_at") ?? server.startedAt
        server.configurationLoadedAt = try row.dateIfPresent("configuration_loaded_at")
        server.isInRecovery = try row.bool("is_in_recovery")
        server.address = try row.stringIfPresent("address")
        server.database = try row.string("database")
        server.role = try row.string("role")
        server.roleIsSuperuser = try row.bool("is_superuser")
        server.roleMemberships = try row.stringArray("memberships")
        server.nextTransactionID = try row.int64IfPresent("next_transaction_id")
        server.hypoPGVersion = try row.stringIfPresent("hypopg_version")
        takenAt = try row.dateIfPresent("taken_at") ?? takenAt
        pid = try row.int("pid")
        databaseOID = try row.int64("database_oid")
        readsAllStatistics = try row.bool("reads_all_stats")
        readsAllSettings = try row.bool("reads_all_settings")
        statementsCapacity = try row.int64IfPresent("statements_capacity")
        tracksPlanning = try row.boolIfPresent("statements_track_planning") ?? false
        statementsSchema = try row.stringIfPresent("statements_schema")
        statementsVersion = try row.stringIfPresent("statements_version")
        hypoPGSchema = try row.stringIfPresent("hypopg_schema")
        plansLoggedFrom = try row.stringIfPresent("plans_logged_from")
        collectsLog = try row.bool("collects_log")
        readsLog = try row.bool("reads_log")
        if let version = try row.stringIfPresent("buffercache_version"), Self.countsByUsage(version) {
            bufferCacheSchema = try row.stringIfPresent("buffercache_schema")
        }
        readsHostRules = try row.bool("reads_host_rules")
        if let schema = try row.stringIfPresent("wait_sampling_schema"),
            let period = try row.doubleIfPresent("wait_sampling_period"), period > 0
        {
            waitSampling = (schema, try row.stringIfPresent("wait_sampling_version") ?? "", period)
        }
        if try row.boolIfPresent("kcache_is_loaded") ?? false, let version = try row.stringIfPresent("kcache_version"),
            Self.hasExecutionColumns(version)
        {
            kcacheSchema = try row.stringIfPresent("kcache_schema")
        }
    }
}

extension ServerFacts {
    /// 2.2 told planning from execution (pg_stat_kcache's change log); what is older is not asked.
    static func hasExecutionColumns(_ version: String) -> Bool { isVersion(version, atLeast: 2, 2) }

    /// 1.4 brought pg_buffercache_usage_counts(), which reads no more than the buffers' headers.
    static func countsByUsage(_ version: String) -> Bool { isVersion(version, atLeast: 1, 4) }

    private static func isVersion(_ version: String, atLeast major: Int, _ minor: Int) -> Bool {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return false }
        return (parts[0], parts[1]) >= (major, minor)
    }
}

extension Setting {
    init(_ row: Row) throws {
        self.init()
        name = try row.string("name")
        value = try row.stringIfPresent("value") ?? ""
        unit = try row.stringIfPresent("unit")
        source = try row.string("source")
        bootValue = try row.stringIfPresent("boot_value")
        resetValue = try row.stringIfPresent("reset_value")
        context = try row.string("context")
        isPendingRestart = try row.bool("is_pending_restart")
    }
}

extension SettingFileError {
    init(_ row: Row) throws {
        self.init()
        file = try row.string("file")
        line = try row.int("line")
        name = try row.stringIfPresent("name")
        error = try row.string("error")
    }
}

extension RoleSetting {
    init(_ row: Row) throws {
        self.init()
        role = try row.stringIfPresent("role")
        database = try row.stringIfPresent("database")
        name = try row.string("name")
        value = try row.string("value")
    }
}

extension Role {
    init(_ row: Row) throws {
        self.init()
        oid = try row.int64("oid")
        name = try row.string("name")
        isSuperuser = try row.bool("is_superuser")
        canLogin = try row.bool("can_login")
        connectionLimit = try row.int("connection_limit")
        bypassesRowSecurity = try row.bool("bypasses_row_security")
        validUntil = try row.dateIfPresent("valid_until")
        memberOf = try row.names("member_of")
    }
}

extension Database {
    init(_ row: Row) throws {
        self.init()
        oid = try row.int64("oid")
        name = try row.string("name")
        isTemplate = try row.bool("is_template")
        allowsConnections = try row.bool("allows_connections")
        frozenXIDAge = try row.int64("frozen_xid_age")
        multixactAge = try row.int64("multixact_age")
        connectionLimit = try row.int("connection_limit")
        collation = try row.string("collation")
        statisticsReset = try row.dateIfPresent("statistics_reset")
        counters = try DatabaseCounters(row)
    }
}

extension DatabaseCounters {
    init(_ row: Row) throws {
        self.init()
        commits = try row.int64("commits")
        rollbacks = try row.int64("rollbacks")
        blocksRead = try row.int64("blocks_read")
        blocksHit = try row.int64("blocks_hit")
        tuplesReturned = try row.int64("tuples_returned")
        tuplesFetched = try row.int64("tuples_fetched")
        tuplesInserted = try row.int64("tuples_inserted")
        tuplesUpdated = try row.int64("tuples_updated")
        tuplesDeleted = try row.int64("tuples_deleted")
        conflicts = try row.int64("conflicts")
        temporaryFiles = try row.int64("temporary_files")
        temporaryBytes = try row.int64("temporary_bytes")
        deadlocks = try row.int64("deadlocks")
        checksumFailures = try row.int64IfPresent("checksum_failures")
        readTime = try row.double("read_time")
        writeTime = try row.double("write_time")
        activeTime = try row.double("active_time")
        sessionTime = try row.double("session_time")
        idleInTransactionTime = try row.double("idle_in_transaction_time")
        sessions = try row.int64("sessions")
        sessionsAbandoned = try row.int64("sessions_abandoned")
        sessionsFatal = try row.int64("sessions_fatal")
        sessionsKilled = try row.int64("sessions_killed")
        parallelWorkersToLaunch = try row.int64IfPresent("parallel_workers_to_launch")
        parallelWorkersLaunched = try row.int64IfPresent("parallel_workers_launched")
    }
}

extension Extension {
    init(_ row: Row) throws {
        self.init()
        name = try row.string("name")
        schema = try row.string("schema")
        version = try row.string("version")
        availableVersion = try row.stringIfPresent("available_version")
    }
}

extension Checkpointer {
    init(_ row: Row) throws {
        self.init()
        timed = try row.int64("timed")
        requested = try row.int64("requested")
        writeTime = try row.double("write_time")
        syncTime = try row.double("sync_time")
        buffersWritten = try row.int64("buffers_written")
        buffersCleaned = try row.int64("buffers_cleaned")
        maxWrittenClean = try row.int64("max_written_clean")
        buffersBackend = try row.int64IfPresent("buffers_backend")
        buffersBackendFsync = try row.int64IfPresent("buffers_backend_fsync")
        buffersAllocated = try row.int64("buffers_allocated")
        reset = try row.dateIfPresent("reset")
    }
}

extension WALStatistics {
    init(_ row: Row) throws {
        self.init()
        records = try row.int64("records")
        fullPageImages = try row.int64("full_page_images")
        bytes = Int64(exactly: try row.double("bytes").rounded()) ?? .max
        buffersFull = try row.int64("buffers_full")
        syncs = try row.int64IfPresent("syncs")
        syncTime = try row.doubleIfPresent("sync_time")
        reset = try row.dateIfPresent("reset")
    }
}

extension Archiver {
    init(_ row: Row) throws {
        self.init()
        archived = try row.int64("archived")
        failed = try row.int64("failed")
        lastArchived = try row.dateIfPresent("last_archived")
        lastFailed = try row.dateIfPresent("last_failed")
        lastFailedWAL = try row.stringIfPresent("last_failed_wal")
        lastArchivedWAL = try row.stringIfPresent("last_archived_wal")
        currentWAL = try row.stringIfPresent("current_wal")
        reset = try row.dateIfPresent("reset")
    }
}

extension IOStatistics {
    init(_ row: Row) throws {
        self.init()
        backendType = try row.string("backend_type")
        object = try row.string("object")
        context = try row.string("context")
        reads = try row.int64("reads")
        readTime = try row.double("read_time")
        writes = try row.int64("writes")
        writeTime = try row.double("write_time")
        extends = try row.int64("extends")
        hits = try row.int64("hits")
        evictions = try row.int64("evictions")
        fsyncs = try row.int64("fsyncs")
        fsyncTime = try row.double("fsync_time")
        readBytes = try row.double("read_bytes")
        writeBytes = try row.double("write_bytes")
        extendBytes = try row.double("extend_bytes")
        reset = try row.dateIfPresent("reset")
    }
}

extension BufferUsage {
    init(_ row: Row) throws {
        self.init()
        usageCount = try row.int("usage_count")
        buffers = try row.int64("buffers")
        dirty = try row.int64("dirty")
        pinned = try row.int64("pinned")
    }
}
