import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import Recommending
import TestKit
import Testing

/// A server at its usual load, and then at many times of it.
@Suite(.serialized) struct TrafficLiveTests: UsesShop {
    private static let look = "\\set id random(1, 200000)\nSELECT note FROM orders WHERE id = :id;\n"

    @Test func aSurgeIsToldByRoleAndStatementAndWhatIsNewByItself() async throws {
        try await withShop { server in
            // As many calls as twenty a second make in an hour, made at once; the hour itself cannot be waited for.
            try await run(Self.look, times: 18_000, clients: 4, on: server)
            var calm = try await collected(server)
            let hour = calm.takenAt.addingTimeInterval(-3600)
            calm.statementStatistics?.reset = hour

            try await run(Self.look, times: 2000, role: "loader", arguments: ["-R", "250"], on: server)
            var sessions: [LiveSession] = []
            for _ in 1...3 {
                let session = try await LiveSession.open(
                    server, database: "Shop", role: "loader", application: "import")
                _ = try await session.run("SELECT note FROM orders WHERE id = 5;")
                sessions.append(session)
            }
            var surge = try await collected(server)
            surge.statementStatistics?.reset = hour
            let diagnosis = Diagnosis(judging: Observation(surge, since: calm))
            let found = try #require(
                diagnosis.findings.first { $0.rule == "workload.traffic-surge" }, "\(diagnosis.findings.map(\.title))")
            #expect(found.objects.map(\.kind) == [.role, .statement, .cluster])
            #expect(found.objects.first?.name == "loader" && found.title.contains("from role loader"))
            #expect(
                found.evidence.contains { $0.key == "factor" && $0.value.number.map { (5...13).contains($0) } == true })
            #expect(!diagnosis.findings.contains { $0.rule == "workload.new-statement" }, "it was there before")
            let limit = try #require(found.actions.first { $0.title.contains("no more than 1 session,") })
            try await server.psql(limit.sql.joined(separator: "\n"))
            #expect(try await server.psql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'loader'") == "1")
            try await server.psql(try #require(limit.undo))
            #expect(try await server.psql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'loader'") == "-1")
            for session in sessions { await session.close() }

            // Usual again.
            try await run(Self.look, times: 60, arguments: ["-R", "20"], on: server)
            var usual = try await collected(server)
            usual.statementStatistics?.reset = hour
            let quiet = Engine().judge(Observation(usual, since: surge))
            #expect(quiet.evaluated.contains("workload.traffic-surge"))
            #expect(!quiet.findings.contains { $0.rule == "workload.traffic-surge" })

            // A release: a statement that nobody has seen in a day.
            let day = usual.takenAt.addingTimeInterval(-90_000)
            usual.statementStatistics?.reset = day
            try await run(
                "SELECT count(*) FROM orders WHERE note LIKE '%7f%';\n", forMilliseconds: 6000, on: server)
            var released = try await collected(server)
            released.statementStatistics?.reset = day
            let after = Engine().judge(Observation(released, since: usual))
            let new = try finding("workload.new-statement", after)
            #expect(new.title.contains("count(*)"))
            let heavy = try finding("workload.heavy-statement", after)
            #expect(!heavy.symptomOf.isDisjoint(with: new.explains))
        }
    }

    /// What is sent costs what it says, by query.
    @Test func eachQuerySaysWhatItTook() async throws {
        try await withShop { server in
            let cost = try await collected(server).cost
            let queries = try #require(cost.queries)
            #expect(queries.count >= 20 && Set(queries.map(\.query)).count == queries.count)
            let sum = queries.reduce(0) { $0 + $1.time }
            #expect(sum > 0 && sum <= cost.wallTime, "\(sum) of \(cost.wallTime) ms")
            #expect(queries.first { $0.query == "relations" }?.rows ?? 0 >= 2)
        }
    }

    private func collected(_ server: TestServer) async throws -> Snapshot {
        var options = CollectionOptions()
        options.statementLimit = .max
        options.sampleCount = 1
        return try await Collector.collect(try ConnectionTarget(dsn: server.dsn(database: "Shop")), options: options)
    }
}

extension Evidence.Value {
    fileprivate var number: Double? { if case .number(let number) = self { number } else { nil } }
}
