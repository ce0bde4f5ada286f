import Foundation
import Model
import Testing

@testable import Diagnosing

/// The wait-for forest: who is shown below whom, and what ending a root gives.
@Suite struct WaitForestTests {
    private func observation(_ configure: (inout Snapshot) -> Void) -> Observation {
        var snapshot = Snapshot.healthyExample
        configure(&snapshot)
        return Observation(snapshot)
    }

    private func tree(_ node: WaitForest.Node) -> String {
        let name = node.preparedTransaction ?? String(node.pid)
        return node.waiting.isEmpty ? name : "\(name)(\(node.waiting.map(tree).joined(separator: " ")))"
    }

    private func shape(_ forest: WaitForest) -> String { forest.roots.map(tree).joined(separator: " ") }

    @Test func waitersForARowStandBehindEachOther() {
        let forest = observation { $0.addRowLockPile(waiting: 3, for: 60) }.forest
        #expect(shape(forest) == "100(101(102 103))")
        #expect(forest.secondsBlocked(until: Snapshot.healthyExample.takenAt) == 60 + 59 + 58)
    }

    @Test func readersStandBelowTheRequestThatTheyQueueBehind() throws {
        let forest = observation { $0.addDDLQueue(readers: 3, for: 30) }.forest
        #expect(shape(forest) == "200(201(202 203 204))")
        #expect(forest.roots[0].waiting[0].heldUp.map(\.pid) == [202, 203, 204])
        #expect(forest.roots[0].heldUp.isEmpty)
    }

    /// A waiter that conflicts with a holder is below the holder, not below the others in the queue: 400 that want one
    /// advisory lock are no chain of 400.
    @Test func whoConflictsWithTheHolderIsBelowTheHolder() {
        let forest = observation {
            $0.addSession(1, "cron")
            $0.addLock(1, "advisory", "ExclusiveLock")
            for pid in 2...400 {
                $0.addSession(pid, "cron")
                $0.addLock(pid, "advisory", "ExclusiveLock", waitingFor: Double(1000 - pid))
            }
        }.forest
        #expect(forest.roots.map(\.pid) == [1])
        #expect(forest.roots[0].waiting.count == 399)
    }

