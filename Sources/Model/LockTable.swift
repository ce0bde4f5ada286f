/// What fills the shared lock table, counted on the server from one reading of `pg_locks`.
package struct LockTable: Noun {
    /// Locked objects in the shared table, each once: fast-path locks and predicate locks have room of their own.
    package var objects: Int64 = 0
    /// The processes and prepared transactions with the most locks, most first.
    package var holders: [LockCount] = []
    package init() {}
}

/// The locks of one process or prepared transaction.
package struct LockCount: Noun {
    /// 0: of a prepared transaction.
    package var pid = 0
    /// All of them.
    package var locks: Int64 = 0
    /// In the shared table.
    package var inTable: Int64 = 0
    /// Of relations, in modes that the fast path takes (`ACCESS SHARE` to `ROW EXCLUSIVE`), and yet in the shared table.
    package var beyondFastPath: Int64 = 0
    package init() {}
}

/// A row of `pg_stat_database_conflicts`: statements that a standby cancelled for replay to go on, by what stood in its way.
package struct RecoveryConflicts: Noun, Counters {
    package var database = ""
    package var tablespace: Int64 = 0
    package var lock: Int64 = 0
    package var snapshot: Int64 = 0
    package var bufferPin: Int64 = 0
    package var deadlock: Int64 = 0
    /// 16 and up; nil before.
    package var logicalSlot: Int64?
    package init() {}

    package mutating func subtract(_ earlier: Self) {
        tablespace -= earlier.tablespace
        lock -= earlier.lock
        snapshot -= earlier.snapshot
        bufferPin -= earlier.bufferPin
        deadlock -= earlier.deadlock
        if let now = logicalSlot, let then = earlier.logicalSlot { logicalSlot = now - then }
    }

    package var witnesses: [Int64] { [tablespace, lock, snapshot, bufferPin, deadlock] }
    package var total: Int64 { witnesses.reduce(0, +) + (logicalSlot ?? 0) }
}
