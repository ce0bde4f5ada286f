/// What a series' counters grew by between snapshots, and its gauges. What cannot be known is left out, never guessed.
struct Differences {
    var kind: SeriesKind { key.kind }
    private let key: SeriesKey
    private let group: CounterGroup
    let headers: [Int64: SnapshotHeader]

    init(_ key: SeriesKey, _ headers: [Int64: SnapshotHeader]) {
        self.key = key
        group = CounterGroup(of: key)
        self.headers = headers
    }

    /// Hands over each interval that the chunk tells of: the number of the snapshot at its end, seconds, and the growth of each
    /// column that is a counter (nil: not known), or its value.
    ///
    /// - Parameter isFirst: nothing of the series was kept before the chunk.
    func walk(_ chunk: Chunk, isFirst: Bool, _ take: (Int64, Double, (Int) -> Int64?) -> Void) {
        for place in chunk.moments.indices {
            let number = chunk.moments[place]
            guard let header = headers[number], let length = header.length, length > 0 else { continue }
            // Mostly there are none: that is cheaper to see than that this one is not among them.
            let isBroken = !header.breaks.isEmpty && header.breaks.contains(group)
            if place > 0, goesOn(from: chunk.moments[place - 1], to: number) {
                let seconds = span(from: chunk.moments[place - 1], to: number, or: length)
                let fell = isBroken || self.fell(chunk, place)
                take(number, seconds) { column in
                    let now = chunk.columns[column][place]
                    guard kind.measures[column].nature == .counter else { return now }
                    let then = chunk.columns[column][place - 1]
                    // A difference beyond 64 bits is a counter that rolled over.
                    let (growth, overflow) = now.subtractingReportingOverflow(then)
                    return fell || overflow || growth < 0 ? nil : growth
                }
            } else {
                // New since the snapshot before, which would have told of it: all that it has was counted since.
                let isNew = kind.startsAtNothing && !isBroken && (place > 0 || isFirst) && told(before: number)
                take(number, Double(length) / 1000) { column in
                    let now = chunk.columns[column][place]
                    guard kind.measures[column].nature == .counter else { return now }
                    return isNew && now >= 0 ? now : nil
                }
            }
        }
    }

    /// The two follow each other, or nothing between them tells of the series.
    private func goesOn(from earlier: Int64, to number: Int64) -> Bool {
        number == earlier + 1
            || (earlier + 1..<number).allSatisfy {
                headers[$0].map { !$0.scope.tells(of: key) && !$0.breaks.contains(group) } ?? false
            }
    }

    private func span(from earlier: Int64, to number: Int64, or length: Int64) -> Double {
        var sum: Int64 = 0
        for between in earlier + 1...number { sum += headers[between]?.length ?? 0 }
        return Double(max(sum, length)) / 1000
    }

    private func fell(_ chunk: Chunk, _ place: Int) -> Bool {
        for (column, measure) in kind.measures.enumerated() where column < chunk.columns.count {
            let values = chunk.columns[column]
            guard measure.isWitness || (kind == .statement && measure.name == "maximumTime"), place < values.count
            else {
                continue
            }
            if values[place] < values[place - 1] { return true }
        }
        return false
    }

    private func told(before number: Int64) -> Bool { headers[number - 1]?.scope.tells(of: key) ?? false }
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
