import History

extension StoreSchema {
    /// A partition of this month for each table that grows. Rows of the month that went to the rest move into it.
    ///
    /// Made on its own and then attached: PARTITION OF would lock out all readers of the table (PostgreSQL's manual, "CREATE
    /// TABLE" and "ALTER TABLE … ATTACH PARTITION").
    func makePartitions(of month: Month, _ connection: StoreConnection, _ place: String) throws {
        guard try !areThere(month, tables(connection)) else { return }
        try takeLock(connection)
        // Who waits for an exclusive lock makes all others wait behind him, and there is a month's time.
        try connection.run("SET LOCAL lock_timeout = '1s'", [])
        let found = try tables(connection)
        for (table, column) in HistorySchema.timed.sorted(by: { $0.key < $1.key }) {
            let partition = "\(table)_\(month.suffix)"
            guard !found.contains(partition) else { continue }
            let span: [HistoryValue] = [.integer(month.start), .integer(month.next.start)]
            let isOfMonth = "\(column) >= $1 AND \(column) < $2"
            try connection.run("CREATE TABLE \(partition) (LIKE \(table) INCLUDING ALL)", [])
            // Until it is attached, nobody may add to the rest what belongs here.
            try connection.run("LOCK TABLE \(table)_rest IN ACCESS EXCLUSIVE MODE", [])
            let moved = try connection.run(
                "INSERT INTO \(partition) SELECT * FROM \(table)_rest WHERE \(isOfMonth)", span)
            if moved > 0 { try connection.run("DELETE FROM \(table)_rest WHERE \(isOfMonth)", span) }
            try connection.run(
                """
                ALTER TABLE \(table) ATTACH PARTITION \(partition)
                FOR VALUES FROM (\(month.start)) TO (\(month.next.start))
                """, [])
        }
    }

    private func areThere(_ month: Month, _ tables: Set<String>) -> Bool {
        HistorySchema.timed.keys.allSatisfy { tables.contains("\($0)_\(month.suffix)") }
    }

    func dropEmptyPartitions(before month: Month, _ connection: StoreConnection) throws {
        try takeLock(connection)
        for partition in try tables(connection).sorted() {
            guard HistorySchema.timed.keys.contains(where: { partition.hasPrefix($0 + "_y") }),
                let itsMonth = Month(suffixOf: partition), itsMonth < month, try isEmpty(partition, connection)
            else { continue }
            // Nobody adds a row between the look and the drop.
            try connection.run("LOCK TABLE \(partition) IN ACCESS EXCLUSIVE MODE", [])
            if try isEmpty(partition, connection) { try connection.run("DROP TABLE \(partition)", []) }
        }
    }

    private func isEmpty(_ table: String, _ connection: StoreConnection) throws -> Bool {
        var isEmpty = true
        try connection.rows("SELECT 1::bigint FROM \(table) LIMIT 1", []) { _ in isEmpty = false }
        return isEmpty
    }
}
