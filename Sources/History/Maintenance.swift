import Foundation
import Model

/// How long a history keeps what.
package struct Retention: Sendable, Equatable {
    /// Days for which every snapshot's numbers are kept; then hours.
    package var asRead = 35.0
    /// Days for which hours are kept; then days.
    package var hours = 400.0
    /// Days for which days are kept; then nothing.
    package var days = 1830.0
    /// Days for which resolved findings and changes are kept.
    package var events = 400.0

    package init() {}
}

/// What keeping a history in order did.
package struct Maintained: Sendable, Equatable {
    /// Days whose snapshots went into rows of a series each.
    package var packedDays = 0
    /// Rows that became hours, and days.
    package var thinnedRows = 0
    package var removedRows = 0

    package init() {}
}

extension History {
    /// Packs the days that are over, thins by age, and removes what is too old. Each day is a transaction of its own, so that it
    /// can be stopped and goes on later.
    ///
    /// - Parameter whenDayEnds: thin and remove only where a day was packed: looking for what is old reads an index of all rows.
    package func maintain(
        _ target: HistoryTarget, at now: Date, retention: Retention = Retention(), whenDayEnds: Bool = false
    ) async throws -> Maintained {
        var done = Maintained()
        guard let id = try await stored(target)?.id else { return done }
        while try await store.write({ try Self.packDay(id, $0) }) { done.packedDays += 1 }
        if whenDayEnds && done.packedDays == 0 { return done }
        let ages = [(Resolution.asRead, retention.asRead), (.hours, retention.hours)]
        for (resolution, days) in ages {
            let limit = resolution.rowStart(of: now.milliseconds - Int64(days * 86_400_000))
            while let rows = try await store.write({ try Self.thinOldest(id, resolution, before: limit, $0) }) {
                done.thinnedRows += rows
            }
        }
        done.removedRows += try await store.write { try Self.remove(id, retention, at: now, $0) }
        return done
    }

    private static let day: Int64 = 86_400_000

    /// Packs the oldest day that is over into a row a series. - Returns: false: there is none.
    private static func packDay(_ target: Int64, _ connection: any HistoryConnection) throws -> Bool {
        var oldest: Int64?
        var newest: Int64?
        let sql = "SELECT min(taken_at), max(taken_at) FROM snapshots WHERE target = $1 AND body IS NOT NULL"
        try connection.rows(sql, [.integer(target)]) { row in
            oldest = try row.integer(0)
            newest = try row.integer(1)
        }
        guard let oldest, let newest else { return false }
        let start = Resolution.asRead.rowStart(of: oldest)
        guard start + day <= newest else { return false }
        let keys = try SeriesTable(target, connection).keys
        var chunks: [Int64: Chunk] = [:]
        try bodies(target, from: start, to: start + day, connection) { number, frame in
            for (series, values) in frame {
                chunks[series, default: Chunk(width: keys[series]?.kind.measures.count ?? values.count)]
                    .append(number, values)
            }
        }
        for (series, chunk) in chunks.sorted(by: { $0.key < $1.key }) {
            try write(chunk, target, series, .asRead, start, connection)
        }
        try connection.run(
            "UPDATE snapshots SET body = NULL WHERE target = $1 AND taken_at >= $2 AND taken_at < $3",
            [.integer(target), .integer(start), .integer(start + day)])
        return true
    }

    /// Hands over the numbers of each snapshot that is not packed yet; before the first, those of the snapshot before it.
    static func bodies(
        _ target: Int64, from start: Int64, to end: Int64, _ connection: any HistoryConnection,
        _ take: (Int64, NumberedFrame) throws -> Void
    ) throws {
        var frame: NumberedFrame = [:]
        var isFirst = true
        let sql = """
            SELECT number, body FROM snapshots WHERE target = $1 AND taken_at >= $2 AND taken_at < $3 AND body IS NOT NULL
            ORDER BY number
            """
        try connection.rows(sql, [.integer(target), .integer(start), .integer(end)]) { row in
            let number = try row.integer(0) ?? 0
            var before: NumberedFrame?
            try FrameCodec.decode(try row.bytes(1) ?? [], into: &frame) { before = $0 }
            if isFirst, let before, !before.isEmpty { try take(number - 1, before) }
            isFirst = false
            try take(number, frame)
        }
    }

    static func write(
        _ chunk: Chunk, _ target: Int64, _ series: Int64, _ resolution: Resolution, _ start: Int64,
        _ connection: any HistoryConnection
    ) throws {
        try connection.run(
            """
            INSERT INTO chunks (target, series, resolution, starts_at, points) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (target, series, resolution, starts_at) DO UPDATE SET points = excluded.points
            """,
            [
                .integer(target), .integer(series), .integer(resolution.rawValue), .integer(start),
                .bytes(chunk.encoded()),
            ])
    }

