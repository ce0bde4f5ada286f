import Foundation
import Model

@testable import Diagnosing

/// Faults, each of which brings others about, as they stand in one snapshot.
extension Snapshot {
    /// order_items refers to orders without an index; deletes of orders read it whole.
    mutating func addUnindexedForeignKey(deleteMean: Double = 400) {
        addTable("orders", rows: 400_000) { $0.counters.deleted = 4000 }
        addTable("order_items", rows: 1_000_000) { $0.counters.sequentialTuplesRead = 4_000_000_000 }
        catalogs[0].columns += ["id", "order_id"].enumerated().map { number, name in
            .make {
                $0.relation = QualifiedName("public", "order_items")
                ($0.name, $0.number, $0.type) = (name, number + 1, "bigint")
            }
        }
        addForeignKey("order_items", "order_id", to: "orders")
        addStatement("del", "DELETE FROM orders WHERE id = $1", queryID: 501, calls: 4000, time: 4000 * deleteMean)
        explainLast(#"{"Node Type": "ModifyTable", "Operation": "Delete", "Relation Name": "orders", "Total Cost": 8}"#)
    }

    /// A session that runs a statement of the workload and keeps others waiting for rows that it has locked.
    mutating func addBlocker(
        _ pid: Int = 41, running fingerprint: String, queryID: Int64, waiting: Int = 6, for seconds: Double = 30
    ) {
        let text = statementStatistics?.statements.first { $0.fingerprint == fingerprint }?.text
        addSession(pid, "housekeeping", for: seconds + 5) {
            ($0.query, $0.fingerprint, $0.queryID, $0.transactionIDAge) = (text, fingerprint, queryID, 40)
        }
        addLock(pid, "transactionid", "ExclusiveLock", transaction: Int64(pid) * 100)
        for number in 0..<waiting {
            let waiter = pid * 100 + number
            addSession(waiter, "checkout", for: seconds)
            addLock(waiter, "transactionid", "ShareLock", transaction: Int64(pid) * 100, waitingFor: seconds)
        }
    }

    /// A session that opened a transaction for a report and forgot it.
    mutating func addForgottenReport(_ pid: Int = 77, xminAge: Int64 = 3_000_000) {
        addSession(pid, "nightly-report", state: "idle in transaction", for: 7000, transaction: 7200) {
            $0.xminAge = xminAge
        }
    }

    /// A table full of dead rows, vacuumed a minute ago.
    mutating func addDeadRows(in table: String, vacuumedBefore seconds: Double? = 60) {
        let now = takenAt
        addTable(table, rows: 10_000, dead: 500_000) {
            $0.lastAutovacuum = seconds.map { now.addingTimeInterval(-$0) }
        }
    }

    mutating func set(_ name: String, _ value: String) {
        for place in settings.indices where settings[place].name == name { settings[place].value = value }
    }

    /// No connection is left but two.
    mutating func fillConnections() { set("max_connections", String(backends.count + 5)) }

    mutating func addSlot(_ name: String = "cdc2") {
        replicationSlots.append(
            .make {
                ($0.name, $0.retainedBytes, $0.walStatus, $0.xminAge) = (name, 30_000_000_000, "extended", 40_000_000)
            })
    }

    mutating func onlyTheseStatements() {
        let total = statementStatistics?.statements.reduce(0) { $0 + $1.counters.executionTime } ?? 0
        statementStatistics?.totals.executionTime = total
    }

    mutating func changeLastStatement(_ change: (inout Statement) -> Void) {
        let place = statementStatistics!.statements.count - 1
        change(&statementStatistics!.statements[place])
    }
}
