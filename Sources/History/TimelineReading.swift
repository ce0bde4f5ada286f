import Foundation
import Model

/// What of a history is read.
package struct TimelineQuery: Sendable {
    package var from: Date
    package var to: Date
    /// By kind, the measures that are wanted; a kind that is not here is not read.
    package var measures: [SeriesKind: [String]]
    /// Statements with the most execution time that get all their measures; the others get calls and execution time.
    package var fullStatements = 60

    package init(from: Date, to: Date, measures: [SeriesKind: [String]]? = nil) {
        self.from = from
        self.to = to
        self.measures =
            measures
            ?? Dictionary(uniqueKeysWithValues: SeriesKind.allCases.map { kind in (kind, kind.measures.map(\.name)) })
    }
}

extension History {
    /// Reads what a history tells of a target; empty where it knows nothing of it. - Throws: `HistoryError`.
    package func timeline(of target: HistoryTarget, _ query: TimelineQuery) async throws -> Timeline {
        let place = place
        return try await store.read { connection in
            guard let stored = try Self.targets(connection, key: target.key).first else { return Timeline() }
            do {
                let reading = try TimelineReading(stored.id, query, connection)
                try reading.read(connection)
                return try reading.timeline(stored.target, connection)
            } catch is PackedReader.Damaged {
                throw HistoryError(
                    .unusable, place, "what it has of \(target.name) is damaged: see `pgmedic history check`")
            }
        }
    }
}

/// One reading: first all series with few measures, then the statements that matter with all.
///
/// A class, since it is filled by what reads rows one after the other; it lives within one transaction.
final class TimelineReading {
    let target: Int64
    let query: TimelineQuery
    let table: SeriesTable
    private let keys: [Int64: SeriesKey]
    let grid: TimeGrid
    private(set) var values: [Int64: [Int: [Double]]] = [:]
    private(set) var peaks: [Int64: [Int: [Double]]] = [:]
    var from: Int64 { query.from.milliseconds }
    var to: Int64 { query.to.milliseconds }

    init(_ target: Int64, _ query: TimelineQuery, _ connection: any HistoryConnection) throws {
        self.target = target
        self.query = query
        table = try SeriesTable(target, connection)
        keys = table.keys
        let start = query.from.milliseconds
        let end = query.to.milliseconds
        // One more before: it tells of what was there when the first interval began.
        let headers = try History.headers(target, from: start - 86_400_000, to: end + 1, connection)
        var thinned: [TimeGrid.Thinned] = []
        let server = table.rows[SeriesKey(.server)]?.id ?? 0
        try connection.rows(
            """
            SELECT resolution, points FROM chunks
            WHERE target = $1 AND series = $2 AND resolution > 0 AND starts_at <= $3
            """, [.integer(target), .integer(server), .integer(end)]
        ) { row in
            guard let resolution = Resolution(rawValue: try row.integer(0) ?? 0) else { return }
            for moment in try Chunk.decode(try row.bytes(1) ?? [], wanted: []).moments
            where moment * 1000 >= start && (moment + resolution.seconds) * 1000 <= end {
                thinned.append(TimeGrid.Thinned(resolution: resolution, start: moment))
            }
        }
        grid = TimeGrid(headers.filter { $0.takenAt >= start }, thinned: thinned, context: headers)
    }

    func read(_ connection: any HistoryConnection) throws {
        let light: [Int] = [0, 1]
        try read(connection, only: nil) { key in
            let places = wanted[key.kind] ?? []
            return key.kind == .statement ? light.filter(places.contains) : places
        }
        guard query.measures[.statement] != nil else { return }
        let totals = values.compactMap { id, columns -> (Int64, Double)? in
            guard keys[id]?.kind == .statement, let time = columns[1] else { return nil }
            return (
                id, time.indices.reduce(0) { time[$1].isNaN ? $0 : $0 + time[$1] * (grid.ends[$1] - grid.starts[$1]) }
            )
        }
        let top = totals.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.prefix(query.fullStatements).map(\.0)
        guard !top.isEmpty else { return }
        try read(connection, only: Set(top)) { key in
            (wanted[key.kind] ?? []).filter { $0 > 1 }
        }
    }

    /// Places of the measures that are wanted, by kind: asked for at each row.
    private lazy var wanted: [SeriesKind: [Int]] = query.measures.reduce(into: [:]) { wanted, asked in
        let names = Set(asked.value)
        wanted[asked.key] = asked.key.measures.indices.filter { names.contains(asked.key.measures[$0].name) }
    }

