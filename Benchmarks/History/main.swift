/// What a history costs: 30 days of snapshots every five minutes, 500 statements, as a server with an ordinary day would give
/// them. Prints each figure with its bar, and ends with 1 when one is not held.
///
///     history-benchmark --write NEW-FILE [--days 30] [--statements 500]
///     history-benchmark --read FILE
import Foundation
import History
import HistorySQLite
import Model
import Trends

func option(_ name: String, _ standard: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return standard }
    return Int(arguments[place + 1]) ?? standard
}

/// Peak of resident memory, bytes; 0 where the kernel does not tell.
func peakMemory() -> Int64 {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first).flatMap { Int64($0) }.map { $0 * 1024 } ?? 0
}

@MainActor func milliseconds(_ work: @MainActor () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - start) / .milliseconds(1)
}

/// A server with statements of very different weight, busier by day than by night.
struct Shop {
    var snapshot = Snapshot()
    private var noise = SeededNumbers(seed: 1)
    private let start = Date(timeIntervalSince1970: 1_772_409_600)

    init(statements: Int) {
        snapshot.takenAt = start
        snapshot.server.startedAt = start.addingTimeInterval(-86_400)
        (snapshot.server.host, snapshot.server.database) = ("db1", "shop")
        snapshot.databases = [.make { $0.name = "shop" }]
        var statistics = StatementStatistics()
        statistics.statements = (0..<statements).map { number in
            .make {
                $0.queryID = Int64(bitPattern: noise.next())
                ($0.role, $0.database, $0.fingerprint) = ("app", "shop", String(number, radix: 16))
                $0.text =
                    "SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id "
                    + "WHERE o.status = $1 AND o.created_at > $2 AND o.tenant = $3 ORDER BY o.created_at LIMIT \(number)"
            }
        }
        snapshot.statementStatistics = statistics
        var catalog = DatabaseCatalog()
        catalog.database = "shop"
        for number in 0..<200 {
            catalog.relations.append(
                .make {
                    $0.name = QualifiedName("public", "table_\(number)")
                    $0.pages = 1000
                })
        }
        snapshot.catalogs = [catalog]
    }

    mutating func advance(_ seconds: Double) {
        snapshot.takenAt += seconds
        let hour = snapshot.takenAt.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) / 3600
        let daily = 1.5 - cos(hour / 24 * 2 * .pi)
        for place in 0..<(snapshot.statementStatistics?.statements.count ?? 0) {
            // Zipf: the tenth statement is called a tenth as often as the first.
            let rate = 20_000.0 / Double(place + 1) * daily
            let calls = Int64(rate * Double.random(in: 0.7...1.3, using: &noise))
            guard calls > 0 else { continue }
            let mean = 0.2 + Double(place % 17) * 1.7
            let spread = Double.random(in: 0.9...1.1, using: &noise)
            snapshot.statementStatistics?.statements[place].counters.add(
                .make {
                    $0.calls = calls
                    $0.rows = calls * Int64(1 + place % 5)
                    $0.executionTime = Double(calls) * mean * spread
                    $0.sharedBlocksHit = calls * Int64.random(in: 5...40, using: &noise)
                    $0.sharedBlocksRead = place % 3 == 0 ? Int64.random(in: 0...calls, using: &noise) : 0
                    $0.readTime = place % 3 == 0 ? Double(calls) * 0.05 * spread : 0
                    $0.walBytes = place % 7 == 0 ? calls * Int64.random(in: 80...300, using: &noise) : 0
                })
            snapshot.statementStatistics?.statements[place].meanTime = mean
            snapshot.statementStatistics?.statements[place].deviationOfTime = mean * 0.4 * spread
        }
        for place in snapshot.catalogs[0].relations.indices where place % 4 == 0 {
            snapshot.catalogs[0].relations[place].counters.inserted += Int64.random(in: 0...500, using: &noise)
            snapshot.catalogs[0].relations[place].pages += 1
        }
    }
}

let days = option("--days", 30)
let statements = option("--statements", 500)
func path(_ name: String) -> String? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
    return arguments[place + 1]
}
var failures = 0

@MainActor func report(_ name: String, _ value: Double, _ unit: String, bar: Double) {
    if value > bar { failures += 1 }
    print(
        name.padding(toLength: 58, withPad: " ", startingAt: 0),
        String(format: "%9.1f %@", value, unit), "  bar \(bar)", value > bar ? "  MISSED" : "")
}

/// Writes the days into a new history.
@MainActor func write(to file: String) async throws {
    let history = History(try SQLiteHistory(path: file))
    var shop = Shop(statements: statements)
    let target = HistoryTarget(shop.snapshot.server)
    let count = days * 288
    var writes: [Double] = []
    var ends: [Double] = []
    for number in 0..<count {
        shop.advance(300)
        writes.append(
            try await milliseconds {
                let recorded = try RecordedSnapshot(
                    shop.snapshot, target: target, frame: Frame(shop.snapshot), recordedAt: shop.snapshot.takenAt,
                    sighting: nil)
                _ = try await history.record(recorded)
            })
        guard number % 288 == 287 else { continue }
        ends.append(
            try await milliseconds { _ = try await history.maintain(target, at: shop.snapshot.takenAt) })
    }
    await history.store.close()
    let sorted = writes.sorted()
    report("snapshot write, median", sorted[count / 2], "ms", bar: 50)
    report("snapshot write, 99 of 100", sorted[count * 99 / 100], "ms", bar: 50)
    report("packing a day, once a day, median", ends.sorted()[ends.count / 2], "ms", bar: 1000)
    let size = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    report("bytes a statement and snapshot, all in", Double(size) / Double(count * statements), "B", bar: 40)
}

/// Reads all days and makes the report of them.
@MainActor func read(_ file: String) async throws {
    let history = History(try SQLiteHistory(path: file, readOnly: true))
    guard let summary = try await history.summaries().first, let first = summary.first, let last = summary.last else {
        throw HistoryError(.unusable, file, "it is empty")
    }
    let measures = Dictionary(uniqueKeysWithValues: SeriesKind.allCases.map { ($0, TrendAnalysis.measures(of: $0)) })
    let query = TimelineQuery(from: first, to: last.addingTimeInterval(1), measures: measures)
    var timeline = Timeline()
    let reading = try await milliseconds { timeline = try await history.timeline(of: summary.stored.target, query) }
    let known = timeline
    var headline = ""
    let judging = await milliseconds { headline = TrendAnalysis(known).report.headline }
    print("\(summary.snapshots) snapshots: \(headline)")
    report("reading them", reading, "ms", bar: 2000)
    report("reading and judging them", reading + judging, "ms", bar: 2000)
    report("peak memory", Double(peakMemory()) / 1e6, "MB", bar: 200)
    await history.store.close()
}

// Reading is a process of its own: its memory is what a report takes.
if let file = path("--read") {
    try await read(file)
} else {
    guard let file = path("--write") else {
        print("history-benchmark --write NEW-FILE [--days 30] [--statements 500] | --read FILE")
        exit(2)
    }
    try await write(to: file)
}
exit(failures == 0 ? 0 : 1)
