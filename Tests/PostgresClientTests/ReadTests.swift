import PostgresClient
import TestKit
import Testing

@Suite(.serialized) struct ReadTests {
    @Test(arguments: TestServer.Version.allCases)
    func aFailingQueryCostsOnlyItself(version: TestServer.Version) async throws {
        try await TestServer.shared(version).withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let results = await session.read([
                    Query("first", "SELECT 1 AS a"), Query("missing", "SELECT * FROM no_such_table"),
                    Query("division", "SELECT 1/0"), Query("syntax", "SELECT FROM WHERE"),
                    Query("last", "SELECT 5 AS a"),
                ])
                #expect(try results[0].get().first?.int("a") == 1)
                #expect(results[1].failure?.kind == .undefined)
                #expect(results[2].failure?.sqlState == "22012")
                #expect(results[3].failure?.sqlState == "42601")
                #expect(try results[4].get().first?.int("a") == 5)
                #expect(try await session.value("SELECT 6") == "6")
            }
        }
    }

    @Test func aMissingRightIsToldApart() async throws {
        let server = try await TestServer.shared()
        try await server.withDatabase("CREATE TABLE secret (a int); CREATE ROLE reader LOGIN;") {
            database async throws in
            try await database.withTarget(role: "reader") { session async throws in
                let results = await session.read([Query("secret", "SELECT * FROM public.secret")])
                #expect(results[0].failure?.kind == .privilege)
                #expect(!session.identity.isSuperuser)
                #expect(session.identity.role == "reader")
            }
            try await database.psql("DROP OWNED BY reader; DROP ROLE reader;")
        }
    }

    @Test func aQueryThatTakesTooLongCostsOnlyItself() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                var settings = TransactionSettings()
                settings.statementTimeout = 0.1
                let results = await session.read(
                    [Query("slow", "SELECT pg_sleep(20)"), Query("quick", "SELECT 1 AS a")], settings: settings)
                #expect(results[0].failure?.kind == .timeout)
                #expect(results[0].failure?.sqlState == "57014")
                #expect(results[1].isSuccess)
            }
        }
    }

    @Test func aLockIsNotWaitedFor() async throws {
        try await TestServer.shared().withDatabase("CREATE TABLE t (a int);") { database async throws in
            let holder = try await database.session()
            try await holder.run("BEGIN; LOCK TABLE t;")
            try await database.withTarget { session async throws in
                let results = await session.read([
                    Query("locked", "SELECT * FROM public.t"), Query("free", "SELECT 1 AS a"),
                ])
                #expect(results[0].failure?.kind == .lockTimeout)
                #expect(results[1].isSuccess)
            }
            await holder.close()
        }
    }

    @Test func aGroupSharesItsFenceAndCleansUpAlsoAfterAFailure() async throws {
        try await TestServer.shared().withDatabase("CREATE TABLE app (a int);") { database async throws in
            try await database.withTarget { session async throws in
                let bad = QueryGroup(
                    [
                        Query("prepare", "PREPARE pgmedic AS SELECT a FROM app WHERE a = $1"),
                        Query("fails", "SELECT 1/0"), Query("explain", "EXPLAIN EXECUTE pgmedic(NULL)"),
                    ],
                    settings: [("search_path", "\"$user\", public"), ("plan_cache_mode", "force_generic_plan")],
                    cleanup: [Query("never made", "DEALLOCATE nothing"), Query("drop", "DEALLOCATE pgmedic")])
                let good = QueryGroup(
                    [bad.queries[0], bad.queries[2]], settings: bad.settings, cleanup: bad.cleanup)
                let after = QueryGroup([
                    Query(
                        "left", "SELECT count(*) AS n, current_setting('search_path') AS p FROM pg_prepared_statements")
                ])
                let results = await session.read([bad, good, after])
                #expect(results[0].map(\.isSuccess) == [true, false, false])
                #expect(results[0].map { $0.failure?.kind } == [nil, .other, .skipped])
                #expect(results[1].allSatisfy { $0.isSuccess })
                let plan = try #require(try results[1][1].get().first)
                #expect(try plan.string("QUERY PLAN").contains("app"))
                #expect(try results[2][0].get().first?.int("n") == 0)
                #expect(try results[2][0].get().first?.string("p") == "pg_catalog")
            }
        }
    }

    @Test func whatTheServerRemarksIsKept() async throws {
        let setup = """
            CREATE FUNCTION remark() RETURNS int LANGUAGE plpgsql AS
            $$ BEGIN RAISE WARNING 'mind the gap'; RETURN 1; END $$;
            """
        try await TestServer.shared().withDatabase(setup) { database async throws in
            try await database.withTarget { session async throws in
                _ = try await session.ask("SELECT public.remark()")
                #expect(session.notices.count == 1)
                #expect(session.notices.first?.contains("mind the gap") == true)
            }
        }
    }

    @Test func anUnknownSettingFailsEveryQueryWithItsReasonAndTheSessionLives() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                var settings = TransactionSettings()
                settings.others = [("work_mem", "a lot")]
                let results = await session.read([Query("a", "SELECT 1"), Query("b", "SELECT 2")], settings: settings)
                #expect(results.allSatisfy { $0.failure?.message.contains("work_mem") == true })
                #expect(results.map { $0.failure?.query } == ["a", "b"])
                #expect(try await session.value("SELECT 3") == "3")
            }
        }
    }

    @Test func theTransactionIsShortBoundedAndLeavesNothing() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            try await database.withTarget { session async throws in
                let inside = try await session.ask(
                    """
                    SELECT current_setting('transaction_read_only') AS ro, current_setting('statement_timeout') AS st,
                        current_setting('lock_timeout') AS lt, current_setting('search_path') AS sp,
                        current_setting('idle_in_transaction_session_timeout') AS it
                    """)
                let row = try #require(inside.first)
                #expect(
                    try ["ro", "st", "lt", "sp", "it"].map(row.string) == ["on", "5s", "200ms", "pg_catalog", "10s"])
                let state = try await database.psql(
                    "SELECT state, backend_xmin IS NULL, application_name FROM pg_stat_activity "
                        + "WHERE pid = \(session.identity.backendPID)")
                #expect(state == "idle|t|pgmedic")
            }
        }
    }

    @Test(arguments: TestServer.Version.allCases)
    func allThatWeSendIsMarkedAndBoundedInPgStatStatements(version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version, extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql("CREATE ROLE watch LOGIN")
        let mine = "FROM pg_stat_statements WHERE query NOT ILIKE '%pg_stat_statements%'"
        try await read(server, as: "watch")
        // The query, begin, settings, savepoint, undo, commit.
        #expect(try await server.psql("SELECT count(*) \(mine)") == "6")
        #expect(try await server.psql("SELECT count(*) \(mine) AND query NOT LIKE '%/* pgmedic */%'") == "0")
        // Who may leave none leaves the beginning of the transaction, before which nothing can be set.
        try await read(server, as: "postgres")
        #expect(try await server.psql("SELECT query \(mine)").hasPrefix("BEGIN"))
        #expect(try await server.psql("SELECT count(*) \(mine)") == "1")
        #expect(TargetSession.framingStatements.allSatisfy { $0.contains("pgmedic") || $0 == "SELECT …" })
    }

    private func read(_ server: TestServer, as role: String) async throws {
        let session = try await TargetSession.connect(ConnectionTarget(dsn: server.dsn(role: role)))
        try await server.psql("SELECT pg_stat_statements_reset();")
        for length in 1...20 {
            var settings = TransactionSettings()
            settings.statementTimeout = Double(length)
            settings.others = [("work_mem", "\(length)MB")]
            let group = QueryGroup(
                [Query("q", "SELECT /* pgmedic */ 1")],
                settings: (0..<length % 3).map { (name: "test.setting\($0)", value: "\(length)") })
            #expect(await session.read([group], settings: settings)[0][0].isSuccess)
        }
        await session.close()
    }
}
