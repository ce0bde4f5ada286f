import PostgresClient
import TestKit
import Testing

@Suite(.serialized) struct ConnectTests {
    private func failure(_ dsn: String?, database: String? = nil, within seconds: Double = 20) async -> ConnectionError?
    {
        do {
            await (try TargetSession.connect(ConnectionTarget(dsn: dsn, database: database), within: seconds)).close()
            return nil
        } catch {
            return error as? ConnectionError
        }
    }

    @Test func aServerIsReachedOverTCPSocketURIAndOverriddenDatabase() async throws {
        let server = try await TestServer.shared()
        try await server.withDatabase { database async throws in
            for (dsn, name) in [
                (database.dsn(), nil), (database.dsn(over: .socket), nil), (server.dsn(), database.name),
                ("postgresql://postgres@127.0.0.1:\(server.port)/\(database.name)", nil),
                ("postgres://postgres@127.0.0.1:\(server.port)/postgres?connect_timeout=3", database.name),
            ] {
                let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn, database: name))
                #expect(session.identity.database == database.name)
                #expect(session.identity.port == server.port)
                #expect(session.identity.isSuperuser)
                #expect(try await session.value("SELECT current_database()") == database.name)
                await session.close()
            }
        }
    }

    @Test func theFirstHostThatAnswersIsTaken() async throws {
        let server = try await TestServer.shared()
        let dsn = "host=127.0.0.1,127.0.0.1 port=\(try freePort()),\(server.port) dbname=postgres user=postgres"
        let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
        #expect(session.identity.port == server.port)
        await session.close()
    }

    @Test(
        arguments: [
            ("hots=localhost", "invalid connection option \"hots\""), ("host=", nil),
            ("host=localhost password=hunter2 port", "missing \"=\""), ("mysql://localhost/x", "postgresql://"),
            ("postgresql://u:hunter2@[::1/x", "the DSN cannot be read"), ("postgresql://u:hunter2%ZZ@h/x", "percent"),
            ("postgresql://u:hun@ter2@h/x", "%40"), ("postgresql://u:hun/ter2@h/x", "%2F"),
            ("host=localhost port=hunter2", "port"), ("postgresql://h/x?pasword=hunter2", "pasword"),
            ("host=localhost password=a hunter2 dbname=x", "missing"),
        ] as [(String, String?)])
    func aTypoInTheDSNIsExplainedWithoutThePassword(dsn: String, part: String?) throws {
        guard let part else {
            _ = try ConnectionTarget(dsn: dsn)
            return
        }
        let error = #expect(throws: ConnectionError.self) { try ConnectionTarget(dsn: dsn) }
        #expect(error?.kind == .badDSN)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        for secret in ["hunter2", "ter2"] { #expect(error?.message.contains(secret) == false) }
    }

    @Test func whyThereIsNoSessionIsToldApart() async throws {
        let server = try await TestServer.shared()
        #expect(await failure(server.dsn(database: "nowhere"))?.kind == .noSuchDatabase)
        #expect(await failure(server.dsn(role: "nobody"))?.kind == .authenticationFailed)
        #expect(await failure("host=127.0.0.1 port=\(try freePort())")?.kind == .cannotReach)
        #expect(await failure("host=no-such-host.invalid")?.kind == .cannotReach)
        #expect(await failure("host=/nonexistent")?.kind == .cannotReach)
    }

    @Test func aWrongPasswordIsToldApartAndNeverShown() async throws {
        let server = try await TestServer.start(authentication: .scram(password: "right horse"))
        defer { server.stop() }
        let right = try await TargetSession.connect(ConnectionTarget(dsn: server.dsn() + " password='right horse'"))
        #expect(try await right.value("SELECT 1") == "1")
        await right.close()
        let wrong = try #require(await failure(server.dsn() + " password=hunter2"))
        #expect(wrong.kind == .authenticationFailed)
        #expect(!wrong.message.contains("hunter2"))
        let none = try #require(await failure(server.dsn() + " passfile=/dev/null"))
        #expect(none.kind == .authenticationFailed)
        #expect(none.message.contains("pgpass"))
    }

    @Test func aSessionOverTLSSaysSo() async throws {
        let server = try await TestServer.start(tls: true)
        defer { server.stop() }
        for (mode, isEncrypted) in [("require", true), ("disable", false)] {
            let session = try await TargetSession.connect(ConnectionTarget(dsn: server.dsn() + " sslmode=\(mode)"))
            #expect(session.identity.usesTLS == isEncrypted)
            #expect(try await session.ask("SELECT repeat('x', 300000) AS a").first?.string("a").count == 300_000)
            await session.close()
        }
        let unknown = try #require(
            await failure(server.dsn() + " sslmode=verify-full sslrootcert=\(server.folder)/data/server.key"))
        #expect(unknown.kind == .cannotReach)
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let server = try await TestServer.shared()
        let proxy = try NetworkProxy(to: server.port)
        defer { proxy.close() }
        proxy.freeze()
        let clock = ContinuousClock()
        let started = clock.now
        #expect(await failure("host=127.0.0.1 port=\(proxy.port) user=postgres", within: 0.5)?.kind == .timedOut)
        #expect(clock.now - started < .seconds(5))
        #expect(
            await failure("host=127.0.0.1 port=\(proxy.port) user=postgres connect_timeout=2")?.kind == .timedOut)
        #expect(clock.now - started < .seconds(9.5))
    }

    @Test func connectingCanBeCancelled() async throws {
        let server = try await TestServer.shared()
        let proxy = try NetworkProxy(to: server.port)
        defer { proxy.close() }
        proxy.freeze()
        let clock = ContinuousClock()
        let started = clock.now
        let dsn = "host=127.0.0.1 port=\(proxy.port) user=postgres"
        let task = Task { await failure(dsn) }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(clock.now - started < .seconds(8))
    }
}