    @Test func whoEndsOneOfSeveralHoldersFreesNobody() throws {
        let observation = observation {
            for pid in 11...13 {
                $0.addSession(pid, "report", for: Double(100 * pid))
                $0.addLock(pid, "relation", "AccessShareLock", on: "orders")
            }
            $0.addSession(20, "migration", for: 30)
            $0.addLock(20, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 30)
            $0.addSession(21, "web", for: 20)
            $0.addLock(21, "relation", "AccessShareLock", on: "orders", waitingFor: 20)
        }
        let root = try #require(observation.forest.roots.first)
        #expect(shape(observation.forest) == "13(20(21))", "the oldest transaction is shown")
        #expect(root.waiting[0].alsoBehind.map(\.pid) == [11, 12])
        let blocked = BlockedSessions(root, observation)
        #expect(blocked.release.freed.isEmpty)
        #expect(blocked.release.others.map(\.pid) == [11, 12])
        #expect(
            blocked.gain.text
                == "frees nobody by itself: all wait for session 11 (report) and session 12 (report) too")
    }

    @Test func whoIsBehindTheRootAndItsOwnVictimsIsFreed() throws {
        let observation = observation {
            $0.addSession(1, "batch", state: "idle in transaction", for: 100)
            $0.addLock(1, "transactionid", "ExclusiveLock", transaction: 1)
            $0.addLock(1, "relation", "RowExclusiveLock", on: "carts")
            // Waits for 1, and holds carts too.
            $0.addSession(2, "web", for: 50)
            $0.addLock(2, "transactionid", "ShareLock", transaction: 1, waitingFor: 50)
            $0.addLock(2, "relation", "RowExclusiveLock", on: "carts")
            $0.addSession(3, "migration", for: 40)
            $0.addLock(3, "relation", "AccessExclusiveLock", on: "carts", waitingFor: 40)
        }
        let root = try #require(observation.forest.roots.first)
        #expect(shape(observation.forest) == "1(2 3)")
        #expect(root.waiting[1].alsoBehind.map(\.pid) == [2])
        #expect(BlockedSessions(root, observation).gain.text == "frees 2 sessions")
    }

    /// A session that has the table already goes before the ALTER TABLE that waits for it: no deadlock.
    @Test func whoHoldsTheLockAlreadyIsNotBehindARequestThatWaitsForIt() {
        let forest = observation {
            $0.addSession(1, "batch", for: 100)
            $0.addLock(1, "relation", "AccessShareLock", on: "orders")
            $0.addSession(2, "index", for: 90)
            $0.addLock(2, "relation", "ShareLock", on: "orders")
            $0.addSession(3, "migration", for: 60)
            $0.addLock(3, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 60)
            // Session 1 wants to write now: ShareLock of 2 stands in the way, the request of 3 does not.
            $0.addLock(1, "relation", "RowExclusiveLock", on: "orders", waitingFor: 30)
        }.forest
        #expect(forest.deadlocks.isEmpty)
        #expect(shape(forest) == "2(1 3)")
    }

    @Test func deadlocksAreCutAndTold() throws {
        let observation = observation {
            for (pid, own, wanted) in [(1, 10, 20), (2, 20, 30), (3, 30, 10)] {
                $0.addSession(pid, "batch", for: 10)
                $0.addLock(pid, "transactionid", "ExclusiveLock", transaction: Int64(own))
                $0.addLock(pid, "transactionid", "ShareLock", transaction: Int64(wanted), waitingFor: Double(pid))
            }
            $0.addSession(4, "web", for: 5)
            $0.addLock(4, "transactionid", "ShareLock", transaction: 30, waitingFor: 5)
        }
        let forest = observation.forest
        #expect(forest.cycles == [[1, 2, 3]])
        #expect(shape(forest) == "1(3(2 4))")
        #expect(forest.deadlocks[0].allSatisfy { $0.awaited != nil && $0.waiting.isEmpty })
        #expect(BlockedSessions(forest.roots[0], observation).reason == .deadlock)
    }

    /// A deadlock through the second of two holders: shown as one, though the first holder is at nobody's mercy.
    @Test func aDeadlockThroughAnyHolderIsFound() {
        let forest = observation {
            $0.addSession(1, "report", for: 500)
            $0.addLock(1, "relation", "AccessShareLock", on: "orders")
            $0.addSession(2, "batch", for: 100)
            $0.addLock(2, "relation", "AccessShareLock", on: "orders")
            $0.addLock(2, "transactionid", "ShareLock", transaction: 30, waitingFor: 20)
            $0.addSession(3, "migration", for: 90)
            $0.addLock(3, "transactionid", "ExclusiveLock", transaction: 30)
            $0.addLock(3, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 30)
        }.forest
        #expect(forest.cycles == [[2, 3]])
        #expect(forest.waiting.flatMap(\.alsoBehind).map(\.pid) == [1])
    }

    @Test func parallelWorkersAreOneWithTheirLeader() {
        let forest = observation {
            $0.addSession(1, "report", for: 100)
            for worker in 2...4 {
                $0.addSession(worker, "report", for: 100) { ($0.type, $0.leader) = ("parallel worker", 1) }
                $0.addLock(worker, "relation", "AccessShareLock", on: "orders")
            }
            $0.addLock(1, "relation", "AccessShareLock", on: "orders")
            $0.addSession(9, "migration", for: 10)
            $0.addLock(9, "relation", "AccessExclusiveLock", on: "orders", waitingFor: 10)
            // A parallel apply worker of logical replication waits for its leader: no parallel query.
            $0.addSession(20, "apply", for: 10) { $0.type = "logical replication apply worker" }
            $0.addSession(21, "apply", for: 10) { ($0.type, $0.leader) = ("logical replication parallel worker", 20) }
            $0.addLock(20, "applytransaction", "ExclusiveLock", transaction: 5)
            $0.addLock(21, "applytransaction", "ShareLock", transaction: 5, waitingFor: 2)
        }.forest
        #expect(shape(forest) == "1(9) 20(21)")
        #expect(forest.roots[0].waiting[0].alsoBehind.isEmpty)
    }

    @Test func aPreparedTransactionIsARoot() throws {
        let observation = observation {
            $0.preparedTransactions = [
                .make { ($0.gid, $0.owner, $0.database) = ("xa 1", "app", "shop") }
            ]
            $0.addLock(0, "transactionid", "ExclusiveLock", transaction: 8, prepared: "xa 1")
            $0.addSession(3, "web", for: 20)
            $0.addLock(3, "transactionid", "ShareLock", transaction: 8, waitingFor: 20)
        }
        #expect(shape(observation.forest) == "xa 1(3)")
        #expect(BlockedSessions(observation.forest.roots[0], observation).reason == .preparedTransaction)
    }

    @Test(arguments: [
        "relation", "extend", "page", "tuple", "transactionid", "virtualxid", "spectoken", "object", "userlock",
        "advisory", "applytransaction", "frozenid",
    ])
    func everyKindOfLockIsSeenAndNamed(type: String) {
        let observation = observation {
            $0.addSession(1, "a")
            $0.addLock(1, type, "ExclusiveLock", on: "orders", transaction: 7)
            $0.addSession(2, "b")
            $0.addLock(2, type, "ExclusiveLock", on: "orders", transaction: 7, waitingFor: 4)
            for place in $0.locks.indices { ($0.locks[place].classID, $0.locks[place].objectID) = (2615, 2200) }
        }
        #expect(shape(observation.forest) == "1(2)")
        let words = observation.conflict(
            of: observation.forest.roots[0].waiting[0], below: observation.forest.roots[0].holder)
        #expect(words.contains(type == "virtualxid" ? "older" : "needs"), "\(words)")
        #expect(!words.contains("?"))
    }

    @Test func conflictsAreToldInWords() throws {
        let queue = observation { $0.addDDLQueue(readers: 1, for: 30) }
        let root = queue.forest.roots[0]
        #expect(
            queue.conflict(of: root.waiting[0], below: root.holder)
                == "ALTER TABLE needs ACCESS EXCLUSIVE on carts; session 200 (cart-export) has held ACCESS SHARE for up to 90 s"
        )
        #expect(
            queue.conflict(of: root.waiting[0].waiting[0], below: root.waiting[0].holder)
                == "UPDATE needs ACCESS SHARE on carts and stands behind the request of session 201 (migration) (ALTER TABLE) "
                + "for ACCESS EXCLUSIVE")
        let pile = observation { $0.addRowLockPile(waiting: 1, for: 30) }
        #expect(
            pile.conflict(of: pile.forest.roots[0].waiting[0], below: pile.forest.roots[0].holder)
                == "UPDATE needs row (31,26) of orders, which session 100 (billing-worker) has locked for up to 38 s")
    }

    @Test(
        arguments: [
            ("active", nil, nil, BlockingReason.running(.none)),
            ("active", "Client", "ClientWrite", .running(.clientReads)),
            ("active", "Client", "ClientRead", .running(.clientSends)),
            ("active", "IO", "DataFileRead", .running(.io(event: "DataFileRead"))),
            ("active", "IPC", "SyncRep", .running(.synchronousStandby)),
            ("active", "Timeout", "PgSleep", .running(.sleep)),
            ("active", "LWLock", "WALWrite", .running(.other(type: "LWLock", event: "WALWrite"))),
            ("idle in transaction", "Client", "ClientRead", .idleInTransaction),
            ("idle in transaction (aborted)", nil, nil, .abortedTransaction), ("idle", nil, nil, .letGo),
            ("disabled", nil, nil, .hidden),
        ] as [(String, String?, String?, BlockingReason)])
    func theReasonIsToldByStateAndWait(state: String, type: String?, event: String?, reason: BlockingReason) {
        let observation = observation {
            $0.addRowLockPile(waiting: 1, for: 30, holder: state)
            ($0.backends[0].waitEventType, $0.backends[0].waitEvent) = (type, event)
        }
        #expect(BlockedSessions(observation.forest.roots[0], observation).reason == reason)
    }

    @Test func aBackendThatIsGoneIsSaidToBe() {
        let observation = observation {
            $0.addRowLockPile(waiting: 1, for: 30)
            $0.backends.removeFirst()
        }
        let blocked = BlockedSessions(observation.forest.roots[0], observation)
        #expect(blocked.reason == .ended)
        #expect(blocked.ladder[0].sql.isEmpty, "nobody is ended for what is over")
    }

    @Test func whatIsHeldIsListedStrongestFirst() {
        let observation = observation {
            $0.addRowLockPile(waiting: 1, for: 30)
            $0.addLock(100, "relation", "RowShareLock", on: "carts")
            $0.addLock(100, "relation", "AccessShareLock", on: "carts")
            $0.addLock(100, "relation", "ShareRowExclusiveLock", on: "invoices")
            $0.addLock(100, "relation", "RowExclusiveLock", on: "orders")
        }
        #expect(
            BlockedSessions(observation.forest.roots[0], observation).held.text()
                == "SHARE ROW EXCLUSIVE on invoices; ROW EXCLUSIVE on orders; ROW SHARE on carts")
    }
}
