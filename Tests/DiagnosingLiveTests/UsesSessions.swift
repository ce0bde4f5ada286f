import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Sessions that really hold and wait, and what the rules of area `locks` make of them.
protocol UsesSessions: UsesShop {}

extension UsesSessions {
    func snapshot(_ dsn: String) async throws -> Snapshot {
        var options = CollectionOptions()
        options.sampleCount = 2
        options.sampleInterval = .milliseconds(50)
        return try await Collector.collect(try ConnectionTarget(dsn: dsn), options: options)
    }

    func snapshot(_ server: TestServer, database: String = "Shop") async throws -> Snapshot {
        try await snapshot(server.dsn(database: database))
    }

    /// As it would be judged so many s later, with nothing changed: nobody has to wait for minutes.
    func judged(_ snapshot: Snapshot, later seconds: Double = 0, since earlier: Snapshot? = nil) -> Judgement {
        var snapshot = snapshot
        snapshot.takenAt += seconds
        return judgedSafely(Observation(snapshot, since: earlier, basis: .sample))
    }

    /// Somebody has waited for a lock for longer than an instant.
    func awaitWait(_ server: TestServer, sessions: Int = 1) async throws {
        try await server.wait(
            until:
                "(SELECT count(*) FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > '1.1 s') >= \(sessions)"
        )
    }

    func rules(_ judgement: Judgement) -> Set<String> {
        Set(judgement.findings.filter { $0.area == .locks }.map(\.rule))
    }

    /// Findings of area `locks` that claim more than a notice.
    func claims(_ judgement: Judgement) -> [String] {
        judgement.findings.filter { $0.area == .locks && $0.severity > .notice }.map { "\($0.rule): \($0.summary)" }
    }

    func withSessions<Value>(
        _ count: Int, _ server: TestServer, role: String = "App 1", application: String,
        _ body: ([LiveSession]) async throws -> Value
    ) async throws -> Value {
        var sessions: [LiveSession] = []
        let result: Result<Value, any Error>
        do {
            for _ in 0..<count {
                sessions.append(
                    try await LiveSession.open(server, database: "Shop", role: role, application: application))
            }
            result = .success(try await body(sessions))
        } catch {
            result = .failure(error)
        }
        for session in sessions { await session.close() }
        return try result.get()
    }
}
