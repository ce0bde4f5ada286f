extension History {
    /// Reads all that a history has of its targets. - Returns: what is damaged, one sentence each; nothing: it is sound.
    package func check() async throws -> [String] {
        let own = try await store.check()
        guard own.isEmpty else { return own }
        return try await store.read { connection in
            var problems: [String] = []
            for stored in try Self.targets(connection) {
                problems += try Self.check(stored, connection).map { "\(stored.target.name): \($0)" }
            }
            return problems
        }
    }

    private static func check(_ stored: StoredTarget, _ connection: any HistoryConnection) throws -> [String] {
        var problems: [String] = []
        let id = HistoryValue.integer(stored.id)
        let table = try SeriesTable(stored.id, connection)
        let keys = table.keys
        var last: SnapshotHeader?
        try connection.rows(
            "SELECT number, taken_at, header FROM snapshots WHERE target = $1 ORDER BY number", [id]
        ) { row in
            let number = try row.integer(0) ?? 0
            guard
                let header = try? SnapshotHeader(
                    number: number, takenAt: try row.integer(1) ?? 0, try row.bytes(2) ?? [])
            else {
                problems.append("snapshot \(number) has a damaged header")
                return
            }
            if let last, header.takenAt <= last.takenAt || header.number != last.number + 1 {
                problems.append("snapshot \(number) does not follow \(last.number)")
            }
            last = header
        }
        do {
            try bodies(stored.id, from: .min, to: .max, connection) { number, frame in
                for (series, values) in frame where keys[series].map({ values.count > $0.kind.measures.count }) ?? true
                {
                    problems.append("snapshot \(number) has numbers of series \(series), which is not known")
                }
            }
        } catch is PackedReader.Damaged {
            problems.append("a snapshot has damaged numbers")
        }
        try connection.rows(
            "SELECT series, resolution, starts_at, points FROM chunks WHERE target = $1", [id]
        ) { row in
            let chunk = try? Chunk.decode(try row.bytes(3) ?? [])
            let series = try row.integer(0) ?? 0
            if chunk == nil || chunk?.moments.isEmpty == true {
                problems.append("numbers of series \(series) from \(try row.integer(2) ?? 0) on are damaged")
            } else if keys[series] == nil {
                problems.append("numbers of series \(series) belong to nothing")
            }
        }
        guard let latest = try? Latest(stored.id, connection) else {
            if last != nil { problems.append("its last snapshot is missing or damaged") }
            return problems
        }
        if latest.number != last?.number { problems.append("its last snapshot is not the last one") }
        return problems
    }
}
