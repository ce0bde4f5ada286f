import Diagnosing
import Model

/// The findings of the sick shop.
enum Findings {
    static let orders = QualifiedName("public", "orders")
    static let items = QualifiedName("public", "order_items")

    static let blocker = Finding(
        Sample.metadata("locks.root-blocker", .locks), severity: .critical, tier: .containment,
        title: "session 4127 (billing-worker) blocks 31 sessions on orders",
        objects: [.init(.session, "4127"), .relation(orders, in: "shop")],
        impact: .sessions(31), confidence: .high,
        summary: """
            31 sessions have waited for up to 4 min 12 s because session 4127 (role app, "billing-worker") holds a row \
            lock on orders and has been idle in its transaction for 4 min 20 s.
            """,
        evidence: [
            .init("waitingSessions", "waiting sessions", .count(31)),
            .init("longestWait", "longest wait", .seconds(252)),
            .init("idleTime", "idle in its transaction for", .seconds(260)),
            .init("lockMode", "lock held", .text("RowExclusiveLock on orders, one row")),
            .init("client", "client", .text("10.0.4.17")),
        ],
        notIf: "billing-worker is about to commit: it has sent nothing for 4 min 20 s",
        actions: [
            .init(
                .containment, "end session 4127",
                sql: ["SELECT pg_terminate_backend(4127);"],
                steps: ["Ask the owner of billing-worker if you can reach them within a minute."],
                lock: LockNote("none", "blocks nobody; its transaction is rolled back at once"),
                gain: Gain("frees 31 sessions", .measured),
                verify: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock';",
                caution: "the work of its open transaction is lost: 1 row changed in orders"),
            .init(
                .fix, "let the server end such sessions",
                sql: ["ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';"],
                gain: Gain("no wait behind an idle transaction lasts longer than a minute", .estimated),
                verify: "SHOW idle_in_transaction_session_timeout;   -- in a new session of app",
                undo: "ALTER ROLE app RESET idle_in_transaction_session_timeout;"),
            .init(
                .cure, "commit before calling the payment service in billing-worker",
                steps: [
                    "Find the call between UPDATE orders and COMMIT.",
                    "Commit first, call then; note the result in a second transaction.",
                ],
                gain: Gain("no lock is held while a foreign service answers", .ruleOfThumb)),
        ], explains: [.backend(4127)])

    static let queued = Finding(
        Sample.metadata("locks.ddl-in-queue", .locks), severity: .critical, tier: .containment,
        title: "ALTER TABLE orders waits and holds up 12 sessions behind it", objects: [.relation(orders, in: "shop")],
        impact: .sessions(12), confidence: .high,
        summary: "ALTER TABLE orders waits for session 4127; every later statement on orders queues behind it.",
        evidence: [.init("waitTime", "waits for", .seconds(190))],
        actions: [
            .init(
                .containment, "cancel the ALTER TABLE", sql: ["SELECT pg_cancel_backend(4302);"],
                gain: Gain("frees 12 sessions", .measured), verify: "pgmedic diagnose --only locks")
        ], symptomOf: [.backend(4127)])

    static let pool = Finding(
        Sample.metadata("capacity.connections", .capacity), severity: .warning, tier: .fix,
        title: "91 of 97 connections are in use", objects: [.setting("max_connections")],
        impact: Impact(0.94, .risk, "6 left"), confidence: .medium,
        summary: "91 of 97 connections are in use; 31 of them only wait for a lock.",
        evidence: [.init("used", "used", .count(91)), .init("usable", "usable", .count(97))],
        actions: [], symptomOf: [.backend(4127)])

    static let missingIndex = Finding(
        Sample.metadata("index.missing-on-foreign-key", .index), severity: .critical, tier: .fix,
        title: "order_items has no index on order_id",
        objects: [.relation(items, in: "shop"), .column(items, "order_id", in: "shop")],
        impact: .share(0.38), confidence: .high,
        summary: """
            DELETE FROM orders (1,204 calls, mean 412 ms) checks the foreign key order_items_order_id_fkey by reading \
            all of order_items (2.1 GB) each time: 38 % of the window's statement time, and it holds its row locks \
            meanwhile.
            """,
        evidence: [
            .init("foreignKey", "foreign key on", .list(["order_id"])),
            .init("sequentialScans", "sequential scans", .count(1204)),
            .init("rowsRead", "rows read", .count(4_112_408_031)),
            .init("tableSize", "table size", .bytes(2_254_857_830)),
            .init("meanTime", "mean time of the DELETE", .milliseconds(412.3)),
            .init("costBefore", "what-if cost before", .number(48213)),
            .init("costAfter", "what-if cost after", .number(12.44)),
        ],
        notIf: "the delete runs once a month: it runs 86 times a minute here",
        actions: [
            .init(
                .fix, "index order_items (order_id)",
                sql: ["CREATE INDEX CONCURRENTLY order_items_order_id_idx\n    ON public.order_items (order_id);"],
                lock: .concurrentIndex, gain: Gain("−36 % of load", .whatIf),
                verify: "pgmedic diagnose --only index.missing-on-foreign-key",
                undo: "DROP INDEX CONCURRENTLY public.order_items_order_id_idx;",
                caution: "when it fails it leaves an INVALID index: drop it and run again"),
            .init(
                .cure, "delete in batches by partition",
                steps: ["Then the table needs no mass deletes."], gain: Gain("no scan at all", .estimated)),
        ], explains: [.relation(items, database: "shop")])

