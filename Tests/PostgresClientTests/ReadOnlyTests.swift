import PostgresClient
import TestKit
import Testing

@Suite(.serialized) struct ReadOnlyTests {
    @Test func theServerRefusesToWrite() async throws {
        let writes = [
            "WITH gone AS (DELETE FROM public.t RETURNING a) SELECT * FROM gone",
            "SELECT * INTO public.copy FROM public.t", "SELECT nextval('public.s')",
            "SELECT a FROM public.t FOR UPDATE", "SELECT set_config('transaction_read_only', 'off', true)",
        ]
        try await Self.withTable { database, session in
            for sql in writes {
                let state = await session.read([Query("write", sql)])[0].failure?.sqlState
                // read_only_sql_transaction, active_sql_transaction, feature_not_supported (INTO cannot be prepared)
                #expect(["25006", "25001", "0A000"].contains(state), "\(sql): \(state ?? "no error")")
            }
            let left = try await database.psql("SELECT count(*) FROM t")
            #expect(left == "1")
        }
    }

    @Test func whatAReadOnlyTransactionLetsThroughIsUndone() async throws {
        try await Self.withTable { database, session in
            // 15 lets large objects be made in a read-only transaction.
            let made = await session.read([Query("make", "SELECT lo_create(0)")])
            #expect(made[0].isSuccess)
            let left = try await database.psql("SELECT count(*) FROM pg_largeobject_metadata")
            #expect(left == "0")
        }
    }

    @Test func whatWeNeverSendIsNotSent() async throws {
        let refused = [
            "DELETE FROM public.t", "  /* SELECT /* nested */ */ DROP TABLE public.t", "-- SELECT\nTRUNCATE public.t",
            "COMMIT", "ROLLBACK", "BEGIN", "SET search_path = public", "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN (COSTS OFF, ANALYSE) SELECT 1", "EXPLAIN (\"analyze\" on) SELECT 1",
            "EXPLAIN /* ( */ (VERBOSE, /* ) */ ANALYZE) SELECT 1", "explain  \n analyze verbose select 1",
            "EXPLAIN (\(String(repeating: "COSTS OFF, ", count: 40)) ANALYZE) SELECT 1",
            "PREPARE TRANSACTION 'x'", "prepare /**/ Transaction 'x'", "DEALLOCATE ALL", "DEALLOCATE PREPARE ALL",
            "DEALLOCATE", "EXECUTE x", "LOCK TABLE public.t", "VACUUM", "CREATE TABLE u ()", "CALL p()",
            "COPY t TO PROGRAM 'id'", "", ";", "\u{feff}SELECT 1",
        ]
        try await Self.withTable { _, session in
            for sql in refused {
                let before = session.statementCount
                let results = await session.read([Query("refused", sql), Query("fine", "SELECT 1 AS a")])
                #expect(results[0].failure?.kind == .refused, "\(sql)")
                #expect(results[1].isSuccess)
                // begin, settings, savepoint, undo, the query that is fine, undo, commit
                #expect(session.statementCount - before == 7)
            }
        }
    }

    @Test func whatWeSendIsAllowed() async throws {
        let allowed = [
            "EXPLAIN SELECT 'analyze'", "EXPLAIN (FORMAT JSON, COSTS ON) SELECT 1 AS analyze",
            "explain verbose select 1", "/* a */ SELECT 1", "with a as (select 1) select * from a", "SELECT'a'",
            "PREPARE transactions AS SELECT 1", "DEALLOCATE transactions",
        ]
        try await Self.withTable { _, session in
            for sql in allowed { _ = try await session.ask(sql) }
        }
    }

    @Test func aSecondStatementCannotBeSmuggledIn() async throws {
        let smuggled = [
            "SELECT 1; COMMIT; DROP TABLE public.t; SELECT 1", "SELECT 1; DELETE FROM public.t",
            "PREPARE p AS SELECT 1; COMMIT",
        ]
        try await Self.withTable { database, session in
            for sql in smuggled {
                let error = await session.read([Query("smuggled", sql)])[0].failure
                #expect(error?.message == "cannot insert multiple commands into a prepared statement")
            }
            let left = try await database.psql("SELECT count(*) FROM t")
            #expect(left == "1")
        }
    }

    /// Even were BEGIN to fail, `ROLLBACK TO` ours before each query would fail too, and the server skip the query.
    @Test func aQueryWithoutOurTransactionIsSkipped() async throws {
        try await Self.withTable { database, session in
            var settings = TransactionSettings()
            settings.others = [("no_such_setting_", "x")]
            let results = await session.read([Query("write", "SELECT nextval('public.s')")], settings: settings)
            #expect(results[0].failure?.message.contains("no_such_setting_") == true)
            let called = try await database.psql("SELECT is_called FROM s")
            #expect(called == "f")
        }
    }

    private static func withTable(_ body: (TestDatabase, TargetSession) async throws -> Void) async throws {
        let setup = "CREATE TABLE t AS SELECT 1 AS a; CREATE SEQUENCE s;"
        try await TestServer.shared().withDatabase(setup) { database async throws in
            try await database.withTarget { session async throws in try await body(database, session) }
        }
    }
}
