import Foundation
import History
import HistoryPostgres
import PostgresClient
import Synchronization
import TestKit
import Testing

/// What only a store on a server meets: others' transactions, lost connections, partitions, roles, poolers.
@Suite struct PostgresHistoryTests {
    /// 2026-03-04 00:00 UTC, a month of 31 days.
    private static let march: Int64 = 1_772_582_400_000

    private func withHistory(
        on version: TestServer.Version = .v15, readOnly: Bool = false,
        _ body: (PostgresHistory, TestDatabase) async throws -> Void
    ) async throws {
        try await TestServer.shared(version).withDatabase { database async throws in
            let history = try await PostgresHistory(dsn: database.dsn(), readOnly: readOnly)
            do { try await body(history, database) } catch {
                await history.close()
                throw error
            }
            await history.close()
        }
    }

    private func error(_ dsn: String, readOnly: Bool = false) async throws -> HistoryError? {
        try await historyError { await (try PostgresHistory(dsn: dsn, readOnly: readOnly)).close() }
    }

    @Test func whereItIsIsShownWithoutSecrets() async throws {
        let port = try freePort()
        for dsn in [
            "host=127.0.0.1 port=\(port) user=app password=hunter2 dbname=h sslpassword=hunter2",
            "postgresql://app:hunter2@127.0.0.1:\(port)/h?sslpassword=hunter2",
        ] {
            let error = try await error(dsn)
            #expect(error?.kind == .unreachable)
            #expect(error?.place == "host=127.0.0.1 port=\(port) dbname=h user=app")
            #expect(error?.description.contains("hunter2") == false)
        }
        #expect(try ConnectionTarget(dsn: "dbname='postgresql://u:hunter2@h/x' host=a").shown == "host=a dbname=…")
        #expect(try ConnectionTarget(dsn: "dbname='a b\\'c'").shown == "dbname='a b\\'c'")
        #expect(try ConnectionTarget(dsn: "shop").shown == "dbname=shop")
        #expect(try ConnectionTarget(dsn: nil).shown == "PostgreSQL at libpq's defaults")
        #expect(try await error("host=a pasword=hunter2")?.description.contains("hunter2") == false)
        let none = try await error(TestServer.shared().dsn(database: "none"))
        #expect(none?.kind == .unusable)
        #expect(none?.reason.contains("does not exist") == true)
    }

    /// Both read 0 and write one more: the second is run again and sees the first.
    @Test(arguments: TestServer.Version.oldestAndNewest)
    func whoMetAnotherIsRunAgain(_ version: TestServer.Version) async throws {
        try await withHistory(on: version) { history, database in
            let other = try await PostgresHistory(dsn: database.dsn())
            _ = try await history.write { connection in
                try connection.run("INSERT INTO leases VALUES ('count', '', 0)", [])
            }
            let (hasRead, mayWrite) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let runs = Atomic(0)
            async let late: Void = history.write { connection in
                let before = try connection.numbers("SELECT until FROM leases")
                if runs.add(1, ordering: .relaxed).newValue == 1 {
                    hasRead.signal()
                    mayWrite.wait()
                }
                try connection.run("UPDATE leases SET until = $1", [.integer((before[0] ?? 0) + 1)])
            }
            await onThread { hasRead.wait() }
            try await other.write { _ = try $0.run("UPDATE leases SET until = until + 1", []) }
            mayWrite.signal()
            try await late
            #expect(runs.load(ordering: .relaxed) == 2)
            #expect(try await history.read { try $0.numbers("SELECT until FROM leases") } == [2])
            await other.close()
        }
    }

    @Test func whoMeetsOthersEachTimeGivesUpAndSaysSo() async throws {
        try await withHistory { history, _ in
            let runs = Atomic(0)
            let error = try await historyError {
                try await history.write { connection in
                    runs.add(1, ordering: .relaxed)
                    for _ in 0..<2 { try connection.addDocument("same") }
                }
            }
            #expect(error?.kind == .busy)
            #expect(runs.load(ordering: .relaxed) == 5)
            #expect(try await history.documents() == [])
        }
    }

