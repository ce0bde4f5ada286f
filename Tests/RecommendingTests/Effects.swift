import Foundation
import Model

@testable import Diagnosing

/// Adds to a snapshot what an effect's rule looks for, on whatever the snapshot already has.
enum Effects {
    typealias Addition = (inout Snapshot) -> Void

    static func additions(_ rule: String) -> [Addition] {
        switch rule {
        case "workload.heavy-statement": [{ $0.onlyItsStatements() }, slow]
        case "workload.erratic-statement": [erratic]
        case "workload.spilling-statement": [spilling]
        case "workload.planning-dominates": [planned]
        case "workload.unbounded-result": [{ $0.eachStatement { $0.counters.rows = $0.counters.calls * 50_000 } }]
        case "locks.blocking-session": [blocking]
        case "vacuum.dead-rows-pile-up": [dead, disabled]
        case "vacuum.horizon-held": [horizon]
        case "statistics.stale": [stale]
        case "statistics.never-analyzed": [neverAnalyzed]
        case "configuration.checkpoints-requested": [checkpoints]
        case "capacity.connection-limit-near": [limited]
        case "locks.max-connections-near": [connections]
        case "workload.chatty-transaction": [chatty]
        case "plan.logged-slow-call": [{ $0.addLogged((calls: 3, mean: 4000, .misjudged)) }]
        case "plan.parameter-sensitive": [variants]
        default: []
        }
    }

