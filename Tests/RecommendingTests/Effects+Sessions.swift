import Foundation
import Model

@testable import Diagnosing

/// Effects that sessions and their locks show.
extension Effects {
    /// Many sessions seen in the snapshot's first statement.
    static func busy(_ snapshot: inout Snapshot, _ type: String?, _ event: String?) {
        snapshot.server.cores = 2
        let queryID = snapshot.statementStatistics?.statements.first?.queryID
        snapshot.addBusy(type, event, sessions: 12, queryID: queryID)
    }

    /// The holders of a row, one after the other, are the snapshot's sessions.
    static func hotRow(_ snapshot: inout Snapshot) {
        guard let holder = snapshot.backends.first(where: \.isClient) else {
            return snapshot.addHotRow(waiting: 8, for: 1.4, turn: 0.06)
        }
        snapshot.backends.removeAll { $0.pid == holder.pid }
        snapshot.addHotRow(waiting: 8, for: 1.4, turn: 0.06, holder: holder.pid)
    }

    /// All sessions of the applications that wait are stuck.
    static func stuck(_ snapshot: inout Snapshot) {
        let waiting = Set(snapshot.locks.filter { !$0.isGranted }.map(\.pid))
        let then = snapshot.takenAt.addingTimeInterval(-40)
        for place in snapshot.backends.indices where waiting.contains(snapshot.backends[place].pid) {
            snapshot.backends[place].waitEventType = "Lock"
            snapshot.backends[place].application = "stuck"
            snapshot.backends[place].stateChange = then
        }
        for place in snapshot.backends.indices where snapshot.backends[place].isIdleInTransaction {
            snapshot.backends[place].stateChange = then
        }
        guard let first = snapshot.backends.first(where: { waiting.contains($0.pid) || $0.isIdleInTransaction }) else {
            return
        }
        for pid in 6101...6106 {
            snapshot.addSession(pid, first.application, state: first.state ?? "active", for: 40) {
                $0.role = first.role
                $0.database = first.database
                $0.waitEventType = first.waitEventType
            }
        }
    }

    /// Who stands in the way of a foreign key's check runs the snapshot's first statement.
    static func keyWait(_ snapshot: inout Snapshot) {
        let statement = snapshot.statementStatistics?.statements.first
        snapshot.addKeyWait(holder: "DELETE FROM orders WHERE id = $1")
        for place in snapshot.backends.indices where snapshot.backends[place].pid == 1 {
            snapshot.backends[place].queryID = statement?.queryID
            snapshot.backends[place].fingerprint = statement?.fingerprint
        }
    }

    static func partitions(_ snapshot: inout Snapshot) {
        let statement = snapshot.statementStatistics?.statements.first
        snapshot.addLocks(400, sessions: 10)
        for place in snapshot.backends.indices {
            snapshot.backends[place].queryID = statement?.queryID
            snapshot.backends[place].fingerprint = statement?.fingerprint
        }
    }

    /// Sessions that run the statements, and others that wait for rows which they, and all that are there, have locked.
    static func blocking(_ snapshot: inout Snapshot) {
        var holders = snapshot.backends.filter(\.isClient).map(\.pid)
        for (offset, statement) in (snapshot.statementStatistics?.statements ?? []).prefix(4).enumerated() {
            snapshot.addSession(7001 + offset, "writer", for: 30) {
                $0.queryID = statement.queryID
                $0.query = statement.text
                $0.fingerprint = statement.fingerprint
                $0.database = statement.database
                $0.transactionIDAge = 3
            }
            holders.append(7001 + offset)
        }
        for (offset, pid) in holders.enumerated() {
            snapshot.addLock(pid, "transactionid", "ExclusiveLock", transaction: Int64(90_000 + offset))
            let waiter = 18_000 + offset
            snapshot.addSession(waiter, "checkout", for: 25)
            snapshot.addLock(waiter, "transactionid", "ShareLock", transaction: Int64(90_000 + offset), waitingFor: 25)
        }
    }

    /// A session between two statements of a long transaction, the last of which is the snapshot's first.
    static func chatty(_ snapshot: inout Snapshot) {
        snapshot.addChatty(statements: 40, idle: 800)
        let sent = snapshot.statementStatistics?.statements.first?.queryID
        snapshot.addSession(6001, "orders", state: "idle in transaction", for: 0.03, transaction: 0.6) {
            $0.transactionIDAge = 9
            $0.queryID = sent
        }
    }

    /// A role may have no more connections than it has.
    static func limited(_ snapshot: inout Snapshot) {
        for place in snapshot.roles.indices {
            let used = snapshot.backends.count { $0.role == snapshot.roles[place].name }
            snapshot.roles[place].connectionLimit = max(used, 1)
        }
    }

    /// As many connections as there are sessions, nearly all of them of whom the snapshot speaks.
    static func connections(_ snapshot: inout Snapshot) {
        for place in snapshot.settings.indices where snapshot.settings[place].name == "max_connections" {
            snapshot.settings[place].value = String(snapshot.backends.count + 3)
        }
    }

    static func young(_ snapshot: inout Snapshot) {
        let now = snapshot.takenAt
        for pid in 9001...9030 {
            snapshot.addSession(pid, "cgi", for: 0.1) { $0.backendStart = now.addingTimeInterval(-2) }
        }
    }
}
