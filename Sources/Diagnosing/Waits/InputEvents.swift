extension WaitEventCatalog {
    /// IO: a call of the operating system that reads, writes or flushes.
    static let input: [WaitEventNote] = [
        WaitEventNote(
            "IO", what: "a read, write or flush of a file", causes: "storage that is slower than the work it gets",
            confirm: "the operating system's figures for the device; pg_stat_io from 16"),
        WaitEventNote(
            "IO", "DataFileRead", what: "a page of a table or index that is not in shared_buffers",
            causes: "scans that read much to return little, or a working set larger than memory",
            confirm: "blocks read against blocks hit of the statements; track_io_timing for the time of a read"),
        WaitEventNote(
            "IO", "DataFilePrefetch", what: "the request to read a page ahead of its use",
            causes: "bitmap heap scans of many pages", confirm: "plans with bitmap scans; effective_io_concurrency"),
        WaitEventNote(
            "IO", "AioIoCompletion", "AioIoUringExecution", "AioIoUringSubmit",
            what: "a page that was asked for asynchronously (18 and up): mostly reads of tables",
            causes: "the same as DataFileRead: scans that read much, or a working set larger than memory",
            confirm: "blocks read against blocks hit of the statements; pg_aios, pg_stat_io"),
        WaitEventNote(
            "IO", "DataFileWrite", what: "the write of a dirty page, by the session itself",
            causes:
                "no clean buffer is free: shared_buffers is small for the writes, or the background writer is too slow",
            confirm: "buffers_backend (up to 16), pg_stat_io writes of client backends (16 and up)"),
        WaitEventNote(
            "IO", "DataFileExtend", what: "new pages at the end of a table or index",
            causes: "bulk inserts; a file system that is slow to give space",
            confirm: "Lock:extend beside it; tables that grow"),
        WaitEventNote(
            "IO", "DataFileSync", "DataFileImmediateSync", "DataFileFlush", what: "a data file to be safe on disk",
            causes: "checkpoints; CREATE INDEX, CREATE TABLE AS and VACUUM FULL, which flush what they made",
            confirm: "checkpoint statistics; DDL among the statements"),
        WaitEventNote(
            "IO", "DataFileTruncate", what: "a file to become shorter",
            causes: "VACUUM that gives empty pages back, TRUNCATE, DROP",
            confirm: "VACUUM and TRUNCATE among the sessions"),
        WaitEventNote(
            "IO", "WALSync", what: "WAL to be safe on disk, at commit",
            causes: "a disk that is slow to confirm a flush, or many small commits",
            confirm: "commits a second; pg_test_fsync on the WAL's disk; track_wal_io_timing"),
        WaitEventNote(
            "IO", "WALWrite", what: "WAL to be written to its file",
            causes: "much WAL: bulk changes, full-page images after a checkpoint",
            confirm: "WAL bytes a second in pg_stat_wal"),
        WaitEventNote(
            "IO", "WALInitWrite", "WALInitSync", what: "a new WAL file, filled with zeros",
            causes: "WAL grows beyond the files that can be used again: min_wal_size is small for the peaks",
            confirm: "number of files in pg_wal; min_wal_size and max_wal_size"),
        WaitEventNote(
            "IO", "WALRead", what: "old WAL, for a standby, logical decoding or a prepared transaction",
            causes: "a subscriber or standby that is far behind", confirm: "lag in pg_stat_replication"),
        WaitEventNote(
            "IO", "BufFileRead", "BufFileWrite", "BufFileTruncate",
            what: "a temporary file of a sort, hash or materialised result",
            causes: "work_mem is small for what the statement sorts or hashes",
            confirm: "temporary blocks of the statements; log_temp_files"),
        WaitEventNote(
            "IO", "SLRURead", "SLRUWrite", "SLRUSync", "SLRUFlushSync",
            what: "a page of the caches of transaction status, subtransactions or multixacts",
            causes: "old transactions looked up again: long transactions with subtransactions, rows without hint bits",
            confirm: "pg_stat_slru says which cache"),
        WaitEventNote(
            "IO", "CopyFileRead", "CopyFileWrite", "CopyFileCopy", what: "a copy of a file",
            causes: "CREATE DATABASE with the file copy strategy, ALTER DATABASE SET TABLESPACE",
            confirm: "such a command among the sessions"),
        WaitEventNote(
            "IO", "BaseBackupRead", "BaseBackupWrite", "BaseBackupSync",
            what: "a base backup that reads the data directory",
            causes: "pg_basebackup, a new standby", confirm: "pg_stat_progress_basebackup"),
        WaitEventNote(
            "IO", "DSMAllocate", "DSMFillZeroWrite", what: "shared memory for a parallel statement",
            causes: "parallel statements; /dev/shm that is small", confirm: "parallel plans; dynamic_shared_memory_type"
        ),
        WaitEventNote(
            "IO", "ReorderBufferRead", "ReorderBufferWrite",
            what: "changes of a large transaction that logical decoding put on disk",
            causes: "large transactions with logical replication",
            confirm: "pg_stat_replication_slots: spill_bytes; logical_decoding_work_mem"),
        WaitEventNote(
            "IO", "TwophaseFileRead", "TwophaseFileWrite", "TwophaseFileSync",
            what: "the file of a prepared transaction",
            causes: "PREPARE TRANSACTION that stays open across a checkpoint", confirm: "pg_prepared_xacts"),
        WaitEventNote(
            "IO", "ControlFileWrite", "ControlFileSync", "ControlFileSyncUpdate", "ControlFileWriteUpdate",
            "ControlFileRead",
            what: "the control file", causes: "checkpoints in quick succession", confirm: "requested checkpoints"),
        WaitEventNote(
            "IO", "VersionFileWrite", what: "the version file of a new database", causes: "CREATE DATABASE",
            confirm: "CREATE DATABASE among the sessions"),
    ]
}