    private func read(
        _ connection: any HistoryConnection, only ids: Set<Int64>?, _ wanted: (SeriesKey) -> [Int]
    ) throws {
        var late = try chunksOfBodies(connection, only: ids)
        var pool = ColumnPool()
        // Rows of a series follow each other: when the next one begins, all that is known of it is there.
        func finish(_ id: Int64, isFirst: Bool) {
            if let chunk = late.removeValue(forKey: id), let key = keys[id] {
                take(chunk, id, key, wanted(key), isFirst: isFirst)
            }
            guard let columns = values.removeValue(forKey: id) else { return }
            values[id] = columns.mapValues { pool.shared($0) }
        }
        var current: Int64?
        let list = ids.map { " AND series IN (\($0.sorted().map(String.init).joined(separator: ", ")))" } ?? ""
        try connection.rows(
            """
            SELECT series, resolution, starts_at, points FROM chunks
            WHERE target = $1 AND starts_at <= $2\(list) ORDER BY series, resolution DESC, starts_at
            """, [.integer(target), .integer(to)]
        ) { row in
            let id = try row.integer(0) ?? 0
            let isFirst = id != current
            if isFirst {
                if let current { finish(current, isFirst: false) }
                current = id
            }
            guard let key = keys[id], let resolution = Resolution(rawValue: try row.integer(1) ?? 0) else { return }
            let span: Int64 = resolution == .days ? 366 * 86_400_000 : 86_400_000
            guard (try row.integer(2) ?? 0) + span >= from else { return }
            let places = wanted(key)
            guard !places.isEmpty else { return }
            let bytes = try row.bytes(3) ?? []
            if resolution == .asRead {
                let needed = Set(places).union(key.kind.witnesses)
                take(try Chunk.decode(bytes, wanted: needed), id, key, places, isFirst: isFirst)
            } else {
                let needed = Set([0] + places.flatMap { [2 * $0 + 1, 2 * $0 + 2] })
                takeThinned(try Chunk.decode(bytes, wanted: needed), resolution, id, key, places)
            }
        }
        if let current { finish(current, isFirst: false) }
        for id in late.keys.sorted() { finish(id, isFirst: true) }
    }

    /// What is not packed yet, as chunks.
    private func chunksOfBodies(
        _ connection: any HistoryConnection, only ids: Set<Int64>?
    ) throws -> [Int64: Chunk] {
        var chunks: [Int64: Chunk] = [:]
        // From the beginning of the hour on, where a whole one stands.
        try History.bodies(target, from: (from / 3_600_000) * 3_600_000, to: to + 1, connection) { number, frame in
            for (id, numbers) in frame where ids?.contains(id) ?? true {
                guard let key = keys[id] else { continue }
                chunks[id, default: Chunk(width: key.kind.measures.count)].append(number, numbers)
            }
        }
        return chunks
    }

    private func take(_ chunk: Chunk, _ id: Int64, _ key: SeriesKey, _ places: [Int], isFirst: Bool) {
        let measures = key.kind.measures
        let there = places.filter { $0 < chunk.columns.count && !chunk.columns[$0].isEmpty }
        for place in there where values[id]?[place] == nil { values[id, default: [:]][place] = grid.empty().values }
        guard var columns = values[id] else { return }
        // Taken out so that they are changed in place.
        values[id] = nil
        let intervals = Differences(key, grid.headers).intervals(of: chunk, isFirst: isFirst)
        let ends = intervals.map { grid.place(of: $0.number) }
        for place in there {
            guard var series = columns.removeValue(forKey: place) else { continue }
            let column = chunk.columns[place]
            let isCounter = measures[place].nature == .counter
            for (interval, end) in zip(intervals, ends) {
                guard let end else { continue }
                if !isCounter {
                    series[end] = Double(column[interval.place])
                } else if let growth = Differences.growth(of: column, interval) {
                    series[end] = Double(growth) / interval.seconds
                }
            }
            columns[place] = series
        }
        values[id] = columns
    }

    private func takeThinned(
        _ chunk: Chunk, _ resolution: Resolution, _ id: Int64, _ key: SeriesKey, _ places: [Int]
    ) {
        for place in places where 2 * place + 2 < chunk.columns.count {
            var values = values[id]?[place] ?? grid.empty().values
            var peaks = peaks[id]?[place] ?? grid.empty().values
            let isCounter = key.kind.measures[place].nature == .counter
            for (point, moment) in chunk.moments.enumerated() {
                let hour = TimeGrid.Thinned(resolution: resolution, start: moment)
                guard let position = grid.thinned[hour] else { continue }
                let known = Double(chunk.columns[0][point])
                let value = Double(chunk.columns[2 * place + 1][point])
                let peak = Double(chunk.columns[2 * place + 2][point])
                guard !isCounter || known > 0 else { continue }
                values[position] = isCounter ? value / known : value
                peaks[position] = isCounter ? peak / 1000 : peak
            }
            self.values[id, default: [:]][place] = values
            self.peaks[id, default: [:]][place] = peaks
        }
    }
}

/// Columns that hardly change are alike in many series (a table that nobody touches has five of zeros): they are kept once.
private struct ColumnPool {
    private var known: [Int: [[Double]]] = [:]

    mutating func shared(_ column: [Double]) -> [Double] {
        guard let value = column.last(where: { !$0.isNaN }), column.allSatisfy({ $0 == value || $0.isNaN }) else {
            return column
        }
        var hasher = Hasher()
        hasher.combine(value)
        hasher.combine(column.count)
        let hash = hasher.finalize()
        if let same = known[hash]?.first(where: { Self.isSame($0, column) }) { return same }
        known[hash, default: []].append(column)
        return column
    }

    /// Bit by bit: NaN is what is not known, in both.
    private static func isSame(_ one: [Double], _ other: [Double]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }
}
