import Foundation
import Model

/// A day's log for the examples of rules about the history of locks.
extension Snapshot {
    private static func statement(_ text: String, _ fingerprint: String) -> LoggedStatement {
        .make { ($0.text, $0.fingerprint) = (text, fingerprint) }
    }

    private func events(_ times: Int, milliseconds: Double = 0) -> LoggedEvents {
        var events = LoggedEvents()
        for place in 0..<times {
            events.add(at: takenAt.addingTimeInterval(-60 - Double(times - place)), waited: milliseconds)
        }
        events.trim()
        return events
    }

    private func lock(_ kind: LoggedLock.Kind, _ relation: String?, isForeignKeyCheck: Bool = false) -> LoggedLock {
        .make {
            $0.kind = kind
            $0.mode = kind == .relation ? "AccessShareLock" : nil
            $0.relation = relation.map { QualifiedName("public", $0) }
            $0.isForeignKeyCheck = isForeignKeyCheck
        }
    }

    /// Two statements that lock orders and another table in two orders.
    mutating func addLoggedDeadlock(times: Int, second: String = "stock", isForeignKeyCheck: Bool = false) {
        let first = LoggedDeadlock.Session.make {
            $0.statement = Self.statement("UPDATE \(second) SET n = n - $1 WHERE id = $2", "d1")
            $0.wanted = lock(.row, second)
            $0.victims = Int64(times)
            $0.applications = ["checkout"]
        }
        let other = LoggedDeadlock.Session.make {
            $0.statement = Self.statement("UPDATE orders SET status = $1 WHERE id = $2", "d2")
            $0.wanted = lock(.row, "orders", isForeignKeyCheck: isForeignKeyCheck)
        }
        let events = events(times)
        lockHistory?.deadlocks.append(
            .make {
                $0.database = "shop"
                $0.sessions = [first, other]
                $0.events = events
            })
    }

    mutating func addLoggedWait(
        times: Int, milliseconds: Double, kind: LoggedLock.Kind = .row, isForeignKeyCheck: Bool = false,
        holder: String? = nil
    ) {
        let events = events(times, milliseconds: milliseconds)
        let lock = lock(kind, kind == .advisory ? nil : "orders", isForeignKeyCheck: isForeignKeyCheck)
        lockHistory?.waits.append(
            .make {
                $0.database = "shop"
                $0.lock = lock
                $0.statement = Self.statement("UPDATE orders SET status = $1 WHERE id = $2", "d2")
                $0.events = events
                $0.longestQueue = 4
                $0.applications = ["checkout"]
                if let holder {
                    $0.unfinished = 1
                    $0.holders = [
                        .make {
                            $0.count = Int64(times)
                            $0.holder.application = holder
                            $0.holder.statement = Self.statement("DELETE FROM orders WHERE created < $1", "d3")
                        }
                    ]
                }
            })
    }

    mutating func addLockFailure(
        times: Int, _ text: String = "UPDATE orders SET status = $1 WHERE id = $2",
        reason: LoggedLockFailure.Reason = .lockTimeout
    ) {
        let events = events(times, milliseconds: reason == .lockTimeout ? 2000 : 0)
        let lock = lock(.row, "orders")
        lockHistory?.failures.append(
            .make {
                $0.database = "shop"
                $0.reason = reason
                $0.lock = lock
                $0.statement = Self.statement(text, "d2")
                $0.events = events
                $0.applications = ["checkout"]
            })
    }
}
