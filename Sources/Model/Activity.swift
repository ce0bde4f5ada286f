import Foundation

/// A server process: a row of `pg_stat_activity`.
package struct Backend: Noun {
    package var pid = 0
    package var database: String?
    package var role: String?
    package var application = ""
    /// Address, or nil over a unix socket.
    package var client: String?
    /// `client backend`, `autovacuum worker`, `walsender`, …
    package var type = "client backend"
    /// `active`, `idle`, `idle in transaction`, `idle in transaction (aborted)`, …; nil when it is hidden from us.
    package var state: String?
    package var waitEventType: String?
    package var waitEvent: String?
    package var backendStart: Date?
    package var transactionStart: Date?
    package var queryStart: Date?
    package var stateChange: Date?
    /// `age(backend_xid)` and `age(backend_xmin)`, transactions.
    package var transactionIDAge: Int64?
    package var xminAge: Int64?
    package var queryID: Int64?
    /// Redacted; nil when it is hidden or could not be redacted.
    package var query: String?
    /// libpg_query's fingerprint of the query.
    package var fingerprint: String?
    /// The process whose parallel worker it is.
    package var leader: Int?
    package var isOurs = false
    /// Its columns are hidden from our role (`<insufficient privilege>`).
    package var isHidden = false
    /// nil: hidden from us, or not a session's process.
    package var usesTLS: Bool?
    package init() {}

    package var isClient: Bool { type == "client backend" }
    package var isIdleInTransaction: Bool { state?.hasPrefix("idle in transaction") ?? false }
    package var isAutovacuumWorker: Bool { type == "autovacuum worker" }
}

/// A row of `pg_locks` that is held or awaited. Of harmless ones (ungranted by none, virtualxid of itself, …) only
/// those that stand in somebody's way or wait are kept.
package struct Lock: Noun, Hashable {
    package var pid = 0
    /// `relation`, `extend`, `page`, `tuple`, `transactionid`, `virtualxid`, `object`, `advisory`, …
    package var type = ""
    package var mode = ""
    package var isGranted = true
    package var isFastPath = false
    package var database: String?
    /// Of relation, page, tuple and extend locks in a database that we read in depth.
    package var relation: QualifiedName?
    package var relationOID: Int64?
    package var page: Int64?
    package var tuple: Int64?
    package var transactionID: Int64?
    package var virtualXID: String?
    package var classID: Int64?
    package var objectID: Int64?
    package var objectSubID: Int64?
    /// Since when it waits (14 and up).
    package var waitStart: Date?
    /// A lock of a prepared transaction has no pid.
    package var preparedTransaction: String?
    package init() {}
}

package struct PreparedTransaction: Noun {
    package var gid = ""
    package var transactionIDAge: Int64 = 0
    package var prepared = Date(timeIntervalSince1970: 0)
    package var owner = ""
    package var database = ""
    package init() {}
}

package struct ReplicationSlot: Noun {
    package var name = ""
    package var plugin: String?
    package var type = "physical"
    package var database: String?
    package var isTemporary = false
    package var isActive = false
    package var activePID: Int?
    package var xminAge: Int64?
    package var catalogXminAge: Int64?
    /// Bytes of WAL between its `restart_lsn` and now.
    package var retainedBytes: Int64?
    /// `reserved`, `extended`, `unreserved`, `lost`
    package var walStatus: String?
    package var safeWALSize: Int64?
    /// 17 and up: why it was invalidated.
    package var invalidationReason: String?
    /// 17 and up.
    package var inactiveSince: Date?
    /// 17 and up: on a standby, copied from the primary, where its consumer is.
    package var isSynced: Bool?
    package init() {}
}

/// A row of `pg_stat_replication`.
package struct Standby: Noun {
    package var pid = 0
    package var application = ""
    package var client: String?
    package var role: String?
    package var state: String?
    package var syncState: String?
    /// Bytes behind the primary.
    package var sentLag: Int64?
    package var replayLag: Int64?
    /// Seconds.
    package var replayLagTime: Double?
    package var xminAge: Int64?
    /// Bytes from the beginning of WAL up to which it has replayed: moves with the standby, not with the primary.
    package var replayPosition: Int64?
    package init() {}
}

