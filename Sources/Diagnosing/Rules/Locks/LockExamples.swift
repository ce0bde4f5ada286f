import Foundation
import Model

/// Sessions and locks for the examples of rules about them.
extension Snapshot {
    /// A session of role app whose state has lasted for so many s.
    mutating func addSession(
        _ pid: Int, _ application: String, state: String = "active", for seconds: Double = 0,
        transaction: Double? = nil,
        _ configure: (inout Backend) -> Void = { _ in }
    ) {
        let now = takenAt
        var backend = Backend.make {
            $0.pid = pid
            $0.database = "shop"
            $0.role = "app"
            $0.application = application
            $0.state = state
            $0.backendStart = now.addingTimeInterval(-7200)
            $0.stateChange = now.addingTimeInterval(-seconds)
            $0.queryStart = now.addingTimeInterval(-seconds)
            $0.transactionStart = state == "idle" ? nil : now.addingTimeInterval(-(transaction ?? seconds))
            $0.query = "UPDATE orders SET status = $1 WHERE id = $2"
        }
        configure(&backend)
        backends.append(backend)
    }

    mutating func addLock(
        _ pid: Int, _ type: String, _ mode: String, on relation: String? = nil, transaction: Int64? = nil,
        waitingFor seconds: Double? = nil, prepared: String? = nil
    ) {
        let now = takenAt
        locks.append(
            .make {
                $0.pid = pid
                $0.type = type
                $0.mode = mode
                $0.database = "shop"
                $0.isGranted = seconds == nil
                $0.transactionID = transaction
                $0.preparedTransaction = prepared
                if let relation {
                    $0.relation = QualifiedName("public", relation)
                    $0.relationOID = Int64(relation.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 100_000 })
                }
                if type == "tuple" { ($0.page, $0.tuple) = (31, 26) }
                $0.waitStart = seconds.map { now.addingTimeInterval(-$0) }
            })
    }

    /// billing-worker holds a row of orders and is idle in its transaction; so many wait for the row.
    mutating func addRowLockPile(waiting: Int, for seconds: Double, holder: String = "idle in transaction") {
        addSession(100, "billing-worker", state: holder, for: seconds + 8)
        addLock(100, "transactionid", "ExclusiveLock", transaction: 4711)
        for place in 0..<waiting {
            addSession(101 + place, "checkout", for: seconds - Double(place))
            if place == 0 {
                addLock(101, "transactionid", "ShareLock", transaction: 4711, waitingFor: seconds)
                addLock(101, "tuple", "ExclusiveLock", on: "orders")
            } else {
                addLock(101 + place, "tuple", "ExclusiveLock", on: "orders", waitingFor: seconds - Double(place))
            }
        }
    }

    /// A reader in an open transaction, an ALTER TABLE that waits for it, and readers that wait for the ALTER TABLE.
    mutating func addDDLQueue(readers: Int, for seconds: Double) {
        addSession(200, "cart-export", state: "idle in transaction", for: seconds + 60)
        addLock(200, "relation", "AccessShareLock", on: "carts")
        addSession(201, "migration", for: seconds) { $0.query = "ALTER TABLE carts ADD COLUMN note text" }
        addLock(201, "relation", "AccessExclusiveLock", on: "carts", waitingFor: seconds)
        for place in 0..<readers {
            addSession(202 + place, "web", for: seconds - 1)
            addLock(202 + place, "relation", "AccessShareLock", on: "carts", waitingFor: seconds - 1)
        }
    }
}

extension BlockingSession {
    static let examples: [RuleExample] = [
        .fires("seven wait for a row behind an idle transaction", on: "app/billing-worker") {
            $0.addRowLockPile(waiting: 7, for: 250)
        },
        .fires("one waits behind a running statement", on: "app/billing-worker") {
            $0.addRowLockPile(waiting: 1, for: 5, holder: "active")
        },
        .fires("a reader keeps an ALTER TABLE waiting", on: "app/cart-export") { $0.addDDLQueue(readers: 3, for: 30) },
        .fires("a prepared transaction that nobody ends", on: "xa-4711") {
            $0.preparedTransactions = [
                .make {
                    $0.gid = "xa-4711"
                    $0.owner = "app"
                    $0.database = "shop"
                }
            ]
            $0.addLock(0, "transactionid", "ExclusiveLock", transaction: 815, prepared: "xa-4711")
            $0.addSession(300, "checkout", for: 20)
            $0.addLock(300, "transactionid", "ShareLock", transaction: 815, waitingFor: 20)
        },
        .fires("a statement whose client does not read", on: "app/export") {
            $0.addSession(100, "export", for: 900) { ($0.waitEventType, $0.waitEvent) = ("Client", "ClientWrite") }
            $0.addLock(100, "relation", "AccessShareLock", on: "orders")
            $0.addSession(101, "migration", for: 60) { $0.query = "TRUNCATE orders" }
            $0.addLock(101, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 60)
        },
        .fires("an idle session keeps an advisory lock", on: "app/cron") {
            $0.addSession(100, "cron", state: "idle", for: 4000)
            $0.addLock(100, "advisory", "ExclusiveLock")
            $0.addSession(101, "cron", for: 3000) { $0.query = "SELECT pg_advisory_lock($1)" }
            $0.addLock(101, "advisory", "ExclusiveLock", waitingFor: 3000)
        },
        .fires("autovacuum to prevent wraparound keeps an ALTER TABLE waiting", on: "autovacuum worker") {
            $0.addSession(100, "", for: 4000) {
                ($0.type, $0.role) = ("autovacuum worker", nil)
                $0.query = "autovacuum: VACUUM public.orders (to prevent wraparound)"
            }
            $0.addLock(100, "relation", "ShareUpdateExclusiveLock", on: "orders")
            $0.addSession(101, "migration", for: 60) { $0.query = "ALTER TABLE orders ADD COLUMN note text" }
            $0.addLock(101, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 60)
        },
        .fires("a session that is hidden from our role", on: "app/billing-worker") {
            $0.addRowLockPile(waiting: 2, for: 30)
            $0.backends[0].isHidden = true
            $0.backends[0].query = nil
            $0.backends[0].state = nil
        },
        .fires("five hold the table: one of them is shown with the waiter", on: "app/report") {
            for pid in 100..<105 {
                $0.addSession(pid, "report", for: Double(1000 - pid))
                $0.addLock(pid, "relation", "AccessShareLock", on: "orders")
            }
            $0.addSession(200, "migration", for: 60) { $0.query = "ALTER TABLE orders ADD COLUMN note text" }
            $0.addLock(200, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 60)
        },
        .silent("an instant's wait") { $0.addRowLockPile(waiting: 1, for: 0.2) },
        .silent("idle in a transaction, and nobody waits") {
            $0.addSession(100, "billing-worker", state: "idle in transaction", for: 600)
            $0.addLock(100, "relation", "RowExclusiveLock", on: "orders")
        },
        .silent("two readers of one table") {
            $0.addSession(100, "web", for: 600)
            $0.addLock(100, "relation", "AccessShareLock", on: "orders")
            $0.addSession(101, "web", for: 600)
            $0.addLock(101, "relation", "AccessShareLock", on: "orders")
        },
    ]
}