    private static func slow(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.counters.executionTime *= 100
            statement.meanTime *= 100
        }
        snapshot.onlyItsStatements()
    }

    private static func erratic(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.maximumTime = max(20 * statement.meanTime, 20_000)
            statement.deviationOfTime = max(4 * statement.meanTime, 1000)
        }
        snapshot.onlyItsStatements()
    }

    private static func spilling(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.counters.temporaryBlocksWritten = max(statement.counters.calls * 2000, 2_000_000)
            statement.counters.temporaryBlocksRead = statement.counters.temporaryBlocksWritten
        }
        snapshot.onlyItsStatements()
    }

    private static func planned(_ snapshot: inout Snapshot) {
        snapshot.statementStatistics?.tracksPlanning = true
        snapshot.eachStatement { statement in
            statement.counters.plans = statement.counters.calls
            statement.counters.planTime = 20 * statement.counters.executionTime
        }
        snapshot.onlyItsStatements()
    }

    /// A session that runs the statement, and others that wait for a row that it has locked.
    private static func blocking(_ snapshot: inout Snapshot) {
        if let statement = snapshot.statementStatistics?.statements.first {
            snapshot.addSession(7001, "writer", for: 30) {
                $0.queryID = statement.queryID
                $0.query = statement.text
                $0.fingerprint = statement.fingerprint
                $0.database = statement.database
                $0.transactionIDAge = 3
            }
            snapshot.addLock(7001, "transactionid", "ExclusiveLock", transaction: 90_001)
        }
        var locked = snapshot.backends.filter { $0.isClient && $0.pid != 7001 }.map(\.pid)
        if locked.isEmpty { locked = [7001] }
        for (offset, pid) in locked.enumerated() {
            let transaction = pid == 7001 ? 90_001 : Int64(91_000 + offset)
            if pid != 7001 { snapshot.addLock(pid, "transactionid", "ExclusiveLock", transaction: transaction) }
            for number in 0..<4 {
                let waiter = 8000 + 10 * offset + number
                snapshot.addSession(waiter, "checkout", for: 25)
                snapshot.addLock(waiter, "transactionid", "ShareLock", transaction: transaction, waitingFor: 25)
            }
        }
    }

    private static func dead(_ snapshot: inout Snapshot) {
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 10_000) }
        snapshot.eachTable { table in
            table.deadTuples = max(5 * table.liveTuples, 500_000)
            table.pages = max(table.pages, 50_000)
        }
    }

    private static func disabled(_ snapshot: inout Snapshot) {
        dead(&snapshot)
        snapshot.eachTable { $0.options["autovacuum_enabled"] = "false" }
    }

    private static func horizon(_ snapshot: inout Snapshot) {
        dead(&snapshot)
        for place in snapshot.backends.indices { snapshot.backends[place].xminAge = 3_000_000 }
        for place in snapshot.replicationSlots.indices { snapshot.replicationSlots[place].xminAge = 3_000_000 }
        for place in snapshot.preparedTransactions.indices {
            snapshot.preparedTransactions[place].transactionIDAge = 3_000_000
        }
    }

    private static func stale(_ snapshot: inout Snapshot) {
        let before = snapshot.takenAt.addingTimeInterval(-30 * 86_400)
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 100_000) }
        snapshot.eachTable { table in
            table.modifiedSinceAnalyze = 5 * max(table.liveTuples, 100_000)
            table.lastAutoanalyze = before
        }
    }

    private static func neverAnalyzed(_ snapshot: inout Snapshot) {
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 100_000) }
        snapshot.eachTable { table in
            table.estimatedRows = -1
            (table.lastAnalyze, table.lastAutoanalyze) = (nil, nil)
            table.modifiedSinceAnalyze = max(table.liveTuples, 100_000)
        }
    }

    /// A session between two statements of a long transaction, the last of which is the snapshot's first.
    private static func chatty(_ snapshot: inout Snapshot) {
        snapshot.addChatty(statements: 40, idle: 800)
        let sent = snapshot.statementStatistics?.statements.first?.queryID
        snapshot.addSession(6001, "orders", state: "idle in transaction", for: 0.03, transaction: 0.6) {
            $0.transactionIDAge = 9
            $0.queryID = sent
        }
    }

    /// A common value that is planned in another way than a rare one.
    private static func variants(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.maximumTime = 4000
            statement.variants = [(PlanVariant.Kind.common, "Seq Scan", 9000), (.rare, "Index Scan", 8)].map {
                kind, node, cost in
                .make {
                    $0.kind = kind
                    $0.columns = [ColumnReference(QualifiedName("public", "orders"), "customer_id")]
                    $0.frequency = kind == .common ? 0.5 : nil
                    $0.json =
                        #"[{"Plan": {"Node Type": "\#(node)", "Relation Name": "orders", "Total Cost": \#(cost)}}]"#
                }
            }
        }
    }

    private static func checkpoints(_ snapshot: inout Snapshot) {
        snapshot.checkpointer.requested = snapshot.checkpointer.timed + 5000
    }

    /// A role may have no more connections than it has.
    private static func limited(_ snapshot: inout Snapshot) {
        for place in snapshot.roles.indices {
            let used = snapshot.backends.count { $0.role == snapshot.roles[place].name }
            snapshot.roles[place].connectionLimit = max(used, 1)
        }
    }

    /// As many connections as there are sessions, nearly all of them of whom the snapshot speaks.
    private static func connections(_ snapshot: inout Snapshot) {
        for place in snapshot.settings.indices where snapshot.settings[place].name == "max_connections" {
            snapshot.settings[place].value = String(snapshot.backends.count + 3)
        }
    }
}

extension Snapshot {
    /// The statements of the snapshot are all that ran.
    fileprivate mutating func onlyItsStatements() {
        let total = statementStatistics?.statements.reduce(0) { $0 + $1.counters.executionTime } ?? 0
        statementStatistics?.totals.executionTime = total
    }

    fileprivate mutating func eachStatement(_ change: (inout Statement) -> Void) {
        for place in (statementStatistics?.statements ?? []).indices { change(&statementStatistics!.statements[place]) }
    }

    fileprivate mutating func eachTable(_ change: (inout Relation) -> Void) {
        for place in catalogs[0].relations.indices { change(&catalogs[0].relations[place]) }
    }
}
