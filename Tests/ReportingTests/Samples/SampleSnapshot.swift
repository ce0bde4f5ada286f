@testable import Diagnosing
import Foundation
import Model

/// What the sick shop's server told.
enum SampleSnapshot {
    static var sick: Snapshot {
        var snapshot = Snapshot.healthyExample
        snapshot.takenAt = Sample.moment
        snapshot.server.port = 5432
        snapshot.server.cores = 2
        snapshot.addLoggedDeadlock(times: 12, isForeignKeyCheck: true)
        snapshot.addLoggedWait(times: 40, milliseconds: 2500, holder: "nightly")
        snapshot.addLoggedWait(times: 3, milliseconds: 9000, kind: .relation)
        snapshot.addLockFailure(times: 5)
        snapshot.cost = .make {
            $0.serverTime = 12.4
            $0.wallTime = 38
            $0.roundTrips = 5
            $0.probeRoundTrips = 3
            $0.statements = 41
            $0.sessions = 1
        }
        snapshot.statementStatistics?.statements = statements
        snapshot.statementStatistics?.totals.executionTime = 1_306_000
        snapshot.statementStatistics?.totals.calls = 480_112
        snapshot.statementStatistics?.reset = Sample.moment - 840
        snapshot.databases[0].counters.activeTime = 6_550_000
        snapshot.databases[0].statisticsReset = Sample.moment - 840
        snapshot.activitySamples = (0..<3).map { number in
            .make {
                $0.takenAt = Sample.moment + Double(number) * 0.2
                $0.active = waits.flatMap { type, event, count in
                    (0..<count).map { pid in
                        .make {
                            $0.pid = 5000 + pid
                            $0.waitEventType = type
                            $0.waitEvent = event
                        }
                    }
                }
            }
        }
        (snapshot.backends, snapshot.locks) = pile
        snapshot.notes = [
            .make {
                $0.evidence = .columnStatistics
                $0.reason = .privilege
                $0.isTotal = false
                $0.database = "shop"
                $0.text = "bloat of 14 tables: role monitor may not read pg_stats of them"
                $0.remedy = "GRANT pg_read_all_data TO monitor;"
            }
        ]
        return snapshot
    }

    private static let waits: [(String?, String?, Int)] = [
        ("Lock", "transactionid", 13), (nil, nil, 2), ("IO", "DataFileRead", 1),
    ]

    private static var statements: [Statement] {
        let texts: [(String, Int64, Double)] = [
            ("DELETE FROM orders WHERE id = $1", 1204, 496_409),
            ("UPDATE orders SET status = $1, paid_at = now() WHERE id = $2", 20_411, 265_300),
            (
                """
                SELECT o.id, o.total FROM orders o WHERE o.status = $1 AND o.id NOT IN
                  (SELECT r.order_id FROM refunds r WHERE r.created_at > $2) ORDER BY o.created_at
                """, 96, 143_040
            ),
            ("SELECT * FROM order_items WHERE product_id = $1 ORDER BY id DESC LIMIT $2", 8110, 110_900),
            ("SELECT name, email FROM customers WHERE id = $1", 401_200, 92_276),
            ("INSERT INTO audit (at, who, what) VALUES ($1, $2, $3)", 48_003, 61_040),
            ("SELECT sum(total) FROM orders WHERE created_at >= $1 GROUP BY customer_id", 12, 58_200),
            ("SELECT count(*) FROM sessions WHERE expires_at > now()", 1076, 39_600),
        ]
        return texts.enumerated().map { offset, entry in
            .make {
                $0.queryID = 7_204_331_905_172_360_411 - Int64(offset) * 1_000_003
                $0.role = "app"
                $0.database = "shop"
                $0.text = entry.0
                $0.fingerprint = "9f3a51c2d7e8b60\(offset)"
                $0.counters.calls = entry.1
                $0.counters.rows = entry.1
                $0.counters.executionTime = entry.2
                $0.counters.sharedBlocksHit = entry.1 * 12
                if offset == 0 { $0.plan = .make { $0.json = plan } }
            }
        }
    }

    /// 4127 idles in its transaction; 4302 waits for it with ALTER TABLE; the others wait for 4302 or for 4127.
    private static var pile: ([Backend], [Lock]) {
        func backend(_ pid: Int, _ state: String, _ application: String, _ query: String, waits: Bool) -> Backend {
            .make {
                $0.pid = pid
                $0.database = "shop"
                $0.role = "app"
                $0.application = application
                $0.state = state
                $0.query = query
                $0.transactionStart = Sample.moment - 270
                $0.stateChange = Sample.moment - 260
                $0.queryStart = Sample.moment - 200
                if waits { ($0.waitEventType, $0.waitEvent) = ("Lock", "relation") }
            }
        }
        func lock(_ pid: Int, _ mode: String, granted: Bool) -> Lock {
            .make {
                $0.pid = pid
                $0.type = "relation"
                $0.mode = mode
                $0.isGranted = granted
                $0.database = "shop"
                $0.relation = Findings.orders
                $0.relationOID = 16_500
                if !granted { $0.waitStart = Sample.moment - 190 + Double(pid - 4302) }
            }
        }
        var backends = [
            backend(
                4127, "idle in transaction", "billing-worker", "UPDATE orders SET total = $1 WHERE id = $2",
                waits: false),
            backend(4302, "active", "migrate", "ALTER TABLE orders ADD COLUMN note text", waits: true),
        ]
        var locks = [
            lock(4127, "RowExclusiveLock", granted: true), lock(4302, "AccessExclusiveLock", granted: false),
        ]
        for pid in 4303...4332 {
            backends.append(
                backend(pid, "active", "shop-web", "UPDATE orders SET status = $1 WHERE id = $2", waits: true))
            locks.append(lock(pid, "RowExclusiveLock", granted: false))
        }
        return (backends, locks)
    }

    private static let plan = """
        [{"Plan":{"Node Type":"ModifyTable","Operation":"Delete","Relation Name":"orders","Schema":"public",\
        "Startup Cost":0.43,"Total Cost":8.45,"Plan Rows":0,"Plan Width":0,"Plans":[{"Node Type":"Index Scan",\
        "Parent Relationship":"Outer","Scan Direction":"Forward","Index Name":"orders_pkey","Relation Name":"orders",\
        "Schema":"public","Alias":"orders","Startup Cost":0.43,"Total Cost":8.45,"Plan Rows":1,"Plan Width":6,\
        "Index Cond":"(id = $1)"}]}}]
        """
}
