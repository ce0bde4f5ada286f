import Model
import PostgresClient

extension LockTable {
    init(_ rows: [Row]) throws {
        self.init()
        objects = try rows.first?.int64("objects") ?? 0
        holders = try rows.map(LockCount.init)
    }
}

extension LockCount {
    init(_ row: Row) throws {
        self.init()
        pid = try row.int64IfPresent("pid").map(Int.init) ?? 0
        locks = try row.int64("locks")
        inTable = try row.int64("in_table")
        beyondFastPath = try row.int64("beyond_fast_path")
    }
}

extension RecoveryConflicts {
    init(_ row: Row) throws {
        self.init()
        database = try row.string("database")
        tablespace = try row.int64("tablespace")
        lock = try row.int64("lock")
        snapshot = try row.int64("snapshot")
        bufferPin = try row.int64("buffer_pin")
        deadlock = try row.int64("deadlock")
        logicalSlot = try row.int64IfPresent("logical_slot")
    }
}