    @Test(arguments: TestServer.Version.oldestAndNewest)
    func aConnectionThatIsLostIsMadeAgain(_ version: TestServer.Version) async throws {
        try await withHistory(on: version) { history, database in
            let kill =
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '\(database.name)' AND pid <> pg_backend_pid()"
            // Between two transactions.
            #expect(try await database.psql(kill) == "1")
            try await history.write { try $0.addDocument("a") }
            // Within one: it is run once more.
            let (hasWritten, isKilled) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let runs = Atomic(0)
            async let second: Void = history.write { connection in
                try connection.addDocument("b")
                if runs.add(1, ordering: .relaxed).newValue == 1 {
                    hasWritten.signal()
                    isKilled.wait()
                }
                try connection.addDocument("c")
            }
            await onThread { hasWritten.wait() }
            #expect(try await database.psql(kill) == "1")
            isKilled.signal()
            try await second
            #expect(try await history.documents() == ["a", "b", "c"])
            // Each time: told.
            let error = try await historyError {
                try await history.write { connection in
                    try connection.addDocument("d")
                    try connection.rows("SELECT pg_terminate_backend(pg_backend_pid())", []) { _ in }
                }
            }
            #expect(error?.reason.contains("lost") == true)
            #expect(try await history.documents() == ["a", "b", "c"])
        }
    }

    @Test(arguments: TestServer.Version.oldestAndNewest)
    func aLeaseInAnothersHandsIsNotWaitedFor(_ version: TestServer.Version) async throws {
        try await withHistory(on: version) { history, database in
            try await history.release("shop", holder: "nobody")
            #expect(try await history.lease("shop", holder: "one", seconds: 0))
            let holder = try await database.session()
            try await holder.run("BEGIN; SELECT 1 FROM pgmedic.leases FOR UPDATE;")
            #expect(try await !history.lease("shop", holder: "two", seconds: 600))
            try await holder.run("ROLLBACK;")
            #expect(try await history.lease("shop", holder: "two", seconds: 600))
            await holder.close()
        }
    }

    @Test(arguments: TestServer.Version.oldestAndNewest)
    func aMonthGetsItsPartitionsOnceWhoeverAsks(_ version: TestServer.Version) async throws {
        try await withHistory(on: version) { history, database in
            let other = try await PostgresHistory(dsn: database.dsn())
            try await history.write { connection in
                for (hash, at) in [
                    ("march", Self.march), ("april", Self.march + 31 * 86_400_000), ("old", 5), ("odd", .max),
                ] {
                    try connection.run(
                        "INSERT INTO changes (target, at, hash, body) VALUES (1, $1, $2, $3)",
                        [.integer(at), .text(hash), .bytes([])])
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for store in [history, other, history, other] {
                    group.addTask { try await store.prepare(forMilliseconds: Self.march) }
                }
                try await group.waitForAll()
            }
            try await history.prepare(forMilliseconds: .max)
            try await history.prepare(forMilliseconds: .min)
            let rows = try await database.psql(
                "SELECT tableoid::regclass, hash FROM pgmedic.changes ORDER BY 2")
            // What the rest had taken has moved.
            #expect(
                rows == """
                    pgmedic.changes_y2026m04|april
                    pgmedic.changes_y2026m03|march
                    pgmedic.changes_rest|odd
                    pgmedic.changes_rest|old
                    """)
            let plan = try await database.psql(
                """
                EXPLAIN SELECT * FROM pgmedic.changes
                WHERE target = 1 AND at >= \(Self.march) AND at < \(Self.march + 86_400_000)
                """)
            #expect(plan.contains("changes_y2026m03"))
            #expect(!plan.contains("rest") && !plan.contains("m04"))
            #expect(try await history.check() == [])
            // Past months that are empty go; others stay.
            try await history.prepare(forMilliseconds: 1_000_000_000_000)
            try await history.reclaim()
            let left = try await database.psql(
                "SELECT string_agg(relname, ' ' ORDER BY 1) FROM pg_class WHERE relkind = 'r' AND relname ~ '_y[0-9]'")
            #expect(!left.contains("2001"))
            #expect(left.contains("changes_y2026m03"))
            try await database.psql("DROP TABLE pgmedic.findings")
            #expect(try await history.check() == ["the table findings is missing"])
            await other.close()
        }
    }