    /// Thins the oldest rows of a resolution that begin before the limit. - Returns: how many; nil: there are none.
    private static func thinOldest(
        _ target: Int64, _ resolution: Resolution, before limit: Int64, _ connection: any HistoryConnection
    ) throws -> Int? {
        var oldest: Int64?
        let sql = "SELECT min(starts_at) FROM chunks WHERE target = $1 AND resolution = $2 AND starts_at < $3"
        let place: [HistoryValue] = [.integer(target), .integer(resolution.rawValue)]
        try connection.rows(sql, place + [.integer(limit)]) { oldest = try $0.integer(0) }
        guard let start = oldest else { return nil }
        let keys = try SeriesTable(target, connection).keys
        let headers =
            resolution == .asRead
            ? try Self.headers(target, from: start - day, to: start + day, connection) : []
        let known = SnapshotHeaders(headers)
        var rows: [(Int64, Chunk)] = []
        try connection.rows(
            "SELECT series, points FROM chunks WHERE target = $1 AND resolution = $2 AND starts_at = $3",
            place + [.integer(start)]
        ) { row in rows.append((try row.integer(0) ?? 0, try Chunk.decode(try row.bytes(1) ?? []))) }
        let coarse: Resolution = resolution == .asRead ? .hours : .days
        let coarseStart = coarse.rowStart(of: start)
        for (series, chunk) in rows {
            guard let key = keys[series] else { continue }
            let isFirst = try resolution == .asRead && !hasEarlier(target, series, start, connection)
            let thinned =
                resolution == .asRead
                ? Thinning.hours(chunk, from: start, Differences(key, known), isFirst: isFirst)
                : Thinning.days(chunk, key.kind)
            guard !thinned.moments.isEmpty else { continue }
            let known = try chunkOf(target, series, coarse, coarseStart, connection)
            try write(Thinning.join(known ?? Chunk(), thinned), target, series, coarse, coarseStart, connection)
        }
        try connection.run(
            "DELETE FROM chunks WHERE target = $1 AND resolution = $2 AND starts_at = $3", place + [.integer(start)])
        if resolution == .asRead {
            // The last of the day stays until the next day is thinned: that one's first interval begins with it.
            var last: Int64?
            let sql = "SELECT max(number) FROM snapshots WHERE target = $1 AND taken_at < $2"
            try connection.rows(sql, [.integer(target), .integer(start + day)]) { last = try $0.integer(0) }
            try connection.run(
                "DELETE FROM snapshots WHERE target = $1 AND taken_at < $2 AND number < $3 AND body IS NULL",
                [.integer(target), .integer(start + day), .integer(last ?? 0)])
        }
        return rows.count
    }

    private static func hasEarlier(
        _ target: Int64, _ series: Int64, _ start: Int64, _ connection: any HistoryConnection
    ) throws -> Bool {
        var found = false
        try connection.rows(
            "SELECT 1 FROM chunks WHERE target = $1 AND series = $2 AND starts_at < $3 LIMIT 1",
            [.integer(target), .integer(series), .integer(start)]
        ) { _ in found = true }
        return found
    }

    private static func chunkOf(
        _ target: Int64, _ series: Int64, _ resolution: Resolution, _ start: Int64, _ connection: any HistoryConnection
    ) throws -> Chunk? {
        var found: Chunk?
        try connection.rows(
            "SELECT points FROM chunks WHERE target = $1 AND series = $2 AND resolution = $3 AND starts_at = $4",
            [.integer(target), .integer(series), .integer(resolution.rawValue), .integer(start)]
        ) { found = try Chunk.decode(try $0.bytes(0) ?? []) }
        return found
    }

    private static func remove(
        _ target: Int64, _ retention: Retention, at now: Date, _ connection: any HistoryConnection
    ) throws -> Int {
        func before(_ days: Double) -> HistoryValue { .integer(now.milliseconds - Int64(days * 86_400_000)) }
        let id = HistoryValue.integer(target)
        var removed = try connection.run(
            "DELETE FROM chunks WHERE target = $1 AND resolution = 2 AND starts_at < $2",
            [id, before(retention.days + 365)])
        removed += try connection.run(
            "DELETE FROM changes WHERE target = $1 AND at < $2", [id, before(retention.events)])
        removed += try connection.run(
            "DELETE FROM finding_events WHERE target = $1 AND at < $2", [id, before(retention.events)])
        removed += try connection.run(
            "DELETE FROM findings WHERE target = $1 AND state = 'resolved' AND last_seen < $2",
            [id, before(retention.events)])
        // A series without numbers is a name alone.
        removed += try connection.run(
            """
            DELETE FROM series WHERE target = $1 AND last_seen < $2 AND NOT EXISTS (
                SELECT 1 FROM chunks WHERE chunks.target = series.target AND chunks.series = series.id)
            """, [id, before(2)])
        return removed
    }

    static func headers(
        _ target: Int64, from start: Int64, to end: Int64, _ connection: any HistoryConnection
    ) throws -> [SnapshotHeader] {
        var headers: [SnapshotHeader] = []
        let sql = """
            SELECT number, taken_at, header FROM snapshots WHERE target = $1 AND taken_at >= $2 AND taken_at < $3
            ORDER BY number
            """
        try connection.rows(sql, [.integer(target), .integer(start), .integer(end)]) { row in
            headers.append(
                try SnapshotHeader(
                    number: try row.integer(0) ?? 0, takenAt: try row.integer(1) ?? 0, try row.bytes(2) ?? []))
        }
        return headers
    }
}
