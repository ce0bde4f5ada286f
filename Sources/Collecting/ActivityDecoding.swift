import Foundation
import Model

extension Backend {
    /// The query's text is the server's: it is redacted when the snapshot is finished.
    init(_ row: Record) throws {
        self.init()
        pid = try row.int("pid")
        database = try row.optionalText("database")
        role = try row.optionalText("role")
        application = try row.optionalText("application") ?? ""
        client = try row.optionalText("client")
        query = try row.optionalText("query")
        // A role without the right sees this text and NULLs
        // (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS).
        isHidden = query == "<insufficient privilege>"
        if isHidden || query == "" { query = nil }
        type = try row.optionalText("type") ?? (isHidden && role != nil ? "client backend" : "")
        state = try row.optionalText("state")
        waitEventType = try row.optionalText("wait_event_type")
        waitEvent = try row.optionalText("wait_event")
        backendStart = try row.date("backend_start")
        transactionStart = try row.date("transaction_start")
        queryStart = try row.date("query_start")
        stateChange = try row.date("state_change")
        transactionIDAge = try row.optionalInt64("transaction_id_age")
        xminAge = try row.optionalInt64("xmin_age")
        queryID = try row.optionalInt64("query_id")
        leader = try row.optionalInt64("leader").map(Int.init)
        isOurs = try row.bool("is_own") || application == Collector.applicationName
    }
}

extension Lock {
    init(_ row: Record) throws {
        self.init()
        pid = try row.optionalInt64("pid").map(Int.init) ?? 0
        type = try row.text("type")
        mode = try row.text("mode")
        isGranted = try row.bool("is_granted")
        isFastPath = try row.bool("is_fast_path")
        database = try row.optionalText("database")
        relationOID = try row.optionalInt64("relation")
        page = try row.optionalInt64("page")
        tuple = try row.optionalInt64("tuple")
        transactionID = try row.optionalInt64("transaction_id")
        virtualXID = try row.optionalText("virtual_xid")
        classID = try row.optionalInt64("class_id")
        objectID = try row.optionalInt64("object_id")
        objectSubID = try row.optionalInt64("object_sub_id")
        waitStart = try row.date("wait_start")
        preparedTransaction = try row.optionalText("prepared_transaction")
    }
}

extension PreparedTransaction {
    init(_ row: Record) throws {
        self.init()
        gid = try row.text("gid")
        transactionIDAge = try row.int64("transaction_id_age")
        prepared = try row.date("prepared") ?? prepared
        owner = try row.optionalText("owner") ?? ""
        database = try row.optionalText("database") ?? ""
    }
}

extension ReplicationSlot {
    init(_ row: Record) throws {
        self.init()
        name = try row.text("name")
        plugin = try row.optionalText("plugin")
        type = try row.text("type")
        database = try row.optionalText("database")
        isTemporary = try row.bool("is_temporary")
        isActive = try row.bool("is_active")
        activePID = try row.optionalInt64("active_pid").map(Int.init)
        xminAge = try row.optionalInt64("xmin_age")
        catalogXminAge = try row.optionalInt64("catalog_xmin_age")
        retainedBytes = try row.optionalInt64("retained_bytes")
        walStatus = try row.optionalText("wal_status")
        safeWALSize = try row.optionalInt64("safe_wal_size")
        invalidationReason = try row.optionalText("invalidation_reason")
        inactiveSince = try row.date("inactive_since")
    }
}

extension Standby {
    init(_ row: Record) throws {
        self.init()
        pid = try row.int("pid")
        application = try row.optionalText("application") ?? ""
        client = try row.optionalText("client")
        role = try row.optionalText("role")
        state = try row.optionalText("state")
        syncState = try row.optionalText("sync_state")
        sentLag = try row.optionalInt64("sent_lag")
        replayLag = try row.optionalInt64("replay_lag")
        replayLagTime = try row.optionalDouble("replay_lag_time")
        xminAge = try row.optionalInt64("xmin_age")
    }
}

extension Recovery {
    init(_ row: Record) throws {
        self.init()
        receiverStatus = try row.optionalText("receiver_status")
        replayBacklog = try row.optionalInt64("replay_backlog")
        lastReplayAge = try row.optionalDouble("last_replay_age")
        isPaused = try row.bool("is_paused")
        conflicts = try row.optionalInt64("conflicts") ?? 0
    }
}

extension Progress {
    init(_ row: Record) throws {
        self.init()
        command = try row.text("command")
        pid = try row.int("pid")
        database = try row.optionalText("database")
        relationOID = try row.optionalInt64("relation")
        indexOID = try row.optionalInt64("index")
        phase = try row.optionalText("phase") ?? ""
        done = try row.optionalInt64("done")
        total = try row.optionalInt64("total")
        indexPasses = try row.optionalInt64("index_passes")
    }
}

extension ActivitySample {
    /// - Parameter now: the server's clock when nobody was busy.
    init(_ rows: [Record], now: Date) throws {
        self.init()
        takenAt = try rows.first?.date("taken_at") ?? now
        active = try rows.map { row in
            try ActiveBackend(row)
        }
        .filter { $0.application != Collector.applicationName }
    }
}

extension ActiveBackend {
    init(_ row: Record) throws {
        self.init()
        pid = try row.int("pid")
        database = try row.optionalText("database")
        role = try row.optionalText("role")
        application = try row.optionalText("application") ?? ""
        queryID = try row.optionalInt64("query_id")
        waitEventType = try row.optionalText("wait_event_type")
        waitEvent = try row.optionalText("wait_event")
        isClient = try row.bool("is_client")
    }
}