    static let slowDelete = Finding(
        Sample.metadata("workload.heavy-statement", .workload), severity: .warning, tier: .fix,
        title: "DELETE FROM orders WHERE id = $1 takes 38 % of the time",
        objects: [.init(.statement, "9f3a51c2d7e8b604", in: "shop")], impact: .share(0.38), confidence: .high,
        summary: "DELETE FROM orders WHERE id = $1 was called 1,204 times with a mean of 412 ms.",
        evidence: [.init("calls", "calls", .count(1204)), .init("meanTime", "mean time", .milliseconds(412.3))],
        actions: [], symptomOf: [.relation(items, database: "shop")])

    static let notIn = Finding(
        Sample.metadata("shape.not-in-nullable", .shape), severity: .warning, tier: .cure,
        title: "NOT IN over nullable refunds.order_id",
        objects: [.init(.statement, "5d1c09ab33e1f277", in: "shop")], impact: .share(0.11), confidence: .high,
        summary: """
            The nightly refund check compares orders with NOT IN (SELECT order_id FROM refunds). order_id may be NULL, \
            so PostgreSQL can not use an anti-join and reads refunds again for every order.
            """,
        evidence: [
            .init("calls", "calls", .count(96)), .init("meanTime", "mean time", .seconds(1.49)),
            .init(
                "statement", "statement",
                .text(
                    """
                    SELECT o.id, o.total FROM orders o WHERE o.status = $1 AND o.id NOT IN (SELECT r.order_id \
                    FROM refunds r WHERE r.created_at > $2) ORDER BY o.created_at
                    """)),
        ],
        actions: [
            .init(
                .cure, "write NOT EXISTS",
                steps: [
                    """
                    Replace the condition by:
                        NOT EXISTS (
                            SELECT FROM refunds r
                            WHERE r.order_id = o.id AND r.created_at > $2)
                    """,
                    "When no order_id is NULL, declare it: the two then mean the same.",
                ],
                gain: Gain("−10 % of load", .estimated), verify: "the plan shows a Hash Anti Join")
        ])

    static let horizon = Finding(
        Sample.metadata("vacuum.horizon-held", .vacuum), severity: .warning, tier: .fix,
        title: "orders: dead rows cannot be removed (slot cdc2)",
        objects: [.init(.slot, "cdc2"), .relation(orders, in: "shop")], impact: .bytes(9_771_050_598, "kept"),
        confidence: .high,
        summary: """
            Replication slot cdc2 has not been read since 2026-03-01 and keeps the dead rows of the last 41 million \
            transactions: autovacuum has gone over orders 214 times and removed nothing.
            """,
        evidence: [
            .init("slot", "slot", .text("cdc2")), .init("xminAge", "age of its xmin", .count(41_204_112)),
            .init("deadRows", "dead rows in orders", .count(18_402_550)),
            .init("walRetained", "WAL kept", .bytes(3_221_225_472)), .init("active", "is read", .flag(false)),
        ],
        notIf: "its consumer is only in maintenance and comes back today",
        actions: [
            .init(
                .containment, "start the consumer of cdc2 again",
                steps: ["Ask the owner of the change-data capture whether it is still needed."],
                gain: Gain("9.1 GB can be vacuumed", .estimated)),
            .init(
                .fix, "drop the slot", sql: ["SELECT pg_drop_replication_slot('cdc2');"], lock: LockNote.none,
                gain: Gain("9.1 GB can be vacuumed", .estimated),
                verify: "SELECT slot_name FROM pg_replication_slots;",
                caution: "its consumer has to start from a new copy; there is no undo"),
        ])

    static let notices = [
        notice(
            "index.duplicate", .index, "orders_customer_idx and orders_customer_id_idx are the same", "310 MB twice"),
        notice("index.unused", .index, "customers_phone_idx was not read in 35 days", "88 MB idle"),
        notice("configuration.io-timing", .configuration, "track_io_timing is off", "–"),
        notice("schema.sequence-as-int", .schema, "audit_id_seq is integer", "9 % used"),
        notice("statistics.target", .statistics, "orders.status has 100 buckets for 4 values", "–"),
    ]

    private static func notice(_ rule: String, _ area: Area, _ title: String, _ impact: String) -> Finding {
        Finding(
            Sample.metadata(rule, area), severity: .notice, tier: .fix, title: title,
            objects: [.init(.relation, title)], impact: Impact(0, .none, impact), confidence: .medium,
            summary: title + ".", evidence: [], actions: [])
    }
}
