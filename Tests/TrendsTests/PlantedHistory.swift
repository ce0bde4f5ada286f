import Foundation
import History
import Model
import Trends

/// What a planted history's one statement suffers from.
enum PlantedCause: String, CaseIterable, Sendable {
    /// A plan of another shape after ANALYZE.
    case planFlip
    case droppedIndex
    case setting
    /// A bulk load makes its table several times as large.
    case growth
    case bloat
    case traffic
    /// Another statement begins to read a lot.
    case neighbour
    case locks

    var expected: Attribution.Cause {
        switch self {
        case .planFlip: .plan
        case .droppedIndex: .indexDropped
        case .setting: .setting
        case .growth: .growth
        case .bloat: .bloat
        case .traffic: .traffic
        case .neighbour: .neighbour
        case .locks: .locks
        }
    }
}

/// A server's history whose truth is known, from a seed: statements on relations of a shop, noise of which the standard deviation
/// in the logarithm is stated, changes that explain nothing (autoanalyze of every table, settings of logging, an index on
/// another table), and one planted cause.
struct PlantedHistory {
    static let start = 1_767_571_200.0
    var seed: UInt64
    var days = 4.0
    var interval = 600.0
    var statements = 8
    /// Of times a call; calls have half as much again, blocks a third.
    var noise = 0.15
    /// Of calls, in the logarithm.
    var dailyRhythm = 0.0
    var cause: PlantedCause?

    var count: Int { Int(days * 86_400 / interval) }
    /// The first interval with the new level.
    let place: Int
    /// Which statement suffers.
    let victim: Int
    private var numbers: SeededNumbers

    init(seed: UInt64, cause: PlantedCause? = nil, days: Double = 4, statements: Int = 8, interval: Double = 600) {
        self.seed = seed
        self.cause = cause
        self.days = days
        self.statements = statements
        self.interval = interval
        numbers = SeededNumbers(seed: seed &* 0x9E37_79B9 &+ 17)
        let count = Int(days * 86_400 / interval)
        place = Int.random(in: count * 2 / 5..<count * 4 / 5, using: &numbers)
        victim = Int.random(in: 0..<min(4, statements), using: &numbers)
    }

    /// When the planted cause begins to be felt, seconds since 1970.
    var moment: Double { Self.start + Double(place) * interval }
    static func fingerprint(_ number: Int) -> String {
        String(repeating: "0", count: 12) + String(4096 + number, radix: 16)
    }
    static func relation(_ number: Int) -> String { "public.table\(number % 6)" }

