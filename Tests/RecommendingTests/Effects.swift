import Foundation
import Model

@testable import Diagnosing

/// Adds to a snapshot what an effect's rule looks for, on whatever the snapshot already has.
enum Effects {
    typealias Addition = (inout Snapshot) -> Void

    /// Nothing, or an addition, each also with what an example of another area lacks: the statements that its sessions ran, and
    /// young sessions.
    static func changes(for rule: String) -> [Addition] {
        let preparations: [Addition] = [{ _ in }, statements, young]
        let additions: [Addition] = [{ _ in }] + additions(rule)
        return preparations.flatMap { prepare in
            additions.map { add in
                { snapshot in
                    prepare(&snapshot)
                    add(&snapshot)
                }
            }
        }
    }

    private static func additions(_ rule: String) -> [Addition] {
        switch rule {
        case "locks.hot-row": [hotRow]
        case "locks.pool-exhausted": [stuck]
        case "locks.foreign-key-share-locks": [keyWait]
        case "locks.partitions-locked": [partitions]
        case "locks.lock-table-near-full":
            [{ $0.lockTable?.objects = 6200 }] + [
                { snapshot in
                    for pid in snapshot.backends.prefix(1).map(\.pid) { snapshot.fillLockTable(6200, of: pid) }
                }
            ]
        case "locks.connection-storm":
            [
                { snapshot in
                    snapshot.addNewSessions(60)
                    connections(&snapshot)
                }
            ]
        case "locks.idle-in-transaction":
            [
                { snapshot in
                    for pid in 5001...5006 { snapshot.addSession(pid, "web", state: "idle in transaction", for: 400) }
                }
            ]
        case "locks.lock-timeouts": [{ $0.addLockFailure(times: 4000) }]
        case "locks.deadlocks": [{ $0.databases[0].counters.deadlocks += 5000 }]
        case "waits.more-active-than-cores": [{ busy(&$0, nil, nil) }]
        case "waits.temporary-files": [{ busy(&$0, "IO", "BufFileWrite") }]
        case "waits.client": [{ busy(&$0, "Client", "ClientWrite") }]
        case "waits.wal-write": [{ busy(&$0, "IO", "WALSync") }]
        case "waits.data-file-read": [{ busy(&$0, "IO", "DataFileRead") }]
        case "waits.relation-extension": [{ busy(&$0, "Lock", "extend") }]
        case "waits.buffer-contention": [{ busy(&$0, "LWLock", "BufferContent") }]
        case "waits.lock-manager": [{ busy(&$0, "LWLock", "LockManager") }]
        case "waits.subtransaction-overflow": [{ busy(&$0, "LWLock", "SubtransSLRU") }]
        case "waits.multixact-pressure": [{ busy(&$0, "LWLock", "MultiXactMemberSLRU") }]
        case "workload.heavy-statement": [{ $0.onlyItsStatements() }, slow]
        case "workload.erratic-statement": [erratic]
        case "workload.spilling-statement": [spilling]
        case "workload.planning-dominates": [planned]
        case "workload.unbounded-result": [{ $0.eachStatement { $0.counters.rows = $0.counters.calls * 50_000 } }]
        case "locks.blocking-session": [blocking]
        case "vacuum.dead-rows-pile-up": [dead, disabled]
        case "vacuum.horizon-held": [horizon]
        case "vacuum.backlog": [{ $0.addNeglected(40) }, neglected]
        case "vacuum.starved-table": [starved]
        case "vacuum.table-bloat": [bloated]
        case "vacuum.index-bloat": [bloatedIndexes]
        case "vacuum.toast-bloat": [bloatedTOAST]
        case "statistics.stale": [stale]
        case "statistics.never-analyzed": [neverAnalyzed]
        case "configuration.checkpoints-requested": [checkpoints]
        case "capacity.connection-limit-near": [limited]
        case "capacity.wal-directory-large":
            [{ $0.walDirectory = .make { ($0.size, $0.unarchived) = (20_000_000_000, 1100) } }]
        case "waits.synchronous-replication":
            [
                { snapshot in
                    snapshot.addSession(5001, "checkout", for: 30) {
                        ($0.waitEventType, $0.waitEvent) = ("IPC", "SyncRep")
                    }
                }
            ]
        case "capacity.standby-replay-paused": [{ $0.recovery?.isPaused = true }]
        case "locks.max-connections-near": [connections]
        case "capacity.connections-refused":
            [{ $0.addFailedLogins(40, as: "app", from: nil, every: 1, .serverFull) }]
        case "workload.chatty-transaction": [chatty]
        case "plan.logged-slow-call": [{ $0.addLogged((calls: 3, mean: 4000, .misjudged)) }]
        case "plan.parameter-sensitive": [variants]
        default: []
        }
    }

    /// Statements of the workload for all that sessions were seen in.
    static func statements(_ snapshot: inout Snapshot) {
        let known = Set(snapshot.statementStatistics?.statements.map(\.queryID) ?? [])
        for place in snapshot.backends.indices where snapshot.backends[place].queryID == nil {
            snapshot.backends[place].queryID = 7700
            snapshot.backends[place].fingerprint = nil
        }
        for place in (snapshot.activityProfile?.entries ?? []).indices
        where snapshot.activityProfile!.entries[place].activity.queryID == nil {
            snapshot.activityProfile!.entries[place].activity.queryID = 7700
        }
        for wait in snapshot.lockHistory?.waits ?? [] {
            guard let statement = wait.statement, let fingerprint = statement.fingerprint else { continue }
            snapshot.addStatement(
                fingerprint, statement.text, calls: 3000, time: 900_000)
        }
        let seen = Set(
            snapshot.backends.compactMap(\.queryID) + (snapshot.activity?.entries ?? []).compactMap(\.activity.queryID))
        for id in seen.subtracting(known).sorted() {
            snapshot.addStatement(
                "", "UPDATE orders SET status = $1 WHERE id = $2", queryID: id, calls: 3000, time: 900_000)
            snapshot.statementStatistics!.statements[snapshot.statementStatistics!.statements.count - 1].fingerprint =
                nil
        }
    }

