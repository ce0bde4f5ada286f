extension WaitEventCatalog {
    /// Lock: a heavyweight lock, as pg_locks shows it.
    static let heavyweight: [WaitEventNote] = [
        WaitEventNote(
            "Lock", what: "a lock that another session holds",
            causes: "a transaction that stays open, or a strong lock",
            confirm: "pgmedic locks: who holds it, and since when"),
        WaitEventNote(
            "Lock", "transactionid", what: "another transaction to end, because it changed or locked the same row",
            causes: "long transactions on rows that many want: counters, queues, parents of foreign keys",
            confirm: "the session at the root of the waits, and how long its transaction is open"),
        WaitEventNote(
            "Lock", "tuple", what: "the turn to wait for a row that is already waited for",
            causes: "many sessions that change the same row",
            confirm: "Lock:transactionid beside it; the row's table and statement"),
        WaitEventNote(
            "Lock", "relation", what: "a lock on a whole table or index",
            causes: "DDL, LOCK TABLE, VACUUM FULL, or a strong request that itself waits and holds up all behind it",
            confirm: "modes in pg_locks: AccessExclusiveLock granted or awaited"),
        WaitEventNote(
            "Lock", "extend", what: "the right to add pages to a table or index",
            causes: "many sessions that insert into one table at once",
            confirm: "the relation of the extend locks; 16 and up add more pages at a time"),
        WaitEventNote(
            "Lock", "advisory", "userlock", what: "a lock that the application takes by its own number",
            causes: "a job or queue that is serialised this way, or a lock that was never released",
            confirm: "pg_locks of type advisory: who holds it, and what that session does"),
        WaitEventNote(
            "Lock", "virtualxid", what: "another session's whole transaction to end",
            causes: "CREATE INDEX CONCURRENTLY and DETACH PARTITION CONCURRENTLY wait for all that began before them",
            confirm: "the oldest transactions"),
        WaitEventNote(
            "Lock", "object", what: "a lock on something that is no table: a database, schema, function, …",
            causes: "DROP or ALTER of it, CREATE DATABASE from a template in use", confirm: "DDL among the sessions"),
        WaitEventNote(
            "Lock", "spectoken", what: "another session's INSERT … ON CONFLICT of the same key",
            causes: "many upserts of the same keys at once", confirm: "upserts among the statements"),
        WaitEventNote(
            "Lock", "frozenid", "page", "applytransaction", what: "a lock that is seldom waited for",
            causes: "vacuums that end together (frozenid), hash indexes (page), parallel apply (applytransaction)",
            confirm: "the sessions that hold it in pg_locks"),
    ]

    static let others: [WaitEventNote] = [
        WaitEventNote(
            "CPU*", what: "nothing that has an event: it is on a CPU, or waits for one",
            causes: "statements that compute, sort, or read from memory",
            confirm: "the operating system's run queue and CPU use; cores"),
        WaitEventNote(
            "BufferPin", what: "exclusive use of a page that others look at",
            causes: "VACUUM or recovery that waits for a cursor or a paused scan to move on",
            confirm: "sessions idle in transaction with an open cursor"),
        WaitEventNote(
            "BufferPin", "BufferPin", what: "exclusive use of a page that others look at",
            causes: "VACUUM or recovery that waits for a cursor or a paused scan to move on",
            confirm: "sessions idle in transaction with an open cursor"),
        WaitEventNote(
            "Client", what: "the client", causes: "a client or network that is slow", confirm: "which application it is"
        ),
        WaitEventNote(
            "Client", "ClientRead", what: "the client to send more, within a statement",
            causes:
                "COPY FROM STDIN of a slow source; statements sent in pieces (extended protocol) with pauses between",
            confirm: "COPY among the statements; the round trip time to the client"),
        WaitEventNote(
            "Client", "ClientWrite", what: "the client to take what was sent",
            causes: "large results that the client reads slowly, row by row with work between, or over a slow network",
            confirm: "rows a call of the statement; the client's own CPU"),
        WaitEventNote(
            "Client", "SSLOpenServer", "GSSOpenServer", what: "a connection being made, with encryption",
            causes: "many new connections", confirm: "sessions a second in pg_stat_database"),
        WaitEventNote(
            "Client", "WaitForStandbyConfirmation",
            what: "physical standbys, before logical decoding goes on (17 and up)",
            causes: "synchronized_standby_slots names a standby that is behind", confirm: "pg_replication_slots"),
        WaitEventNote(
            "Extension", what: "something that an extension waits for",
            causes: "foreign servers, queues, timers of extensions",
            confirm: "the extension's documentation; from 17 its events have names"),
        WaitEventNote(
            "Timeout", what: "a time to pass", causes: "deliberate pauses", confirm: "the event's name"),
        WaitEventNote(
            "Timeout", "PgSleep", what: "pg_sleep() to end",
            causes: "the application's own pause, with its session and perhaps its locks held",
            confirm: "the statement"),
        WaitEventNote(
            "Timeout", "VacuumDelay", what: "vacuum's pause for the sake of others",
            causes: "autovacuum_vacuum_cost_delay and vacuum_cost_delay at work as intended",
            confirm: "pg_stat_progress_vacuum: does it get on?"),
        WaitEventNote(
            "Timeout", "VacuumTruncate", what: "the exclusive lock with which vacuum gives empty pages back",
            causes: "readers of the table; on standbys they feel the lock too", confirm: "vacuum_truncate of the table"),
        WaitEventNote(
            "Timeout", "SpinDelay", what: "a spinlock that others hold",
            causes: "very many CPUs on one structure, or a CPU taken away by the hypervisor",
            confirm: "steal time of the virtual machine"),
        WaitEventNote(
            "Timeout", "RegisterSyncRequest", what: "room in the checkpointer's queue of files to flush",
            causes: "a checkpointer that is busy writing", confirm: "LWLock:CheckpointerComm beside it"),
        WaitEventNote(
            "Timeout", "CheckpointWriteDelay", what: "the checkpointer's pause between writes",
            causes: "checkpoint_completion_target at work as intended", confirm: "nothing to do"),
        WaitEventNote(
            "Timeout", "RecoveryApplyDelay", "RecoveryRetrieveRetryInterval", what: "a standby's delay",
            causes: "recovery_min_apply_delay, or no WAL from anywhere", confirm: "pg_stat_wal_receiver"),
        WaitEventNote(
            "InjectionPoint", what: "a test of PostgreSQL itself", causes: "a server built for tests",
            confirm: "nothing to do"),
    ]
}