    private mutating func gaussian() -> Double {
        let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &numbers))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &numbers))
    }

    private mutating func noisy(_ level: Double, _ deviation: Double) -> Double { level * exp(deviation * gaussian()) }

    mutating func make() -> Timeline {
        var timeline = Timeline()
        timeline.target.name = "shop"
        timeline.target.database = "shop"
        timeline.range = Self.start..<Self.start + Double(count) * interval
        timeline.moments = (0...count).map { Self.start + Double($0) * interval }
        var active = [Double](repeating: 0, count: count)
        for number in 0..<statements {
            let series = statement(number, &active)
            timeline.series.append(series)
        }
        timeline.series += relations() + waits()
        let busy = active.map { max(0, $0) * 1e6 }
        timeline.series.append(
            Timeline.Series(key: SeriesKey(.database, "shop", in: "shop"), measures: ["activeTime": series(busy)]))
        timeline.changes = (idleChanges() + plantedChanges()).sorted { $0.at < $1.at }
        return timeline
    }

    func series(_ values: [Double]) -> TimeSeries {
        let starts = values.indices.map { Self.start + Double($0) * interval }
        return TimeSeries(starts: starts, ends: starts.map { $0 + interval }, values: values)
    }

    /// By what the planted cause multiplies a call's time, blocks, and the calls.
    private mutating func factors() -> (time: Double, blocks: Double, calls: Double) {
        func pick(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &numbers) }
        switch cause {
        case .planFlip: return (pick(2...8), pick(3...30), 1)
        case .droppedIndex: return (pick(3...20), pick(10...200), 1)
        case .setting: return (pick(2...5), pick(2...8), 1)
        case .growth, .bloat: return (pick(2...4), 1, 1)
        case .traffic: return (1, 1, pick(2...5))
        case .neighbour: return (pick(1.6...3), 1, 1)
        case .locks: return (pick(2...8), 1, 1)
        case nil: return (1, 1, 1)
        }
    }

    private mutating func statement(_ number: Int, _ active: inout [Double]) -> Timeline.Series {
        let isVictim = cause != nil && number == victim
        let isNeighbour = cause == .neighbour && number == victim + 1
        var (time, blocks, calls) = isVictim ? factors() : (1, 1, 1)
        // A scan of a table that has three times the blocks takes three times as long.
        if isVictim && (cause == .growth || cause == .bloat) { blocks = time }
        if isNeighbour { calls = 12 }
        let base = (
            calls: 20 / Double(number + 1), time: isNeighbour ? 0.02 : 0.004 * Double(number % 3 + 1),
            blocks: 40.0 * Double(number % 5 + 1)
        )
        var columns: [String: [Double]] = [:]
        func add(_ name: String, _ value: Double) { columns[name, default: []].append(value) }
        for place in 0..<count {
            let isNow = place >= self.place
            let hour = Double(place) * interval / 3600
            let rhythm = exp(dailyRhythm * sin(2 * .pi * hour / 24))
            let rate = noisy(base.calls * (isNow ? calls : 1) * rhythm, noise * 1.5)
            let seconds = rate * noisy(base.time * (isNow ? time : 1), noise)
            let read = noisy(base.blocks * (isNow ? blocks : 1), noise / 3)
            add("calls", rate)
            add("executionTime", seconds * 1e6)
            add("rows", rate * 3)
            add("sharedBlocksHit", rate * read * 0.9)
            add("sharedBlocksRead", rate * read * 0.1)
            add("squaredTime", seconds * seconds / rate * 2e9)
            active[place] += seconds
        }
        return Timeline.Series(
            key: SeriesKey(.statement, "\(7000 + number)", in: "shop", role: number % 4 == 3 ? "reporting" : "app"),
            fingerprint: Self.fingerprint(number), text: "SELECT * FROM table\(number % 6) WHERE id = $\(number + 1)",
            relations: [Self.relation(number)], measures: columns.mapValues { series($0) })
    }

    private mutating func relations() -> [Timeline.Series] {
        (0..<6).map { number in
            let isOfVictim = cause != nil && number == victim % 6
            let grown = isOfVictim && cause == .growth ? 3.0 : 1
            let dead = isOfVictim && cause == .bloat ? 2e6 : 2e4
            var columns: [String: [Double]] = [:]
            for place in 0..<count {
                let isNow = place >= self.place
                let rows = 1e6 * (isNow ? grown : 1) * (1 + 1e-5 * Double(place))
                columns["liveTuples", default: []].append(noisy(rows, 0.01))
                columns["rows", default: []].append(rows)
                columns["deadTuples", default: []].append(noisy(isNow ? dead : 2e4, 0.3))
                columns["size", default: []].append(rows * 200 * (isNow && dead > 1e6 ? 3 : 1))
            }
            return Timeline.Series(
                key: SeriesKey(.relation, Self.relation(number), in: "shop"), measures: columns.mapValues { series($0) }
            )
        }
    }

    private mutating func waits() -> [Timeline.Series] {
        [("CPU", 0.4), ("IO:DataFileRead", 0.1), ("Lock:transactionid", 0.01)].map { name, level in
            let isHit = name.hasPrefix("Lock") && cause == .locks || name.hasPrefix("IO") && cause == .neighbour
            let values = (0..<count).map { noisy(level + ($0 >= place && isHit ? 0.5 : 0), 0.5) * 1000 }
            return Timeline.Series(key: SeriesKey(.wait, name), measures: ["sessions": series(values)])
        }
    }

    private func change(
        _ kind: HistoryChange.Kind, _ object: String, at place: Int, relations: [String] = [], _ before: String? = nil,
        _ now: String? = nil
    ) -> HistoryChange {
        .make {
            $0.kind = kind
            $0.object = object
            $0.at = Date(timeIntervalSince1970: Self.start + Double(place) * interval)
            $0.after = Date(timeIntervalSince1970: Self.start + Double(place - 1) * interval)
            $0.relations = relations
            $0.before = before
            $0.now = now
        }
    }

    /// What goes on everywhere and explains nothing.
    private mutating func idleChanges() -> [HistoryChange] {
        var changes: [HistoryChange] = []
        for number in 0..<6 {
            for _ in 0..<4 {
                changes.append(
                    change(.analyzed, Self.relation(number), at: Int.random(in: 1..<count, using: &numbers)))
            }
        }
        changes.append(
            change(.setting, "log_min_duration_statement", at: Int.random(in: 1..<count, using: &numbers), "-1", "1s"))
        changes.append(
            change(
                .indexCreated, "public.other_idx", at: Int.random(in: 1..<count, using: &numbers),
                relations: ["public.other"]))
        return changes
    }

    private mutating func plantedChanges() -> [HistoryChange] {
        let relation = Self.relation(victim)
        // Seen by the snapshot at which the first interval of the new level begins, or ends.
        let seen = place + Int.random(in: 0...1, using: &numbers)
        let flip = change(.plan, Self.fingerprint(victim), at: place + 1, relations: [relation], "a1", "b2")
        switch cause {
        case .planFlip: return [change(.analyzed, relation, at: seen), flip]
        case .droppedIndex: return [change(.indexDropped, relation + "_idx", at: seen, relations: [relation]), flip]
        case .setting:
            return [
                change(.setting, "random_page_cost", at: seen, "1.1", "40"), Bool.random(using: &numbers) ? flip : nil,
            ].compactMap { $0 }
        default: return []
        }
    }
}