/// What a standby knows of itself.
package struct Recovery: Noun {
    package var receiverStatus: String?
    /// A WAL receiver runs; told to every role.
    package var hasReceiver: Bool?
    /// Seconds since the receiver heard from the primary.
    package var lastMessageAge: Double?
    /// Bytes from the beginning of WAL.
    package var receivePosition: Int64?
    package var replayPosition: Int64?
    /// Bytes received but not replayed.
    package var replayBacklog: Int64?
    /// Seconds since the last replayed transaction was committed on the primary.
    package var lastReplayAge: Double?
    package var isPaused = false
    package var conflicts: Int64 = 0
    package init() {}
}

/// A row of one of the `pg_stat_progress_*` views.
package struct Progress: Noun {
    /// `vacuum`, `create_index`, `analyze`, `cluster`, `copy`, `basebackup`
    package var command = ""
    package var pid = 0
    package var database: String?
    package var relation: QualifiedName?
    package var relationOID: Int64?
    /// Of CREATE INDEX: the index in work.
    package var indexOID: Int64?
    package var phase = ""
    /// Blocks, tuples or bytes, as the view has them.
    package var done: Int64?
    package var total: Int64?
    /// Of VACUUM: how often the indexes were gone through.
    package var indexPasses: Int64?
    /// Of VACUUM: bytes that its list of dead rows may take.
    package var deadRowMemory: Int64?
    package init() {}
}

/// `pg_stat_bgwriter` up to 16, `pg_stat_checkpointer` and `pg_stat_bgwriter` from 17; times in ms.
package struct Checkpointer: Noun {
    package var timed: Int64 = 0
    package var requested: Int64 = 0
    package var writeTime = 0.0
    package var syncTime = 0.0
    package var buffersWritten: Int64 = 0
    package var buffersCleaned: Int64 = 0
    package var maxWrittenClean: Int64 = 0
    /// Up to 16; nil from 17 (see `pg_stat_io`).
    package var buffersBackend: Int64?
    package var buffersBackendFsync: Int64?
    package var buffersAllocated: Int64 = 0
    package var reset: Date?
    package init() {}
}

/// `pg_stat_wal`
package struct WALStatistics: Noun {
    package var records: Int64 = 0
    package var fullPageImages: Int64 = 0
    package var bytes: Int64 = 0
    package var buffersFull: Int64 = 0
    /// Flushes, and ms in them (0 where track_wal_io_timing is off); nil from 18: see `IOStatistics`.
    package var syncs: Int64?
    package var syncTime: Double?
    package var reset: Date?
    package init() {}
}

package struct Archiver: Noun {
    package var archived: Int64 = 0
    package var failed: Int64 = 0
    package var lastArchived: Date?
    package var lastFailed: Date?
    package var lastFailedWAL: String?
    package var lastArchivedWAL: String?
    /// The file that is written now; nil on a standby.
    package var currentWAL: String?
    package var reset: Date?
    package init() {}
}

/// A row of `pg_stat_io`; times in ms; 16 and up.
package struct IOStatistics: Noun {
    package var backendType = ""
    package var object = ""
    package var context = ""
    package var reads: Int64 = 0
    package var readTime = 0.0
    package var writes: Int64 = 0
    package var writeTime = 0.0
    package var extends: Int64 = 0
    package var hits: Int64 = 0
    package var evictions: Int64 = 0
    package var fsyncs: Int64 = 0
    package var fsyncTime: Double?
    package var readBytes: Double?
    package var writeBytes: Double?
    package var extendBytes: Double?
    package var reset: Date?
    package init() {}
}

/// A row of `pg_buffercache_usage_counts()`.
package struct BufferUsage: Noun {
    /// 0 to 5: how lately and how often the buffer was used.
    package var usageCount = 0
    package var buffers: Int64 = 0
    package var dirty: Int64 = 0
    package var pinned: Int64 = 0
    package init() {}
}

/// Who was busy with what at one moment: one reading of `pg_stat_activity`, ours left out.
package struct ActivitySample: Noun {
    package var takenAt = Date(timeIntervalSince1970: 0)
    package var active: [ActiveBackend] = []
    package init() {}
}

package struct ActiveBackend: Noun {
    package var pid = 0
    package var database: String?
    package var role: String?
    package var application = ""
    package var queryID: Int64?
    /// nil: on the CPU, or in code without a wait event.
    package var waitEventType: String?
    package var waitEvent: String?
    package var isClient = true
    package init() {}
}
