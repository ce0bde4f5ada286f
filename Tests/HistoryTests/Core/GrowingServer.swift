import Foundation
import History
import HistorySQLite
import Model

/// A server whose counters grow as they are told to, read every five minutes.
struct GrowingServer {
    static let start = Date(timeIntervalSince1970: 1_772_409_600)  // Mon 2026-03-02 00:00 UTC
    var snapshot = Snapshot()
    var ourClock = Self.start
    /// That all statements read.
    var relations: [String] = []

    init(statements: Int = 3) {
        snapshot.takenAt = Self.start
        snapshot.server.startedAt = Self.start.addingTimeInterval(-86_400)
        snapshot.server.host = "db1"
        snapshot.server.database = "shop"
        snapshot.server.systemIdentifier = "7"
        snapshot.server.version = ServerVersion(150_020)
        snapshot.server.versionText = "15.20"
        snapshot.databases = [.make { $0.name = "shop" }]
        var statistics = StatementStatistics()
        statistics.reset = Self.start.addingTimeInterval(-86_400)
        statistics.statements = (0..<statements).map { number in
            .make {
                $0.queryID = Int64(number + 1)
                $0.role = "app"
                $0.database = "shop"
                $0.text = "SELECT \(number)"
                $0.fingerprint = "f\(number)"
                $0.counters.calls = 1000
                $0.counters.executionTime = 5000
            }
        }
        snapshot.statementStatistics = statistics
        var catalog = DatabaseCatalog()
        catalog.database = "shop"
        catalog.relations = [
            .make {
                $0.name = QualifiedName("public", "orders")
                $0.pages = 10_000
                $0.columnCount = 5
            }
        ]
        catalog.indexes = [
            .make {
                $0.name = QualifiedName("public", "orders_pkey")
                $0.relation = QualifiedName("public", "orders")
                $0.definition = "CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)"
            }
        ]
        snapshot.catalogs = [catalog]
    }

    mutating func wait(_ seconds: Double = 300) {
        snapshot.takenAt += seconds
        ourClock += seconds
    }

    mutating func call(_ place: Int, _ calls: Int64, milliseconds: Double) {
        snapshot.statementStatistics?.statements[place].counters.calls += calls
        snapshot.statementStatistics?.statements[place].counters.executionTime += milliseconds
    }

    var target: HistoryTarget { HistoryTarget(snapshot.server) }

    @discardableResult
    func record(in history: History, findings: FindingLifecycle.Sighting? = nil) async throws -> Recorded {
        let frame = Frame(snapshot) {
            var facts = Frame.Facts($0)
            facts.relations = relations
            return facts
        }
        return try await history.record(
            RecordedSnapshot(snapshot, target: target, frame: frame, recordedAt: ourClock, sighting: findings))
    }

    func timeline(of history: History) async throws -> Timeline {
        try await history.timeline(
            of: target,
            TimelineQuery(from: Self.start.addingTimeInterval(-1), to: snapshot.takenAt.addingTimeInterval(1)))
    }
}

extension Timeline {
    func statement(_ fingerprint: String) -> Series? { series.first { $0.fingerprint == fingerprint } }
}

/// A history in a folder that goes when the test ends.
func withHistory<Result>(_ body: (History) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("history-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteHistory(path: folder.appendingPathComponent("history.db").path)
    let result = try await body(History(store))
    await store.close()
    return result
}