    static func slow(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.counters.executionTime *= 100
            statement.meanTime *= 100
        }
        snapshot.onlyItsStatements()
    }

    static func erratic(_ snapshot: inout Snapshot) {
        for place in snapshot.backends.indices where snapshot.backends[place].state == "active" {
            snapshot.backends[place].waitEventType = "Lock"
        }
        snapshot.eachStatement { statement in
            statement.maximumTime = max(20 * statement.meanTime, 20_000)
            statement.deviationOfTime = max(4 * statement.meanTime, 1000)
        }
        snapshot.onlyItsStatements()
    }

    static func spilling(_ snapshot: inout Snapshot) {
        snapshot.eachStatement { statement in
            statement.counters.temporaryBlocksWritten = max(statement.counters.calls * 2000, 2_000_000)
            statement.counters.temporaryBlocksRead = statement.counters.temporaryBlocksWritten
        }
        snapshot.onlyItsStatements()
    }

    static func planned(_ snapshot: inout Snapshot) {
        snapshot.statementStatistics?.tracksPlanning = true
        snapshot.eachStatement { statement in
            statement.counters.plans = statement.counters.calls
            statement.counters.planTime = 20 * statement.counters.executionTime
        }
        snapshot.onlyItsStatements()
    }

    static func dead(_ snapshot: inout Snapshot) {
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 10_000) }
        snapshot.eachTable { table in
            table.deadTuples = max(5 * table.liveTuples, 500_000)
            table.pages = max(table.pages, 50_000)
        }
    }

    static func disabled(_ snapshot: inout Snapshot) {
        dead(&snapshot)
        snapshot.eachTable { $0.options["autovacuum_enabled"] = "false" }
    }

    /// Many tables, and all that there were, over their thresholds.
    static func neglected(_ snapshot: inout Snapshot) {
        snapshot.addNeglected(40)
        dead(&snapshot)
    }

    /// Due for two days, and not so far that its dead rows have piled up.
    static func starved(_ snapshot: inout Snapshot) {
        let then = snapshot.takenAt.addingTimeInterval(-172_800)
        snapshot.eachTable { table in
            (table.estimatedRows, table.liveTuples, table.deadTuples) = (1_000_000, 1_000_000, 230_000)
            table.lastAutovacuum = then
        }
    }

    /// Rows of 60 bytes in a file that would hold them a hundred times.
    static func bloated(_ snapshot: inout Snapshot) {
        for place in snapshot.catalogs[0].relations.indices {
            let name = snapshot.catalogs[0].relations[place].name
            snapshot.catalogs[0].relations[place].pages =
                500_000 + Int64(max(0, snapshot.catalogs[0].relations[place].estimatedRows))
            snapshot.catalogs[0].relations[place].columnCount = 1
            snapshot.catalogs[0].columns.removeAll { $0.relation == name }
            snapshot.catalogs[0].columns.append(
                .make {
                    ($0.relation, $0.name, $0.number, $0.length, $0.alignment) = (name, "note", 1, -1, 4)
                    $0.statistics = .make {
                        $0.averageWidth = 28; $0.distinct = -1
                    }
                })
        }
    }

    static func bloatedIndexes(_ snapshot: inout Snapshot) {
        bloated(&snapshot)
        let tables = snapshot.catalogs[0].relations
        for table in tables {
            snapshot.addIndex("\(table.name.name)_note_idx", on: "note", table: table.name.name) {
                $0.size = nil
                $0.pages = table.pages
                $0.estimatedRows = max(1, table.estimatedRows)
            }
        }
    }

    static func bloatedTOAST(_ snapshot: inout Snapshot) {
        dead(&snapshot)
        let owner = snapshot.catalogs[0].relations[0].name
        snapshot.addTable("pg_toast_1", rows: 1000) {
            $0.name = QualifiedName("pg_toast", "pg_toast_1")
            $0.kind = .toast
            $0.toastOwner = owner
            $0.pages = 500_000
        }
    }

    static func horizon(_ snapshot: inout Snapshot) {
        dead(&snapshot)
        for place in snapshot.backends.indices { snapshot.backends[place].xminAge = 3_000_000 }
        for place in snapshot.replicationSlots.indices { snapshot.replicationSlots[place].xminAge = 3_000_000 }
        for place in snapshot.preparedTransactions.indices {
            snapshot.preparedTransactions[place].transactionIDAge = 3_000_000
        }
    }

    static func stale(_ snapshot: inout Snapshot) {
        let before = snapshot.takenAt.addingTimeInterval(-30 * 86_400)
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 100_000) }
        snapshot.eachTable { table in
            table.modifiedSinceAnalyze = 5 * max(table.liveTuples, 100_000)
            table.lastAutoanalyze = before
        }
    }

    static func neverAnalyzed(_ snapshot: inout Snapshot) {
        if snapshot.catalogs[0].relations.isEmpty { snapshot.addTable("orders", rows: 100_000) }
        snapshot.eachTable { table in
            table.estimatedRows = -1
            (table.lastAnalyze, table.lastAutoanalyze) = (nil, nil)
            table.modifiedSinceAnalyze = max(table.liveTuples, 100_000)
        }
    }

    /// A common value that is planned in another way than a rare one.
    static func variants(_ snapshot: inout Snapshot) {
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

    static func checkpoints(_ snapshot: inout Snapshot) {
        snapshot.checkpointer.requested = snapshot.checkpointer.timed + 5000
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
