import Foundation
import Model
import PostgresClient

/// What makes an entry of pg_stat_statements.
struct EntryKey: Hashable {
    var queryID: Int64
    var role: Int64
    var database: Int64
    var isTopLevel: Bool
}

extension EntryKey {
    /// nil: hidden from us.
    init?(_ row: Row) throws {
        let (role, database) = (try row.int64("role"), try row.int64("database"))
        guard let queryID = try row.int64IfPresent("query_id") else { return nil }
        self.init(
            queryID: queryID, role: role, database: database, isTopLevel: try row.bool("is_top_level"))
    }
}

/// Numbers and texts of pg_stat_statements before names and redaction.
struct StatementsDraft {
    struct Entry {
        /// nil: hidden from us.
        var key: EntryKey?
        var role: Int64
        var database: Int64
        var statement: Statement
    }

    var totals = StatementCounters()
    var entryCount = 0
    var entries: [Entry] = []
    /// The server's texts.
    var texts: [EntryKey: String] = [:]
    /// pgmedic's own.
    var ours: Set<EntryKey> = []
    var hiddenCount = 0

    mutating func takeNumbers(_ rows: [Row]) throws {
        entries.reserveCapacity(rows.count)
        for row in rows {
            // In the query's order, which is the fastest.
            guard try !row.bool("is_total") else {
                entryCount = try row.int("entries")
                totals = try StatementCounters(row)
                continue
            }
            let (role, database) = (try row.int64("role"), try row.int64("database"))
            let queryID = try row.int64IfPresent("query_id")
            var statement = Statement()
            statement.queryID = queryID ?? 0
            statement.isTopLevel = try row.bool("is_top_level")
            statement.counters = try StatementCounters(row)
            statement.minimumTime = try row.double("minimum_time")
            statement.maximumTime = try row.double("maximum_time")
            statement.meanTime = try row.double("mean_time")
            statement.deviationOfTime = try row.double("deviation_of_time")
            statement.since = try row.dateIfPresent("since")
            let key = queryID.map {
                EntryKey(queryID: $0, role: role, database: database, isTopLevel: statement.isTopLevel)
            }
            if key == nil { hiddenCount += 1 }
            entries.append(Entry(key: key, role: role, database: database, statement: statement))
        }
    }

    mutating func takeTexts(_ rows: [Row]) throws {
        ours.reserveCapacity(rows.count)
        for row in rows {
            guard let key = try EntryKey(row), let text = try row.stringIfPresent("text"),
                text != "<insufficient privilege>"
            else { continue }
            if try row.bool("is_ours") {
                ours.insert(key)
                continue
            }
            // An unterminated comment says to every reader, the redactor first, that the text was cut.
            texts[key] = try row.bool("is_cut") ? text + " /* cut" : text
        }
    }
}

extension StatementCounters {
    init(_ row: Row) throws {
        self.init()
        calls = try row.int64("calls")
        rows = try row.int64("rows")
        plans = try row.int64("plans")
        planTime = try row.double("plan_time")
        executionTime = try row.double("execution_time")
        sharedBlocksHit = try row.int64("shared_blocks_hit")
        sharedBlocksRead = try row.int64("shared_blocks_read")
        sharedBlocksDirtied = try row.int64("shared_blocks_dirtied")
        sharedBlocksWritten = try row.int64("shared_blocks_written")
        localBlocksRead = try row.int64("local_blocks_read")
        localBlocksWritten = try row.int64("local_blocks_written")
        temporaryBlocksRead = try row.int64("temporary_blocks_read")
        temporaryBlocksWritten = try row.int64("temporary_blocks_written")
        readTime = try row.double("read_time")
        writeTime = try row.double("write_time")
        walRecords = try row.int64("wal_records")
        walFullPageImages = try row.int64("wal_full_page_images")
        walBytes = Int64(exactly: try row.double("wal_bytes").rounded()) ?? .max
        jitFunctions = try row.int64("jit_functions")
        jitTime = try row.double("jit_time")
    }
}
