extension WaitEventCatalog {
    /// LWLock: short locks on structures in shared memory.
    static let lightweight: [WaitEventNote] = [
        WaitEventNote(
            "LWLock", what: "a short lock on a structure in shared memory",
            causes:
                "many sessions that work on the same structure at one time; a CPU that is overloaded makes each hold it longer",
            confirm: "the same event in many readings, while few sessions are on the CPU"),
        WaitEventNote(
            "LWLock", "WALWrite", what: "another session's write of WAL to disk, which takes this session's along",
            causes: "many small commits, or a disk that is slow to confirm a flush",
            confirm: "IO:WALSync beside it, commits a second, the time of a flush (pg_test_fsync, track_wal_io_timing)"),
        WaitEventNote(
            "LWLock", "WALInsert", what: "one of the eight places through which records are put into the WAL buffers",
            causes: "very many writers at once; large records, full-page images after a checkpoint among them",
            confirm: "WAL bytes and full-page images in pg_stat_wal, the time since the last checkpoint"),
        WaitEventNote(
            "LWLock", "WALBufMapping", what: "a free page among the WAL buffers",
            causes: "wal_buffers full: WAL is made faster than it is written",
            confirm: "pg_stat_wal.wal_buffers_full grows"),
        WaitEventNote(
            "LWLock", "LockManager", what: "a partition of the table of heavyweight locks",
            causes:
                "statements that lock more relations than a session's fast-path slots hold: many partitions or indexes; "
                + "or many sessions that queue for the same rows",
            confirm:
                "rows of pg_locks with fastpath = false and a granted weak mode; partitions and indexes of the tables"),
        WaitEventNote(
            "LWLock", "LockFastPath", what: "the fast-path locks of one process",
            causes:
                "strong locks (DDL, LOCK TABLE) that look through every session's fast-path locks; readings of pg_locks in "
                + "quick succession",
            confirm: "how often DDL and monitoring queries on pg_locks run"),
        WaitEventNote(
            "LWLock", "BufferContent", what: "the content of a page in memory, for reading or writing",
            causes:
                "many inserts into the right-most page of an index on a growing key; a small hot table; a page whose read "
                + "others wait for",
            confirm: "which statement waits: inserts into one table point at its index on a sequence or time"),
        WaitEventNote(
            "LWLock", "BufferMapping", what: "a partition of the table that says which page is in which buffer",
            causes: "pages that come and go: the working set is larger than shared_buffers",
            confirm: "buffers allocated in pg_stat_bgwriter, reads against hits of the statements"),
        WaitEventNote(
            "LWLock", "ProcArray",
            what: "the list of running transactions: to take a snapshot, or to end a transaction",
            causes: "very many short transactions on very many connections; snapshots with many subtransactions",
            confirm: "transactions a second and the number of connections"),
        WaitEventNote(
            "LWLock", "XidGen", what: "the next transaction identifier",
            causes: "many writing transactions and subtransactions a second",
            confirm: "how fast age(datfrozenxid) grows; savepoints and EXCEPTION blocks in loops"),
        WaitEventNote(
            "LWLock", "SubtransSLRU", "SubtransBuffer",
            what: "a page of the cache that says which transaction a subtransaction "
                + "belongs to",
            causes:
                "a transaction with more than 64 subtransactions (savepoints, EXCEPTION blocks) while another transaction "
                + "stays open: every reader has to look parents up",
            confirm: "pg_stat_slru: reads of Subtrans; from 16 pg_stat_get_backend_subxact(…): subxact_overflowed"),
        WaitEventNote(
            "LWLock", "MultiXactMemberSLRU", "MultiXactMemberBuffer", "MultiXactOffsetSLRU", "MultiXactOffsetBuffer",
            "MultiXactGen", what: "the cache of multixacts: rows that several transactions have locked at once",
            causes: "foreign keys whose parent row is locked (FOR KEY SHARE) by many transactions; SELECT … FOR SHARE",
            confirm: "pg_stat_slru: reads of MultiXact; foreign keys to few parent rows; age of datminmxid"),
        WaitEventNote(
            "LWLock", "XactSLRU", "XactBuffer", what: "the cache of transaction status (pg_xact)",
            causes:
                "rows of old transactions whose hint bits are not set yet: after a bulk load, or under a long transaction",
            confirm: "pg_stat_slru: reads of Xact; tables loaded but not vacuumed since"),
        WaitEventNote(
            "LWLock", "CommitTsSLRU", "CommitTsBuffer", what: "the cache of commit timestamps",
            causes: "track_commit_timestamp = on with many lookups of old transactions",
            confirm: "pg_stat_slru: reads of CommitTs"),
        WaitEventNote(
            "LWLock", "NotifySLRU", "NotifyBuffer", "NotifyQueue", "NotifyQueueTail", what: "the queue of NOTIFY",
            causes:
                "many NOTIFYs a second, or a listener in a long transaction that keeps the queue from being shortened",
            confirm: "pg_notification_queue_usage(); sessions that LISTEN and are idle in transaction"),
        WaitEventNote(
            "LWLock", "SerialSLRU", "SerialBuffer", "SerialControl", "SerializableXactHash",
            "SerializablePredicateList",
            "SerializableFinishedList", "PredicateLockManager", "PerXactPredicateList",
            what: "what SERIALIZABLE transactions remember of their reads",
            causes: "many SERIALIZABLE transactions, or one that stays open for long",
            confirm: "default_transaction_isolation; pg_locks with mode SIReadLock"),
        WaitEventNote(
            "LWLock", "SInvalRead", "SInvalWrite", what: "the queue of messages that something in the catalog changed",
            causes: "much DDL: temporary tables made and dropped, partitions attached, ANALYZE in loops",
            confirm: "DDL among the statements; dead rows of pg_class and pg_attribute"),
        WaitEventNote(
            "LWLock", "RelationMapping", "RelCacheInit", what: "files with the numbers of system catalogs",
            causes: "many new connections while catalogs are rewritten",
            confirm: "new sessions a second; VACUUM FULL of catalogs"),
        WaitEventNote(
            "LWLock", "OidGen", what: "the next object identifier",
            causes: "many objects or TOAST values made at once: OIDs of large values are allocated one by one",
            confirm: "inserts of values above 2 kB into one table by many sessions"),
        WaitEventNote(
            "LWLock", "ParallelHashJoin", "ParallelQueryDSA", "PerSessionDSA", "SharedTupleStore", "SharedTidBitmap",
            "ParallelAppend", "ParallelBtreeScan", "BtreeVacuum",
            what: "memory that the processes of one parallel statement share",
            causes: "parallel statements with many workers for little work each",
            confirm: "statements with parallel plans that run often; max_parallel_workers_per_gather"),
        WaitEventNote(
            "LWLock", "PgStatsData", "PgStatsHash", "PgStatsDSA",
            what: "the cumulative statistics in shared memory (15 and up)",
            causes: "very many objects whose counters are written at once; monitoring that reads them often",
            confirm: "number of tables and how often pg_stat_* views are read"),
        WaitEventNote(
            "LWLock", "pg_stat_statements", what: "the table of pg_stat_statements",
            causes: "more distinct statements than pg_stat_statements.max: each new one evicts another",
            confirm: "pg_stat_statements_info.dealloc grows"),
        WaitEventNote(
            "LWLock", "CheckpointerComm", what: "the queue of files that the checkpointer shall flush",
            causes: "sessions that write dirty pages themselves while the checkpointer is busy",
            confirm: "buffers written by backends (pg_stat_bgwriter up to 16, pg_stat_io from 16)"),
        WaitEventNote(
            "LWLock", "SyncRep", what: "the list of sessions that wait for a synchronous standby",
            causes: "very many commits that wait for the standby", confirm: "IPC:SyncRep beside it"),
        WaitEventNote(
            "LWLock", "Autovacuum", "AutovacuumSchedule", what: "the state of the autovacuum workers",
            causes: "many workers on a database of very many tables",
            confirm: "autovacuum_max_workers and the number of tables"),
        WaitEventNote(
            "LWLock", "ReplicationSlotControl", "ReplicationSlotAllocation", "ReplicationSlotIO",
            what: "the state of replication slots", causes: "many slots, or slots made and dropped in quick succession",
            confirm: "pg_replication_slots"),
        WaitEventNote(
            "LWLock", "DynamicSharedMemoryControl", what: "the table of shared memory segments",
            causes: "many parallel statements that start and end", confirm: "parallel plans among short statements"),
        WaitEventNote(
            "LWLock", "AioWorkerSubmissionQueue", "AioUringCompletion",
            what: "the queue of asynchronous reads (18 and up)",
            causes: "more reads than the I/O workers take",
            confirm: "io_method and io_workers; IO:AioIoCompletion beside it"),
    ]
}