    @Test(arguments: TestServer.Version.oldestAndNewest)
    func partitionsBeginAndEndWithTheirMonth(_ version: TestServer.Version) async throws {
        try await withHistory(on: version) { history, database in
            // Leap days, ends of years and of centuries.
            for date in ["2000-02-29", "2024-12-31", "2025-01-01", "2100-02-28", "1999-12-31", "2026-11-26"] {
                let time = try await database.psql("SELECT (extract(epoch FROM date '\(date)') * 1000)::bigint")
                try await history.prepare(forMilliseconds: try #require(Int64(time)))
            }
            let wrong = try await database.psql(
                """
                SELECT relname, bound FROM (
                    SELECT relname, pg_get_expr(relpartbound, oid) AS bound,
                        to_date(right(relname, 8), '"y"YYYY"m"MM')::timestamp AS month
                    FROM pg_class WHERE relname ~ '^snapshots_y' AND relkind = 'r') AS p
                WHERE bound <> format('FOR VALUES FROM (''%s'') TO (''%s'')',
                    (extract(epoch FROM month) * 1000)::bigint,
                    (extract(epoch FROM month + interval '1 month') * 1000)::bigint)
                """)
            #expect(wrong == "")
            let count = try await database.psql("SELECT count(*) FROM pg_class WHERE relname ~ '^snapshots_y.*[0-9]$'")
            #expect(count == "11")
        }
    }

    @Test func aRoleThatMayNotIsTold() async throws {
        let server = try await TestServer.shared()
        let role = "r_" + UUID().uuidString.lowercased().prefix(8)
        try await server.psql("CREATE ROLE \(role) LOGIN")
        try await server.withDatabase { database async throws in
            let may = try await error(database.dsn(role: role))
            #expect(may?.kind == .unusable)
            #expect(may?.reason.contains("CREATE SCHEMA \"pgmedic\" AUTHORIZATION") == true)
            // The schema is given, and it begins.
            try await database.psql("CREATE SCHEMA pgmedic AUTHORIZATION \(role)")
            #expect(try await error(database.dsn(role: role)) == nil)
            try await database.psql(
                "ALTER SCHEMA pgmedic OWNER TO postgres; REVOKE ALL ON ALL TABLES IN SCHEMA pgmedic FROM \(role)")
            let read = try await error(database.dsn(role: role))
            #expect(read?.kind == .unusable)
            #expect(read?.description.contains("SELECT") == false)
        }
        try await server.psql("DROP ROLE \(role)")
    }

    @Test func aRoleThatOnlyReadsReads() async throws {
        try await withHistory { history, database in
            try await history.write { try $0.addDocument("a") }
            try await database.psql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
            let reader = try await PostgresHistory(dsn: database.dsn(), readOnly: true)
            #expect(try await reader.documents() == ["a"])
            await reader.close()
        }
    }

    @Test func aDatabaseWithoutUnicodeIsRefused() async throws {
        let server = try await TestServer.shared()
        let name = "latin_\(UUID().uuidString.prefix(8).lowercased())"
        try await server.psql("CREATE DATABASE \(name) ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        let error = try await error(server.dsn(database: name))
        try await server.psql("DROP DATABASE \(name)")
        #expect(error?.reason.contains("ENCODING 'UTF8'") == true)
    }

    @Test func itWorksThroughAPoolerAndLeavesNoTrace() async throws {
        let server = try await TestServer.shared()
        let bouncer = try await PgBouncer.start(for: server)
        try await server.withDatabase { database async throws in
            let history = try await PostgresHistory(dsn: bouncer.dsn(database: database.name))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 { group.addTask { try await history.write { try $0.addDocument("\(number)") } } }
                try await group.waitForAll()
            }
            #expect(try await history.documents() == (0..<8).map(String.init))
            let settings = try await bouncer.psql(
                "SELECT current_setting('search_path') || current_setting('lock_timeout')", database: database.name)
            #expect(settings == "\"$user\", public0")
            await history.close()
        }
        bouncer.stop()
    }

    @Test func namesOfSchemasAreOnlyNames() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let name = "o\"dd; DROP"
            let history = try await PostgresHistory(dsn: database.dsn(), schema: name)
            try await history.prepare(forMilliseconds: Self.march)
            try await history.write { try $0.addDocument("a") }
            #expect(try await database.psql("SELECT hash FROM \"o\"\"dd; DROP\".documents") == "a")
            #expect(try await history.check() == [])
            #expect(history.place.hasSuffix("schema=\(name)"))
            await history.close()
        }
    }

    @Test func aServerThatStandsStillIsLeft() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            await (try PostgresHistory(dsn: database.dsn())).close()
            let history = try await PostgresHistory(dsn: database.dsn(), statementSeconds: 1)
            try await history.write { try $0.addDocument("a") }
            let pid = try await history.read { try $0.numbers("SELECT pg_backend_pid()") }
            let backend = pid_t(try #require(pid.first ?? nil))
            kill(backend, SIGSTOP)
            let silent = try await historyError { try await history.write { try $0.addDocument("b") } }
            kill(backend, SIGCONT)
            #expect(silent?.kind == .failed)
            #expect(silent?.reason.contains("did not answer") == true)
            #expect(try await history.documents() == ["a"])
            // Its own limit is the server's to keep.
            let slow = try await historyError {
                try await history.read { try $0.rows("SELECT 1 FROM pg_sleep(50)", []) { _ in } }
            }
            #expect(slow?.kind == .busy)
            await history.close()
        }
    }

    /// Root may mount one; elsewhere this passes over.
    @Test func aFullDiskIsToldAndCostsNothingThatWasKept() async throws {
        try await withFolder { folder in
            try await Command("/bin/chmod", ["755", folder]).check()
            let small = folder + "/small"
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
            let mount = Command("/bin/mount", ["-t", "tmpfs", "-o", "size=2m,uid=postgres,mode=700", "tmpfs", small])
            guard try await mount.run().status == 0 else { return }
            let server = try await TestServer.shared()
            let space = "small_\(UUID().uuidString.lowercased().prefix(8))"
            try await server.psql("CREATE TABLESPACE \(space) LOCATION '\(small)'")
            var error: HistoryError?
            try await server.withDatabase("ALTER DATABASE :DBNAME SET default_tablespace = \(space)") {
                database async throws in
                let history = try await PostgresHistory(dsn: database.dsn())
                var kept: [String] = []
                while error == nil, kept.count < 100 {
                    let name = "\(100 + kept.count)"
                    // Not to be compressed.
                    var generator = SeededGenerator(seed: UInt64(kept.count))
                    let body = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    error = try await historyError { try await history.write { try $0.addDocument(name, body) } }
                    if error == nil { kept.append(name) }
                }
                #expect(kept.count > 3)
                #expect(try await history.documents() == kept)
                await history.close()
            }
            try await server.psql("DROP TABLESPACE \(space)")
            try await Command("/bin/umount", [small]).check()
            #expect(error?.kind == .failed)
            #expect(error?.reason.contains("disk is full") == true)
        }
    }
}
