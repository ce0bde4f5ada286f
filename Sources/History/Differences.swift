/// What a series' counters grew by between snapshots, and its gauges. What cannot be known is left out, never guessed.
struct Differences {
    let kind: SeriesKind
    let headers: SnapshotHeaders
    private let view: SnapshotHeaders.View

    init(_ key: SeriesKey, _ headers: SnapshotHeaders) {
        kind = key.kind
        self.headers = headers
        view = headers.view(of: key)
    }

    /// An interval that a chunk tells of.
    struct Interval {
        /// The number of the snapshot at its end.
        var number: Int64
        /// Of the numbers at its end, in the chunk's columns.
        var place: Int
        var seconds: Double
        var counted: Counted
    }

    enum Counted {
        /// Since the numbers before it in the chunk.
        case sinceBefore
        /// Since nothing: all that there is.
        case all
        case unknown
    }

    /// The intervals that the chunk tells of.
    ///
    /// - Parameter isFirst: nothing of the series was kept before the chunk.
    func intervals(of chunk: Chunk, isFirst: Bool) -> [Interval] {
        var intervals: [Interval] = []
        intervals.reserveCapacity(chunk.moments.count)
        let fallen = fallen(chunk)
        for place in chunk.moments.indices {
            let number = chunk.moments[place]
            guard let header = headers.place(of: number), headers.lengths[header] > 0 else { continue }
            let length = headers.lengths[header]
            let isBroken = view.isBroken[header]
            var interval = Interval(
                number: number, place: place, seconds: Double(length) / 1000, counted: .sinceBefore)
            if place > 0, goesOn(from: chunk.moments[place - 1], to: number) {
                if number != chunk.moments[place - 1] + 1 {
                    interval.seconds = span(from: chunk.moments[place - 1], to: number, or: length)
                }
                if isBroken || fallen.contains(place) { interval.counted = .unknown }
            } else {
                // New since the snapshot before, which would have told of it: all that it has was counted since.
                let isNew = kind.startsAtNothing && !isBroken && (place > 0 || isFirst) && told(before: header)
                interval.counted = isNew ? .all : .unknown
            }
            intervals.append(interval)
        }
        return intervals
    }

    /// What a counter grew by within an interval; nil: not known.
    static func growth(of column: [Int64], _ interval: Interval) -> Int64? {
        let now = column[interval.place]
        switch interval.counted {
        case .unknown: return nil
        case .all: return now >= 0 ? now : nil
        case .sinceBefore:
            // A difference beyond 64 bits is a counter that rolled over.
            let (growth, overflow) = now.subtractingReportingOverflow(column[interval.place - 1])
            return overflow || growth < 0 ? nil : growth
        }
    }

    /// The two follow each other, or nothing between them tells of the series.
    private func goesOn(from earlier: Int64, to number: Int64) -> Bool {
        number == earlier + 1
            || (earlier + 1..<number).allSatisfy {
                headers.place(of: $0).map { headers.headers[$0] != nil && !view.tells[$0] && !view.isBroken[$0] }
                    ?? false
            }
    }

    private func span(from earlier: Int64, to number: Int64, or length: Int64) -> Double {
        var sum: Int64 = 0
        for between in earlier + 1...number { sum += headers[between]?.length ?? 0 }
        return Double(max(sum, length)) / 1000
    }

    /// Places at which a counter that only grows is smaller than before.
    private func fallen(_ chunk: Chunk) -> Set<Int> {
        var places: Set<Int> = []
        for witness in kind.witnesses where witness < chunk.columns.count {
            let column = chunk.columns[witness]
            for place in column.indices.dropFirst() where column[place] < column[place - 1] { places.insert(place) }
        }
        return places
    }

    private func told(before place: Int) -> Bool { place > 0 && view.tells[place - 1] }
}

extension SeriesKind {
    /// Its counters begin with 0 when the thing does, so that what it has when it is first seen was counted since the
    /// snapshot before.
    fileprivate var startsAtNothing: Bool {
        switch self {
        case .statement, .relation, .index: true
        case .server, .database, .sequence, .slot, .standby, .wait: false
        }
    }
}
