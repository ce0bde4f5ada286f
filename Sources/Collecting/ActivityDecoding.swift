import Foundation
import Model
import PostgresClient

extension Backend {
    /// The query's text is the server's: it is redacted when the snapshot is finished.
    init(_ row: Row) throws {
        self.init()
        pid = try row.int("pid")
        database = try row.stringIfPresent("database")
        role = try row.stringIfPresent("role")
        application = try row.stringIfPresent("application") ?? ""
        client = try row.stringIfPresent("client")
        query = try row.stringIfPresent("query")
        // A role without the right sees this text and NULLs
        // (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS).
        isHidden = query == "<insufficient privilege>"
        if isHidden || query == "" { query = nil }
        type = try row.stringIfPresent("type") ?? (isHidden && role != nil ? "client backend" : "")
        state = try row.stringIfPresent("state")
        waitEventType = try row.stringIfPresent("wait_event_type")
        waitEvent = try row.stringIfPresent("wait_event")
        backendStart = try row.dateIfPresent("backend_start")
        transactionStart = try row.dateIfPresent("transaction_start")
        queryStart = try row.dateIfPresent("query_start")
        stateChange = try row.dateIfPresent("state_change")
        transactionIDAge = try row.int64IfPresent("transaction_id_age")
        xminAge = try row.int64IfPresent("xmin_age")
        queryID = try row.int64IfPresent("query_id")
        leader = try row.int64IfPresent("leader").map(Int.init)
        usesTLS = try row.boolIfPresent("uses_tls")
        isOurs = try row.bool("is_own") || application == Collector.applicationName
    }
}

extension Lock {
    init(_ row: Row) throws {
        self.init()
        pid = try row.int64IfPresent("pid").map(Int.init) ?? 0
        type = try row.string("type")
        mode = try row.string("mode")
        isGranted = try row.bool("is_granted")
        isFastPath = try row.bool("is_fast_path")
        database = try row.stringIfPresent("database")
        relationOID = try row.int64IfPresent("relation")
        page = try row.int64IfPresent("page")
        tuple = try row.int64IfPresent("tuple")
        transactionID = try row.int64IfPresent("transaction_id")
        virtualXID = try row.stringIfPresent("virtual_xid")
        classID = try row.int64IfPresent("class_id")
        objectID = try row.int64IfPresent("object_id")
        objectSubID = try row.int64IfPresent("object_sub_id")
        waitStart = try row.dateIfPresent("wait_start")
        // Its virtual ID, until `takeLocks` puts its name here.
        preparedTransaction = try row.stringIfPresent("prepared_owner")
    }
}

extension PreparedTransaction {
    init(_ row: Row) throws {
        self.init()
        gid = try row.string("gid")
        transactionIDAge = try row.int64("transaction_id_age")
        prepared = try row.dateIfPresent("prepared") ?? prepared
        owner = try row.stringIfPresent("owner") ?? ""
        database = try row.stringIfPresent("database") ?? ""
    }
}

extension ReplicationSlot {
    init(_ row: Row) throws {
        self.init()
        name = try row.string("name")
        plugin = try row.stringIfPresent("plugin")
        type = try row.string("type")
        database = try row.stringIfPresent("database")
        isTemporary = try row.bool("is_temporary")
        isActive = try row.bool("is_active")
        activePID = try row.int64IfPresent("active_pid").map(Int.init)
        xminAge = try row.int64IfPresent("xmin_age")
        catalogXminAge = try row.int64IfPresent("catalog_xmin_age")
        retainedBytes = try row.int64IfPresent("retained_bytes")
        walStatus = try row.stringIfPresent("wal_status")
        safeWALSize = try row.int64IfPresent("safe_wal_size")
        invalidationReason = try row.stringIfPresent("invalidation_reason")
        inactiveSince = try row.dateIfPresent("inactive_since")
        isSynced = try row.boolIfPresent("is_synced")
    }
}

extension Standby {
    init(_ row: Row) throws {
        self.init()
        pid = try row.int("pid")
        application = try row.stringIfPresent("application") ?? ""
        client = try row.stringIfPresent("client")
        role = try row.stringIfPresent("role")
        state = try row.stringIfPresent("state")
        syncState = try row.stringIfPresent("sync_state")
        sentLag = try row.int64IfPresent("sent_lag")
        replayLag = try row.int64IfPresent("replay_lag")
        replayLagTime = try row.doubleIfPresent("replay_lag_time")
        xminAge = try row.int64IfPresent("xmin_age")
        replayPosition = try row.int64IfPresent("replay_position")
    }
}

extension Subscription {
    init(_ row: Row) throws {
        self.init()
        name = try row.string("name")
        database = try row.string("database")
        isEnabled = try row.bool("is_enabled")
        slot = try row.stringIfPresent("slot")
        worker = try row.int64IfPresent("worker").map(Int.init)
        lastMessageAge = try row.doubleIfPresent("last_message_age")
        applyErrors = try row.int64IfPresent("apply_errors")
        syncErrors = try row.int64IfPresent("sync_errors")
    }
}

extension WALDirectory {
    init(_ row: Row) throws {
        self.init()
        files = try row.int64("files")
        size = try row.int64("size")
        unarchived = try row.int64("unarchived")
    }
}

extension Recovery {
    init(_ row: Row) throws {
        self.init()
        receiverStatus = try row.stringIfPresent("receiver_status")
        hasReceiver = try row.boolIfPresent("has_receiver")
        lastMessageAge = try row.doubleIfPresent("last_message_age")
        receivePosition = try row.int64IfPresent("receive_position")
        replayPosition = try row.int64IfPresent("replay_position")
        replayBacklog = try row.int64IfPresent("replay_backlog")
        lastReplayAge = try row.doubleIfPresent("last_replay_age")
        isPaused = try row.bool("is_paused")
        conflicts = try row.int64IfPresent("conflicts") ?? 0
    }
}

extension Model.Progress {
    init(_ row: Row) throws {
        self.init()
        command = try row.string("command")
        pid = try row.int("pid")
        database = try row.stringIfPresent("database")
        relationOID = try row.int64IfPresent("relation")
        indexOID = try row.int64IfPresent("index")
        phase = try row.stringIfPresent("phase") ?? ""
        done = try row.int64IfPresent("done")
        total = try row.int64IfPresent("total")
        indexPasses = try row.int64IfPresent("index_passes")
        deadRowMemory = try row.int64IfPresent("dead_row_memory")
    }
}

extension ActivitySample {
    /// - Parameter now: the server's clock when nobody was busy.
    init(_ rows: [Row], now: Date) throws {
        self.init()
        takenAt = try rows.first?.dateIfPresent("taken_at") ?? now
        active = try rows.map { row in
            try ActiveBackend(row)
        }
        .filter { $0.application != Collector.applicationName }
    }
}

extension ActiveBackend {
    init(_ row: Row) throws {
        self.init()
        pid = try row.int("pid")
        database = try row.stringIfPresent("database")
        role = try row.stringIfPresent("role")
        application = try row.stringIfPresent("application") ?? ""
        queryID = try row.int64IfPresent("query_id")
        waitEventType = try row.stringIfPresent("wait_event_type")
        waitEvent = try row.stringIfPresent("wait_event")
        isClient = try row.bool("is_client")
    }
}
