import TestKit
import Testing

/// A pile of locks on a real server, and whom a DBA would name.
struct LockScenario: Sendable, CustomTestStringConvertible {
    enum Root: Sendable {
        case session(Int)
        case prepared(String)
        /// Sessions that wait for each other.
        case deadlock(Set<Int>)
        /// Nobody: no finding about locks above a notice.
        case nobody
    }

    let testDescription: String
    /// Sessions that must stand below the root, at least.
    let victims: Int
    let play: @Sendable (LockStage) async throws -> Root

    init(_ title: String, victims: Int = 1, _ play: @escaping @Sendable (LockStage) async throws -> Root) {
        testDescription = title
        self.victims = victims
        self.play = play
    }

    static let all = rows + tables + keys + transactions + others + healthy

    static let rows: [LockScenario] = [
        LockScenario("a row that an idle transaction has updated", victims: 3) { stage in
            let root = try await stage.idle(
                "billing", after: "BEGIN; UPDATE customers SET balance = 1 WHERE id = 7")
            try await stage.waiting(3, "UPDATE customers SET balance = 2 WHERE id = 7")
            return .session(root)
        },
        LockScenario("a hot row: everybody adds to one balance, and the first takes its time", victims: 6) { stage in
            let root = try await stage.running(
                "posting", "BEGIN; UPDATE customers SET balance = balance + 1 WHERE id = 1; SELECT pg_sleep(60)")
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'PgSleep')")
            try await stage.waiting(6, by: "posting", "UPDATE customers SET balance = balance + 1 WHERE id = 1")
            return .session(root)
        },
        LockScenario("a chain: who waits keeps others waiting", victims: 3) { stage in
            let root = try await stage.idle("import", after: "BEGIN; UPDATE customers SET name = 'a' WHERE id = 1")
            let middle = try await stage.session("web")
            try await middle.run("BEGIN; UPDATE customers SET name = 'b' WHERE id = 2")
            try await middle.start("UPDATE customers SET name = 'b' WHERE id = 1")
            let last = try await stage.session("web")
            try await last.run("BEGIN; UPDATE customers SET name = 'c' WHERE id = 3")
            try await last.start("UPDATE customers SET name = 'c' WHERE id = 2")
            try await stage.waiting(1, "UPDATE customers SET name = 'd' WHERE id = 3")
            return .session(root)
        },
        LockScenario("SELECT FOR SHARE of a report keeps an update waiting", victims: 2) { stage in
            let root = try await stage.idle("report", after: "BEGIN; SELECT * FROM customers WHERE id = 3 FOR SHARE")
            try await stage.waiting(2, "UPDATE customers SET name = 'x' WHERE id = 3")
            return .session(root)
        },
        LockScenario("a row that was locked within a savepoint", victims: 2) { stage in
            let root = try await stage.idle(
                "batch", after: "BEGIN; SAVEPOINT a; UPDATE customers SET name = 'x' WHERE id = 9; SAVEPOINT b")
            try await stage.waiting(
                2, "DELETE FROM orders WHERE id = 200; UPDATE customers SET name = 'y' WHERE id = 9")
            return .session(root)
        },
        LockScenario("a unique key that an open transaction has inserted", victims: 2) { stage in
            let root = try await stage.idle("signup", after: "BEGIN; INSERT INTO customers VALUES (999, 'new')")
            try await stage.waiting(2, "INSERT INTO customers VALUES (999, 'new')")
            return .session(root)
        },
        LockScenario("a transaction that failed, and nobody rolls back", victims: 2) { stage in
            // The failed statement's own locks are gone; those of the whole transaction before the savepoint are not.
            let session = try await stage.session("worker")
            try await session.run("BEGIN; LOCK TABLE jobs IN EXCLUSIVE MODE; SAVEPOINT s")
            try await session.run("SELECT 1 / 0")
            try await stage.waiting(2, "UPDATE jobs SET state = 'x' WHERE id = 1")
            return .session(await session.pid)
        },
    ]

    static let tables: [LockScenario] = [
        LockScenario("the pile behind an ALTER TABLE that waits for a reader", victims: 5) { stage in
            let root = try await stage.idle("export", after: "BEGIN; SELECT count(*) FROM orders")
            try await stage.waiting(1, by: "migration", "ALTER TABLE orders ADD COLUMN note text")
            try await stage.waiting(4, "SELECT count(*) FROM orders WHERE id = 2")
            return .session(root)
        },
        LockScenario("an ALTER TABLE that was not committed", victims: 4) { stage in
            let root = try await stage.idle("migration", after: "BEGIN; ALTER TABLE orders ADD COLUMN note text")
            try await stage.waiting(4, "SELECT count(*) FROM orders WHERE id = 2")
            return .session(root)
        },
        LockScenario("a long query, and TRUNCATE behind it, and readers behind that", victims: 3) { stage in
            let root = try await stage.running("dwh", "SELECT pg_sleep(60) FROM jobs")
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'PgSleep')")
            try await stage.waiting(1, by: "cleanup", "TRUNCATE jobs")
            try await stage.waiting(2, "SELECT count(*) FROM jobs")
            return .session(root)
        },
        LockScenario("LOCK TABLE, and then nothing", victims: 2) { stage in
            let root = try await stage.idle("sync", after: "BEGIN; LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE")
            try await stage.waiting(2, "UPDATE jobs SET state = 'x' WHERE id = 1")
            return .session(root)
        },
        LockScenario("CREATE INDEX keeps writers waiting", victims: 2) { stage in
            let root = try await stage.running(
                "migration",
                """
                CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_sleep(60); RETURN $1; END';
                CREATE INDEX ON jobs (slow(id))
                """)
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'PgSleep')")
            try await stage.waiting(2, "UPDATE jobs SET state = 'x' WHERE id = 1")
            return .session(root)
        },
        LockScenario("CREATE INDEX CONCURRENTLY waits for a transaction that is older") { stage in
            let root = try await stage.idle(
                "report", after: "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE jobs SET state = 'x' WHERE id = 1")
            try await stage.waiting(1, by: "dba", "CREATE INDEX CONCURRENTLY ON jobs (state)")
            return .session(root)
        },
        LockScenario("REFRESH MATERIALIZED VIEW keeps its readers waiting", victims: 2) { stage in
            try await stage.database.psql("CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM jobs;")
            let root = try await stage.idle("cron", after: "BEGIN; REFRESH MATERIALIZED VIEW totals")
            try await stage.waiting(2, "SELECT * FROM totals")
            return .session(root)
        },
        LockScenario("a foreign key is added while a writer is open") { stage in
            let root = try await stage.idle("import", after: "BEGIN; UPDATE jobs SET state = 'x' WHERE id = 1")
            try await stage.waiting(
                1, by: "migration", "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES jobs NOT VALID")
            return .session(root)
        },
        LockScenario("a VACUUM that takes its time, before an ALTER TABLE", victims: 1) { stage in
            try await stage.database.psql(
                "INSERT INTO jobs SELECT n FROM generate_series(1000, 300000) n; DELETE FROM jobs WHERE id > 1000;")
            let session = try await stage.session("dba")
            try await session.run("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1")
            try await session.start("VACUUM jobs")
            let root = await session.pid
            try await stage.database.wait(until: "EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE pid = \(root))")
            try await stage.waiting(1, by: "migration", "ALTER TABLE jobs ADD COLUMN note text")
            return .session(root)
        },
        LockScenario("a parallel query is one session with its workers") { stage in
            try await stage.database.psql(
                """
                CREATE TABLE wide AS SELECT n FROM generate_series(1, 200000) n;
                CREATE FUNCTION pause(int) RETURNS boolean PARALLEL SAFE LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_sleep(30); RETURN true; END';
                ANALYZE wide;
                """)
            let session = try await stage.session("dwh")
            try await session.run(
                """
                SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
                SET max_parallel_workers_per_gather = 2
                """)
            try await session.start("SELECT count(*) FROM wide WHERE pause(n)")
            let root = await session.pid
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE leader_pid = \(root) AND wait_event = 'PgSleep')")
            try await stage.waiting(1, by: "migration", "ALTER TABLE wide ADD COLUMN note text")
            return .session(root)
        },
    ]

    static let keys: [LockScenario] = [
        LockScenario("the parent is deleted, and inserts of children wait", victims: 3) { stage in
            let root = try await stage.idle("crm", after: "BEGIN; DELETE FROM customers WHERE id = 11")
            for id in 1001...1003 { try await stage.waiting(1, "INSERT INTO orders VALUES (\(id), 11, 'new')") }
            return .session(root)
        },
        LockScenario("the parent's key is updated, and inserts of children wait", victims: 2) { stage in
            let root = try await stage.idle("crm", after: "BEGIN; UPDATE customers SET id = 5000 WHERE id = 13")
            for id in 1001...1002 { try await stage.waiting(1, "INSERT INTO orders VALUES (\(id), 13, 'new')") }
            return .session(root)
        },
        LockScenario("a child was inserted, and the parent's delete waits") { stage in
            let root = try await stage.idle("import", after: "BEGIN; INSERT INTO orders VALUES (1001, 15, 'new')")
            try await stage.waiting(1, by: "crm", "DELETE FROM customers WHERE id = 15")
            return .session(root)
        },
    ]
}
