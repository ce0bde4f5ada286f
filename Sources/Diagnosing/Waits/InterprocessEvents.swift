extension WaitEventCatalog {
    /// IPC: word from another process.
    static let interprocess: [WaitEventNote] = [
        WaitEventNote(
            "IPC", what: "word from another process of the server", causes: "parallel work, replication, checkpoints",
            confirm: "what the other process does"),
        WaitEventNote(
            "IPC", "SyncRep", what: "a synchronous standby's word that it has the commit",
            causes: "a standby that is slow, far away or gone; many small commits",
            confirm: "pg_stat_replication: sync_state, lag; synchronous_standby_names"),
        WaitEventNote(
            "IPC", "ExecuteGather", what: "rows from the parallel workers of the statement",
            causes: "the workers do the work: look at what they wait for", confirm: "the workers' own waits"),
        WaitEventNote(
            "IPC", "ParallelFinish", what: "parallel workers to end",
            causes: "workers that are still at work or cleaning up",
            confirm: "the workers' own waits"),
        WaitEventNote(
            "IPC", "BgWorkerStartup", "BgWorkerShutdown", what: "a parallel worker to start or to end",
            causes: "parallel plans for short statements: starting a process costs more than it saves",
            confirm: "short statements with parallel plans; parallel_setup_cost"),
        WaitEventNote(
            "IPC", "MessageQueueSend", "MessageQueueReceive", "MessageQueueInternal", "MessageQueuePutMessage",
            what: "room in, or bytes from, the queue between a parallel worker and its leader",
            causes: "workers give more rows than the leader takes: a Gather over many rows",
            confirm: "a plan whose Gather node has many rows"),
        WaitEventNote(
            "IPC", "HashBuildHashInner", "HashBuildHashOuter", "HashBuildElect", "HashBuildAllocate", "HashBatchLoad",
            "HashBatchElect", "HashBatchAllocate", "HashGrowBatchesDecide", "HashGrowBatchesElect",
            "HashGrowBatchesFinish",
            "HashGrowBatchesReallocate", "HashGrowBatchesRepartition", "HashGrowBucketsElect",
            "HashGrowBucketsReallocate",
            "HashGrowBucketsReinsert", what: "the other processes of a parallel hash join to come as far",
            causes: "workers with uneven shares of the work; a hash that had to be cut into more batches",
            confirm: "batches of the Hash node in EXPLAIN ANALYZE; row estimates"),
        WaitEventNote(
            "IPC", "BtreePage", "ParallelBitmapScan", "AppendReady", what: "the next piece of a parallel scan",
            causes: "many workers on a scan that gives little to share",
            confirm: "plans with parallel index or bitmap scans"),
        WaitEventNote(
            "IPC", "ParallelCreateIndexScan", what: "the workers of a parallel CREATE INDEX",
            causes: "CREATE INDEX at work", confirm: "pg_stat_progress_create_index"),
        WaitEventNote(
            "IPC", "BufferIO", what: "a page that another session is reading or writing just now",
            causes: "many sessions want the same page that is not in memory",
            confirm: "IO:DataFileRead beside it, in the same statement"),
        WaitEventNote(
            "IPC", "ProcarrayGroupUpdate", "XactGroupUpdate",
            what: "the one session that ends several transactions at once",
            causes: "very many commits a second", confirm: "commits a second; LWLock:ProcArray beside it"),
        WaitEventNote(
            "IPC", "CheckpointDone", "CheckpointStart", "CheckpointDelayStart", "CheckpointDelayComplete",
            what: "a checkpoint", causes: "CHECKPOINT by hand, CREATE DATABASE, a backup that starts",
            confirm: "such a command among the sessions"),
        WaitEventNote(
            "IPC", "BackupWaitWalArchive", "ArchiveCommand", what: "WAL to be archived",
            causes: "archive_command that fails or is slow", confirm: "pg_stat_archiver"),
        WaitEventNote(
            "IPC", "SafeSnapshot", what: "a snapshot without conflicts, for a DEFERRABLE transaction",
            causes: "SERIALIZABLE READ ONLY DEFERRABLE (pg_dump --serializable-deferrable) beside writers",
            confirm: "sessions in SERIALIZABLE transactions"),
        WaitEventNote(
            "IPC", "RecoveryConflictSnapshot", "RecoveryConflictTablespace", "RecoveryPause",
            what: "on a standby: recovery waits for queries, or is paused",
            causes: "long queries on the standby", confirm: "pg_stat_database_conflicts; max_standby_streaming_delay"),
        WaitEventNote(
            "IPC", "ProcSignalBarrier", what: "every process to take note of a change",
            causes: "DROP DATABASE or DROP TABLESPACE while a process is busy",
            confirm: "such a command among the sessions"),
        WaitEventNote(
            "IPC", "MultixactCreation", what: "another session to finish writing a multixact (17 and up)",
            causes: "many sessions that lock the same rows in shared mode",
            confirm: "LWLock:MultiXact… beside it; foreign keys to few parent rows"),
        WaitEventNote(
            "IPC", "ReplicationSlotDrop", "ReplicationOriginDrop", what: "a slot or origin to become inactive",
            causes: "its consumer is still connected", confirm: "pg_replication_slots.active_pid"),
        WaitEventNote(
            "IPC", "LogicalSyncData", "LogicalSyncStateChange", "LogicalParallelApplyStateChange",
            "LogicalApplySendData",
            what: "logical replication to copy or apply", causes: "the first copy of a table, or a large transaction",
            confirm: "pg_stat_subscription, pg_subscription_rel"),
        WaitEventNote(
            "IPC", "BackendTermination", what: "a session that was told to end",
            causes: "pg_terminate_backend with a timeout",
            confirm: "what that session does"),
    ]
}
