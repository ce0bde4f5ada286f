import Model

/// Makes an hour of many snapshots, or a day of many hours: totals and peaks stay.
///
/// A thinned chunk has, for each measure, two columns after one with the seconds that are known: of a counter its growth and its
/// greatest growth in 1,000 s; of a gauge its last value and its greatest.
enum Thinning {
    private struct Point {
        var known: Double = 0
        var growth: [Int64]
        var peak: [Int64]
        var isKnown: [Bool]
    }

    /// - Parameter start: of the row, milliseconds: what the chunk has from before it is there for the first difference only.
    static func hours(_ chunk: Chunk, from start: Int64, _ differences: Differences, isFirst: Bool) -> Chunk {
        let measures = differences.kind.measures
        var points: [Int64: Point] = [:]
        for interval in differences.intervals(of: chunk, isFirst: isFirst) {
            guard let header = differences.headers[interval.number], header.takenAt >= start else { continue }
            // It belongs to the hour in which it was read, which lies in the day of its row.
            let hour = header.takenAt / 3_600_000 * 3600
            var point =
                points[hour]
                ?? Point(
                    growth: Array(repeating: 0, count: measures.count),
                    peak: Array(repeating: .min, count: measures.count),
                    isKnown: Array(repeating: false, count: measures.count))
            var isKnown = false
            for place in measures.indices where place < chunk.columns.count {
                let isCounter = measures[place].nature == .counter
                let column = chunk.columns[place]
                guard let value = isCounter ? Differences.growth(of: column, interval) : column[interval.place] else {
                    continue
                }
                point.isKnown[place] = true
                if isCounter {
                    isKnown = true
                    point.growth[place] = point.growth[place].addingReportingOverflow(value).partialValue
                    point.peak[place] = max(point.peak[place], Int64(clamping: Double(value) * 1000 / interval.seconds))
                } else {
                    point.growth[place] = value
                    point.peak[place] = max(point.peak[place], value)
                }
            }
            if isKnown || measures.allSatisfy({ $0.nature == .gauge }) { point.known += interval.seconds }
            points[hour] = point
        }
        return packed(points, measures.count)
    }

    static func days(_ hours: Chunk, _ kind: SeriesKind) -> Chunk {
        let measures = kind.measures
        var points: [Int64: Point] = [:]
        for place in hours.moments.indices {
            let day = hours.moments[place] / 86_400 * 86_400
            var point =
                points[day]
                ?? Point(
                    growth: Array(repeating: 0, count: measures.count),
                    peak: Array(repeating: .min, count: measures.count),
                    isKnown: Array(repeating: true, count: measures.count))
            point.known += Double(hours.columns.first?[place] ?? 0)
            for measure in measures.indices where 2 * measure + 2 < hours.columns.count {
                let value = hours.columns[2 * measure + 1][place]
                point.growth[measure] =
                    measures[measure].nature == .counter
                    ? point.growth[measure].addingReportingOverflow(value).partialValue : value
                point.peak[measure] = max(point.peak[measure], hours.columns[2 * measure + 2][place])
            }
            points[day] = point
        }
        return packed(points, measures.count)
    }

    private static func packed(_ points: [Int64: Point], _ measures: Int) -> Chunk {
        var chunk = Chunk()
        chunk.columns = Array(repeating: [], count: 1 + 2 * measures)
        for (moment, point) in points.sorted(by: { $0.key < $1.key }) {
            chunk.moments.append(moment)
            chunk.columns[0].append(Int64(clamping: point.known))
            for place in 0..<measures {
                chunk.columns[2 * place + 1].append(point.growth[place])
                chunk.columns[2 * place + 2].append(point.peak[place] == .min ? 0 : point.peak[place])
            }
        }
        return chunk
    }

    /// Adds later points; of the same moment the later one wins.
    static func join(_ earlier: Chunk, _ later: Chunk) -> Chunk {
        guard !earlier.moments.isEmpty else { return later }
        var joined = earlier
        while joined.columns.count < later.columns.count {
            joined.columns.append(Array(repeating: 0, count: joined.moments.count))
        }
        let fresh = Set(later.moments)
        let kept = joined.moments.indices.filter { !fresh.contains(joined.moments[$0]) }
        joined.moments = kept.map { joined.moments[$0] } + later.moments
        for column in joined.columns.indices {
            let after = column < later.columns.count ? later.columns[column] : later.moments.map { _ in 0 }
            joined.columns[column] = kept.map { joined.columns[column][$0] } + after
        }
        return joined
    }
}
