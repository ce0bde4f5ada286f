import Foundation
import PostgresClient
import TestKit
import Testing

/// The server or the way to it goes away, or we do.
@Suite(.serialized) struct LossTests {
    private let three = [
        Query("before", "SELECT 1 AS a"), Query("during", "SELECT pg_sleep(60)"), Query("after", "SELECT 3 AS a"),
    ]
    private var patient: TransactionSettings {
        var settings = TransactionSettings()
        settings.statementTimeout = 120
        return settings
    }

    private static func sleeps(_ session: TargetSession) -> String {
        "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(session.identity.backendPID) AND wait_event = 'PgSleep')"
    }

    private static func isGone(_ session: TargetSession) -> String {
        "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(session.identity.backendPID))"
    }

    @Test func cancellingTheTaskFreesTheBackendAndKeepsWhatCame() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let session = try await TargetSession.connect(ConnectionTarget(dsn: database.dsn()))
            let (three, patient) = (three, patient)
            let task = Task { await session.read(three, settings: patient) }
            try await database.wait(until: Self.sleeps(session))
            let clock = ContinuousClock()
            let started = clock.now
            task.cancel()
            let results = await task.value
            try await database.wait(until: Self.isGone(session))
            #expect(clock.now - started < .seconds(10))
            #expect(results[0].isSuccess)
            #expect(results[1...].allSatisfy { $0.failure?.kind == .cancelled })
        }
    }

    @Test func theDeadlineEndsAReadAndFreesTheBackend() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let session = try await TargetSession.connect(ConnectionTarget(dsn: database.dsn()))
            let clock = ContinuousClock()
            let started = clock.now
            let results = await session.read(three, settings: patient, deadline: .now + .milliseconds(300))
            #expect(clock.now - started < .seconds(10))
            try await database.wait(until: Self.isGone(session))
            #expect(results[0].isSuccess)
            #expect(results[1...].allSatisfy { $0.failure?.kind == .timeout && $0.failure?.sqlState == nil })
            #expect(await session.read([three[0]])[0].failure != nil)
        }
    }

    @Test func aKilledBackendIsALostConnectionWithTheServersReason() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let session = try await TargetSession.connect(ConnectionTarget(dsn: database.dsn()))
            let (three, patient) = (three, patient)
            async let reading = session.read(three, settings: patient)
            try await database.wait(until: Self.sleeps(session))
            try await database.psql("SELECT pg_terminate_backend(\(session.identity.backendPID))")
            let results = await reading
            #expect(results[0].isSuccess)
            #expect(results[1...].allSatisfy { $0.failure?.kind == .connectionLost })
            #expect(results[2].failure?.message.contains("administrator command") == true)
        }
    }

    @Test func aServerThatDiesInTheMiddleIsALostConnection() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let session = try await TargetSession.connect(ConnectionTarget(dsn: server.dsn()))
        let (three, patient) = (three, patient)
        async let reading = session.read(three, settings: patient)
        try await server.wait(until: Self.sleeps(session))
        try server.crash()
        let results = await reading
        #expect(results[0].isSuccess)
        #expect(results[1...].allSatisfy { $0.failure?.kind == .connectionLost })
        #expect(await session.read([three[0]])[0].failure?.kind == .connectionLost)
    }

    @Test func aCutConnectionIsNoticedWhileWaitingAndBetweenReads() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let proxy = try NetworkProxy(to: database.server.port)
            defer { proxy.close() }
            let dsn = "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=\(database.name)"
            let waiting = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
            let idle = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
            let (three, patient) = (three, patient)
            async let reading = waiting.read(three, settings: patient)
            try await database.wait(until: Self.sleeps(waiting))
            proxy.cut()
            let results = await reading
            #expect(results[0].isSuccess)
            #expect(results[1...].allSatisfy { $0.failure?.kind == .connectionLost })
            #expect(await idle.read([three[0]])[0].failure?.kind == .connectionLost)
        }
    }

    @Test func aNetworkThatSwallowsEverythingIsGivenUpAtTheDeadline() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let proxy = try NetworkProxy(to: database.server.port)
            defer { proxy.close() }
            let dsn = "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=\(database.name)"
            let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
            proxy.freeze()
            let clock = ContinuousClock()
            let started = clock.now
            let results = await session.read([three[0]], deadline: .now + .milliseconds(200))
            #expect(results[0].failure?.kind == .timeout)
            // The deadline, and 1 s for a cancel that nobody hears.
            #expect(clock.now - started < .seconds(10))
        }
    }

    @Test func aServerThatFallsSilentIsGivenUpWithoutADeadline() async throws {
        let server = try await TestServer.shared()
        let proxy = try NetworkProxy(to: server.port)
        defer { proxy.close() }
        let dsn = "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=postgres"
        let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
        proxy.freeze()
        var settings = TransactionSettings()
        settings.statementTimeout = 0.1
        let clock = ContinuousClock()
        let started = clock.now
        let results = await session.read([three[0]], settings: settings)
        #expect(results[0].failure?.kind == .timeout)
        // Silence counts from 3.1 s on; our limits for a slow machine are generous, an endless wait fails them.
        #expect(clock.now - started < .seconds(15))
    }

    @Test func aReadLargerThanEveryBufferDoesNotStandStill() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                // 8 MB each way: neither side can send all before the other reads.
                let padding = String(repeating: "x", count: 16_000)
                let queries = (0..<500).map {
                    Query("\($0)", "SELECT \($0) AS n, $1 || '' AS t", parameters: [padding])
                }
                let results = await session.read(queries)
                for (index, result) in results.enumerated() {
                    let row = try #require(try result.get().first)
                    #expect(try row.int("n") == index && row.string("t").utf8.count == 16_000)
                }
            }
        }
    }

    @Test func cancellingAtAnyMomentEndsSoonAndLeavesNoBackend() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let queries = (0..<20).map { Query("\($0)", "SELECT \($0) AS n, pg_sleep(0.002)") }
            for round in 0..<25 {
                let dsn = database.dsn()
                let task = Task {
                    let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
                    let results = await session.read(queries)
                    await session.close()
                    return results
                }
                // Spread over connecting, sending, reading, and the end.
                try await Task.sleep(for: .milliseconds(round * 3))
                task.cancel()
                guard let results = try? await task.value else { continue }
                let good = results.prefix { $0.isSuccess }
                #expect(results[good.count...].allSatisfy { $0.failure?.kind == .cancelled })
            }
            try await database.wait(
                until: "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgmedic' "
                    + "AND datname = '\(database.name)')")
        }
    }
}
