import PostgresClient
import TestKit
import Testing

/// Round trips, and what the next client behind a pooler sees of us.
@Suite(.serialized) struct TravelTests {
    @Test func aReadOfManyQueriesIsOneRoundTrip() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let proxy = try NetworkProxy(to: database.server.port, delay: 40)
            defer { proxy.close() }
            let dsn = "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=\(database.name) sslmode=disable"
            let session = try await TargetSession.connect(ConnectionTarget(dsn: dsn))
            let before = proxy.roundTrips
            let queries = (0..<40).map { Query("query \($0)", "SELECT \($0) AS a, repeat('x', 2000)") }
            let results = await session.read(queries)
            #expect(results.allSatisfy { $0.isSuccess })
            #expect(proxy.roundTrips - before == 1)
            #expect(session.roundTrips == 1)
            await session.close()
        }
    }

    @Test func theNextClientOfAPoolSeesNoTraceOfUs() async throws {
        try await TestServer.shared().withDatabase("CREATE TABLE app (a int);") { database async throws in
            let pool = try await PgBouncer.start(for: database.server, poolSize: 1)
            defer { pool.stop() }
            let trace = """
                SELECT pg_backend_pid(), (SELECT count(*) FROM pg_prepared_statements), pg_my_temp_schema(),
                    (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
                     WHERE source IN ('session', 'client') AND name NOT IN ('application_name', 'client_encoding'));
                SHOW default_transaction_read_only; SHOW statement_timeout; SHOW search_path; SHOW lock_timeout;
                """
            let before = try await pool.psql(trace, database: database.name)
            let session = try await TargetSession.connect(ConnectionTarget(dsn: pool.dsn(database: database.name)))
            let prepared = QueryGroup(
                [
                    Query("prepare", "PREPARE pgmedic AS SELECT * FROM app"),
                    Query("explain", "EXPLAIN EXECUTE pgmedic"),
                    Query("fails", "SELECT 1/0"),
                ], settings: [("search_path", "public")], cleanup: [Query("drop", "DEALLOCATE pgmedic")])
            let results = await session.read([prepared, QueryGroup([Query("fine", "SELECT 1")])])
            #expect(results[0].map(\.isSuccess) == [true, true, false])
            #expect(results[1][0].isSuccess)
            let after = try await pool.psql(trace, database: database.name)
            #expect(after == before)
            #expect(after.contains("\noff\n"))
            await session.close()
        }
    }

    @Test func aReadCutShortLeavesNoTraceInThePoolEither() async throws {
        try await TestServer.shared().withDatabase("CREATE TABLE app (a int);") { database async throws in
            let pool = try await PgBouncer.start(for: database.server, poolSize: 1)
            defer { pool.stop() }
            let trace = """
                SELECT (SELECT count(*) FROM pg_prepared_statements), current_setting('transaction_read_only'),
                    current_setting('search_path'), current_setting('statement_timeout');
                """
            let before = try await pool.psql(trace, database: database.name)
            let session = try await TargetSession.connect(ConnectionTarget(dsn: pool.dsn(database: database.name)))
            let group = QueryGroup(
                [Query("prepare", "PREPARE pgmedic AS SELECT * FROM app"), Query("long", "SELECT pg_sleep(60)")],
                settings: [("search_path", "public"), ("statement_timeout", "60000")],
                cleanup: [Query("drop", "DEALLOCATE pgmedic")])
            let results = await session.read([group], deadline: .now + .milliseconds(300))[0]
            // The server keeps a group's answers until its end.
            #expect(results.allSatisfy { $0.failure?.kind == .timeout })
            let after = try await pool.psql(trace, database: database.name)
            #expect(after == before)
            #expect(after.hasPrefix("0|off|"))
        }
    }

    @Test func theAdminConsoleOfAPoolerIsNoDatabase() async throws {
        let pool = try await PgBouncer.start(for: try await TestServer.shared())
        defer { pool.stop() }
        let target = try ConnectionTarget(dsn: pool.dsn(database: "pgbouncer"))
        let error = await #expect(throws: ConnectionError.self) { try await TargetSession.connect(target) }
        #expect(error?.kind == .adminConsole)
    }

    @Test func cancellingAClientThatAPoolKeepsWaitingIsBounded() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let pool = try await PgBouncer.start(for: database.server, poolSize: 1)
            defer { pool.stop() }
            let target = try ConnectionTarget(dsn: pool.dsn(database: database.name))
            let holder = try await TargetSession.connect(target)
            let queued = try await TargetSession.connect(target)
            var settings = TransactionSettings()
            settings.statementTimeout = 60
            let patient = settings
            let holding = Task { await holder.read([Query("long", "SELECT pg_sleep(60)")], settings: patient) }
            try await database.wait(until: "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')")
            let clock = ContinuousClock()
            let started = clock.now
            let results = await queued.read(
                [Query("queued", "SELECT 1")], settings: patient, deadline: .now + .milliseconds(200))
            #expect(results[0].failure?.kind == .timeout)
            #expect(clock.now - started < .seconds(10))
            holding.cancel()
            #expect(await holding.value[0].failure?.kind == .cancelled)
            let gone =
                "NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = '\(database.name)')"
            try await database.wait(until: gone)
        }
    }
}
