import TestKit
import Testing

extension LockScenario {
    static let transactions: [LockScenario] = [
        LockScenario("a prepared transaction that was left over", victims: 2) { stage in
            _ = try await stage.idle(
                "xa", after: "BEGIN; UPDATE customers SET name = 'x' WHERE id = 4; PREPARE TRANSACTION 'left-over'")
            try await stage.waiting(2, "UPDATE customers SET name = 'y' WHERE id = 4")
            return .prepared("left-over")
        },
        LockScenario("a prepared transaction, its session long gone", victims: 1) { stage in
            try await stage.database.psql(
                "BEGIN; UPDATE customers SET name = 'x' WHERE id = 4; PREPARE TRANSACTION 'orphan'")
            try await stage.waiting(1, "UPDATE customers SET name = 'y' WHERE id = 4")
            return .prepared("orphan")
        },
        LockScenario("two wait for each other: a deadlock in the making") { stage in
            let first = try await stage.session("a")
            let second = try await stage.session("b")
            try await first.run("BEGIN; UPDATE customers SET name = 'a' WHERE id = 1")
            try await second.run("BEGIN; UPDATE customers SET name = 'b' WHERE id = 2")
            try await first.start("UPDATE customers SET name = 'a' WHERE id = 2")
            try await second.start("UPDATE customers SET name = 'b' WHERE id = 1")
            let pids: Set<Int> = [await first.pid, await second.pid]
            try await stage.database.wait(
                until: "(SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (\(pids.list))) = 2")
            return .deadlock(pids)
        },
        LockScenario("three in a ring, and a fourth behind them", victims: 2) { stage in
            var ring: [LiveSession] = []
            for number in 1...3 {
                let session = try await stage.session("ring")
                try await session.run("BEGIN; UPDATE customers SET name = 'a' WHERE id = \(number)")
                ring.append(session)
            }
            for (place, session) in ring.enumerated() {
                try await session.start("UPDATE customers SET name = 'b' WHERE id = \((place + 1) % 3 + 1)")
            }
            var pids: Set<Int> = []
            for session in ring { pids.insert(await session.pid) }
            try await stage.database.wait(
                until: "(SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (\(pids.list))) = 3")
            try await stage.waiting(1, "UPDATE customers SET name = 'c' WHERE id = 1")
            return .deadlock(pids)
        },
        LockScenario("idle in transaction behind a pooler", victims: 2) { stage in
            let bouncer = try await PgBouncer.start(for: stage.database.server, poolSize: 3)
            let session = await stage.keep(
                try await LiveSession.open(dsn: bouncer.dsn(database: stage.database.name), application: "pooled"))
            try await session.run("BEGIN")
            let pid = try await session.run("UPDATE customers SET name = 'x' WHERE id = 8; SELECT pg_backend_pid()")
            try await stage.waiting(2, "UPDATE customers SET name = 'y' WHERE id = 8")
            await stage.closing { bouncer.stop() }
            return .session(Int(pid) ?? 0)
        },
        LockScenario("a client that does not read its result holds a table", victims: 1) { stage in
            let session = try await stage.session("slow-client")
            let root = await session.pid
            try await session.start(
                "\\copy (SELECT repeat('x', 1000) FROM orders, generate_series(1, 100000)) TO PROGRAM 'sleep 60'")
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'ClientWrite')")
            try await stage.waiting(1, by: "migration", "ALTER TABLE orders ADD COLUMN note text")
            return .session(root)
        },
        LockScenario("a commit that waits for a standby that is gone", victims: 2) { stage in
            let session = try await stage.session("payments")
            let root = await session.pid
            try await session.run("SET synchronous_commit = on")
            try await stage.database.psql(
                "ALTER SYSTEM SET synchronous_standby_names = 'ghost'; SELECT pg_reload_conf();")
            await stage.closing {
                _ = try? await stage.database.psql(
                    "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();")
            }
            try await session.start("UPDATE customers SET name = 'x' WHERE id = 6")
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'SyncRep')")
            try await stage.waiting(2, "UPDATE customers SET name = 'y' WHERE id = 6")
            return .session(root)
        },
    ]

    static let others: [LockScenario] = [
        LockScenario("an advisory lock of the session that was never released", victims: 2) { stage in
            let root = try await stage.idle("cron", after: "SELECT pg_advisory_lock(42)")
            try await stage.waiting(2, by: "cron", "SELECT pg_advisory_lock(42)")
            return .session(root)
        },
        LockScenario("an advisory lock of a transaction that works", victims: 1) { stage in
            let root = try await stage.running("worker", "SELECT pg_advisory_xact_lock(7, 8), pg_sleep(60)")
            try await stage.database.wait(
                until: "EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(root) AND wait_event = 'PgSleep')")
            try await stage.waiting(1, by: "worker", "SELECT pg_advisory_xact_lock(7, 8)")
            return .session(root)
        },
        LockScenario("two piles: the larger is named first", victims: 3) { stage in
            _ = try await stage.idle("small", after: "BEGIN; UPDATE customers SET name = 'x' WHERE id = 1")
            try await stage.waiting(1, "UPDATE customers SET name = 'y' WHERE id = 1")
            let root = try await stage.idle("large", after: "BEGIN; UPDATE jobs SET state = 'x' WHERE id = 1")
            try await stage.waiting(4, "UPDATE jobs SET state = 'y' WHERE id = 1")
            return .session(root)
        },
    ]

    static let healthy: [LockScenario] = [
        LockScenario("a queue with SKIP LOCKED: nobody waits", victims: 0) { stage in
            for _ in 1...4 {
                _ = try await stage.idle(
                    "worker",
                    after:
                        "BEGIN; SELECT id FROM jobs WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
            }
            return .nobody
        },
        LockScenario("NOWAIT gives up at once", victims: 0) { stage in
            _ = try await stage.idle("worker", after: "BEGIN; UPDATE jobs SET state = 'x' WHERE id = 1")
            let other = try await stage.session("worker")
            _ = try await other.run("SELECT * FROM jobs WHERE id = 1 FOR UPDATE NOWAIT")
            return .nobody
        },
        LockScenario("readers and writers of one table side by side", victims: 0) { stage in
            _ = try await stage.idle("web", after: "BEGIN; SELECT count(*) FROM customers")
            _ = try await stage.idle("web", after: "BEGIN; UPDATE customers SET name = 'x' WHERE id = 1")
            _ = try await stage.idle("web", after: "BEGIN; UPDATE customers SET name = 'x' WHERE id = 2")
            return .nobody
        },
    ]
}

extension Set<Int> {
    fileprivate var list: String { sorted().map(String.init).joined(separator: ", ") }
}
