import Collecting
import Foundation
import Model
import PostgresClient
import Recommending
import TestKit
import Testing

@testable import Diagnosing

/// Whatever piles up, the one who is to blame is named first.
@Suite("Lock piles on a real server", .serialized) struct LockScenarioTests {
    private static let server = Task {
        try await TestServer.start(settings: [
            "max_prepared_transactions": "10", "deadlock_timeout": "10min", "autovacuum_naptime": "1h",
            "synchronous_commit": "local", "fsync": "on", "full_page_writes": "on",
        ])
    }

    @Test(arguments: LockScenario.all) func theRootIsNamedFirst(_ scenario: LockScenario) async throws {
        try await Self.server.value.withDatabase(LockStage.schema) { database in
            let stage = LockStage(database)
            do {
                let root = try await scenario.play(stage)
                if case .nobody = root {} else { try await stage.settle() }
                expect(root, victims: scenario.victims, in: try await Self.diagnosis(of: database))
            } catch {
                Issue.record(error)
            }
            await stage.close()
            try await Self.rollBackPrepared(database)
        }
    }

    @Test func thereAreTwentyFive() { #expect(LockScenario.all.count >= 25) }

    private static func diagnosis(of database: TestDatabase) async throws -> Diagnosis {
        var options = CollectionOptions()
        options.explainsStatements = false
        options.asksWhatIf = false
        options.sampleCount = 1
        let target = try ConnectionTarget(dsn: database.dsn(over: .socket))
        return Diagnosis(judging: Observation(try await Collector.collect(target, options: options)))
    }

    private static func rollBackPrepared(_ database: TestDatabase) async throws {
        let left = try await database.psql("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
        for gid in left.split(separator: "\n") { try await database.psql("ROLLBACK PREPARED '\(gid)'") }
    }

    private func expect(_ root: LockScenario.Root, victims: Int, in diagnosis: Diagnosis) {
        let shown = diagnosis.ranked.map { "\($0.finding.severity) \($0.finding.rule): \($0.finding.title)" }
            .joined(separator: "\n")
        let first = diagnosis.ranked.first?.finding
        let forest = diagnosis.observation.forest
        switch root {
        case .session(let pid):
            #expect(forest.roots.first?.pid == pid, "\(shown)")
            #expect((forest.roots.first?.descendants.count ?? 0) >= victims)
            let summary = first?.summary ?? ""
            #expect(summary.lowercased().contains("session \(pid)"), "\(summary)\n\(shown)")
            #expect(first?.severity ?? .notice >= .warning)
        case .prepared(let gid):
            #expect(forest.roots.first?.preparedTransaction == gid, "\(shown)")
            #expect((forest.roots.first?.descendants.count ?? 0) >= victims)
            #expect(first?.summary.contains(gid) ?? false, "\(first?.summary ?? "")\n\(shown)")
        case .deadlock(let pids):
            #expect(forest.cycles.map(Set.init) == [pids], "\(shown)")
            #expect(pids.contains(forest.roots.first?.pid ?? 0))
            #expect(first?.rule == "locks.blocking-session", "\(shown)")
        case .nobody:
            let loud = diagnosis.findings.filter { $0.area == .locks && $0.severity > .notice }
            #expect(loud.isEmpty, "\(loud.map(\.summary))")
        }
    }
}
